#include "obs/timeline_settings.hpp"

#include "overlay/layouts.hpp"

#include <obs.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace pulseline::obs {
namespace {

using overlay::Color;
using overlay::Theme;
using overlay::View;

// OBS keeps colours as 0xAABBGGRR.
std::int64_t toObs(Color color)
{
	return (std::int64_t{color.a} << 24) | (std::int64_t{color.b} << 16) | (std::int64_t{color.g} << 8) | color.r;
}

Color fromObs(std::int64_t color)
{
	const auto part = [color](int shift) { return static_cast<std::uint8_t>((color >> shift) & 0xFF); };
	return {part(0), part(8), part(16), part(24)};
}

std::int64_t readInt(obs_data_t *settings, const char *key, std::int64_t low, std::int64_t high)
{
	return std::clamp<std::int64_t>(obs_data_get_int(settings, key), low, high);
}

std::vector<overlay::SegmentChoice> readSegments(obs_data_t *settings)
{
	std::vector<overlay::SegmentChoice> choices;
	const OBSDataArrayAutoRelease list = obs_data_get_array(settings, "segments");
	for (std::size_t i = 0; i < obs_data_array_count(list); ++i) {
		const OBSDataAutoRelease item = obs_data_array_item(list, i);
		const std::string_view entry = obs_data_get_string(item, "value");
		if (!entry.empty()) {
			choices.push_back(overlay::parseChoice(entry));
		}
	}
	return choices;
}

Theme readTheme(obs_data_t *settings, const Themes &themes)
{
	Theme theme = findTheme(themes, obs_data_get_string(settings, "theme"));
	const auto read = [&](const std::string &key, Color &color) {
		if (obs_data_has_user_value(settings, key.c_str())) {
			color = fromObs(obs_data_get_int(settings, key.c_str()));
		}
	};
	for (const overlay::NamedColor &named : overlay::themeColors()) {
		read(colorKey(named.name), theme.*named.color);
	}
	for (std::size_t i = 0; i < theme.segments.size(); ++i) {
		read(segmentColorKey(i), theme.segments[i]);
	}
	if (obs_data_has_user_value(settings, "background_opacity")) {
		theme.opacity = static_cast<double>(readInt(settings, "background_opacity", 0, 100)) / 100;
	}
	return theme;
}

} // namespace

std::string colorKey(std::string_view name)
{
	return name == "playhead" ? "playhead_color" : "color_" + std::string(name);
}

std::string segmentColorKey(std::size_t index)
{
	return "color_segment_" + std::to_string(index);
}

const Theme &findTheme(const Themes &themes, std::string_view name)
{
	const auto found = std::ranges::find(themes, name, &overlay::NamedTheme::name);
	return (found != themes.end() ? *found : themes.front()).theme;
}

void setThemeDefaults(obs_data_t *settings, const Theme &theme)
{
	for (const overlay::NamedColor &named : overlay::themeColors()) {
		obs_data_set_default_int(settings, colorKey(named.name).c_str(), toObs(theme.*named.color));
	}
	for (std::size_t i = 0; i < theme.segments.size(); ++i) {
		obs_data_set_default_int(settings, segmentColorKey(i).c_str(), toObs(theme.segments[i]));
	}
	obs_data_set_default_int(settings, "background_opacity", static_cast<std::int64_t>(theme.opacity * 100 + 0.5));
}

void setTimelineDefaults(obs_data_t *settings, const Themes &themes)
{
	const View view;
	obs_data_set_default_string(settings, "session", "");
	obs_data_set_default_string(settings, "follow", "");
	obs_data_set_default_string(settings, "layout", view.layout.c_str());
	obs_data_set_default_string(settings, "measure", toText(view.measure).data());
	obs_data_set_default_string(settings, "base", toText(view.base).data());
	obs_data_set_default_string(settings, "target", "");
	obs_data_set_default_string(settings, "place", toText(view.place).data());
	obs_data_set_default_int(settings, "window_ms", view.window_ms);
	obs_data_set_default_bool(settings, "reveal", view.reveal);
	obs_data_set_default_bool(settings, "motion", view.motion);
	obs_data_set_default_int(settings, "width", view.width);
	obs_data_set_default_int(settings, "height", view.height);
	obs_data_set_default_bool(settings, "show_ci", view.show_ci);
	obs_data_set_default_bool(settings, "show_n", view.show_n);
	obs_data_set_default_bool(settings, "show_markers", view.show_markers);
	obs_data_set_default_bool(settings, "show_statements", view.show_statements);
	obs_data_set_default_bool(settings, "show_words", view.show_words);
	obs_data_set_default_bool(settings, "show_invitation", view.show_invitation);
	obs_data_set_default_string(settings, "transcript", "");
	obs_data_set_default_int(settings, "smoothing_ms", view.smoothing_ms);
	obs_data_set_default_int(settings, "lag_ms", -1);
	obs_data_set_default_int(settings, "tick_ms", 0);
	obs_data_set_default_int(settings, "min_n", view.min_n);
	obs_data_set_default_string(settings, "theme", themes.front().name.c_str());
	setThemeDefaults(settings, themes.front().theme);
}

TimelineSettings readTimelineSettings(obs_data_t *settings, const Themes &themes)
{
	TimelineSettings read;
	View &view = read.view;
	const View defaults;
	read.session = obs_data_get_string(settings, "session");
	read.follow = obs_data_get_string(settings, "follow");
	read.transcript = obs_data_get_string(settings, "transcript");
	if (const std::int64_t lag_ms = readInt(settings, "lag_ms", -1, kMaxLag_ms); lag_ms >= 0) {
		read.recut.lag_ms = lag_ms;
	}
	if (obs_data_get_int(settings, "tick_ms") > 0) {
		read.recut.tick_ms = readInt(settings, "tick_ms", kMinTick_ms, kMaxTick_ms);
	}
	if (const auto *const layout = overlay::findLayout(obs_data_get_string(settings, "layout"))) {
		view.layout = layout->name;
	}
	view.place = overlay::placeFromText(obs_data_get_string(settings, "place")).value_or(defaults.place);
	view.measure = overlay::measureFromText(obs_data_get_string(settings, "measure")).value_or(defaults.measure);
	view.base = baseFromText(obs_data_get_string(settings, "base")).value_or(defaults.base);
	view.target = obs_data_get_string(settings, "target");
	view.segments = readSegments(settings);
	view.window_ms = readInt(settings, "window_ms", 0, kMaxWindow_ms);
	view.reveal = obs_data_get_bool(settings, "reveal");
	view.width = static_cast<std::uint32_t>(readInt(settings, "width", overlay::kMinWidth, overlay::kMaxSide));
	view.height = static_cast<std::uint32_t>(readInt(settings, "height", overlay::kMinHeight, overlay::kMaxSide));
	view.show_ci = obs_data_get_bool(settings, "show_ci");
	view.show_n = obs_data_get_bool(settings, "show_n");
	view.show_invitation = obs_data_get_bool(settings, "show_invitation");
	view.show_markers = obs_data_get_bool(settings, "show_markers");
	view.show_statements = obs_data_get_bool(settings, "show_statements");
	view.show_words = obs_data_get_bool(settings, "show_words");
	view.smoothing_ms = readInt(settings, "smoothing_ms", 0, kMaxSmoothing_ms);
	view.min_n = static_cast<std::uint32_t>(readInt(settings, "min_n", 2, 1000));
	view.motion = obs_data_get_bool(settings, "motion");
	view.theme = readTheme(settings, themes);
	return read;
}

overlay::Words overlayWords(TextOf text)
{
	overlay::Words words;
	const std::array<std::pair<std::string *, const char *>, 35> all{{
		{&words.mean, "Overlay.Mean"},
		{&words.net_active, "Overlay.Net.Active"},
		{&words.net_active_brief, "Overlay.Net.Active.Brief"},
		{&words.net_present, "Overlay.Net.Present"},
		{&words.net_present_brief, "Overlay.Net.Present.Brief"},
		{&words.activity, "Overlay.Activity"},
		{&words.sd, "Overlay.Sd"},
		{&words.neutral, "Overlay.Neutral"},
		{&words.n, "Overlay.N"},
		{&words.n_of, "Overlay.N.Of"},
		{&words.too_few, "Overlay.TooFew"},
		{&words.all_too_few, "Overlay.AllTooFew"},
		{&words.unknown_segment, "Overlay.UnknownSegment"},
		{&words.unknown_target, "Overlay.UnknownTarget"},
		{&words.missing, "Overlay.Missing"},
		{&words.shares, "Overlay.Shares"},
		{&words.like, "Overlay.Like"},
		{&words.dislike, "Overlay.Dislike"},
		{&words.still_open, "Overlay.StillOpen"},
		{&words.n_at_least, "Overlay.N.AtLeast"},
		{&words.no_input, "Overlay.NoInput"},
		{&words.no_session, "Overlay.NoSession"},
		{&words.recounting, "Overlay.Recounting"},
		{&words.waiting, "Overlay.Waiting"},
		{&words.empty, "Overlay.Empty"},
		{&words.paused, "Overlay.Paused"},
		{&words.stopped, "Overlay.Stopped"},
		{&words.ended, "Overlay.Ended"},
		{&words.stale, "Overlay.Stale"},
		{&words.simulated, "Overlay.Simulated"},
		{&words.lag, "Overlay.Lag"},
		{&words.smoothed, "Overlay.Smoothed"},
		{&words.band, "Overlay.Band"},
		{&words.approximate, "Overlay.Approximate"},
		{&words.no_media, "Overlay.NoMedia"},
	}};
	for (const auto &[word, key] : all) {
		// OBS answers with the key where a text is missing.
		const std::string found = text(key);
		if (!found.empty() && found != key) {
			*word = found;
		}
	}
	return words;
}

} // namespace pulseline::obs
