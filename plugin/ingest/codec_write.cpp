#include "ingest/codec.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace pulseline::ingest {
namespace {

using Json = nlohmann::ordered_json;

// What the operating system or a user wrote may not be UTF-8; a message always is.
std::string dump(const Json &json)
{
	return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// 1 rather than 1.0, as people write it.
Json number(double value)
{
	const bool whole = std::trunc(value) == value && std::abs(value) <= static_cast<double>(kMaxInteger);
	return whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

Json orNull(std::optional<std::uint32_t> value)
{
	return value ? Json(*value) : Json(nullptr);
}

Json orNull(std::optional<double> value)
{
	return value ? number(*value) : Json(nullptr);
}

Json playbackJson(const PlaybackChange &change)
{
	return {{"state", toText(change.state)},
		{"position_ms", change.position_ms},
		{"rate", number(change.rate)},
		{"pass", change.pass},
		{"server_ms", change.at_ms}};
}

// The columns of `table` from `present` to `majority`, in its order and by its names.
struct Column {
	const char *name;
	Json (*of)(const Figures &);
};
constexpr Column kColumns[] = {
	{"present", [](const Figures &f) { return orNull(f.present); }},
	{"n", [](const Figures &f) { return Json(f.n); }},
	{"likes", [](const Figures &f) { return orNull(f.likes); }},
	{"dislikes", [](const Figures &f) { return orNull(f.dislikes); }},
	{"mean", [](const Figures &f) { return orNull(f.mean); }},
	{"sd", [](const Figures &f) { return orNull(f.sd); }},
	{"ci_low", [](const Figures &f) { return orNull(f.ci_low); }},
	{"ci_high", [](const Figures &f) { return orNull(f.ci_high); }},
	{"net", [](const Figures &f) { return orNull(f.net); }},
	{"activity", [](const Figures &f) { return orNull(f.activity); }},
	{"majority", [](const Figures &f) { return Json(toText(f.majority)); }},
};

Json attributesJson(const std::vector<Attribute> &attributes)
{
	Json list = Json::array();
	for (const Attribute &attribute : attributes) {
		list.push_back({{"name", attribute.name}, {"label", attribute.label}, {"values", attribute.values}});
	}
	return list;
}

void show(Json &json, const Showing &showing)
{
	const Settings &settings = showing.settings;
	json["title"] = settings.title;
	json["mode"] = toText(settings.mode);
	json["scale"] = {{"min", number(settings.scale.min)},
			 {"max", number(settings.scale.max)},
			 {"neutral", number(settings.scale.neutral)}};
	json["tick_ms"] = settings.tick_ms;
	json["lag_ms"] = settings.lag_ms;
	if (showing.duration_ms) {
		json["duration_ms"] = *showing.duration_ms;
	}
	json["targets"] = settings.targets;
	json["attributes"] = attributesJson(settings.attributes);
	json["playback"] = playbackJson(showing.playback);
	json["own_time"] = settings.ownTime;
	json["revealed"] = showing.revealed;
	json["simulated"] = showing.simulated;
}

} // namespace

std::string joinedText(const Joined &joined, Role role, const Showing &showing)
{
	Json json{{"type", "joined"}};
	if (role == Role::participant) {
		json["participant"] = joined.id;
		json["token"] = joined.token;
		json["last_seq"] = joined.last_seq;
	}
	show(json, showing);
	return dump(json);
}

std::string sessionText(const Showing &showing)
{
	Json json{{"type", "session"}};
	show(json, showing);
	return dump(json);
}

std::string ackText(std::uint64_t seq)
{
	return R"({"type":"ack","seq":)" + std::to_string(seq) + "}";
}

std::string batchAckText(std::uint64_t batch, std::span<const RowRefusal> refused)
{
	std::string text = R"({"type":"ack","batch":)" + std::to_string(batch) + R"(,"refused":[)";
	for (const RowRefusal &row : refused) {
		text += (text.back() == '[' ? "[" : ",[") + std::to_string(row.row) + ",\"";
		text.append(row.code).append("\"]");
	}
	return text + "]}";
}

std::string playbackText(const PlaybackChange &change, std::optional<std::int64_t> duration_ms)
{
	Json json{{"type", "playback"}};
	json.update(playbackJson(change));
	if (duration_ms) {
		json["duration_ms"] = *duration_ms;
	}
	return dump(json);
}

std::string clockText(std::string_view t0, std::int64_t server_ms)
{
	return R"({"type":"clock","t0":)" + std::string(t0) + R"(,"server_ms":)" + std::to_string(server_ms) + "}";
}

std::string seriesText(const Series &series)
{
	Json segments = Json::object();
	for (const auto &[name, rows] : series.segments) {
		Json columns = Json::object();
		for (const Column &column : kColumns) {
			Json values = Json::array();
			values.get_ref<Json::array_t &>().reserve(rows.size());
			for (const Figures &figures : rows) {
				values.push_back(column.of(figures));
			}
			columns[column.name] = std::move(values);
		}
		segments[name] = std::move(columns);
	}
	return dump({{"type", "series"},
		     {"target", series.target},
		     {"from_tick", series.from_tick},
		     {"base", toText(Base::active)},
		     {"segments", std::move(segments)}});
}

std::string tickText(const TickFigures &tick)
{
	Json segments = Json::object();
	for (const auto &[name, figures] : tick.segments) {
		Json row = Json::object();
		for (const Column &column : kColumns) {
			row[column.name] = column.of(figures);
		}
		segments[name] = std::move(row);
	}
	return dump({{"type", "tick"},
		     {"target", tick.target},
		     {"tick", tick.tick},
		     {"start_ms", tick.start_ms},
		     {"closed", tick.closed},
		     {"base", toText(Base::active)},
		     {"segments", std::move(segments)}});
}

std::string errorText(std::string_view code, std::string_view message, std::optional<std::uint64_t> seq,
		      std::optional<std::uint64_t> batch)
{
	Json json{{"type", "error"}, {"code", code}, {"message", message}};
	if (seq) {
		json["seq"] = *seq;
	}
	if (batch) {
		json["batch"] = *batch;
	}
	return dump(json);
}

} // namespace pulseline::ingest
