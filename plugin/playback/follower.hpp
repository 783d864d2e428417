// Follows an OBS media source: which of its positions is on screen in this frame (obs.md, "The picture's own clock").
//
// A hidden video filter on the source sees each frame that is about to be shown, with its timestamp; timestamp minus
// position is constant during a stretch of play, and obs_source_media_get_time() tells that constant. Where no frames
// can be seen (audio only, other kinds of source), media time less the measured lead, and `approximate`.
#pragma once

#include "core/types.hpp"

#include <memory>
#include <string>

namespace pulseline::playback {

struct Shown {
	bool found = false;       // the media source exists
	bool approximate = false; // no frames seen: media time less the measured lead
	PlaybackState state = PlaybackState::stopped;
	std::int64_t position_ms = 0; // of the frame on screen
	double rate = 1;              // speed while playing
	std::uint32_t pass = 0;       // how often it jumped back
	std::int64_t duration_ms = 0; // 0: unknown
};

// Registers the filter's source type. Once, in obs_module_load.
void registerFollowerFilter();

class Follower {
public:
	virtual ~Follower() = default; // any thread; removes the filter when the last follower of a source goes

	// Graphics thread, once a frame, outside the graphics context (obs_add_tick_callback, video_tick): looks and
	// remembers. Never blocks.
	virtual void tick() = 0;
	// Any thread, lock-free: what the last tick() saw.
	virtual Shown shown() const = 0;
	// UUID of the source that is followed now, "" while there is none. Any thread but the graphics thread.
	virtual std::string uuid() const = 0;
};

// `media` is the UUID or the name of a media source; it may not exist yet, vanish and come back. Two calls for the
// same media share one follower.
std::shared_ptr<Follower> follow(const std::string &media);

// A line that says when the frame counted backwards or jumped is a change (state, seek, loop, rate), and gives the
// change to write into the history. Pure; fed with what tick() saw in each frame.
class ChangeDetector {
public:
	// `now_ms` on the history's clock. Empty: the playback moves on as the last change said.
	std::optional<PlaybackChange> feed(const Shown &shown, std::int64_t now_ms);

private:
	std::optional<PlaybackChange> last_;
};

} // namespace pulseline::playback
