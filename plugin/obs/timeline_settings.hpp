// The timeline source's settings: their keys, defaults and properties, and the view that they describe.
#pragma once

#include "overlay/view.hpp"

#include "core/snapshot.hpp"

#include <obs.h>

namespace pulseline::obs {

using TextOf = const char *(*)(const char *key);

struct TimelineSettings {
	overlay::View view;
	std::string session; // path; "": the running session
	std::string follow;  // UUID or name of a media source; "": the session's own playback

	bool operator==(const TimelineSettings &) const = default;
};

void setTimelineDefaults(obs_data_t *settings);
// What is out of range is brought within it.
TimelineSettings readTimelineSettings(obs_data_t *settings);
// UI thread. `current` (may be null) fills the list of targets; `settings` (may be null) are those of the source.
obs_properties_t *timelineProperties(TextOf text, const Snapshot *current, obs_data_t *settings);

// The words on the picture in the user's language.
overlay::Words overlayWords(TextOf text);

} // namespace pulseline::obs
