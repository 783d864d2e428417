// The studio as a timeline's feed: the running session, or a closed one that only this source looks at; and the media
// source whose position it follows.
#pragma once

#include "obs/timeline_feed.hpp"
#include "studio/studio.hpp"

namespace pulseline::obs {

// `studio` outlives it.
std::shared_ptr<TimelineFeed> studioFeed(studio::Studio &studio);

} // namespace pulseline::obs
