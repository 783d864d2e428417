// `pulseline serve`: a session without OBS.
#include "cli/output.hpp"
#include "cli/steer.hpp"
#include "cli/upstreams.hpp"
#include "cli/verbs.hpp"
#include "core/utf8.hpp"
#include "session/paths.hpp"
#include "studio/invitation.hpp"
#include "studio/studio.hpp"

#include <iostream>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace pulseline::cli {
namespace {

struct Serve {
	std::string file;
	std::optional<std::int64_t> port;
	std::string bind = "127.0.0.1";
	std::string publicUrl, transcript, sheet;
	std::optional<std::string> doors;
	std::optional<std::int64_t> tickets;
	std::optional<std::int64_t> rate, maxConnections;
	std::string tlsCert, tlsKey;
	std::optional<std::string> title, mode, scale;
	std::optional<std::int64_t> tick_ms, duration_ms;
	std::vector<std::string> targets, attributes, upstreams;
	bool live = false;
	bool newKeys = false;
	bool steer = false, reveal = false;
};

// name=v1|v2|…
Attribute parseAttribute(const std::string &text)
{
	const std::size_t equals = text.find('=');
	Attribute attribute{text.substr(0, equals), text.substr(0, equals), {}};
	if (equals == std::string::npos) {
		return attribute;
	}
	std::string_view rest = std::string_view(text).substr(equals + 1);
	while (true) {
		const std::size_t bar = rest.find('|');
		attribute.values.emplace_back(rest.substr(0, bar));
		if (bar == std::string_view::npos) {
			return attribute;
		}
		rest.remove_prefix(bar + 1);
	}
}

Result<Settings> settingsFor(const Serve &serve, Settings settings, bool existing)
{
	if (serve.title) {
		settings.title = *serve.title;
	}
	if (serve.mode) {
		settings.mode = *modeFromText(*serve.mode);
	}
	if (serve.scale) {
		const Result<Scale> scale = parseScale(*serve.scale);
		if (!scale) {
			return std::unexpected(scale.error());
		}
		settings.scale = *scale;
	} else if (serve.mode && settings.mode == Mode::latched && !existing) {
		settings.scale = {0, 100, 50};
	}
	settings.tick_ms = serve.tick_ms.value_or(settings.tick_ms);
	if (serve.duration_ms) {
		settings.duration_ms = serve.duration_ms;
	}
	if (!serve.targets.empty()) {
		settings.targets = serve.targets;
	}
	if (!serve.attributes.empty()) {
		settings.attributes.clear();
	}
	for (const std::string &text : serve.attributes) {
		settings.attributes.push_back(parseAttribute(text));
	}
	if (!existing || serve.live) {
		settings.ownTime = !serve.live;
	}
	if (const std::optional<Error> error = check(settings)) {
		return std::unexpected(*error);
	}
	return settings;
}

// Whoever sits at the terminal gets what the room is to see; the line of JSON stays alone on standard output.
void invite(const studio::Started &started)
{
	if (isatty(STDERR_FILENO) == 0) {
		return;
	}
	if (started.joinUrls.empty()) {
		tell("This machine is on no network; phones cannot reach it.");
		return;
	}
	const std::string link = studio::joinLink(started.joinUrls.front(), started.code);
	std::string shown;
	if (const Result<Qr> qr = studio::makeQr(link)) {
		shown = studio::terminalText(*qr);
	}
	shown += link;
	for (std::size_t i = 1; i < started.joinUrls.size(); ++i) {
		shown += "\nor " + studio::joinLink(started.joinUrls[i], started.code);
	}
	tell(shown);
}

studio::StartOptions startOptions(const Serve &serve, const Settings &settings)
{
	studio::StartOptions options;
	options.path = serve.file;
	options.settings = settings;
	options.bind = serve.bind;
	options.port = static_cast<std::uint16_t>(serve.port.value_or(0));
	options.publicUrl = serve.publicUrl;
	options.rate = static_cast<std::uint32_t>(serve.rate.value_or(options.rate));
	options.maxConnections = static_cast<std::size_t>(
		serve.maxConnections.value_or(static_cast<std::int64_t>(options.maxConnections)));
	options.tlsCert = serve.tlsCert;
	options.tlsKey = serve.tlsKey;
	options.pages = pagesFolder();
	options.live = !settings.ownTime;
	options.newKeys = serve.newKeys;
	options.reveal = serve.reveal;
	options.doors = serve.doors ? studio::doorsFromText(*serve.doors) : std::nullopt;
	options.transcript = serve.transcript;
	options.onProblem = [](const std::string &reason) {
		warn(reason.empty() ? "the session is being written again"
				    : "the session is not being written: " + reason);
	};
	options.report = [](const std::string &line) { tell(printable(line)); };
	return options;
}

Result<std::vector<ingest::UpstreamOptions>> upstreamsOf(const Serve &serve)
{
	std::vector<ingest::UpstreamOptions> upstreams;
	for (const std::string &text : serve.upstreams) {
		Result<ingest::UpstreamOptions> upstream = parseUpstream(text);
		if (!upstream) {
			return std::unexpected(upstream.error());
		}
		upstreams.push_back(std::move(*upstream));
	}
	return upstreams;
}

// What lets others in: tickets, the code and the keys.
Result<void> announce(const Serve &serve, studio::Studio &studio, const studio::Started &started)
{
	if (serve.tickets) {
		const auto count = static_cast<std::size_t>(*serve.tickets);
		if (Result<void> printed = studio.printTickets(count, serve.sheet); !printed) {
			return printed;
		}
	}
	nlohmann::json line{{"url", started.url}, {"code", started.code}, {"keys", started.keys}};
	if (!serve.publicUrl.empty()) {
		line["public_url"] = serve.publicUrl;
	}
	std::cout << line.dump() << std::endl;
	return std::cout ? Result<void>()
			 : fail("standard output cannot be written, where the session's code and keys are to be shown");
}

int run(const Serve &serve)
{
	const Signals signals(!serve.tlsCert.empty());
	const bool existing = session::exists(serve.file);
	Result<Settings> settings = studio::settingsOf(serve.file);
	if (!settings) {
		return complain(settings.error().message, kFailed);
	}
	settings = settingsFor(serve, *settings, existing);
	if (!settings) {
		return complain(settings.error().message, kUsedWrongly);
	}
	if (wouldHarm(serve.sheet, serve.file)) {
		return complain("--ticket-sheet would overwrite the session; give another name", kUsedWrongly);
	}
	studio::StartOptions options = startOptions(serve, *settings);
	Result<std::vector<ingest::UpstreamOptions>> upstreams = upstreamsOf(serve);
	if (!upstreams) {
		return complain(upstreams.error().message, kUsedWrongly);
	}
	options.upstreams = std::move(*upstreams);
	if (const std::optional<Error> malformed = studio::checkDoors(options)) {
		return complain(malformed->message, kUsedWrongly);
	}

	studio::Studio studio;
	const Result<studio::Started> started = studio.start(options);
	if (!started) {
		return complain(started.error().message, kFailed);
	}
	if (const Result<void> shown = announce(serve, studio, *started); !shown) {
		std::ignore = studio.stop();
		if (!existing) {
			session::removeFile(serve.file); // nobody knew how to get in
		}
		return complain(shown.error().message, kFailed);
	}
	invite(*started);
	signals.wait(studio, serve.steer);
	const Result<void> stopped = studio.stop();
	return stopped ? kDone : complain(stopped.error().message, kFailed);
}

} // namespace

void addServe(CLI::App &app, int &status)
{
	auto serve = std::make_shared<Serve>();
	CLI::App *verb = app.add_subcommand("serve", "Run a session without OBS, until SIGINT");
	verb->add_option("FILE", serve->file, "The session file; one that is there goes on")->required();
	addWhole(*verb, "--port", serve->port, 0, 65535, "Port to listen on (0: any free one)")->required();
	verb->add_option("--bind", serve->bind, "Address to listen on (default: this machine only)");
	verb->add_option("--public-url", serve->publicUrl, "The address participants use, behind a proxy");
	verb->add_option("--tls-cert", serve->tlsCert, "Certificate chain (PEM), for https; SIGHUP reads it anew");
	verb->add_option("--tls-key", serve->tlsKey, "Its private key (PEM)");
	addWhole(*verb, "--rate", serve->rate, 0, 1'000'000,
		 "Messages a second from one connection, ten times as many at once (default 200; 0: no limit)");
	addWhole(*verb, "--max-connections", serve->maxConnections, 1, 1'000'000,
		 "Connections at the same time (default 20000)");
	verb->add_option("--transcript", serve->transcript,
			 "What is said: .srt, .vtt or .csv with start_ms,end_ms,text; replaces the session's");
	verb->add_option("--title", serve->title);
	verb->add_option("--mode", serve->mode)->check(CLI::IsMember({"reset", "latched"}));
	verb->add_option("--scale", serve->scale, "MIN:MAX:NEUTRAL (default -1:1:0, latched 0:100:50)");
	addWhole(*verb, "--tick-ms", serve->tick_ms, kMinTick_ms, kMaxTick_ms, "Length of a tick (default 5000)");
	verb->add_option("--target", serve->targets, "Who or what is judged; may be repeated")->allow_extra_args(false);
	verb->add_option("--attribute", serve->attributes, "name=value|value…; may be repeated")
		->allow_extra_args(false);
	addWhole(*verb, "--duration-ms", serve->duration_ms, 1, kMaxPosition_ms, "Length of the speech");
	verb->add_option("--upstream", serve->upstreams,
			 "[NAME=]URL#stream=responses|cells&code=…&key=…: take what another machine collects; may be "
			 "repeated")
		->allow_extra_args(false);
	verb->add_flag("--live", serve->live, "Play from 0 at once; without it everyone plays at their own time");
	verb->add_flag("--new-keys", serve->newKeys, "Replace the keys of a session that is there");
	verb->add_option("--doors", serve->doors, "Who may join from now on: anybody, ticket holders, nobody new")
		->check(CLI::IsMember({"open", "tickets", "closed"}));
	CLI::Option *tickets = addWhole(*verb, "--tickets", serve->tickets, 1, 10'000,
					"Make so many single-use tickets; then nobody new joins without one");
	CLI::Option *sheet = verb->add_option("--ticket-sheet", serve->sheet, "Where to write them, as HTML to print");
	tickets->needs(sheet);
	sheet->needs(tickets);
	verb->add_flag("--reveal", serve->reveal, "Show participants what everybody answers");
	verb->add_flag("--steer", serve->steer,
		       "Take requests from standard input, a JSON object a line: {\"request\": \"AddMarker\", …}");
	verb->callback([serve, &status] { status = run(*serve); });
}

} // namespace pulseline::cli
