#include "ingest/codec.hpp"

#include <array>
#include <charconv>
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

Json playbackJson(const PlaybackChange &change)
{
	return {{"state", toText(change.state)},
		{"position_ms", change.position_ms},
		{"rate", number(change.rate)},
		{"pass", change.pass},
		{"server_ms", change.at_ms}};
}

// Figures are written as text at once: the series of a long session has a million of them, and as a tree they would
// keep everyone else waiting.
template <typename Number>
void append(std::string &text, std::optional<Number> value)
{
	if (!value) {
		text += "null";
		return;
	}
	std::array<char, 32> digits;
	text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), *value).ptr);
}

// The columns of `table` from `present` to `majority`, in its order and by its names.
struct Column {
	std::string_view name;
	void (*write)(std::string &, const Figures &);
};
constexpr Column kColumns[] = {
	{"present", [](std::string &text, const Figures &f) { append(text, f.present); }},
	{"n", [](std::string &text, const Figures &f) { append(text, std::optional(f.n)); }},
	{"likes", [](std::string &text, const Figures &f) { append(text, f.likes); }},
	{"dislikes", [](std::string &text, const Figures &f) { append(text, f.dislikes); }},
	{"mean", [](std::string &text, const Figures &f) { append(text, f.mean); }},
	{"sd", [](std::string &text, const Figures &f) { append(text, f.sd); }},
	{"ci_low", [](std::string &text, const Figures &f) { append(text, f.ci_low); }},
	{"ci_high", [](std::string &text, const Figures &f) { append(text, f.ci_high); }},
	{"net", [](std::string &text, const Figures &f) { append(text, f.net); }},
	{"activity", [](std::string &text, const Figures &f) { append(text, f.activity); }},
	{"majority",
	 [](std::string &text, const Figures &f) { text.append("\"").append(toText(f.majority)).append("\""); }},
};

// `{"name":…,"name":…}`: each column in the words of `each`.
template <typename Each>
void appendColumns(std::string &text, Each each)
{
	char before = '{';
	for (const Column &column : kColumns) {
		text += before;
		text.append("\"").append(column.name).append("\":");
		each(column);
		before = ',';
	}
	text += '}';
}

// The head of a message of figures, with all its fields but the last, `segments`, which follows.
std::string figuresHead(const Json &fields)
{
	std::string text = dump(fields);
	text.pop_back();
	return text += R"(,"segments":{)";
}

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
	json["doors"] = showing.doors;
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

std::string playbackText(const PlaybackChange &change, std::optional<std::int64_t> duration_ms, bool revealed)
{
	Json json{{"type", "playback"}};
	json.update(playbackJson(change));
	if (duration_ms) {
		json["duration_ms"] = *duration_ms;
	}
	json["revealed"] = revealed;
	return dump(json);
}

std::string clockText(std::string_view t0, std::int64_t server_ms)
{
	return R"({"type":"clock","t0":)" + std::string(t0) + R"(,"server_ms":)" + std::to_string(server_ms) + "}";
}

std::string seriesText(const Series &series)
{
	std::string text = figuresHead({{"type", "series"},
					{"target", series.target},
					{"from_tick", series.from_tick},
					{"base", toText(Base::active)}});
	for (const auto &[name, rows] : series.segments) {
		text += (text.back() == '{' ? "" : ",") + dump(name) + ':';
		appendColumns(text, [&](const Column &column) {
			text += '[';
			for (const Figures &figures : rows) {
				column.write(text, figures);
				text += ',';
			}
			if (!rows.empty()) {
				text.pop_back();
			}
			text += ']';
		});
	}
	return text += "}}";
}

std::string tickText(const TickFigures &tick)
{
	std::string text = figuresHead({{"type", "tick"},
					{"target", tick.target},
					{"tick", tick.tick},
					{"start_ms", tick.start_ms},
					{"closed", tick.closed},
					{"base", toText(Base::active)}});
	for (const auto &[name, figures] : tick.segments) {
		text += (text.back() == '{' ? "" : ",") + dump(name) + ':';
		appendColumns(text, [&](const Column &column) { column.write(text, figures); });
	}
	return text += "}}";
}

std::string markersText(const std::vector<Marker> &markers)
{
	Json items = Json::array();
	for (const Marker &marker : markers) {
		items.push_back({{"position_ms", marker.position_ms}, {"text", marker.text}});
	}
	return dump({{"type", "markers"}, {"items", std::move(items)}});
}

std::string statementsText(const std::vector<Statement> &statements)
{
	Json items = Json::array();
	for (const Statement &statement : statements) {
		items.push_back(
			{{"start_ms", statement.start_ms}, {"end_ms", statement.end_ms}, {"text", statement.text}});
	}
	return dump({{"type", "statements"}, {"items", std::move(items)}});
}

std::string errorText(std::string_view code, std::string_view message, std::optional<std::uint64_t> seq,
		      std::optional<std::uint64_t> batch, std::string_view reason)
{
	Json json{{"type", "error"}, {"code", code}, {"message", message}};
	if (!reason.empty()) {
		json["reason"] = reason;
	}
	if (seq) {
		json["seq"] = *seq;
	}
	if (batch) {
		json["batch"] = *batch;
	}
	return dump(json);
}

} // namespace pulseline::ingest
