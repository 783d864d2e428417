#include "ingest/upstream_codec.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace pulseline::ingest {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 8; // what is nested deeper is nothing we read
// Sums come as doubles, and were added up in any order.
constexpr double kRounding = 1e-9;

std::unexpected<Refusal> bad(std::string message)
{
	return refuse("bad_field", std::move(message));
}

// A whole number from 0 to `most`, also when written 3.0.
std::optional<std::uint64_t> whole(const Json &json, std::uint64_t most = kMaxInteger)
{
	if (json.is_number_unsigned()) {
		const auto value = json.get<std::uint64_t>();
		return value <= most ? std::optional(value) : std::nullopt;
	}
	if (json.is_number_float()) {
		const auto value = json.get<double>();
		const bool fits = value >= 0 && value <= static_cast<double>(most) && std::trunc(value) == value;
		return fits ? std::optional(static_cast<std::uint64_t>(value)) : std::nullopt;
	}
	return std::nullopt;
}

const Json *field(const Json &object, const char *name)
{
	const auto found = object.find(name);
	return found == object.end() || found->is_null() ? nullptr : &*found;
}

// Whether `text` names one of the session's targets.
std::optional<std::uint64_t> indexOf(const std::vector<std::string> &targets, std::string_view text)
{
	const auto found = std::ranges::find(targets, text);
	return found == targets.end() ? std::nullopt
				      : std::optional(static_cast<std::uint64_t>(found - targets.begin()));
}

// ---- stream -------------------------------------------------------------------------------------------------------

std::optional<std::string> idOf(const Json *json)
{
	if (json == nullptr) {
		return std::nullopt;
	}
	const std::string id = json->is_string() ? json->get<std::string>() : whole(*json) ? json->dump() : "";
	return id.empty() || id.size() > kMaxSecret ? std::nullopt : std::optional(id);
}

std::optional<Scale> scaleOf(const Json *json)
{
	Scale scale;
	if (json == nullptr || !json->is_object()) {
		return std::nullopt;
	}
	for (const auto &[name, value] :
	     {std::pair{"min", &scale.min}, {"max", &scale.max}, {"neutral", &scale.neutral}}) {
		const Json *number = field(*json, name);
		if (number == nullptr || !number->is_number()) {
			return std::nullopt;
		}
		*value = number->get<double>();
	}
	return scale.valid() ? std::optional(scale) : std::nullopt;
}

std::optional<std::vector<std::string>> targetsOf(const Json *json)
{
	if (json == nullptr || !json->is_array() || json->empty() || json->size() > kMaxAttributes) {
		return std::nullopt;
	}
	if (!std::ranges::all_of(*json, [](const Json &name) { return name.is_string(); })) {
		return std::nullopt;
	}
	return json->get<std::vector<std::string>>();
}

// Reads an optional time; false if it is there and none.
bool readTime(const Json &message, const char *name, std::optional<std::int64_t> &time)
{
	if (const Json *json = field(message, name)) {
		const std::optional<std::uint64_t> value = whole(*json);
		time = value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
		return value.has_value();
	}
	return true;
}

Answer<UpstreamMessage> readStream(const Json &message)
{
	StreamAnswer answer;
	const std::optional<std::string> id = idOf(field(message, "id"));
	if (!id) {
		return bad("stream: id must be a string of 1 to " + std::to_string(kMaxSecret) + " bytes");
	}
	const Json *modeName = field(message, "mode");
	const std::optional<Mode> mode =
		modeName && modeName->is_string() ? modeFromText(modeName->get<std::string>()) : std::nullopt;
	if (!mode) {
		return bad("stream: mode must be reset or latched");
	}
	const std::optional<Scale> scale = scaleOf(field(message, "scale"));
	if (!scale) {
		return bad("stream: scale must be an object of min, max and neutral, in this order of size");
	}
	std::optional<std::vector<std::string>> targets = targetsOf(field(message, "targets"));
	if (!targets) {
		return bad("stream: targets must be an array of at least one name");
	}
	if (!readTime(message, "tick_ms", answer.tick_ms) || !readTime(message, "lag_ms", answer.lag_ms)) {
		return bad("stream: tick_ms and lag_ms must be whole numbers");
	}
	answer.id = *id;
	answer.mode = *mode;
	answer.scale = *scale;
	answer.targets = std::move(*targets);
	const Json *simulated = field(message, "simulated");
	answer.simulated = simulated != nullptr && simulated->is_boolean() && simulated->get<bool>();
	return answer;
}

// ---- cells --------------------------------------------------------------------------------------------------------

// What cannot be true of n people who each said something within the scale.
const char *contradiction(const Cell &cell, const Scale &scale)
{
	const double n = cell.n;
	const double sum = cell.sum.high;
	const double sum_sq = cell.sum_sq.high;
	const double furthest = std::max(std::abs(scale.min), std::abs(scale.max));
	const double slack = kRounding * n * furthest;
	const double slack_sq = slack * furthest;
	if (cell.n > cell.present) {
		return "n is above present";
	}
	if (cell.likes + cell.dislikes > cell.n) {
		return "likes and dislikes are more than n";
	}
	if (!(sum >= n * scale.min - slack && sum <= n * scale.max + slack)) {
		return "sum is not what n values within the scale can add up to";
	}
	// By how far they lie from neutral, above and below.
	const double above = cell.likes * (scale.max - scale.neutral);
	const double below = cell.dislikes * (scale.neutral - scale.min);
	const double shift = sum - n * scale.neutral;
	if (shift > above + slack || shift < -below - slack) {
		return "sum does not go with likes and dislikes";
	}
	if (!(sum_sq >= 0 && sum_sq <= n * furthest * furthest + slack_sq) || sum * sum > n * (sum_sq + 2 * slack_sq)) {
		return "sum_sq does not go with n and sum";
	}
	// Largest where as much as can be lies at the ends of the scale.
	const double down = std::clamp(above - shift, 0.0, below);
	const double square = (down + shift) * (scale.max - scale.neutral) + down * (scale.neutral - scale.min);
	if (sum_sq - scale.neutral * (2 * sum - n * scale.neutral) > square + 8 * slack_sq) {
		return "sum_sq does not go with likes, dislikes and sum";
	}
	return nullptr;
}

// What is wrong with a row, or nullptr.
const char *readRow(const Json &json, const UpstreamBounds &bounds, CellRow &row)
{
	constexpr std::size_t kColumns = 9; // stratum, target, tick, present, n, likes, dislikes, sum, sum_sq
	if (!json.is_array() || json.size() < kColumns) {
		return "it is no array of 9";
	}
	const std::optional<std::uint64_t> stratum = whole(json[0], std::numeric_limits<std::uint32_t>::max());
	if (!stratum) {
		return "its stratum is no index";
	}
	const std::optional<std::uint64_t> target =
		json[1].is_string() ? indexOf(bounds.targets, json[1].get_ref<const std::string &>())
				    : whole(json[1], bounds.targets.size() - 1);
	if (!target) {
		return "the session has no such target";
	}
	const std::optional<std::uint64_t> tick = whole(json[2], static_cast<std::uint64_t>(bounds.ticks - 1));
	if (!tick) {
		return "its tick is not in the speech";
	}
	std::uint32_t counts[4];
	for (std::size_t i = 0; i < std::size(counts); ++i) {
		const std::optional<std::uint64_t> count = whole(json[3 + i], kMaxPeople);
		if (!count) {
			return "present, n, likes and dislikes must be whole numbers from 0 to 10000000";
		}
		counts[i] = static_cast<std::uint32_t>(*count);
	}
	if (!json[7].is_number() || !json[8].is_number()) {
		return "sum and sum_sq must be numbers";
	}
	row.stratum = static_cast<std::uint32_t>(*stratum);
	row.target = static_cast<std::uint32_t>(*target);
	row.tick = static_cast<std::int64_t>(*tick);
	row.cell = {counts[0], counts[1], counts[2], counts[3], {json[7].get<double>(), 0}, {json[8].get<double>(), 0}};
	return contradiction(row.cell, bounds.scale);
}

// An object of texts; what is neither text nor null is not there.
std::map<std::string, std::string> answersOf(const Json &json)
{
	std::map<std::string, std::string> answers;
	for (const auto &[name, value] : json.items()) {
		if (value.is_string()) {
			answers.emplace(name, value.get<std::string>());
		}
	}
	return answers;
}

CellsMessage::Part partOf(const Json *json)
{
	const std::string name = json != nullptr && json->is_string() ? json->get<std::string>() : "";
	return name == "first"  ? CellsMessage::Part::first
	       : name == "more" ? CellsMessage::Part::more
	       : name == "last" ? CellsMessage::Part::last
				: CellsMessage::Part::other;
}

Answer<UpstreamMessage> readCells(const Json &message, const UpstreamBounds &bounds)
{
	CellsMessage cells;
	cells.part = partOf(field(message, "part"));
	if (!readTime(message, "lag_ms", cells.lag_ms) || !readTime(message, "tick_ms", cells.tick_ms)) {
		return bad("cells: tick_ms and lag_ms must be whole numbers");
	}
	if (const Json *strata = field(message, "strata")) {
		const auto isObject = [](const Json &one) { return one.is_object(); };
		if (!strata->is_array() || !std::ranges::all_of(*strata, isObject)) {
			return bad("cells: strata must be an array of objects");
		}
		for (const Json &stratum : *strata) {
			cells.strata.push_back(answersOf(stratum));
		}
	}
	const Json *rows = field(message, "rows");
	if (rows != nullptr && !rows->is_array()) {
		return bad("cells: rows must be an array of arrays");
	}
	for (std::size_t i = 0; rows != nullptr && i < rows->size(); ++i) {
		CellRow row;
		const char *wrong = readRow((*rows)[i], bounds, row);
		if (wrong == nullptr) {
			cells.rows.push_back(row);
		} else if (++cells.refused == 1) {
			cells.trouble = "row " + std::to_string(i) + " of cells: " + wrong;
		}
	}
	return cells;
}

Answer<UpstreamMessage> readError(const Json &message)
{
	UpstreamError error;
	for (const auto &[name, text] : {std::pair{"code", &error.code}, {"message", &error.message}}) {
		if (const Json *json = field(message, name); json != nullptr && json->is_string()) {
			*text = json->get<std::string>().substr(0, kMaxValue);
		}
	}
	return error;
}

// What only an upstream says.
Answer<UpstreamMessage> readOwn(std::string_view text, const UpstreamBounds &bounds)
{
	const auto shallow = [](int depth, Json::parse_event_t, const Json &) { return depth <= kMaxDepth; };
	const Json message = Json::parse(text, shallow, false);
	if (!message.is_object()) {
		return refuse("bad_json", "a message must be one JSON object, with numbers that a double holds");
	}
	const Json *type = field(message, "type");
	const std::string name = type != nullptr && type->is_string() ? type->get<std::string>() : "";
	if (name.empty()) {
		return bad("a message needs a type");
	}
	if (name == "stream") {
		return readStream(message);
	}
	if (name == "cells") {
		return readCells(message, bounds);
	}
	return name == "error" ? readError(message) : Answer<UpstreamMessage>(Unheeded{});
}

} // namespace

std::string subscribeText(const Subscribe &subscribe)
{
	nlohmann::ordered_json json{{"type", "subscribe"}, {"stream", toText(subscribe.stream)}};
	for (const auto &[name, text] :
	     {std::pair{"code", &subscribe.code}, {"key", &subscribe.key}, {"id", &subscribe.id}}) {
		if (!text->empty()) {
			json[name] = *text;
		}
	}
	if (subscribe.after) {
		json["after"] = *subscribe.after;
	}
	return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string disagreement(const StreamAnswer &answer, Stream stream, const Settings &settings)
{
	const auto scaleText = [](const Scale &scale) {
		return Json(scale.min).dump() + " to " + Json(scale.max).dump() + " about " +
		       Json(scale.neutral).dump();
	};
	const auto timeText = [](std::optional<std::int64_t> ms) {
		return ms ? std::to_string(*ms) + " ms" : std::string("not given");
	};
	const auto differ = [](std::string what, std::string theirs, std::string ours) {
		return "its " + what + " is " + std::move(theirs) + ", this session's is " + std::move(ours);
	};
	if (answer.mode != settings.mode) {
		return differ("mode", std::string(toText(answer.mode)), std::string(toText(settings.mode)));
	}
	if (!(answer.scale == settings.scale)) {
		return differ("scale", scaleText(answer.scale), scaleText(settings.scale));
	}
	if (answer.targets != settings.targets) {
		return "its targets are " + Json(answer.targets).dump(-1, ' ', false, Json::error_handler_t::replace) +
		       ", this session's are " + Json(settings.targets).dump();
	}
	if (stream == Stream::cells && answer.tick_ms != settings.tick_ms) {
		return differ("tick", timeText(answer.tick_ms), timeText(settings.tick_ms));
	}
	if (stream == Stream::cells && answer.lag_ms != settings.lag_ms) {
		return differ("lag", timeText(answer.lag_ms), timeText(settings.lag_ms));
	}
	return {};
}

std::expected<UpstreamMessage, BadMessage> readUpstream(std::string_view text, const UpstreamBounds &bounds)
{
	// People and their responses come as from a feed.
	std::expected<ClientMessage, BadMessage> client = readClient(text, bounds.scale);
	if (!client && client.error().refusal.code == "unknown_type") {
		return readOwn(text, bounds).transform_error([](Refusal refusal) {
			return BadMessage{std::move(refusal), {}, {}};
		});
	}
	if (!client) {
		return std::unexpected(std::move(client.error()));
	}
	if (auto *people = std::get_if<Participants>(&*client)) {
		return std::move(*people);
	}
	if (auto *batch = std::get_if<RespondMany>(&*client)) {
		return std::move(*batch);
	}
	return Unheeded{};
}

} // namespace pulseline::ingest
