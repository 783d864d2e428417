// What a picture depends on besides the data and the settings: the state of things, the tick whose figures stand in the
// labels, and the passage that is painted. It changes seldom, so a picture is painted anew only when it did. Pure and
// cheap: asked once a frame on the graphics thread.
#pragma once

#include "core/snapshot.hpp"
#include "overlay/view.hpp"

#include <limits>

namespace pulseline::overlay {

// Which position is on screen in this frame.
struct Clock {
	PlaybackState state = PlaybackState::stopped;
	double position_ms = 0;
	bool found = true;            // false: a media source is followed and does not exist
	bool approximate = false;     // the position is an estimate
	std::int64_t duration_ms = 0; // of the media source; 0: none, or unknown

	bool operator==(const Clock &) const = default;
};

// The session's own playback.
Clock ownClock(const Snapshot &snapshot, SteadyTime now);

enum class State {
	no_session,
	blind,
	recounting,
	waiting,
	no_input,
	empty,
	too_few,
	stopped,
	live,
	paused,
	ended,
	stale,
	review
};
std::string_view toText(State state);

// The passage that a picture shows. A rolling window is painted with some spare passage at its end, so that it can
// slide for a while before it must be painted anew.
struct Passage {
	std::int64_t from_ms = 0;   // painted from here …
	std::int64_t to_ms = 0;     // … to here
	std::int64_t window_ms = 0; // of which so much is seen at a time

	bool operator==(const Passage &) const = default;
	bool rolls() const { return window_ms < to_ms - from_ms; }
};

// Where a rolling window holds the playhead, as a share of its width: there is nothing to see ahead of a hidden future.
constexpr double playheadShare(bool reveal)
{
	return reveal ? 1.0 : 0.75;
}

inline constexpr std::size_t kNoStatement = std::numeric_limits<std::size_t>::max();

struct Instant {
	State state = State::no_session;
	bool approximate = false;
	bool no_media = false;
	std::int64_t label_tick = -1; // whose figures are written; -1: none yet
	std::int64_t seen_tick = -1;  // the last closed one that the playhead has reached
	Passage passage;
	std::size_t statement = kNoStatement; // whose words are shown, of the snapshot's
	std::int64_t marked_ms = -1;          // the last marker that is shown; those after it lie ahead
	std::int64_t silent_since_ms = -1;    // stale or no input: the position at the last response, in whole seconds

	bool operator==(const Instant &) const = default;
};

Instant instantOf(const Snapshot *snapshot, const View &view, const Clock &clock, SteadyTime now);

// Of unknown length: ten minutes, longer by half whenever nine tenths are full.
std::int64_t growingLength_ms(std::int64_t furthest_ms);
// Stale after two ticks or ten seconds without a response, whichever is longer.
std::int64_t staleAfter_ms(std::int64_t tick_ms);

} // namespace pulseline::overlay
