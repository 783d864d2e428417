#include "obs/timeline_settings.hpp"

#include <obs.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace pulseline::obs {
namespace {

using overlay::Measure;
using overlay::View;

constexpr std::int64_t kMaxWindow_ms = 12LL * 3600 * 1000;
constexpr std::int64_t kMaxSmoothing_ms = 600'000;

// OBS keeps colours as 0xAABBGGRR.
std::int64_t toObs(overlay::Color color)
{
	return (std::int64_t{color.a} << 24) | (std::int64_t{color.b} << 16) | (std::int64_t{color.g} << 8) | color.r;
}

overlay::Color fromObs(std::int64_t color)
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

void addFollow(obs_properties_t *properties, TextOf text, obs_data_t *settings)
{
	obs_property_t *const list = obs_properties_add_list(properties, "follow", text("Timeline.Follow"),
							     OBS_COMBO_TYPE_LIST, OBS_COMBO_FORMAT_STRING);
	obs_property_set_long_description(list, text("Timeline.Follow.Hint"));
	obs_property_list_add_string(list, text("Timeline.Follow.Session"), "");
	obs_enum_sources(addMediaSource, list);
	// A name, or the UUID of a source that is not there now.
	const char *const kept = settings ? obs_data_get_string(settings, "follow") : "";
	if (!listHas(list, kept)) {
		obs_property_list_add_string(list, kept, kept);
	}
}

void addTarget(obs_properties_t *properties, TextOf text, const Snapshot *current)
{
	obs_property_t *const list = obs_properties_add_list(properties, "target", text("Timeline.Target"),
							     OBS_COMBO_TYPE_EDITABLE, OBS_COMBO_FORMAT_STRING);
	obs_property_set_long_description(list, text("Timeline.Target.Hint"));
	obs_property_list_add_string(list, "", "");
	if (current) {
		for (const std::string &target : current->settings->targets) {
			obs_property_list_add_string(list, target.c_str(), target.c_str());
		}
	}
}

bool onMeasure(obs_properties_t *properties, obs_property_t *, obs_data_t *settings)
{
	const std::string_view measure = obs_data_get_string(settings, "measure");
	obs_property_set_visible(obs_properties_get(properties, "base"), measure == toText(Measure::net));
	obs_property_set_visible(obs_properties_get(properties, "show_ci"), measure == toText(Measure::mean));
	return true;
}

void addMeasure(obs_properties_t *properties, TextOf text)
{
	obs_property_t *const layout = obs_properties_add_list(properties, "layout", text("Timeline.Layout"),
							       OBS_COMBO_TYPE_LIST, OBS_COMBO_FORMAT_STRING);
	obs_property_list_add_string(layout, text("Timeline.Layout.Lines"), "lines");
	obs_property_t *const measure = obs_properties_add_list(properties, "measure", text("Timeline.Measure"),
								OBS_COMBO_TYPE_LIST, OBS_COMBO_FORMAT_STRING);
	for (const auto &[value, key] : {std::pair{Measure::mean, "Timeline.Measure.Mean"},
					 {Measure::net, "Timeline.Measure.Net"},
					 {Measure::activity, "Timeline.Measure.Activity"},
					 {Measure::sd, "Timeline.Measure.Sd"}}) {
		obs_property_list_add_string(measure, text(key), toText(value).data());
	}
	obs_property_set_modified_callback(measure, onMeasure);
	obs_property_t *const base = obs_properties_add_list(properties, "base", text("Timeline.Base"),
							     OBS_COMBO_TYPE_LIST, OBS_COMBO_FORMAT_STRING);
	obs_property_list_add_string(base, text("Timeline.Base.Active"), toText(Base::active).data());
	obs_property_list_add_string(base, text("Timeline.Base.Present"), toText(Base::present).data());
}

void addTimes(obs_properties_t *properties, TextOf text)
{
	obs_property_t *const window = obs_properties_add_int(properties, "window_ms", text("Timeline.Window"), 0,
							      static_cast<int>(kMaxWindow_ms), 1000);
	obs_property_set_long_description(window, text("Timeline.Window.Hint"));
	obs_property_int_set_suffix(window, " ms");
	obs_property_t *const reveal = obs_properties_add_bool(properties, "reveal", text("Timeline.Reveal"));
	obs_property_set_long_description(reveal, text("Timeline.Reveal.Hint"));
	obs_property_t *const smoothing = obs_properties_add_int(properties, "smoothing_ms", text("Timeline.Smoothing"),
								 0, static_cast<int>(kMaxSmoothing_ms), 1000);
	obs_property_set_long_description(smoothing, text("Timeline.Smoothing.Hint"));
	obs_property_int_set_suffix(smoothing, " ms");
}

void addLook(obs_properties_t *properties, TextOf text)
{
	obs_properties_add_bool(properties, "show_ci", text("Timeline.ShowCi"));
	obs_properties_add_bool(properties, "show_n", text("Timeline.ShowN"));
	obs_property_t *const min_n = obs_properties_add_int(properties, "min_n", text("Timeline.MinN"), 2, 1000, 1);
	obs_property_set_long_description(min_n, text("Timeline.MinN.Hint"));
	constexpr auto kSide = static_cast<int>(overlay::kMaxSide);
	obs_properties_add_int(properties, "width", text("Timeline.Width"), overlay::kMinWidth, kSide, 1);
	obs_properties_add_int(properties, "height", text("Timeline.Height"), overlay::kMinHeight, kSide, 1);
	obs_property_t *const opacity = obs_properties_add_int_slider(properties, "background_opacity",
								      text("Timeline.BackgroundOpacity"), 0, 100, 1);
	obs_property_int_set_suffix(opacity, "%");
	obs_properties_add_color_alpha(properties, "playhead_color", text("Timeline.PlayheadColor"));
}

} // namespace

void setTimelineDefaults(obs_data_t *settings)
{
	const View view;
	obs_data_set_default_string(settings, "session", "");
	obs_data_set_default_string(settings, "follow", "");
	obs_data_set_default_string(settings, "layout", toText(view.layout).data());
	obs_data_set_default_string(settings, "measure", toText(view.measure).data());
	obs_data_set_default_string(settings, "base", toText(view.base).data());
	obs_data_set_default_string(settings, "target", "");
	obs_data_set_default_int(settings, "window_ms", view.window_ms);
	obs_data_set_default_bool(settings, "reveal", view.reveal);
	obs_data_set_default_int(settings, "width", view.width);
	obs_data_set_default_int(settings, "height", view.height);
	obs_data_set_default_bool(settings, "show_ci", view.show_ci);
	obs_data_set_default_bool(settings, "show_n", view.show_n);
	obs_data_set_default_int(settings, "smoothing_ms", view.smoothing_ms);
	obs_data_set_default_int(settings, "lag_ms", -1);
	obs_data_set_default_int(settings, "min_n", view.min_n);
	obs_data_set_default_int(settings, "background_opacity",
				 static_cast<std::int64_t>(view.background_opacity * 100 + 0.5));
	obs_data_set_default_int(settings, "playhead_color", toObs(view.playhead));
}

TimelineSettings readTimelineSettings(obs_data_t *settings)
{
	TimelineSettings read;
	View &view = read.view;
	const View defaults;
	read.session = obs_data_get_string(settings, "session");
	read.follow = obs_data_get_string(settings, "follow");
	view.layout = overlay::layoutFromText(obs_data_get_string(settings, "layout")).value_or(defaults.layout);
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
	view.smoothing_ms = readInt(settings, "smoothing_ms", 0, kMaxSmoothing_ms);
	view.min_n = static_cast<std::uint32_t>(readInt(settings, "min_n", 2, 1000));
	view.background_opacity = static_cast<double>(readInt(settings, "background_opacity", 0, 100)) / 100;
	view.playhead = fromObs(obs_data_get_int(settings, "playhead_color"));
	return read;
}

obs_properties_t *timelineProperties(TextOf text, const Snapshot *current, obs_data_t *settings)
{
	obs_properties_t *const properties = obs_properties_create();
	const std::string filter = std::string(text("Timeline.Session.Filter")) + " (*.pulse)";
	obs_property_t *const session = obs_properties_add_path(properties, "session", text("Timeline.Session"),
								OBS_PATH_FILE, filter.c_str(), nullptr);
	obs_property_set_long_description(session, text("Timeline.Session.Hint"));
	addFollow(properties, text, settings);
	addMeasure(properties, text);
	addTarget(properties, text, current);
	obs_property_t *const segments = obs_properties_add_editable_list(
		properties, "segments", text("Timeline.Segments"), OBS_EDITABLE_LIST_TYPE_STRINGS, nullptr, nullptr);
	obs_property_set_long_description(segments, text("Timeline.Segments.Hint"));
	addTimes(properties, text);
	addLook(properties, text);
	return properties;
}

overlay::Words overlayWords(TextOf text)
{
	overlay::Words words;
	const std::array<std::pair<std::string *, const char *>, 26> all{{
		{&words.mean, "Overlay.Mean"},
		{&words.net_active, "Overlay.Net.Active"},
		{&words.net_present, "Overlay.Net.Present"},
		{&words.activity, "Overlay.Activity"},
		{&words.sd, "Overlay.Sd"},
		{&words.neutral, "Overlay.Neutral"},
		{&words.n, "Overlay.N"},
		{&words.n_of, "Overlay.N.Of"},
		{&words.too_few, "Overlay.TooFew"},
		{&words.all_too_few, "Overlay.AllTooFew"},
		{&words.unknown_segment, "Overlay.UnknownSegment"},
		{&words.unknown_target, "Overlay.UnknownTarget"},
		{&words.no_session, "Overlay.NoSession"},
		{&words.waiting, "Overlay.Waiting"},
		{&words.empty, "Overlay.Empty"},
		{&words.blind, "Overlay.Blind"},
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
