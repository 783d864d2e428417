// `pulseline export`: the raw responses.
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "session/tables.hpp"

namespace pulseline::cli {
namespace {

struct Export {
	std::string file, output;
};

int run(const Export &options)
{
	if (wouldHarm(options.output, options.file)) {
		return complain("-o would overwrite the session; give another name", kUsedWrongly);
	}
	const Result<session::File> file = session::File::open(options.file, session::Access::read);
	if (!file) {
		return complain(file.error().message, kFailed);
	}
	Result<Output> output = Output::open(options.output);
	if (!output) {
		return complain(output.error().message, kFailed);
	}
	Result<void> done;
	{
		Progress progress("exporting", !output->isTerminal());
		session::CsvWriter csv(output->stream());
		done = session::writeResponses(csv, *file, [&](double share) { progress.show(share); });
	}
	if (done) {
		done = output->finish();
	}
	return done ? kDone : complain(done.error().message, kFailed);
}

} // namespace

void addExport(CLI::App &app, int &status)
{
	auto options = std::make_shared<Export>();
	CLI::App *verb = app.add_subcommand("export", "The raw responses as CSV; import --layout long reads them back");
	verb->add_option("FILE", options->file, "The session file")->required();
	verb->add_option("-o,--output", options->output, "Write to this file instead of standard output");
	verb->callback([options, &status] { status = run(*options); });
}

} // namespace pulseline::cli
