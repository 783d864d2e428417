// The source "Audience Reaction Timeline" (`pulseline_timeline`): draws a session's lines into a scene.
//
// Each source has a worker thread, which makes pictures when data, settings or state change; the graphics thread takes
// a finished picture, paints it once into textures and composites these in every frame.
#pragma once

#include "obs/timeline_feed.hpp"
#include "overlay/scene.hpp"

#include <obs.h>

#include <atomic>

namespace pulseline::studio {
class Recounts;
class Studio;
} // namespace pulseline::studio

namespace pulseline::obs {

inline constexpr const char *kTimelineId = "pulseline_timeline";

struct TimelineSetup {
	std::string effect_path;              // data/effects/overlay.effect
	const char *(*text)(const char *key); // locale string; must live as long as the source type
	std::shared_ptr<TimelineFeed> feed;
	std::vector<overlay::NamedTheme> themes{{"dark", {}}}; // the first one is the default
	// False: no timeline draws anything.
	std::shared_ptr<const std::atomic<bool>> shown = std::make_shared<std::atomic<bool>>(true);
};

// Once, when the module loads. False: this OBS did not take the source.
bool registerTimelineSource(TimelineSetup setup);
// With the module's own files and texts; both outlive the sources.
bool registerTimelineSource(studio::Studio &studio, studio::Recounts &recounts,
			    std::shared_ptr<const std::atomic<bool>> shown);

// Any thread, without waiting: where the plot of this source lies and what it shows, of the frame in which it was drawn
// last; of one that nobody sees, as it would be drawn. Empty: it is no timeline, or there is no picture yet.
std::optional<overlay::LayoutInfo> timelineLayout(obs_source_t *source);

} // namespace pulseline::obs
