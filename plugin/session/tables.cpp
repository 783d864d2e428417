#include "session/tables.hpp"

namespace pulseline::session {
namespace {

constexpr std::uint64_t kProgressEvery = 50'000; // rows

std::vector<Figures> seriesOf(const Cells &cells, std::span<const std::uint32_t> strata, std::uint32_t target,
			      const View &view)
{
	std::vector<Cell> sums(static_cast<std::size_t>(cells.ticks()));
	cells.sum(strata, target, 0, sums);
	std::vector<Figures> series;
	series.reserve(sums.size());
	for (const Cell &cell : sums) {
		series.push_back(figures(cell, view.base, view.min_n));
	}
	return series;
}

void addHeader(CsvWriter &csv, std::span<const std::string_view> names)
{
	for (const std::string_view name : names) {
		csv.add(name);
	}
	csv.endRow();
}

// Calls `each(segment name, target name, series)`.
void eachSeries(const File &file, const Cells &cells, const View &view, auto each)
{
	for (const Segment &segment : view.segments) {
		const std::vector<std::uint32_t> strata = segment.strata(file.strata());
		for (const std::uint32_t target : view.targets) {
			each(segment.name, file.settings().targets[target], seriesOf(cells, strata, target, view));
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
	eachSeries(file, cells, view, [&](const std::string &segment, const std::string &target, const auto &series) {
		for (std::size_t i = 0; i < series.size(); ++i) {
			const Figures &row = series[i];
			const auto tick = static_cast<std::int64_t>(i);
			csv.add(segment).add(target).add(tick).add(tick * tick_ms);
			csv.add(row.present).add(row.n).add(row.likes).add(row.dislikes);
			csv.add(row.mean).add(row.sd).add(row.ci_low).add(row.ci_high).add(row.net).add(row.activity);
			csv.add(toText(row.majority)).add(toText(view.base));
			csv.endRow();
		}
	});
}

void writeMoments(CsvWriter &csv, const File &file, const Cells &cells, std::int64_t tick_ms, const View &view,
		  const MomentRule &rule)
{
	constexpr std::string_view kNames[] = {"segment", "target",  "rule",  "start_ms",
					       "end_ms",  "peak_ms", "value", "n"};
	addHeader(csv, kNames);
	const double neutral = file.settings().scale.neutral;
	eachSeries(file, cells, view, [&](const std::string &segment, const std::string &target, const auto &series) {
		for (const Moment &moment :
		     findMoments(series, rule.rule, rule.threshold, neutral, tick_ms, rule.merge_gap_ms)) {
			csv.add(segment).add(target).add(toText(rule.rule));
			csv.add(moment.start_ms).add(moment.end_ms).add(moment.peak_ms).add(moment.value).add(moment.n);
			csv.endRow();
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
