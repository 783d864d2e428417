#include "obs/timeline_settings.hpp"

#include "overlay/layouts.hpp"

#include <obs.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
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

// Reads settings as programs may have set them.
class SettingsReader {
public:
	explicit SettingsReader(obs_data_t *settings)
		: settings_(settings)
	{
	}

	std::int64_t number(const std::string &key, std::int64_t low, std::int64_t high, std::int64_t otherwise)
	{
		// As one that is no whole number, or far too large, may be there.
		const double set = obs_data_get_double(settings_, key.c_str());
		const bool fits = is(key, OBS_DATA_NUMBER);
		const std::int64_t taken = fits ? static_cast<std::int64_t>(std::clamp(set, static_cast<double>(low),
										       static_cast<double>(high)))
						: otherwise;
		if (!fits || std::abs(set - static_cast<double>(taken)) >= 1) {
			correct(key, std::to_string(taken));
		}
		return taken;
	}
	bool flag(const char *key, bool otherwise)
	{
		if (is(key, OBS_DATA_BOOLEAN)) {
			return obs_data_get_bool(settings_, key);
		}
		correct(key, otherwise ? "true" : "false");
		return otherwise;
	}
	std::string text(const char *key)
	{
		if (is(key, OBS_DATA_STRING)) {
			return obs_data_get_string(settings_, key);
		}
		correct(key, "\"\"");
		return {};
	}
	// That of one of several, which the caller knows.
	std::string name(const char *key) const { return obs_data_get_string(settings_, key); }
	template <typename Value>
	Value choice(const char *key, std::optional<Value> (*named)(std::string_view), Value otherwise)
	{
		const std::optional<Value> set = named(name(key));
		if (!set) {
			correct(key, std::string(toText(otherwise)));
		}
		return set.value_or(otherwise);
	}
	std::vector<overlay::SegmentChoice> segments()
	{
		std::vector<overlay::SegmentChoice> choices;
		if (!is("segments", OBS_DATA_ARRAY)) {
			correct("segments", "[]");
		}
		const OBSDataArrayAutoRelease list = obs_data_get_array(settings_, "segments");
		for (std::size_t i = 0; i < obs_data_array_count(list); ++i) {
			const OBSDataAutoRelease item = obs_data_array_item(list, i);
			const std::string_view entry = obs_data_get_string(item, "value");
			if (!entry.empty()) {
				choices.push_back(overlay::parseChoice(entry));
			}
		}
		return choices;
	}
	bool isSet(const std::string &key) const { return obs_data_has_user_value(settings_, key.c_str()); }
	void correct(const std::string &key, std::string taken) { corrected_.push_back({key, std::move(taken)}); }
	std::vector<Correction> takeCorrected() { return std::move(corrected_); }

private:
	// By default they all are.
	bool is(const std::string &key, obs_data_type type) const
	{
		obs_data_item_t *item = obs_data_item_byname(settings_, key.c_str());
		const bool same = !item || !obs_data_item_has_user_value(item) || obs_data_item_gettype(item) == type;
		obs_data_item_release(&item);
		return same;
	}

	obs_data_t *settings_;
	std::vector<Correction> corrected_;
};

Theme readTheme(SettingsReader &read, const Themes &themes)
{
	const std::string name = read.name("theme");
	if (std::ranges::find(themes, name, &overlay::NamedTheme::name) == themes.end()) {
		read.correct("theme", themes.front().name);
	}
	Theme theme = findTheme(themes, name);
	const auto color = [&](const std::string &key, Color &color) {
		if (read.isSet(key)) {
			color = fromObs(read.number(key, 0, 0xFFFFFFFF, toObs(color)));
		}
	};
	for (const overlay::NamedColor &named : overlay::themeColors()) {
		color(colorKey(named.name), theme.*named.color);
	}
	for (std::size_t i = 0; i < theme.segments.size(); ++i) {
		color(segmentColorKey(i), theme.segments[i]);
	}
	if (read.isSet("background_opacity")) {
		const std::int64_t percent = std::llround(theme.opacity * 100);
		theme.opacity = static_cast<double>(read.number("background_opacity", 0, 100, percent)) / 100;
	}
	return theme;
}

// 0 has a meaning of its own; what is less than `low` besides has none.
std::int64_t unlessZero(SettingsReader &read, const char *key, std::int64_t low, std::int64_t high)
{
	const std::int64_t set = read.number(key, 0, high, 0);
	if (set > 0 && set < low) {
		read.correct(key, std::to_string(low));
		return low;
	}
	return set;
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
	SettingsReader from(settings);
	TimelineSettings read;
	View &view = read.view;
	const View defaults;
	const auto number = [&](const char *key, auto &value, std::int64_t low, std::int64_t high) {
		value = static_cast<std::remove_reference_t<decltype(value)>>(from.number(key, low, high, value));
	};
	const auto flag = [&](const char *key, bool &value) { value = from.flag(key, value); };
	read.session = from.text("session");
	read.follow = from.text("follow");
	read.transcript = from.text("transcript");
	if (const std::int64_t lag_ms = from.number("lag_ms", -1, kMaxLag_ms, -1); lag_ms >= 0) {
		read.recut.lag_ms = lag_ms;
	}
	if (const std::int64_t tick_ms = unlessZero(from, "tick_ms", kMinTick_ms, kMaxTick_ms); tick_ms > 0) {
		read.recut.tick_ms = tick_ms;
	}
	const std::string layout = from.name("layout");
	if (overlay::findLayout(layout)) {
		view.layout = layout;
	} else {
		from.correct("layout", view.layout);
	}
	view.place = from.choice("place", overlay::placeFromText, defaults.place);
	view.measure = from.choice("measure", overlay::measureFromText, defaults.measure);
	view.base = from.choice("base", baseFromText, defaults.base);
	view.target = from.text("target");
	view.segments = from.segments();
	view.window_ms = unlessZero(from, "window_ms", kMinWindow_ms, kMaxWindow_ms);
	number("width", view.width, overlay::kMinWidth, overlay::kMaxSide);
	number("height", view.height, overlay::kMinHeight, overlay::kMaxSide);
	number("smoothing_ms", view.smoothing_ms, 0, kMaxSmoothing_ms);
	number("min_n", view.min_n, 2, 1000);
	flag("reveal", view.reveal);
	flag("show_ci", view.show_ci);
	flag("show_n", view.show_n);
	flag("show_invitation", view.show_invitation);
	flag("show_markers", view.show_markers);
	flag("show_statements", view.show_statements);
	flag("show_words", view.show_words);
	flag("motion", view.motion);
	view.theme = readTheme(from, themes);
	read.corrected = from.takeCorrected();
	return read;
}

overlay::Words overlayWords(TextOf text)
{
	overlay::Words words;
	const std::array<std::pair<std::string *, const char *>, 45> all{{
		{&words.mean, "Overlay.Mean"},
		{&words.mean_brief, "Overlay.Mean.Brief"},
		{&words.net_active, "Overlay.Net.Active"},
		{&words.net_active_brief, "Overlay.Net.Active.Brief"},
		{&words.net_present, "Overlay.Net.Present"},
		{&words.net_present_brief, "Overlay.Net.Present.Brief"},
		{&words.activity, "Overlay.Activity"},
		{&words.activity_brief, "Overlay.Activity.Brief"},
		{&words.sd, "Overlay.Sd"},
		{&words.sd_brief, "Overlay.Sd.Brief"},
		{&words.neutral, "Overlay.Neutral"},
		{&words.n, "Overlay.N"},
		{&words.n_of, "Overlay.N.Of"},
		{&words.too_few, "Overlay.TooFew"},
		{&words.all_too_few, "Overlay.AllTooFew"},
		{&words.unknown_segment, "Overlay.UnknownSegment"},
		{&words.unknown_target, "Overlay.UnknownTarget"},
		{&words.corrected, "Overlay.Corrected"},
		{&words.missing, "Overlay.Missing"},
		{&words.missing_brief, "Overlay.Missing.Brief"},
		{&words.shares, "Overlay.Shares"},
		{&words.shares_brief, "Overlay.Shares.Brief"},
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
		{&words.stale_brief, "Overlay.Stale.Brief"},
		{&words.simulated, "Overlay.Simulated"},
		{&words.simulated_brief, "Overlay.Simulated.Brief"},
		{&words.lag, "Overlay.Lag"},
		{&words.smoothed, "Overlay.Smoothed"},
		{&words.band, "Overlay.Band"},
		{&words.approximate, "Overlay.Approximate"},
		{&words.approximate_brief, "Overlay.Approximate.Brief"},
		{&words.no_media, "Overlay.NoMedia"},
		{&words.no_media_brief, "Overlay.NoMedia.Brief"},
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
