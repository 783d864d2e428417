// The position that the overlay shows over OBS's VLC source, against the number in the very picture that is composed.
#include "obs/playback/playing.hpp"

namespace pulseline::test {
namespace {

class VlcPosition : public Playing {
protected:
	void begin(const std::string &playlist)
	{
		stage_.emplace(GetParam().canvas_fps);
		obs_module_t *module = nullptr;
		ASSERT_EQ(obs_open_module(&module, OBS_PLUGINS "/vlc-video.so", OBS_PLUGINS_DATA "/vlc-video"),
			  MODULE_SUCCESS);
		ASSERT_TRUE(obs_init_module(module));
		stage_->put(OverlayOf{.media = "media", .length_ms = 14'000});
		follower_ = playback::follow("media");
		stage_->ask(follower_);
		const std::string settings = R"({"loop": true, "playlist": [)" + playlist + "]}";
		const OBSDataAutoRelease data = obs_data_create_from_json(settings.c_str());
		source_ = obs_source_create("vlc_source", "media", data, nullptr);
		stage_->settle();
		// VLC may give it another size.
		obs_sceneitem_t *const item = obs_scene_add(scene_.emplace("scene"), source_);
		const vec2 size{{{320, 180}}};
		obs_sceneitem_set_bounds(item, &size);
		obs_sceneitem_set_bounds_type(item, OBS_BOUNDS_STRETCH);
		stage_->put(scene_->source());
	}
	void begin() { begin(item(GetParam().video.file)); }
	static std::string item(const std::string &file) { return R"({"value": ")" VIDEOS "/" + file + "\"}"; }
	~VlcPosition() override
	{
		source_ = nullptr;
		follower_.reset();
		scene_.reset();
	}

	std::optional<TestScene> scene_; // goes before libobs does
};

TEST_P(VlcPosition, IsThatOfTheFrameOnScreen)
{
	begin();
	ASSERT_TRUE(stage_->until([](const Seen &seen) { return seen.number >= 0; }, 300));
	compare("start", 1);
	const Seen playing = compare("play", 2).back();
	expectPlays(playing);

	pause(true);
	const Seen paused = compare("pause", 1).back();
	EXPECT_EQ(paused.shown.state, PlaybackState::paused);
	EXPECT_EQ(paused.shown.rate, 0);
	pause(false);
	compare("resume", 1.5);

	seek(6200);
	compare("seek forth", 2);
	seek(1012);
	expectPasses(compare("seek back", 2).back().shown.pass);

	pause(true);
	compare("pause", 0.7);
	seek(5000); // a key frame; before others VLC may stop a few frames early
	compare("seek paused", 0.7);
	pause(false);
	compare("resume", 1.5);

	obs_source_media_restart(source_);
	expectPasses(compare("restart", 2).back().shown.pass);
	seek(10'500);
	const Seen looped = compare("loop", 4).back();
	EXPECT_GE(passes_, 3U);
	if (obs_get_lagged_frames() > GetParam().canvas_fps) {
		// The machine stood still for more than a second in all, and VLC throws away what is too late then.
		report();
		GTEST_SKIP() << "OBS lagged by " << obs_get_lagged_frames() << " frames";
	}
	expectPasses(looped.shown.pass);
	EXPECT_FALSE(looped.shown.approximate);
	conclude();
}

// A video, sound without a picture, and the video again.
TEST_P(VlcPosition, IsFollowedThroughAPlaylist)
{
	begin(item(GetParam().video.file) + "," + item("sound.m4a"));
	ASSERT_TRUE(stage_->until([](const Seen &seen) { return seen.number >= 0; }, 300));
	compare("play", 1);
	seek(11'000);
	ASSERT_TRUE(stage_->until(
		[](const Seen &seen) {
			return seen.shown.approximate && seen.shown.position_ms > 1500 && seen.shown.position_ms < 5000;
		},
		300));
	seek(11'000);
	ASSERT_TRUE(stage_->until(
		[](const Seen &seen) {
			return !seen.shown.approximate && seen.number > 30 && seen.shown.position_ms < 5000;
		},
		300));
	const Seen last = compare("after the sound", 2).back();
	EXPECT_FALSE(last.shown.approximate);
	conclude();
}

// While VLC stops it holds its locks and waits for the thread that hands on its sound, of which much comes after a
// seek.
TEST_P(VlcPosition, StopsWhileSoundComes)
{
	begin();
	for (int i = 0; i < 40; ++i) {
		ASSERT_TRUE(stage_->until([](const Seen &seen) { return seen.number >= 0; }, 300)) << i;
		obs_source_media_set_time(source_, i * 977 % 11'000);
		stage_->frames(1 + i % 5);
		obs_source_media_stop(source_);
		obs_source_media_restart(source_);
	}
	EXPECT_TRUE(stage_->until(
		[](const Seen &seen) { return seen.shown.state == PlaybackState::playing && seen.shown.rate == 1; },
		300));
}

INSTANTIATE_TEST_SUITE_P(Rates, VlcPosition, testing::Values(Case{k25, 30}, Case{k30, 30}), nameOf);

// For figures, not run by ctest.
INSTANTIATE_TEST_SUITE_P(Figures, VlcPosition,
			 testing::Values(Case{k24, 30}, Case{k24, 60}, Case{k25, 60}, Case{k29_97, 30},
					 Case{k29_97, 60}, Case{k30, 60}, Case{k50, 30}, Case{k50, 60}, Case{k60, 30},
					 Case{k60, 60}, Case{kVariable, 60}, Case{kLate, 30}, Case{kPlain, 30},
					 Case{kSilent, 30}, Case{kSilent, 60}),
			 nameOf);

} // namespace
} // namespace pulseline::test
