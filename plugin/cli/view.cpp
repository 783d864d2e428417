#include "cli/view.hpp"

#include "cli/output.hpp"
#include "session/recount.hpp"

#include <algorithm>

namespace pulseline::cli {
namespace {

constexpr std::uint64_t kProgressEvery = 50'000; // responses

std::unexpected<Failure> failed(const Error &error)
{
	return std::unexpected(Failure{error.message, kFailed});
}

std::unexpected<Failure> usedWrongly(const std::string &message)
{
	return std::unexpected(Failure{message, kUsedWrongly});
}

void warnOfNobody(const session::File &file, const Segment &segment)
{
	for (const Segment::Condition &condition : segment.conditions) {
		for (const std::string &value : condition.values) {
			const bool found = std::ranges::any_of(file.strata(), [&](const Stratum &stratum) {
				return stratum[condition.attribute] == value;
			});
			if (!found) {
				warn("segment '" + segment.name + "': nobody has " +
				     file.settings().attributes[condition.attribute].name + "=" + value);
			}
		}
	}
}

// `NAME=expression`, or the name of one that is there.
std::expected<Segment, Failure> findSegment(const session::File &file, const std::vector<Segment> &stored,
					    const std::string &text)
{
	const std::size_t equals = text.find('=');
	if (equals == std::string::npos || equals == 0) {
		const auto found = std::ranges::find(stored, text, &Segment::name);
		if (found == stored.end()) {
			return usedWrongly("write --segment as 'NAME=attribute=value|value;attribute=value', not '" +
					   text + "'");
		}
		return *found;
	}
	Result<Segment> segment = parseSegment(text.substr(0, equals), std::string_view(text).substr(equals + 1),
					       file.settings().attributes);
	if (!segment) {
		return usedWrongly(segment.error().message);
	}
	warnOfNobody(file, *segment);
	return *segment;
}

std::expected<std::vector<Segment>, Failure> segmentsFor(const session::File &file, const ViewOptions &options)
{
	const Result<std::vector<Segment>> read = file.segments();
	if (!read) {
		return failed(read.error());
	}
	std::vector<Segment> stored{everybody()};
	stored.insert(stored.end(), read->begin(), read->end());
	if (options.segments.empty()) {
		return stored;
	}
	std::vector<Segment> segments;
	for (const std::string &text : options.segments) {
		std::expected<Segment, Failure> segment = findSegment(file, stored, text);
		if (!segment) {
			return std::unexpected(segment.error());
		}
		segments.push_back(std::move(*segment));
	}
	return segments;
}

std::expected<session::View, Failure> viewFor(const session::File &file, const ViewOptions &options)
{
	session::View view;
	std::expected<std::vector<Segment>, Failure> segments = segmentsFor(file, options);
	if (!segments) {
		return std::unexpected(segments.error());
	}
	view.segments = std::move(*segments);
	const std::vector<std::string> &targets = file.settings().targets;
	for (std::uint32_t i = 0; i < targets.size(); ++i) {
		if (!options.target || *options.target == targets[i]) {
			view.targets.push_back(i);
		}
	}
	if (view.targets.empty()) {
		return usedWrongly(options.file + " has no target '" + *options.target + "'");
	}
	view.base = baseFromText(options.base.value_or("active")).value_or(Base::active);
	view.min_n = static_cast<std::uint32_t>(options.min_n.value_or(kDefaultMinN));
	return view;
}

Result<void> countAll(const session::File &file, Counter &counter)
{
	Progress progress("counting");
	const Result<session::Totals> totals = file.totals();
	if (!totals) {
		return std::unexpected(totals.error());
	}
	std::uint64_t counted = 0;
	const Result<session::Totals> done = session::recount(file, counter, [&](const session::StoredResponse &) {
		if (++counted % kProgressEvery == 0) {
			progress.show(static_cast<double>(counted) / static_cast<double>(totals->responses));
		}
		return true;
	});
	return done ? Result<void>() : std::unexpected(done.error());
}

} // namespace

void addViewOptions(CLI::App &verb, ViewOptions &options)
{
	verb.add_option("FILE", options.file, "The session file")->required();
	verb.add_option("-o,--output", options.output, "Write to this file instead of standard output");
	verb.add_option(
		    "--segment", options.segments,
		    "'NAME=attribute=value|value;attribute=value'; may be repeated (default: All and the stored ones)")
		->allow_extra_args(false);
	verb.add_option("--target", options.target, "One target only");
	addWhole(verb, "--lag-ms", options.lag_ms, 0, kMaxPosition_ms, "Reaction time (default: the session's)");
	addWhole(verb, "--tick-ms", options.tick_ms, kMinTick_ms, kMaxTick_ms,
		 "Length of a tick (default: the session's)");
	addWhole(verb, "--min-n", options.min_n, 1, UINT32_MAX,
		 "Below this many voices a row is suppressed (default 5)");
}

std::expected<Counted, Failure> countFor(const ViewOptions &options)
{
	Result<session::File> file = session::File::open(options.file, session::Access::read);
	if (!file) {
		return failed(file.error());
	}
	std::expected<session::View, Failure> view = viewFor(*file, options);
	if (!view) {
		return std::unexpected(view.error());
	}
	Counter counter = session::counterFor(file->settings(), options.tick_ms, options.lag_ms);
	if (const Result<void> counted = countAll(*file, counter); !counted) {
		return failed(counted.error());
	}
	return Counted{std::move(*file), std::move(counter), std::move(*view)};
}

int writeView(const ViewOptions &options,
	      const std::function<void(session::CsvWriter &, const Counted &counted)> &write)
{
	if (wouldHarm(options.output, options.file)) {
		return complain("-o would overwrite the session; give another name", kUsedWrongly);
	}
	const std::expected<Counted, Failure> counted = countFor(options);
	if (!counted) {
		return complain(counted.error().message, counted.error().status);
	}
	Result<Output> output = Output::open(options.output);
	if (!output) {
		return complain(output.error().message, kFailed);
	}
	{
		session::CsvWriter csv(output->stream());
		write(csv, *counted);
	}
	const Result<void> finished = output->finish();
	return finished ? kDone : complain(finished.error().message, kFailed);
}

} // namespace pulseline::cli
