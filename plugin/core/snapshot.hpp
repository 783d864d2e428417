// What a reader (graphics thread, dock, observer) sees of a session: immutable, made by the studio at most ten times a
// second and only when something changed. Hold a `std::shared_ptr<const Snapshot>`; nothing in it needs a lock.
#pragma once

#include "core/qr.hpp"
#include "core/segment.hpp"
#include "core/series.hpp"

#include <chrono>
#include <memory>

namespace pulseline {

using SteadyTime = std::chrono::steady_clock::time_point;

// Where people join a session.
struct Invitation {
	std::string url, code;
	Qr qr; // of both
};

struct Snapshot {
	std::uint64_t revision = 0; // rises with every snapshot of a studio, over all its sessions
	std::shared_ptr<const Settings> settings;
	std::string path;
	std::string follow;      // the media source that is the session's clock, by name or UUID; "": a live clock
	bool running = false;    // the doors are open; false: review of a closed file
	bool simulated = false;  // some participant is
	bool revealed = false;   // participants are shown the result
	bool blind = false;      // not to be drawn until revealed
	bool recounting = false; // its figures are still being counted from the file
	std::string problem;     // why there is nothing but this text; "": there is

	std::vector<Segment> segments;                  // "All" first
	std::vector<std::uint32_t> segmentParticipants; // who joined, for each segment
	Cells sums;                                     // its "stratum" is the index of a segment
	std::int64_t closedTicks = 0;                   // ticks below this one are over on screen; later ones are open

	std::shared_ptr<const Annotations> annotations = std::make_shared<const Annotations>(); // never null

	std::shared_ptr<const Invitation> invitation; // null: nobody new can come in

	PlaybackChange playback;      // the last change, `at_ms` Unix time
	SteadyTime playbackAt;        // the same moment on the steady clock
	std::int64_t furthest_ms = 0; // the furthest position played so far, without jumps that were taken back
	std::optional<std::int64_t> duration_ms;
	std::optional<SteadyTime> lastResponse;

	// The position on screen at `now`, within the known duration.
	std::int64_t position_ms(SteadyTime now) const;
	Figures figuresAt(std::size_t segment, std::uint32_t target, std::int64_t tick, Base base,
			  std::uint32_t min_n) const;
	std::optional<std::size_t> findSegment(std::string_view name) const;
	std::optional<std::uint32_t> findTarget(std::string_view name) const; // "" is the first
};

} // namespace pulseline
