// `pulseline`: exit status 0 done, 1 failed, 2 used wrongly; an error is one line on standard error.
#include "cli/verbs.hpp"

#include <algorithm>
#include <iostream>

namespace pulseline::cli {
namespace {

std::string explain(const CLI::App &app, const CLI::ParseError &error)
{
	const std::vector<CLI::App *> verbs = app.get_subcommands();
	const std::string verb = verbs.empty() ? "" : verbs.front()->get_name() + " ";
	return std::string(error.what()) + "; see: pulseline " + verb + "--help";
}

int run(int argc, char **argv)
{
	CLI::App app("Audience reactions to a speech, moment by moment", "pulseline");
	app.set_version_flag("--version", "pulseline " PULSELINE_VERSION);
	app.require_subcommand(1);
	int status = kDone;
	for (const auto add :
	     {addServe, addSimulate, addImport, addExport, addCopy, addInfo, addTable, addMoments, addParticipants}) {
		add(app, status);
	}
	argv = app.ensure_utf8(argv);
	if (argc < 2) {
		return complain("give a verb; see: pulseline --help", kUsedWrongly);
	}
	const std::string first = argv[1];
	const auto isFirst = [&first](const CLI::App *verb) { return verb->get_name() == first; };
	if (!first.starts_with('-') && std::ranges::none_of(app.get_subcommands({}), isFirst)) {
		return complain("unknown verb '" + first + "'; see: pulseline --help", kUsedWrongly);
	}
	if (first.starts_with('-') && app.get_option_no_throw(first) == nullptr) {
		return complain("unknown option '" + first + "'; see: pulseline --help", kUsedWrongly);
	}
	try {
		app.parse(argc, argv);
	} catch (const CLI::ParseError &error) {
		if (error.get_exit_code() == 0) {
			return app.exit(error); // --help, --version
		}
		return complain(explain(app, error), kUsedWrongly);
	}
	return status;
}

} // namespace
} // namespace pulseline::cli

int main(int argc, char **argv)
{
	std::ios::sync_with_stdio(false);
	try {
		return pulseline::cli::run(argc, argv);
	} catch (const std::exception &error) {
		return pulseline::cli::complain(error.what(), pulseline::cli::kFailed);
	}
}
