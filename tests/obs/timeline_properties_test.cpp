// The timeline source's settings, as a person sees them.
#include "obs/timeline_fixture.hpp"

#include <cmath>
#include <condition_variable>
#include <map>

using namespace pulseline;
using namespace pulseline::obs;
using namespace pulseline::test;

namespace {

using TimelineProperties = TimelineTest;

TEST_F(TimelineProperties, APresetFitsItToTheCanvas)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_properties_t *const properties = obs_source_properties(source);
	const auto press = [&](const char *button) {
		EXPECT_TRUE(obs_property_button_clicked(obs_properties_get(properties, button), source.Get()));
	};
	const OBSDataAutoRelease settings = obs_source_get_settings(source);
	press("preset_full");
	EXPECT_EQ(obs_data_get_int(settings, "width"), kWidth);
	EXPECT_EQ(obs_data_get_int(settings, "height"), kHeight);
	EXPECT_STREQ(obs_data_get_string(settings, "place"), "full");
	press("preset_top");
	EXPECT_EQ(obs_data_get_int(settings, "height"), std::lround(kHeight * 2 / 9.0));
	EXPECT_STREQ(obs_data_get_string(settings, "place"), "top");
	obs_properties_destroy(properties);
}

TEST_F(TimelineProperties, ColoursFollowTheThemeUnlessTheyAreChosen)
{
	const std::vector<overlay::NamedTheme> themes{{"dark", {}}, {"light", [] {
									     overlay::Theme theme;
									     theme.ink = {1, 2, 3, 255};
									     theme.like = {4, 5, 6, 255};
									     return theme;
								     }()}};
	const OBSDataAutoRelease settings = obs_data_create();
	setTimelineDefaults(settings, themes);
	EXPECT_EQ(readTimelineSettings(settings, themes).view.theme, overlay::Theme{});
	obs_data_set_string(settings, "theme", "light");
	obs_data_set_int(settings, "color_like", 0x80070809); // as OBS has it: alpha, blue, green, red
	obs_data_set_int(settings, "background_opacity", 40);
	const overlay::Theme theme = readTimelineSettings(settings, themes).view.theme;
	EXPECT_EQ(theme.ink, (overlay::Color{1, 2, 3, 255}));
	EXPECT_EQ(theme.like, (overlay::Color{9, 8, 7, 128}));
	EXPECT_EQ(theme.opacity, 0.4);
	// What no theme or layout is called is the first one.
	obs_data_set_string(settings, "theme", "nowhere");
	obs_data_set_string(settings, "layout", "nowhere");
	obs_data_set_int(settings, "lag_ms", -7);
	const TimelineSettings corrected = readTimelineSettings(settings, themes);
	EXPECT_EQ(corrected.view.theme.ink, overlay::Theme{}.ink);
	EXPECT_EQ(corrected.view.layout, "lines");
	EXPECT_EQ(corrected.recut, Recut{});
	obs_data_set_int(settings, "tick_ms", 10);
	EXPECT_EQ(readTimelineSettings(settings, themes).recut.tick_ms, 250);
}

TEST_F(TimelineProperties, WhatASettingCannotBeIsCorrectedWithAWord)
{
	const Themes themes{{"dark", {}}};
	const auto read = [&](const char *json) {
		const OBSDataAutoRelease settings = obs_data_create_from_json(json);
		setTimelineDefaults(settings, themes);
		return readTimelineSettings(settings, themes);
	};
	EXPECT_EQ(read(R"({"width": 960, "reveal": false, "layout": "heat", "window_ms": 0, "lag_ms": -1})").corrected,
		  std::vector<Correction>{});
	// Of another type: as by default.
	TimelineSettings wrong = read(R"({"width": "960", "min_n": {}, "reveal": 0, "layout": 3, "target": 4,
					  "segments": "All", "background_opacity": "50", "color_ink": true})");
	EXPECT_EQ(wrong.view, overlay::View{});
	using testing::UnorderedElementsAre;
	EXPECT_THAT(wrong.corrected, UnorderedElementsAre(Correction{"width", "1920"}, Correction{"min_n", "5"},
							  Correction{"reveal", "true"}, Correction{"layout", "lines"},
							  Correction{"target", "\"\""}, Correction{"segments", "[]"},
							  Correction{"background_opacity", "86"},
							  testing::Field(&Correction::key, "color_ink")));
	// Out of range: the nearest that can be.
	wrong = read(R"({"width": -5, "height": 1e300, "min_n": 0, "window_ms": 1, "tick_ms": 10, "lag_ms": -50,
			 "measure": "median", "theme": "pink", "smoothing_ms": 0.7, "background_opacity": 1000})");
	EXPECT_THAT(wrong.corrected, UnorderedElementsAre(Correction{"width", "320"}, Correction{"height", "8192"},
							  Correction{"min_n", "2"}, Correction{"window_ms", "1000"},
							  Correction{"tick_ms", "250"}, Correction{"lag_ms", "-1"},
							  Correction{"measure", "mean"}, Correction{"theme", "dark"},
							  Correction{"background_opacity", "100"}));
	EXPECT_EQ(wrong.view.height, 8192U);
	EXPECT_EQ(wrong.view.window_ms, 1000);
	EXPECT_EQ(wrong.recut.tick_ms, 250);
}

TEST_F(TimelineProperties, SaysInItsPropertiesThatTheSessionIsBlind)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_properties_t *seen = obs_source_properties(source);
	EXPECT_EQ(obs_properties_get(seen, "blind"), nullptr);
	obs_properties_destroy(seen);
	const auto blind = std::make_shared<Snapshot>(*stage_.snapshot);
	blind->blind = true;
	stage_.publish(blind);
	seen = obs_source_properties(source);
	EXPECT_NE(obs_properties_get(seen, "blind"), nullptr);
	obs_properties_destroy(seen);
}

TEST_F(TimelineProperties, SaysInItsPropertiesWhatDoesNotFitTheSession)
{
	ObsHost::expectWarning("none.srt");
	std::mutex mutex;
	std::condition_variable changed;
	int refreshed = 0; // guarded by the mutex
	std::function<void()> on_refresh = [&] {
		const std::lock_guard lock(mutex);
		++refreshed;
		changed.notify_one();
	};
	const auto refreshed_by_now = [&] {
		const std::lock_guard lock(mutex);
		return refreshed;
	};
	const auto wait_for_refresh_after = [&](int count) {
		std::unique_lock lock(mutex);
		changed.wait(lock, [&] { return refreshed > count; });
	};
	const OBSSourceAutoRelease source = create("timeline", small());
	const OBSSignal refresh(
		obs_source_get_signal_handler(source), "update_properties",
		[](void *told, calldata_t *) { (*static_cast<std::function<void()> *>(told))(); }, &on_refresh);
	const auto problems = [&] {
		obs_properties_t *const seen = obs_source_properties(source);
		obs_property_t *const line = obs_properties_get(seen, "problems");
		const std::string said = line ? obs_property_description(line) : "";
		obs_properties_destroy(seen);
		return said;
	};
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	EXPECT_EQ(problems(), "");

	const OBSDataAutoRelease wrong = small();
	const OBSDataArrayAutoRelease list = obs_data_array_create();
	for (const char *entry : {"Women", "Womenn", "Young=agee=18-29"}) {
		const OBSDataAutoRelease item = obs_data_create();
		obs_data_set_string(item, "value", entry);
		obs_data_array_push_back(list, item);
	}
	obs_data_set_array(wrong, "segments", list);
	obs_data_set_string(wrong, "target", "Nobody");
	obs_data_set_string(wrong, "transcript", "none.srt");
	obs_data_set_string(wrong, "layout", "pie");
	int before = refreshed_by_now();
	obs_source_update(source, wrong);
	wait_for_refresh_after(before); // so that an open dialogue shows it
	using testing::HasSubstr;
	EXPECT_THAT(problems(),
		    testing::AllOf(HasSubstr("Nobody"), HasSubstr("Womenn: "), HasSubstr("agee"), HasSubstr("none.srt"),
				   HasSubstr("layout"), testing::Not(HasSubstr("Women:"))));
	const OBSDataAutoRelease right = small();
	before = refreshed_by_now();
	obs_source_reset_settings(source, right);
	wait_for_refresh_after(before);
	EXPECT_EQ(problems(), "");
}

TEST_F(TimelineProperties, ListTheTargetsOfTheSessionThatIsShown)
{
	const auto debate = sampleSession({.segments = {"All"}, .targets = {"Smith", "Jones"}}, 8);
	debate->playbackAt = stage_.snapshot->playbackAt;
	debate->lastResponse = debate->playbackAt;
	stage_.snapshot = debate;
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	obs_properties_t *const seen = obs_source_properties(source);
	obs_property_t *const list = obs_properties_get(seen, "target");
	std::vector<std::string> listed;
	for (std::size_t i = 0; i < obs_property_list_item_count(list); ++i) {
		listed.emplace_back(obs_property_list_item_string(list, i));
	}
	obs_properties_destroy(seen);
	EXPECT_THAT(listed, testing::ElementsAre("", "Smith", "Jones"));
}

TEST_F(TimelineProperties, ListMediaSourcesByNameAndKeepThemByUuid)
{
	obs_source_info media{};
	media.id = "some_media";
	media.type = OBS_SOURCE_TYPE_INPUT;
	media.output_flags = OBS_SOURCE_CONTROLLABLE_MEDIA;
	media.get_name = [](void *) { return "Some media"; };
	media.create = [](obs_data_t *, obs_source_t *) -> void * {
		static int nothing = 0;
		return &nothing;
	};
	media.destroy = [](void *) {};
	obs_register_source(&media);
	const OBSSourceAutoRelease speech = obs_source_create("some_media", "The speech", nullptr, nullptr);
	const std::string uuid = obs_source_get_uuid(speech);
	const OBSDataAutoRelease settings = small();
	obs_data_set_string(settings, "follow", "gone-for-now");
	const OBSSourceAutoRelease source = create("timeline", settings);
	const auto listed = [&] {
		std::map<std::string, std::string> by_name;
		obs_properties_t *const seen = obs_source_properties(source);
		obs_property_t *const list = obs_properties_get(seen, "follow");
		for (std::size_t i = 0; i < obs_property_list_item_count(list); ++i) {
			by_name[obs_property_list_item_name(list, i)] = obs_property_list_item_string(list, i);
		}
		obs_properties_destroy(seen);
		return by_name;
	};
	auto before = listed();
	EXPECT_EQ(before["The speech"], uuid);
	EXPECT_EQ(before["gone-for-now"], "gone-for-now"); // a source that is not there is not forgotten
	obs_source_set_name(speech, "The same speech");
	EXPECT_EQ(listed()["The same speech"], uuid);
}

TEST_F(TimelineProperties, HasItsProperties)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_properties_t *const properties = obs_source_properties(source);
	for (const char *key : {"session",
				"follow",
				"layout",
				"measure",
				"base",
				"target",
				"segments",
				"window_ms",
				"reveal",
				"show_markers",
				"show_statements",
				"show_words",
				"show_invitation",
				"transcript",
				"width",
				"height",
				"show_ci",
				"show_n",
				"smoothing_ms",
				"min_n",
				"theme",
				"place",
				"motion",
				"background_opacity",
				"playhead_color",
				"color_card",
				"color_segment_0"}) {
		EXPECT_NE(obs_properties_get(properties, key), nullptr) << key;
	}
	EXPECT_EQ(obs_property_list_item_count(obs_properties_get(properties, "layout")), 3U);
	const OBSDataAutoRelease settings = obs_source_get_settings(source);
	obs_properties_apply_settings(properties, settings);
	EXPECT_FALSE(obs_property_visible(obs_properties_get(properties, "base"))); // of the net only
	obs_properties_destroy(properties);
	// And without a source, as when a program asks for the type's.
	obs_properties_t *const type = obs_get_source_properties(kTimelineId);
	EXPECT_NE(obs_properties_get(type, "follow"), nullptr);
	obs_properties_destroy(type);
	const OBSDataAutoRelease defaults = obs_get_source_defaults(kTimelineId);
	EXPECT_EQ(obs_data_get_int(defaults, "width"), 1920);
	EXPECT_EQ(obs_data_get_int(defaults, "lag_ms"), -1);
	EXPECT_STREQ(obs_data_get_string(defaults, "layout"), "lines");
}

} // namespace
