// Where a timeline source gets its data from. The studio stands behind it in OBS (studio_feed.cpp); tests bring one of
// their own.
#pragma once

#include "core/recut.hpp"
#include "core/snapshot.hpp"
#include "overlay/instant.hpp"

namespace pulseline::obs {

// One source's view of one session and one clock.
class TimelineReader {
public:
	virtual ~TimelineReader() = default; // never on the graphics thread

	// Graphics thread, once a frame, wait-free. Empty: nothing new, or not known yet. A null snapshot: no session.
	virtual std::optional<std::shared_ptr<const Snapshot>> newest() = 0;
	// Graphics thread, once a frame, wait-free: looks at the followed media source.
	virtual void look() {}
	// Graphics thread, wait-free: what the followed media source shows. Only when sources are rendered has every
	// source chosen its frame, and this is that of the frame being composed. Empty: none is followed, the session's
	// playback counts.
	virtual std::optional<overlay::Clock> followed() const = 0;
	// Worker thread: asks for a segment in later snapshots. What cannot be had is left out.
	virtual void want(const overlay::SegmentChoice &choice) = 0;
	// Worker thread: its statements take the place of the session's.
	virtual Result<void> openTranscript(const std::string &path) = 0;
};

class TimelineFeed {
public:
	virtual ~TimelineFeed() = default;

	// Worker thread. `session`: path, "" for the one that the studio has. `follow`: UUID or name of a media source,
	// "" for the session's own playback. `recut`: how it is to be counted. Never null; why
	// a session cannot be had is the snapshots' `problem`.
	virtual std::shared_ptr<TimelineReader> open(const std::string &session, const std::string &follow,
						     const Recut &recut) = 0;
	// Any thread but the graphics thread: the running session, for the lists of the properties. May be null.
	virtual std::shared_ptr<const Snapshot> current() const = 0;
};

} // namespace pulseline::obs
