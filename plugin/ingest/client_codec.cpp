#include "ingest/client_codec.hpp"

#include <nlohmann/json.hpp>

namespace pulseline::ingest {
namespace {

using Json = nlohmann::json;

PlaybackChange playbackOf(const Json &json)
{
	PlaybackChange change;
	change.state = playbackStateFromText(json.at("state").get<std::string>()).value_or(PlaybackState::stopped);
	change.position_ms = json.at("position_ms").get<std::int64_t>();
	change.rate = json.value("rate", 1.0);
	change.pass = json.value("pass", 0U);
	change.at_ms = json.at("server_ms").get<std::int64_t>();
	return change;
}

std::optional<std::int64_t> durationOf(const Json &json)
{
	return json.contains("duration_ms") ? std::optional(json.at("duration_ms").get<std::int64_t>()) : std::nullopt;
}

HeardJoined joinedOf(const Json &json)
{
	HeardJoined joined;
	joined.participant = json.value("participant", "");
	joined.token = json.value("token", "");
	joined.last_seq = json.value("last_seq", std::uint64_t{0});
	Settings &settings = joined.settings;
	settings.title = json.value("title", "");
	settings.mode = modeFromText(json.value("mode", "reset")).value_or(Mode::reset);
	const Json &scale = json.at("scale");
	settings.scale = {scale.at("min").get<double>(), scale.at("max").get<double>(),
			  scale.at("neutral").get<double>()};
	settings.tick_ms = json.at("tick_ms").get<std::int64_t>();
	settings.lag_ms = json.value("lag_ms", std::int64_t{0});
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
		return HeardAck{json.at("seq").get<std::uint64_t>()};
	}
	if (type == "playback") {
		return HeardPlayback{playbackOf(json), durationOf(json)};
	}
	if (type == "clock") {
		return HeardClock{json.at("t0").get<std::int64_t>(), json.at("server_ms").get<std::int64_t>()};
	}
	if (type == "joined") {
		return joinedOf(json);
	}
	if (type == "error") {
		HeardError error{json.at("code").get<std::string>(), json.value("message", ""), {}};
		if (json.contains("seq")) {
			error.seq = json.at("seq").get<std::uint64_t>();
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
	} catch (const Json::exception &error) {
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
