#include "ingest/client_codec.hpp"

#include "ingest/codec.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace pulseline::ingest {
namespace {

using Json = nlohmann::json;

// The library converts any number to any type, also one that the type does not hold.
std::int64_t wholeOf(const Json &json, std::int64_t most = kMaxInteger)
{
	const double number = json.get<double>();
	if (!(std::abs(number) <= static_cast<double>(most))) {
		throw std::range_error("a number is out of range");
	}
	return json.is_number_float() ? std::llround(number) : json.get<std::int64_t>();
}

std::int64_t wholeOf(const Json &json, const char *name, std::int64_t absent, std::int64_t most = kMaxInteger)
{
	return json.contains(name) ? wholeOf(json.at(name), most) : absent;
}

std::uint64_t seqOf(const Json &json)
{
	return static_cast<std::uint64_t>(std::max<std::int64_t>(0, wholeOf(json)));
}

PlaybackChange playbackOf(const Json &json)
{
	PlaybackChange change;
	change.state = playbackStateFromText(json.at("state").get<std::string>()).value_or(PlaybackState::stopped);
	change.position_ms = wholeOf(json.at("position_ms"));
	change.rate = json.value("rate", 1.0);
	change.pass = static_cast<std::uint32_t>(std::max<std::int64_t>(0, wholeOf(json, "pass", 0, UINT32_MAX)));
	change.at_ms = wholeOf(json.at("server_ms"));
	return change;
}

std::optional<std::int64_t> durationOf(const Json &json)
{
	return json.contains("duration_ms") ? std::optional(wholeOf(json.at("duration_ms"))) : std::nullopt;
}

HeardJoined joinedOf(const Json &json)
{
	HeardJoined joined;
	joined.participant = json.value("participant", "");
	joined.token = json.value("token", "");
	joined.last_seq = json.contains("last_seq") ? seqOf(json.at("last_seq")) : 0;
	Settings &settings = joined.settings;
	settings.title = json.value("title", "");
	settings.mode = modeFromText(json.value("mode", "reset")).value_or(Mode::reset);
	const Json &scale = json.at("scale");
	settings.scale = {scale.at("min").get<double>(), scale.at("max").get<double>(),
			  scale.at("neutral").get<double>()};
	settings.tick_ms = wholeOf(json.at("tick_ms"));
	settings.lag_ms = wholeOf(json, "lag_ms", 0);
	settings.targets = json.at("targets").get<std::vector<std::string>>();
	settings.ownTime = json.value("own_time", false);
	settings.duration_ms = durationOf(json);
	for (const Json &attribute : json.at("attributes")) {
		settings.attributes.push_back({attribute.at("name").get<std::string>(),
					       attribute.value("label", std::string()),
					       attribute.value("values", std::vector<std::string>())});
	}
	joined.playback = playbackOf(json.at("playback"));
	return joined;
}

ServerMessage messageOf(const Json &json)
{
	const std::string type = json.at("type").get<std::string>();
	if (type == "ack" && json.contains("seq")) {
		return HeardAck{seqOf(json.at("seq"))};
	}
	if (type == "playback") {
		return HeardPlayback{playbackOf(json), durationOf(json)};
	}
	if (type == "clock") {
		return HeardClock{wholeOf(json.at("t0")), wholeOf(json.at("server_ms"))};
	}
	if (type == "joined") {
		return joinedOf(json);
	}
	if (type == "error") {
		HeardError error{json.at("code").get<std::string>(), json.value("message", ""), {}};
		if (json.contains("seq")) {
			error.seq = seqOf(json.at("seq"));
		}
		return error;
	}
	return HeardOther{};
}

} // namespace

Result<ServerMessage> readServer(std::string_view text)
{
	try {
		return messageOf(Json::parse(text));
	} catch (const std::exception &error) {
		return fail(std::string("the server does not speak pulseline.v1: ") + error.what());
	}
}

std::string joinText(const Join &join)
{
	Json json{{"type", "join"},
		  {"session", join.session},
		  {"role", join.role == Role::observer ? "observer" : "participant"}};
	if (!join.attributes.empty()) {
		json["attributes"] = join.attributes;
	}
	if (!join.token.empty()) {
		json["token"] = join.token;
	}
	if (!join.key.empty()) {
		json["key"] = join.key;
	}
	if (join.simulated) {
		json["simulated"] = true;
	}
	return json.dump();
}

std::string respondText(const Respond &respond)
{
	Json json{{"type", "respond"}, {"seq", respond.seq}, {"value", nullptr}};
	if (respond.value) {
		json["value"] = *respond.value;
	}
	if (respond.target) {
		json["target"] = *respond.target;
	}
	if (respond.position_ms) {
		json["position_ms"] = *respond.position_ms;
		json["pass"] = respond.pass;
	} else {
		json["age_ms"] = respond.age_ms;
	}
	return json.dump();
}

std::string clockAskText(std::int64_t t0)
{
	return Json{{"type", "clock"}, {"t0", t0}}.dump();
}

std::string leaveText()
{
	return R"({"type":"leave"})";
}

} // namespace pulseline::ingest
