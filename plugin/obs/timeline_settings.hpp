// The timeline source's settings: their keys, defaults and properties, and the view that they describe.
#pragma once

#include "overlay/view.hpp"

#include "core/recut.hpp"
#include "core/snapshot.hpp"

#include <obs.h>

#include <memory>

namespace pulseline::obs {

using TextOf = const char *(*)(const char *key);

// A setting that cannot be what a program set it to, and what is taken instead.
struct Correction {
	std::string key, taken;

	bool operator==(const Correction &) const = default;
};

struct TimelineSettings {
	overlay::View view;
	std::string session;    // path; "": the running session
	std::string follow;     // UUID or name of a media source; "": the session's own playback
	std::string transcript; // path; its statements take the place of the session's; "": none
	Recut recut;            // lag and tick, where they are not the session's own
	std::vector<Correction> corrected;

	bool operator==(const TimelineSettings &) const = default;
};

inline constexpr std::int64_t kMinWindow_ms = 1000;
inline constexpr std::int64_t kMaxWindow_ms = 12LL * 3600 * 1000;
inline constexpr std::int64_t kMaxSmoothing_ms = 600'000;
inline constexpr std::int64_t kMaxLag_ms = 60'000;

using Themes = std::vector<overlay::NamedTheme>; // never empty

void setTimelineDefaults(obs_data_t *settings, const Themes &themes);
// What is out of range is brought within it, what is of another type or not known is as by default. Colours that the
// user did not choose are the theme's.
TimelineSettings readTimelineSettings(obs_data_t *settings, const Themes &themes);

// What the properties are made of.
struct TimelineChoices {
	TextOf text;
	const Themes &themes;                    // outlive the properties
	std::shared_ptr<const Snapshot> current; // the studio's; may be null
	std::vector<std::string> targets;        // of the session that is shown
	obs_source_t *source = nullptr;          // whose they are; null: of the type
	std::string problems;                    // what in its settings does not fit the session; "": all does
};
// UI thread.
obs_properties_t *timelineProperties(const TimelineChoices &choices);

// The settings that hold a colour: the names that a theme has for them, but `playhead_color`.
std::string colorKey(std::string_view name);
std::string segmentColorKey(std::size_t index); // 0: everybody's
// What the colours are while the user has not chosen one.
void setThemeDefaults(obs_data_t *settings, const overlay::Theme &theme);
const overlay::Theme &findTheme(const Themes &themes, std::string_view name);

// The words on the picture in the user's language.
overlay::Words overlayWords(TextOf text);

} // namespace pulseline::obs
