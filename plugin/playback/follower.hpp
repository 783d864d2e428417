// Follows an OBS media source: which of its positions is on screen in this frame.
//
// A video filter on the source sees each frame that is about to be shown, with its timestamp; timestamp minus position
// is constant during a stretch of play, and obs_source_media_get_time() helps to find that constant (frame_clock.hpp,
// vlc_clock.hpp).
// Where no frames can be seen (audio only, other kinds of source, the filter disabled by the user), media time less the
// measured lead, and `approximate`. Positions are those of the media file's own timestamps. A "Video Delay (Async)"
// filter on the same source is not accounted for.
#pragma once

#include "core/types.hpp"

#include <deque>
#include <memory>
#include <string>

namespace pulseline::playback {

struct Shown {
	bool found = false;       // the media source exists
	bool approximate = false; // no frames seen, or first seen in mid-play and not settled yet
	PlaybackState state = PlaybackState::stopped;
	std::int64_t position_ms = 0; // of the frame on screen
	double rate = 1;              // speed of the picture: 0 unless it plays and moves
	std::uint32_t pass = 0;       // how often it jumped back
	std::int64_t duration_ms = 0; // 0: unknown
	double frame_ms = 0;          // duration of a source frame, 0: unknown
	std::int64_t at_ns = 0;       // time of the composed frame (obs_get_video_frame_time) that shows it

	bool operator==(const Shown &) const = default;
};

// Registers the filter's source type and begins to listen for sources that come and go. Once, in obs_module_load.
// `displayName` is what OBS's filter dialog calls the filter while something is followed.
void registerFollowerFilter(const std::string &displayName = "Pulseline playback position");

class Follower {
public:
	virtual ~Follower() = default; // any thread; the filter goes with the last follower of a source

	// Graphics thread, once a frame or more often, outside the graphics context (obs_add_tick_callback,
	// video_tick). Looks where no filter can, and asks for the media source about once a second while there is
	// none. Never blocks.
	virtual void tick() = 0;
	// Any thread, lock-free: what was seen last. While frames are seen it is complete, for the frame being
	// composed, by the time that sources are rendered; a tick callback still gets that of the frame before.
	virtual Shown shown() const = 0;
	// UUID of the source that is followed now, "" while there is none. Any thread but the graphics thread.
	virtual std::string uuid() const = 0;
};

// `media` is the UUID or the name of a media source; it may not exist yet, vanish and come back. A source once found is
// followed by its UUID, also when it is renamed; when it is gone, `media` is looked for anew. Two calls for the same
// media share one follower. Any thread, the graphics thread too: the search and the filter are the UI thread's work
// (OBS_TASK_UI), done soon after.
std::shared_ptr<Follower> follow(const std::string &media);

// UI thread. Takes the filters off all sources; they come back soon after, where something is followed. There is no
// need to call this before a scene collection is saved: the filter leaves a source that is about to be saved by itself,
// and comes back after it.
void removeFollowerFilters();

// UI thread, before OBS shuts down (OBS_FRONTEND_EVENT_EXIT, obs_module_unload); harmless when done already. Takes the
// filters off all sources and forgets them. Followers that still live find nothing any more and may go at any time.
void stopFollowing();

// Turns what tick() saw in each frame into the changes to write into a history: of state, pass or rate, and of the
// position where it leaves the line that the last change began. That line is left when three frames in a row come on
// screen more than three quarters of a frame (at least 20 ms) too early or too late, or one by three and a half (at
// least 75 ms); where the duration of a frame is unknown, it is taken to be 60 ms. Passes are counted from the first
// look on. A source that is not found is stopped where it was. Pure.
class ChangeDetector {
public:
	// `now_ms` on the history's clock, best made from Shown::at_ns, which does not jitter. Empty: the playback
	// moves on as the last change said.
	std::optional<PlaybackChange> feed(const Shown &shown, std::int64_t now_ms);

private:
	static bool moves(const PlaybackChange &now);
	bool differs(const PlaybackChange &now) const;
	bool leavesLine(PlaybackChange &now, double frame_ms, bool freshFrame);
	std::optional<double> settle(double frame_ms);
	void beginLine();

	std::optional<PlaybackChange> last_;
	std::optional<std::uint32_t> seenPass_;
	std::int64_t framePosition_ms_ = 0; // of the frame last seen
	std::deque<double> leads_;          // of the line, over the last frames when they came on screen
	int frames_ = 0;                    // since the line began
	std::size_t settlings_ = 0;
};

} // namespace pulseline::playback
