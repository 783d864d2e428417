// Vendor requests that start, steer, open and describe a session.
#include "obs/vendor.hpp"

namespace pulseline::obs {
namespace {

using nlohmann::json;

// What everybody may leave out stays as the session in the file has it, or as the defaults are.
Result<void> readScale(const json &request, Settings &settings)
{
	if (!request.contains("scale")) {
		return {};
	}
	const json &scale = request["scale"];
	if (!scale.is_object()) {
		return fail("the field 'scale' needs min, max and neutral");
	}
	Fields fields(scale);
	for (const auto &[name, value] : {std::pair{"min", &settings.scale.min},
					  {"max", &settings.scale.max},
					  {"neutral", &settings.scale.neutral}}) {
		fields.require(name);
		fields.read(name, *value);
	}
	return fields.error() ? std::unexpected(*fields.error()) : Result<void>{};
}

Result<std::vector<json>> readObjects(const json &object, const char *name)
{
	const auto list = object.find(name);
	if (list == object.end()) {
		return std::vector<json>{};
	}
	const bool objects =
		list->is_array() && std::ranges::all_of(*list, [](const json &entry) { return entry.is_object(); });
	// obs-websocket drops what is no object from an array.
	if (!objects || (list->empty() && name != std::string_view("attributes"))) {
		return fail(std::string("the field '") + name +
			    "' is an array of objects; leave it out for the default");
	}
	return list->get<std::vector<json>>();
}

Result<void> readTargets(const json &request, Settings &settings)
{
	const Result<std::vector<json>> targets = readObjects(request, "targets");
	if (!targets || targets->empty()) {
		return targets ? Result<void>{} : std::unexpected(targets.error());
	}
	settings.targets.clear();
	for (const json &target : *targets) {
		Fields fields(target);
		fields.require("name");
		fields.read("name", settings.targets.emplace_back());
		if (fields.error()) {
			return fail("targets: " + fields.error()->message);
		}
	}
	return {};
}

Result<Attribute> readAttribute(const json &object)
{
	Attribute attribute;
	Fields fields(object);
	fields.require("name");
	fields.read("name", attribute.name);
	attribute.label = attribute.name;
	fields.read("label", attribute.label);
	const Result<std::vector<json>> values = readObjects(object, "values");
	if (!values) {
		return std::unexpected(values.error());
	}
	for (const json &value : *values) {
		Fields entry(value);
		entry.require("value");
		entry.read("value", attribute.values.emplace_back());
		if (entry.error()) {
			return std::unexpected(*entry.error());
		}
	}
	return fields.error() ? Result<Attribute>(std::unexpected(*fields.error())) : attribute;
}

Result<void> readAttributes(const json &request, Settings &settings)
{
	const Result<std::vector<json>> attributes = readObjects(request, "attributes");
	if (!attributes) {
		return std::unexpected(attributes.error());
	}
	if (!attributes->empty()) {
		settings.attributes.clear();
	}
	for (const json &object : *attributes) {
		Result<Attribute> attribute = readAttribute(object);
		if (!attribute) {
			return fail("attributes: " + attribute.error().message);
		}
		settings.attributes.push_back(std::move(*attribute));
	}
	return {};
}

Result<void> readUpstreams(const json &request, studio::StartOptions &options)
{
	const Result<std::vector<json>> upstreams = readObjects(request, "upstreams");
	if (!upstreams) {
		return std::unexpected(upstreams.error());
	}
	for (const json &object : *upstreams) {
		ingest::UpstreamOptions &upstream = options.upstreams.emplace_back();
		std::string stream(ingest::toText(upstream.stream));
		Fields fields(object);
		for (const char *name : {"name", "url"}) {
			fields.require(name);
		}
		fields.read("name", upstream.name);
		fields.read("url", upstream.url);
		fields.read("stream", stream);
		fields.read("code", upstream.code);
		fields.read("key", upstream.key);
		fields.read("ca", upstream.ca);
		const std::optional<ingest::Stream> known = ingest::streamFromText(stream);
		if (fields.error() || !known) {
			return fail("upstreams: " + (fields.error() ? fields.error()->message
								    : "the field 'stream' is responses or cells"));
		}
		upstream.stream = *known;
	}
	return {};
}

Result<void> readSettings(const json &request, Settings &settings)
{
	std::string mode(toText(settings.mode));
	Fields fields(request);
	fields.read("mode", mode);
	fields.read("title", settings.title);
	fields.read("tick_ms", settings.tick_ms);
	fields.read("lag_ms", settings.lag_ms);
	fields.read("audience_delay_ms", settings.audience_delay_ms);
	fields.read("duration_ms", settings.duration_ms);
	fields.read("blind", settings.blind);
	if (fields.error()) {
		return std::unexpected(*fields.error());
	}
	const std::optional<Mode> known = modeFromText(mode);
	if (!known) {
		return fail("the field 'mode' is reset or latched");
	}
	if (*known == Mode::latched && settings.mode != Mode::latched) {
		settings.scale = {0, 100, 50}; // a dial's, unless the request says otherwise
	}
	settings.mode = *known;
	for (const auto read : {readScale, readTargets, readAttributes}) {
		if (const Result<void> done = read(request, settings); !done) {
			return done;
		}
	}
	return {};
}

std::string_view toText(studio::Status::State state)
{
	switch (state) {
	case studio::Status::State::idle:
		return "idle";
	case studio::Status::State::running:
		return "running";
	case studio::Status::State::review:
		return "review";
	}
	return {};
}

json playbackOf(App &app, const Snapshot &snapshot)
{
	json playback{{"state", toText(snapshot.playback.state)},
		      {"position_ms", snapshot.position_ms(std::chrono::steady_clock::now())},
		      {"rate", snapshot.playback.rate},
		      {"pass", snapshot.playback.pass}};
	if (const std::optional<playback::Shown> shown = app.followed()) {
		playback["media_found"] = shown->found;
		playback["approximate"] = shown->approximate;
	}
	return playback;
}

json describe(const studio::UpstreamStatus &upstream)
{
	const ingest::UpstreamState &state = upstream.state;
	json object{{"name", upstream.name},        {"url", upstream.url},         {"stream", toText(upstream.stream)},
		    {"state", toText(state.phase)}, {"messages", state.messages},  {"bad", state.bad},
		    {"refused", state.refused},     {"connected", state.connected}};
	if (!state.why.empty()) {
		object["why"] = state.why;
	}
	if (!state.trouble.empty()) {
		object["trouble"] = state.trouble;
	}
	return object;
}

void describe(App &app, const Snapshot &snapshot, json &answer)
{
	const Settings &settings = *snapshot.settings;
	answer["title"] = settings.title;
	answer["mode"] = toText(settings.mode);
	answer["scale"] = {
		{"min", settings.scale.min}, {"max", settings.scale.max}, {"neutral", settings.scale.neutral}};
	answer["tick_ms"] = settings.tick_ms;
	answer["lag_ms"] = settings.lag_ms;
	answer["blind"] = snapshot.settings->blind;
	answer["revealed"] = snapshot.revealed;
	if (snapshot.blind) {
		answer["notice"] = app.text("Timeline.Blind");
	}
	answer["simulated"] = snapshot.simulated;
	answer["closed_ticks"] = snapshot.closedTicks;
	answer["playback"] = playbackOf(app, snapshot);
	if (!snapshot.follow.empty()) {
		answer["follow"] = snapshot.follow;
	}
	if (snapshot.duration_ms) {
		answer["duration_ms"] = *snapshot.duration_ms;
	}
	for (const std::string &target : settings.targets) {
		answer["targets"].push_back({{"name", target}});
	}
	for (std::size_t i = 0; i < snapshot.segments.size(); ++i) {
		answer["segments"].push_back({{"name", snapshot.segments[i].name},
					      {"expression", snapshot.segments[i].expression},
					      {"participants", snapshot.segmentParticipants[i]}});
	}
}

} // namespace

Answer startSession(App &app, const json &request)
{
	studio::StartOptions options;
	std::string follow;
	std::int64_t port = 0;
	Fields fields(request);
	fields.read("path", options.path);
	fields.read("follow", follow);
	fields.read("bind", options.bind);
	fields.read("port", port);
	if (fields.error()) {
		return std::unexpected(*fields.error());
	}
	if (port < 0 || port > 65535) {
		return fail("the field 'port' is 0 (any free one) to 65535");
	}
	options.port = static_cast<std::uint16_t>(port);
	Result<Settings> settings = studio::settingsOf(options.path);
	if (!settings) {
		return std::unexpected(settings.error());
	}
	options.settings = std::move(*settings);
	if (const Result<void> read = readSettings(request, options.settings); !read) {
		return std::unexpected(read.error());
	}
	if (const Result<void> read = readUpstreams(request, options); !read) {
		return std::unexpected(read.error());
	}
	const Result<studio::Started> started = app.start(options, follow);
	if (!started) {
		return std::unexpected(started.error());
	}
	return json{{"url", started->url}, {"code", started->code}, {"keys", started->keys}};
}

Answer openSession(App &app, const json &request)
{
	std::string path;
	Fields fields(request);
	fields.require("path");
	fields.read("path", path);
	if (fields.error()) {
		return std::unexpected(*fields.error());
	}
	const Result<void> opened = app.open(path);
	return opened ? Answer(json::object()) : std::unexpected(opened.error());
}

Answer getStatus(App &app, const json &)
{
	const studio::Status status = app.status();
	json answer{{"state", toText(status.state)}};
	if (status.state == studio::Status::State::idle) {
		return answer;
	}
	answer["path"] = status.path;
	answer["code"] = status.code;
	answer["participants"] = status.participants;
	answer["taken_out"] = status.out;
	answer["counted"] = status.counted;
	answer["stored"] = status.stored;
	if (status.state == studio::Status::State::running) {
		answer["url"] = status.url;
		answer["connections"] = status.connections;
		answer["doors"] = studio::toText(status.doors);
		answer["tickets"] = status.tickets;
		answer["tickets_used"] = status.ticketsUsed;
		answer["refused"] = status.refused;
	}
	for (const studio::UpstreamStatus &upstream : status.upstreams) {
		answer["upstreams"].push_back(describe(upstream));
	}
	if (!status.problem.empty()) {
		answer["problem"] = status.problem;
	}
	if (status.snapshot) {
		describe(app, *status.snapshot, answer);
	}
	return answer;
}

} // namespace pulseline::obs
