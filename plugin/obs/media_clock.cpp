#include "obs/media_clock.hpp"

#include <obs.h>

namespace pulseline::obs {

MediaClock::MediaClock(studio::Studio &studio, const std::string &media)
	: studio_(studio)
	, follower_(playback::follow(media))
{
	obs_add_tick_callback(tick, this);
}

MediaClock::~MediaClock()
{
	// Returns once the callback is not running any more.
	obs_remove_tick_callback(tick, this);
}

void MediaClock::tick(void *self, float) noexcept
{
	auto &clock = *static_cast<MediaClock *>(self);
	clock.follower_->tick();
	const playback::Shown shown = clock.follower_->shown();
	// OBS's frame times are those of the steady clock.
	const std::int64_t now_ms = shown.at_ns > 0 ? shown.at_ns / 1'000'000 : studio::Studio::steady_ms();
	if (const auto change = clock.detector_.feed(shown, now_ms)) {
		clock.studio_.playbackChanged(*change, shown.duration_ms);
	}
}

} // namespace pulseline::obs
