// What passes between this program and an upstream, where this program is the client (README.md here, "Upstream"):
// messages as values. Pure; any thread; safe with any bytes whatever.
#pragma once

#include "ingest/codec.hpp"
#include "ingest/upstream_options.hpp"

#include <variant>

namespace pulseline::ingest {

inline constexpr std::size_t kMaxUpstreamMessage = 16 * 1024 * 1024;
// More people than this in one cell are not believed.
inline constexpr std::uint32_t kMaxPeople = 10'000'000;

struct Subscribe {
	Stream stream = Stream::responses;
	std::string code, key;
	std::string id;                     // of the stream as it was last known; "" at first
	std::optional<std::uint64_t> after; // the last batch on disk here
};
std::string subscribeText(const Subscribe &subscribe);

// The answer to it.
struct StreamAnswer {
	std::string id;
	Mode mode = Mode::reset;
	Scale scale;
	std::optional<std::int64_t> tick_ms, lag_ms;
	std::vector<std::string> targets;
	bool simulated = false;
};
// How it disagrees with the session, "" if it does not. Tick and lag matter to cells alone.
std::string disagreement(const StreamAnswer &answer, Stream stream, const Settings &settings);

struct CellRow {
	std::uint32_t stratum = 0; // in the upstream's order of sending
	std::uint32_t target = 0;  // the session's
	std::int64_t tick = 0;
	Cell cell;
};
struct CellsMessage {
	enum class Part { first, more, last, other } part = Part::other;
	std::optional<std::int64_t> lag_ms, tick_ms;
	std::vector<std::map<std::string, std::string>> strata;
	std::vector<CellRow> rows; // those that can be true
	std::uint64_t refused = 0; // the others
	std::string trouble;       // what was wrong with the first of them
};

struct UpstreamError {
	std::string code, message;
};
struct Unheeded {}; // of a type that is not for us
using UpstreamMessage = std::variant<StreamAnswer, Participants, RespondMany, CellsMessage, UpstreamError, Unheeded>;

// What a session can take.
struct UpstreamBounds {
	Scale scale;
	std::vector<std::string> targets;
	std::int64_t ticks = 0; // of the longest speech there may be
};
// Refused: a message that can be no one's, with what is wrong with it.
std::expected<UpstreamMessage, BadMessage> readUpstream(std::string_view text, const UpstreamBounds &bounds);

} // namespace pulseline::ingest
