#include "session/tables.hpp"

#include <algorithm>

namespace pulseline::session {
namespace {

constexpr std::uint64_t kProgressEvery = 50'000; // rows
constexpr std::int64_t kTicksAtOnce = 4'096;

// Calls `each(tick, figures)` for every tick, without keeping them: one stray position can make a session very long.
void eachTick(const Cells &cells, std::span<const std::uint32_t> strata, std::uint32_t target, const View &view,
	      auto each)
{
	std::vector<Cell> sums;
	for (std::int64_t from = 0; from < cells.ticks(); from += kTicksAtOnce) {
		sums.resize(static_cast<std::size_t>(std::min(kTicksAtOnce, cells.ticks() - from)));
		cells.sum(strata, target, from, sums);
		for (std::size_t i = 0; i < sums.size(); ++i) {
			each(from + static_cast<std::int64_t>(i), figures(sums[i], view.base, view.min_n));
		}
	}
}

void addHeader(CsvWriter &csv, std::span<const std::string_view> names)
{
	for (const std::string_view name : names) {
		csv.add(name);
	}
	csv.endRow();
}

// Calls `each(segment name, target name, strata, target)`.
void eachLine(const File &file, const View &view, auto each)
{
	for (const Segment &segment : view.segments) {
		const std::vector<std::uint32_t> strata = segment.strata(file.strata());
		for (const std::uint32_t target : view.targets) {
			each(segment.name, file.settings().targets[target], strata, target);
		}
	}
}

} // namespace

void writeTable(CsvWriter &csv, const File &file, const Cells &cells, std::int64_t tick_ms, const View &view)
{
	constexpr std::string_view kNames[] = {"segment", "target",   "tick",     "start_ms", "present", "n",
					       "likes",   "dislikes", "mean",     "sd",       "ci_low",  "ci_high",
					       "net",     "activity", "majority", "base"};
	addHeader(csv, kNames);
	eachLine(file, view, [&](const auto &segment, const auto &name, const auto &strata, std::uint32_t target) {
		eachTick(cells, strata, target, view, [&](std::int64_t tick, const Figures &row) {
			csv.add(segment).add(name).add(tick).add(tick * tick_ms);
			csv.add(row.present).add(row.n).add(row.likes).add(row.dislikes);
			csv.add(row.mean).add(row.sd).add(row.ci_low).add(row.ci_high).add(row.net).add(row.activity);
			csv.add(toText(row.majority)).add(toText(view.base));
			csv.endRow();
		});
	});
}

void writeMoments(CsvWriter &csv, const File &file, const Cells &cells, std::int64_t tick_ms, const View &view,
		  const MomentRule &rule)
{
	constexpr std::string_view kNames[] = {"segment", "target",  "rule",  "start_ms",
					       "end_ms",  "peak_ms", "value", "n"};
	addHeader(csv, kNames);
	const double neutral = file.settings().scale.neutral;
	eachLine(file, view, [&](const auto &segment, const auto &name, const auto &strata, std::uint32_t target) {
		std::vector<Figures> series;
		series.reserve(static_cast<std::size_t>(cells.ticks()));
		eachTick(cells, strata, target, view, [&](std::int64_t, const Figures &row) { series.push_back(row); });
		for (const Moment &moment :
		     findMoments(series, rule.rule, rule.threshold, neutral, tick_ms, rule.merge_gap_ms)) {
			csv.add(segment).add(name).add(toText(rule.rule));
			csv.add(moment.start_ms).add(moment.end_ms).add(moment.peak_ms);
			csv.add(moment.value).add(moment.n).endRow();
		}
	});
}

Result<void> writeResponses(CsvWriter &csv, const File &file, const std::function<void(double)> &progress)
{
	constexpr std::string_view kNames[] = {"participant", "position_ms", "value", "seq", "target", "pass"};
	addHeader(csv, kNames);
	const Result<Totals> totals = file.totals();
	if (!totals) {
		return std::unexpected(totals.error());
	}
	std::uint64_t written = 0;
	return file.responses([&](const StoredResponse &stored) {
		const Response &response = stored.response;
		csv.add(file.participants()[response.participant].id).add(response.position_ms).add(response.value);
		csv.add(static_cast<std::int64_t>(response.seq)).add(file.settings().targets[response.target]);
		csv.add(response.pass).endRow();
		if (progress && ++written % kProgressEvery == 0) {
			progress(static_cast<double>(written) / static_cast<double>(totals->responses));
		}
		return true;
	});
}

} // namespace pulseline::session
