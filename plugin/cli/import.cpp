// `pulseline import`: responses that were measured elsewhere.
#include "session/import.hpp"

#include "cli/output.hpp"
#include "cli/verbs.hpp"

namespace pulseline::cli {
namespace {

struct Import {
	std::string csv, session, layout;
	std::optional<std::string> mode, scale;
	session::ImportOptions options;
};

// Empty: the options make sense.
std::optional<Error> finishOptions(Import &import)
{
	session::ImportOptions &options = import.options;
	options.layout = import.layout == "wide" ? session::Layout::wide : session::Layout::tall;
	if (import.mode) {
		options.mode = modeFromText(*import.mode);
	}
	if (import.scale) {
		const Result<Scale> scale = parseScale(*import.scale);
		if (!scale) {
			return scale.error();
		}
		options.scale = *scale;
	}
	const Result<Settings> settings = session::settingsFor(options, import.session);
	if (!settings) {
		return settings.error();
	}
	const bool known = options.mode || !session::exists(import.session);
	if (options.hold && known && settings->mode != Mode::latched) {
		return Error{"--hold is for mode latched; give --mode latched too"};
	}
	if (import.csv == "-" && options.participants == "-") {
		return Error{"only one of the two tables can come from standard input"};
	}
	return std::nullopt;
}

int run(Import &import)
{
	if (const std::optional<Error> error = finishOptions(import)) {
		return complain(error->message, kUsedWrongly);
	}
	if (import.options.title && session::exists(import.session)) {
		warn(import.session + " keeps its title");
	}
	Result<session::Imported> imported;
	{
		Progress progress("importing");
		import.options.progress = [&](double share) { progress.show(share); };
		imported = session::importCsv(import.csv, import.session, import.options);
	}
	if (!imported) {
		return complain(imported.error().message, kFailed);
	}
	if (imported->keptAttributes > 0) {
		warn(std::to_string(imported->keptAttributes) + " participants of " + import.session +
		     " keep the attributes they have there; " + import.options.participants + " gives them others");
	}
	return kDone;
}

} // namespace

void addImport(CLI::App &app, int &status)
{
	auto import = std::make_shared<Import>();
	session::ImportOptions &options = import->options;
	CLI::App *verb = app.add_subcommand("import", "Responses that were measured elsewhere, from CSV");
	verb->add_option("IN", import->csv, "The table, - for standard input")->required();
	verb->add_option("-o,--output", import->session, "The session file; one that is there is added to")->required();
	verb->add_option(
		    "--layout", import->layout,
		    "wide: participant,t0,t1,… (seconds); long: participant,position_ms,value[,seq][,target][,pass]")
		->required()
		->check(CLI::IsMember({"wide", "long"}));
	verb->add_option("--participants", options.participants,
			 "A table of attributes: the column participant, every other one an attribute");
	verb->add_option("--scale", import->scale, "MIN:MAX:NEUTRAL (default: wide 0:100:50, long -1:1:0)");
	verb->add_option("--mode", import->mode, "reset or latched (default: wide latched, long reset)")
		->check(CLI::IsMember({"reset", "latched"}));
	addWhole(*verb, "--tick-ms", options.tick_ms, kMinTick_ms, kMaxTick_ms, "Length of a tick (default 5000)");
	verb->add_flag("--hold", options.hold,
		       "Repeat a value once a tick until the participant's next or last row (mode latched)");
	verb->add_option("--title", options.title, "The title of a new session (default: the file's name)");
	verb->callback([import, &status] { status = run(*import); });
}

} // namespace pulseline::cli
