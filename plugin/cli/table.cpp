// `pulseline table`: every figure of every tick.
#include "cli/view.hpp"

namespace pulseline::cli {

void addTable(CLI::App &app, int &status)
{
	auto options = std::make_shared<ViewOptions>();
	CLI::App *verb = app.add_subcommand("table", "The figures of every tick, as CSV");
	addViewOptions(*verb, *options);
	verb->add_option("--base", options->base, "What the net is a share of: active (default) or present")
		->check(CLI::IsMember({"active", "present"}));
	verb->callback([options, &status] {
		status = writeView(*options, [](session::CsvWriter &csv, const Counted &counted) {
			session::writeTable(csv, counted.file, counted.counter.cells(), counted.counter.tick_ms(),
					    counted.view);
		});
	});
}

} // namespace pulseline::cli
