// What a person sees of the settings: groups, lists, presets.
#include "obs/timeline_settings.hpp"

#include "overlay/layouts.hpp"

#include <obs.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace pulseline::obs {
namespace {

using overlay::Measure;
using overlay::Place;

// Adds properties to one group.
class Group {
public:
	Group(obs_properties_t *all, TextOf text, const char *key, const char *title)
		: text_(text)
		, group_(obs_properties_create())
	{
		obs_properties_add_group(all, key, text(title), OBS_GROUP_NORMAL, group_);
	}

	obs_properties_t *get() const { return group_; }
	const char *text(const char *key) const { return text_(key); }
	void hint(obs_property_t *property, const char *key) const
	{
		obs_property_set_long_description(property, text_(key));
	}

	obs_property_t *list(const char *key, const char *title, obs_combo_type type = OBS_COMBO_TYPE_LIST) const
	{
		return obs_properties_add_list(group_, key, text_(title), type, OBS_COMBO_FORMAT_STRING);
	}
	obs_property_t *milliseconds(const char *key, const char *title, std::int64_t low, std::int64_t high,
				     int step) const
	{
		obs_property_t *const property = number(key, title, low, high, step);
		obs_property_int_set_suffix(property, " ms");
		return property;
	}
	obs_property_t *number(const char *key, const char *title, std::int64_t low, std::int64_t high,
			       int step = 1) const
	{
		return obs_properties_add_int(group_, key, text_(title), static_cast<int>(low), static_cast<int>(high),
					      step);
	}
	obs_property_t *yesNo(const char *key, const char *title) const
	{
		return obs_properties_add_bool(group_, key, text_(title));
	}
	obs_property_t *color(const std::string &key, const char *title) const
	{
		return obs_properties_add_color_alpha(group_, key.c_str(), title);
	}
	obs_property_t *button(const char *key, const char *title, obs_property_clicked_t clicked) const
	{
		return obs_properties_add_button(group_, key, text_(title), clicked);
	}

private:
	TextOf text_;
	obs_properties_t *group_;
};

bool addMediaSource(void *list, obs_source_t *source)
{
	if (obs_source_get_output_flags(source) & OBS_SOURCE_CONTROLLABLE_MEDIA) {
		obs_property_list_add_string(static_cast<obs_property_t *>(list), obs_source_get_name(source),
					     obs_source_get_uuid(source));
	}
	return true;
}

bool listHas(obs_property_t *list, const char *value)
{
	for (std::size_t i = 0; i < obs_property_list_item_count(list); ++i) {
		if (std::string_view(obs_property_list_item_string(list, i)) == value) {
			return true;
		}
	}
	return false;
}

void addFollow(const Group &group, obs_data_t *settings)
{
	obs_property_t *const list = group.list("follow", "Timeline.Follow");
	group.hint(list, "Timeline.Follow.Hint");
	obs_property_list_add_string(list, group.text("Timeline.Follow.Session"), "");
	obs_enum_sources(addMediaSource, list);
	// A name, or the UUID of a source that is not there now.
	const char *const kept = settings ? obs_data_get_string(settings, "follow") : "";
	if (!listHas(list, kept)) {
		obs_property_list_add_string(list, kept, kept);
	}
}

void addSessionGroup(obs_properties_t *all, const TimelineChoices &choices, obs_data_t *settings)
{
	const Group group(all, choices.text, "group_session", "Timeline.Group.Session");
	const std::string filter = std::string(group.text("Timeline.Session.Filter")) + " (*.pulse)";
	group.hint(obs_properties_add_path(group.get(), "session", group.text("Timeline.Session"), OBS_PATH_FILE,
					   filter.c_str(), nullptr),
		   "Timeline.Session.Hint");
	if (choices.current && choices.current->blind) {
		obs_properties_add_text(group.get(), "blind", group.text("Timeline.Blind"), OBS_TEXT_INFO);
	}
	addFollow(group, settings);
	obs_property_t *const target = group.list("target", "Timeline.Target", OBS_COMBO_TYPE_EDITABLE);
	group.hint(target, "Timeline.Target.Hint");
	obs_property_list_add_string(target, "", "");
	for (const std::string &name : choices.targets) {
		obs_property_list_add_string(target, name.c_str(), name.c_str());
	}
	group.hint(obs_properties_add_editable_list(group.get(), "segments", group.text("Timeline.Segments"),
						    OBS_EDITABLE_LIST_TYPE_STRINGS, nullptr, nullptr),
		   "Timeline.Segments.Hint");
}

// A layout or a measure has settings that mean nothing for another one.
bool onWhat(obs_properties_t *all, obs_property_t *, obs_data_t *settings)
{
	overlay::View view;
	view.layout = obs_data_get_string(settings, "layout");
	const overlay::LayoutKind &layout = overlay::layoutOf(view);
	const std::string_view measure = obs_data_get_string(settings, "measure");
	const auto show = [all](const char *key, bool shown) {
		obs_property_set_visible(obs_properties_get(all, key), shown);
	};
	show("measure", layout.course);
	show("base", layout.course && measure == toText(Measure::net));
	show("show_ci", layout.curves && measure == toText(Measure::mean));
	show("smoothing_ms", layout.curves);
	show("reveal", layout.course);
	show("show_markers", layout.course);
	show("show_statements", layout.course);
	return true;
}

void addWhatGroup(obs_properties_t *all, TextOf text)
{
	const Group group(all, text, "group_what", "Timeline.Group.What");
	obs_property_t *const layout = group.list("layout", "Timeline.Layout");
	group.hint(layout, "Timeline.Layout.Hint");
	for (const overlay::LayoutKind &kind : overlay::layouts()) {
		obs_property_list_add_string(layout, text(kind.label), kind.name.data());
	}
	obs_property_set_modified_callback(layout, onWhat);
	obs_property_t *const measure = group.list("measure", "Timeline.Measure");
	group.hint(measure, "Timeline.Measure.Hint");
	for (const auto &[value, key] : {std::pair{Measure::mean, "Timeline.Measure.Mean"},
					 {Measure::net, "Timeline.Measure.Net"},
					 {Measure::activity, "Timeline.Measure.Activity"},
					 {Measure::sd, "Timeline.Measure.Sd"}}) {
		obs_property_list_add_string(measure, text(key), toText(value).data());
	}
	obs_property_set_modified_callback(measure, onWhat);
	obs_property_t *const base = group.list("base", "Timeline.Base");
	group.hint(base, "Timeline.Base.Hint");
	obs_property_list_add_string(base, text("Timeline.Base.Active"), toText(Base::active).data());
	obs_property_list_add_string(base, text("Timeline.Base.Present"), toText(Base::present).data());
	group.hint(group.yesNo("show_ci", "Timeline.ShowCi"), "Timeline.ShowCi.Hint");
	group.hint(group.yesNo("show_n", "Timeline.ShowN"), "Timeline.ShowN.Hint");
	group.hint(group.number("min_n", "Timeline.MinN", 2, 1000), "Timeline.MinN.Hint");
}

void addWordsGroup(obs_properties_t *all, TextOf text)
{
	const Group group(all, text, "group_words", "Timeline.Group.Words");
	group.hint(group.yesNo("show_markers", "Timeline.ShowMarkers"), "Timeline.ShowMarkers.Hint");
	group.hint(group.yesNo("show_statements", "Timeline.ShowStatements"), "Timeline.ShowStatements.Hint");
	group.hint(group.yesNo("show_words", "Timeline.ShowWords"), "Timeline.ShowWords.Hint");
	group.hint(group.yesNo("show_invitation", "Timeline.ShowInvitation"), "Timeline.ShowInvitation.Hint");
	const std::string filter = std::string(group.text("Timeline.Transcript.Filter")) + " (*.srt *.vtt *.csv)";
	group.hint(obs_properties_add_path(group.get(), "transcript", group.text("Timeline.Transcript"), OBS_PATH_FILE,
					   filter.c_str(), nullptr),
		   "Timeline.Transcript.Hint");
}

void addTimeGroup(obs_properties_t *all, TextOf text)
{
	const Group group(all, text, "group_time", "Timeline.Group.Time");
	group.hint(group.milliseconds("window_ms", "Timeline.Window", 0, kMaxWindow_ms, 1000), "Timeline.Window.Hint");
	group.hint(group.yesNo("reveal", "Timeline.Reveal"), "Timeline.Reveal.Hint");
	group.hint(group.milliseconds("smoothing_ms", "Timeline.Smoothing", 0, kMaxSmoothing_ms, 1000),
		   "Timeline.Smoothing.Hint");
	group.hint(group.milliseconds("lag_ms", "Timeline.Lag", -1, kMaxLag_ms, 100), "Timeline.Lag.Hint");
	group.hint(group.milliseconds("tick_ms", "Timeline.Tick", 0, kMaxTick_ms, 250), "Timeline.Tick.Hint");
	group.hint(group.yesNo("motion", "Timeline.Motion"), "Timeline.Motion.Hint");
}

// What a preset sets, in shares of the canvas.
struct Preset {
	const char *button;
	const char *title;
	const char *hint;
	double height;
	Place place;
};

constexpr std::array kPresets{
	Preset{"preset_lower", "Timeline.Preset.Lower", "Timeline.Preset.Lower.Hint", 8.0 / 27, Place::bottom},
	Preset{"preset_full", "Timeline.Preset.Full", "Timeline.Preset.Full.Hint", 1, Place::full},
	Preset{"preset_top", "Timeline.Preset.Top", "Timeline.Preset.Top.Hint", 2.0 / 9, Place::top},
};

// The source that the properties belong to; empty if it is gone.
OBSSourceAutoRelease sourceOf(obs_properties_t *all)
{
	return obs_weak_source_get_source(static_cast<obs_weak_source_t *>(obs_properties_get_param(all)));
}

bool onPreset(obs_properties_t *all, obs_property_t *button, void *)
{
	const auto *const preset = std::ranges::find(kPresets, std::string_view(obs_property_name(button)),
						     [](const Preset &one) { return std::string_view(one.button); });
	const OBSSourceAutoRelease source = sourceOf(all);
	obs_video_info canvas{};
	if (!source || preset == kPresets.end() || !obs_get_video_info(&canvas)) {
		return false;
	}
	const OBSDataAutoRelease change = obs_data_create();
	obs_data_set_int(change, "width", canvas.base_width);
	obs_data_set_int(change, "height", std::llround(canvas.base_height * preset->height));
	obs_data_set_string(change, "place", toText(preset->place).data());
	obs_source_update(source, change);
	return true;
}

void addSizeGroup(obs_properties_t *all, TextOf text)
{
	const Group group(all, text, "group_size", "Timeline.Group.Size");
	for (const Preset &preset : kPresets) {
		group.hint(group.button(preset.button, preset.title, onPreset), preset.hint);
	}
	constexpr auto kSide = static_cast<int>(overlay::kMaxSide);
	group.hint(group.number("width", "Timeline.Width", overlay::kMinWidth, kSide), "Timeline.Width.Hint");
	group.hint(group.number("height", "Timeline.Height", overlay::kMinHeight, kSide), "Timeline.Height.Hint");
	obs_property_t *const place = group.list("place", "Timeline.Place");
	group.hint(place, "Timeline.Place.Hint");
	for (const auto &[value, key] : {std::pair{Place::bottom, "Timeline.Place.Bottom"},
					 {Place::top, "Timeline.Place.Top"},
					 {Place::full, "Timeline.Place.Full"}}) {
		obs_property_list_add_string(place, text(key), toText(value).data());
	}
}

// Colours that nobody chose follow the theme, also in the dialogue.
bool onTheme(void *themes, obs_properties_t *, obs_property_t *, obs_data_t *settings)
{
	setThemeDefaults(settings,
			 findTheme(*static_cast<const Themes *>(themes), obs_data_get_string(settings, "theme")));
	return true;
}

bool onThemeColors(obs_properties_t *all, obs_property_t *, void *)
{
	const OBSSourceAutoRelease source = sourceOf(all);
	if (!source) {
		return false;
	}
	const OBSDataAutoRelease settings = obs_source_get_settings(source);
	for (const overlay::NamedColor &named : overlay::themeColors()) {
		obs_data_unset_user_value(settings, colorKey(named.name).c_str());
	}
	for (std::size_t i = 0; i < overlay::Theme{}.segments.size(); ++i) {
		obs_data_unset_user_value(settings, segmentColorKey(i).c_str());
	}
	obs_data_unset_user_value(settings, "background_opacity");
	obs_source_update(source, nullptr);
	return true;
}

void addLookGroup(obs_properties_t *all, TextOf text, const Themes &themes)
{
	const Group group(all, text, "group_look", "Timeline.Group.Look");
	obs_property_t *const theme = group.list("theme", "Timeline.Theme");
	group.hint(theme, "Timeline.Theme.Hint");
	for (const overlay::NamedTheme &one : themes) {
		const std::string key = "Timeline.Theme." + one.name;
		const char *const name = text(key.c_str());
		obs_property_list_add_string(theme, name == key ? one.name.c_str() : name, one.name.c_str());
	}
	obs_property_set_modified_callback2(theme, onTheme, const_cast<Themes *>(&themes));
	obs_property_t *const opacity = obs_properties_add_int_slider(group.get(), "background_opacity",
								      text("Timeline.BackgroundOpacity"), 0, 100, 1);
	obs_property_int_set_suffix(opacity, "%");
	group.hint(opacity, "Timeline.BackgroundOpacity.Hint");
}

void addColorGroup(obs_properties_t *all, TextOf text)
{
	const Group group(all, text, "group_colors", "Timeline.Group.Colors");
	for (const overlay::NamedColor &named : overlay::themeColors()) {
		group.color(colorKey(named.name), text(named.label));
	}
	const std::string segment = text("Timeline.Color.Segment");
	for (std::size_t i = 0; i < overlay::Theme{}.segments.size(); ++i) {
		const std::string title = overlay::fillIn(segment, std::to_string(i));
		group.color(segmentColorKey(i), i == 0 ? text("Timeline.Color.Everybody") : title.c_str());
	}
	group.hint(group.button("theme_colors", "Timeline.ThemeColors", onThemeColors), "Timeline.ThemeColors.Hint");
}

void releaseSource(void *weak)
{
	obs_weak_source_release(static_cast<obs_weak_source_t *>(weak));
}

} // namespace

obs_properties_t *timelineProperties(const TimelineChoices &choices)
{
	obs_properties_t *const all = obs_properties_create();
	OBSDataAutoRelease settings;
	if (choices.source) {
		obs_properties_set_param(all, obs_source_get_weak_source(choices.source), releaseSource);
		settings = obs_source_get_settings(choices.source);
	}
	if (!choices.problems.empty()) {
		obs_property_t *const said =
			obs_properties_add_text(all, "problems", choices.problems.c_str(), OBS_TEXT_INFO);
		obs_property_text_set_info_type(said, OBS_TEXT_INFO_WARNING);
	}
	addSessionGroup(all, choices, settings);
	addWhatGroup(all, choices.text);
	addTimeGroup(all, choices.text);
	addWordsGroup(all, choices.text);
	addSizeGroup(all, choices.text);
	addLookGroup(all, choices.text, choices.themes);
	addColorGroup(all, choices.text);
	return all;
}

} // namespace pulseline::obs
