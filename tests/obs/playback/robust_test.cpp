// Overlays that come, go and change in great numbers beside one that goes on: it must be drawn in every frame, rightly,
// and nothing be left of the others (the stage looks for leaks and errors).
#include "obs/playback/playing.hpp"
#include "obs/timeline_source.hpp"

#include <gmock/gmock.h>

namespace pulseline::test {
namespace {

constexpr std::uint32_t kWidth = 480;
constexpr std::uint32_t kHeight = 120;
constexpr std::uint32_t kChannel = 2;

class Robust : public testing::Test {
protected:
	void SetUp() override
	{
		stage_.put(OverlayOf{.media = "media"});
		media_ = stage_.media(VIDEOS "/30.mp4", "media", R"({"looping": true})");
		stage_.settle();
		stage_.put(media_);
		ASSERT_TRUE(stage_.until([](const Seen &seen) { return seen.number > 5; }, 600));
		obs_set_output_source(kChannel, scene_.source());
	}
	void TearDown() override { obs_set_output_source(kChannel, nullptr); }

	static OBSSourceAutoRelease overlay(int number)
	{
		return makeOverlay(("overlay " + std::to_string(number)).c_str(), {.media = "media"}, kWidth, kHeight);
	}
	// Below the canvas: it is drawn, and hides nothing.
	static obs_sceneitem_t *add(obs_scene_t *scene, obs_source_t *overlay)
	{
		obs_sceneitem_t *const item = obs_scene_add(scene, overlay);
		const vec2 place{{{0, 1000}}};
		obs_sceneitem_set_pos(item, &place);
		return item;
	}
	// Composes frames and looks at the one that goes on.
	void compose(int count)
	{
		for (const Seen &seen : stage_.frames(count)) {
			if (seen.number >= 0 && seen.drawn_ms) {
				errors_.add(*seen.drawn_ms * 30 / 1000 - seen.number);
			} else {
				errors_.addNothingDrawn();
			}
		}
	}
	void expectItWentOn(int least) const
	{
		std::printf("%s\n", errors_.text().c_str());
		EXPECT_GE(errors_.all(), least);
		EXPECT_GE(errors_.share(), 0.99);
	}

	Stage stage_{60};
	OBSSourceAutoRelease media_;
	TestScene scene_{"scene"};
	Errors errors_;
};

TEST_F(Robust, AThousandComeAndGo)
{
	for (int i = 0; i < 1000; ++i) {
		const OBSSourceAutoRelease one = overlay(i);
		ASSERT_TRUE(one);
		obs_sceneitem_t *const item = add(scene_, one);
		if (i % 4 == 0) {
			compose(1);
		}
		obs_sceneitem_remove(item);
		obs_source_remove(one);
	}
	expectItWentOn(250);
}

TEST_F(Robust, SettingsChangeFourTimesAFrame)
{
	const OBSSourceAutoRelease one = overlay(1);
	add(scene_, one);
	const std::array layouts{"lines", "heat", "bars"};
	const OBSDataAutoRelease change = obs_data_create();
	for (int i = 0; i < 1200; ++i) {
		obs_data_set_string(change, "layout", layouts[static_cast<std::size_t>(i) % layouts.size()]);
		obs_data_set_int(change, "width", kWidth + i % 200);
		obs_data_set_int(change, "window_ms", i % 2 * 5000);
		obs_data_set_string(change, "follow", i % 7 == 0 ? "" : "media");
		obs_data_set_string(change, "session", i % 50 == 0 ? "14000" : "12000");
		obs_source_update(one, change);
		if (i % 4 == 3) {
			compose(1);
		}
	}
	expectItWentOn(300);
	obs_data_set_int(change, "width", 777);
	obs_data_set_string(change, "layout", "lines");
	obs_data_set_int(change, "window_ms", 4000);
	obs_source_update(one, change);
	EXPECT_TRUE(stage_.until(
		[&](const Seen &) {
			const auto layout = obs::timelineLayout(one);
			return obs_source_get_width(one) == 777 && layout && layout->end_ms - layout->start_ms == 4000;
		},
		600))
		<< "the last settings are those that stay";
}

TEST_F(Robust, SeveralAreCopiedHiddenAndShown)
{
	const TestScene other("other");
	std::vector<OBSSourceAutoRelease> overlays;
	for (int i = 0; i < 5; ++i) {
		overlays.push_back(overlay(i));
		add(scene_, overlays.back());
		add(other, overlays.back()); // in two scenes
	}
	for (int round = 0; round < 20; ++round) {
		const OBSSourceAutoRelease copy =
			obs_source_duplicate(overlays[static_cast<std::size_t>(round) % 5],
					     ("copy " + std::to_string(round)).c_str(), false);
		obs_sceneitem_t *const item = add(scene_, copy);
		const bool shown = round % 2 == 0;
		obs_scene_enum_items(
			scene_,
			[](obs_scene_t *, obs_sceneitem_t *each, void *visible) {
				obs_sceneitem_set_visible(each, *static_cast<const bool *>(visible));
				return true;
			},
			const_cast<bool *>(&shown));
		obs_set_output_source(kChannel, (round % 3 == 0 ? other : scene_).source());
		compose(10);
		obs_sceneitem_remove(item);
		obs_source_remove(copy);
	}
	expectItWentOn(200);
	for (const OBSSourceAutoRelease &one : overlays) {
		EXPECT_TRUE(stage_.until([&](const Seen &) { return obs::timelineLayout(one).has_value(); }, 600));
	}
}

TEST_F(Robust, TheCanvasChangesUnderIt)
{
	const OBSSourceAutoRelease one = overlay(1);
	add(scene_, one);
	struct Canvas {
		std::uint32_t fps, wider, higher;
	};
	for (const auto &[fps, wider, higher] :
	     {Canvas{30, 0, 0}, {60, 440, 0}, {25, 100, 300}, {60, 0, 20}, {60, 0, 0}}) {
		ASSERT_TRUE(stage_.changeVideo(fps, wider, higher));
		compose(60);
	}
	expectItWentOn(240);
}

} // namespace
} // namespace pulseline::test
