// The media source that is a session's clock: looks at it in every frame and tells the studio what changed.
#pragma once

#include "playback/follower.hpp"
#include "studio/studio.hpp"

namespace pulseline::obs {

// Made and destroyed on any thread but the graphics thread; `studio` outlives it.
class MediaClock {
public:
	MediaClock(studio::Studio &studio, const std::string &media);
	MediaClock(const MediaClock &) = delete;
	MediaClock &operator=(const MediaClock &) = delete;
	~MediaClock();

	playback::Shown shown() const { return follower_->shown(); }

private:
	static void tick(void *self, float seconds) noexcept;

	studio::Studio &studio_;
	std::shared_ptr<playback::Follower> follower_;
	playback::ChangeDetector detector_; // graphics thread
};

} // namespace pulseline::obs
