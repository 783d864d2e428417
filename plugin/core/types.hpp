// The words of the domain as values (what they mean: README.md here).
// Called by every room, on any thread: plain values, no I/O, no clocks.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pulseline {

// A failure in one line that says what to do.
struct Error {
	std::string message;
};
template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message)
{
	return std::unexpected(Error{std::move(message)});
}

// `reset`: push-button, a press counts for its tick only. `latched`: dial, the value holds until the next one.
enum class Mode { reset, latched };
std::string_view toText(Mode mode);
std::optional<Mode> modeFromText(std::string_view text);

// In the session's own units: buttons -1/0/1, dial 0..100 with neutral 50. min < max; min <= neutral <= max; none
// beyond 1e100.
struct Scale {
	double min = -1;
	double max = 1;
	double neutral = 0;

	bool valid() const;
	bool contains(double value) const { return value >= min && value <= max; }
	bool operator==(const Scale &) const = default;
};

// Something a participant says of themselves on joining. `values` may be empty: then any value is kept as it is.
struct Attribute {
	std::string name;
	std::string label;
	std::vector<std::string> values;

	bool operator==(const Attribute &) const = default;
};

// One value for each attribute of the session, in the session's order; "" is "not answered".
using Stratum = std::vector<std::string>;

// What a session may ask for.
inline constexpr std::int64_t kMinTick_ms = 250;
inline constexpr std::int64_t kMaxTick_ms = 60'000;
inline constexpr std::int64_t kDefaultTick_ms = 5'000;
inline constexpr std::uint32_t kDefaultMinN = 5;
// Positions above this (about 100 days) are refused, so that a stray number cannot ask for a table of any length.
inline constexpr std::int64_t kMaxPosition_ms = 100LL * 24 * 3600 * 1000;

// What a session is, fixed when it starts.
struct Settings {
	std::string title;
	Mode mode = Mode::reset;
	Scale scale;
	std::int64_t tick_ms = kDefaultTick_ms;
	std::int64_t lag_ms = 0;
	std::int64_t audience_delay_ms = 0;
	std::optional<std::int64_t> duration_ms; // as given; empty: unknown
	std::vector<std::string> targets{"main"};
	std::vector<Attribute> attributes;
	bool ownTime = false; // each participant plays the speech: a response brings its own position
	bool blind = false;

	bool operator==(const Settings &) const = default;
};

// A description of what is wrong with the settings, or nothing.
std::optional<Error> check(const Settings &settings);

// One response. `participant`, `target` are indexes into the session's lists. No value: "present, no press".
struct Response {
	std::uint32_t participant = 0;
	std::uint32_t target = 0;
	std::uint64_t seq = 0; // from 1
	std::int64_t position_ms = 0;
	std::uint32_t pass = 0;
	std::optional<double> value;
};

// Where a position came from: the server's playback history, the client's own player, or a client's age that could
// not be true and was replaced by the server's.
enum class Stamp { server, client, corrected };
std::string_view toText(Stamp stamp);
std::optional<Stamp> stampFromText(std::string_view text);

enum class PlaybackState { stopped, playing, paused, ended };
std::string_view toText(PlaybackState state);
std::optional<PlaybackState> playbackStateFromText(std::string_view text);

// From `at_ms` on, the playback was in this state; while playing, the position moves at `rate` from `position_ms`.
// `at_ms` is on the clock of whoever keeps the history (Unix time in the file and on the wire).
struct PlaybackChange {
	std::int64_t at_ms = 0;
	PlaybackState state = PlaybackState::stopped;
	std::int64_t position_ms = 0;
	double rate = 1;
	std::uint32_t pass = 0;

	bool operator==(const PlaybackChange &) const = default;
};

// A passage of the speech: start_ms <= position < end_ms.
struct Statement {
	std::int64_t start_ms = 0, end_ms = 0;
	std::string text;

	bool operator==(const Statement &) const = default;
};

struct Marker {
	std::int64_t position_ms = 0;
	std::string text;

	bool operator==(const Marker &) const = default;
};

// What stands on the time axis beside the responses.
struct Annotations {
	std::vector<Statement> statements; // by start
	std::vector<Marker> markers;       // by position, equals in order of arrival
};

// The tick that a position counts in: floor(max(0, position - lag) / tick). What came before the lag is in tick 0.
constexpr std::int64_t tickOf(std::int64_t position_ms, std::int64_t lag_ms, std::int64_t tick_ms)
{
	const std::int64_t shifted = position_ms - lag_ms;
	return shifted <= 0 ? 0 : shifted / tick_ms;
}

} // namespace pulseline
