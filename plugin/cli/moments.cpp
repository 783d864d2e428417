// `pulseline moments`: peaks, valleys and splits.
#include "cli/view.hpp"

namespace pulseline::cli {
namespace {

struct Moments {
	ViewOptions view;
	std::string rule;
	std::optional<double> threshold;
	std::optional<std::int64_t> merge_gap_ms;
};

int run(const Moments &moments)
{
	session::MomentRule rule;
	rule.rule = *ruleFromText(moments.rule);
	rule.threshold = *moments.threshold;
	rule.merge_gap_ms = moments.merge_gap_ms.value_or(rule.merge_gap_ms);
	return writeView(moments.view, [&](session::CsvWriter &csv, const Counted &counted) {
		session::writeMoments(csv, counted.file, counted.counter.cells(), counted.counter.tick_ms(),
				      counted.view, rule);
	});
}

} // namespace

void addMoments(CLI::App &app, int &status)
{
	auto moments = std::make_shared<Moments>();
	CLI::App *verb = app.add_subcommand("moments", "Peaks, valleys and splits by a stated rule, as CSV");
	addViewOptions(*verb, moments->view);
	verb->add_option("--rule", moments->rule, "absolute, relative or polarising")
		->required()
		->check(CLI::IsMember({"absolute", "relative", "polarising"}));
	addNumber(*verb, "--threshold", moments->threshold, 0,
		  "absolute: distance of the mean from neutral; relative: standard deviations of the curve; "
		  "polarising: standard deviation")
		->required();
	addWhole(*verb, "--merge-gap-ms", moments->merge_gap_ms, 0, kMaxPosition_ms,
		 "Ticks no further apart are one moment (default 5000)");
	verb->callback([moments, &status] { status = run(*moments); });
}

} // namespace pulseline::cli
