// OBS's VLC source, where libvlc is there: it tells its time in coarse steps, and the frames' stamps are when they were
// shown, so that the position is approximate.
#include "obs/playback/playing.hpp"

#include <algorithm>
#include <cmath>
#include <dlfcn.h>

namespace pulseline::test {
namespace {

class VlcSource : public testing::Test {
protected:
	void SetUp() override
	{
		void *const library = dlopen("libvlc.so.5", RTLD_LAZY);
		if (!library) {
			GTEST_SKIP() << "there is no libvlc here";
		}
		dlclose(library);
		obs_module_t *module = nullptr;
		ASSERT_EQ(obs_open_module(&module, OBS_PLUGINS "/vlc-video.so", OBS_PLUGINS_DATA "/vlc-video"),
			  MODULE_SUCCESS);
		ASSERT_TRUE(obs_init_module(module));
		stage_.put(OverlayOf{.media = "media", .length_ms = 14'000});
		follower_ = playback::follow("media");
		stage_.ask(follower_);
		const OBSDataAutoRelease settings =
			obs_data_create_from_json(R"({"loop": true, "playlist": [{"value": ")" VIDEOS R"(/30.mp4"}]})");
		source_ = obs_source_create("vlc_source", "media", settings, nullptr);
		stage_.settle();
		// VLC may give it another size.
		obs_sceneitem_t *const item = obs_scene_add(scene_, source_);
		const vec2 size{{{320, 180}}};
		obs_sceneitem_set_bounds(item, &size);
		obs_sceneitem_set_bounds_type(item, OBS_BOUNDS_STRETCH);
		stage_.put(scene_.source());
		ASSERT_TRUE(stage_.until([](const Seen &seen) { return seen.number > 5; }, 300));
	}

	// How far the overlay is ahead of the picture, in each frame that can be read.
	void compare(const char *what, double seconds)
	{
		std::vector<double> ahead_ms;
		for (const Seen &seen : stage_.seconds(seconds)) {
			EXPECT_TRUE(seen.shown.approximate);
			if (seen.number >= 0 && seen.number < 360 && seen.drawn_ms) { // VLC may show half a frame
				ahead_ms.push_back(*seen.drawn_ms - seen.number * 1000 / 30.0);
			}
		}
		ASSERT_FALSE(ahead_ms.empty()) << what;
		std::ranges::sort(ahead_ms);
		const auto at = [&](double share) {
			return ahead_ms[static_cast<std::size_t>(share * static_cast<double>(ahead_ms.size() - 1))];
		};
		std::printf("%-10s %4zu frames, ahead by %.0f ms; 5 %% less than %.0f, 5 %% more than %.0f\n", what,
			    ahead_ms.size(), at(0.5), at(0.05), at(0.95));
		EXPECT_LT(std::abs(at(0.5)), 300) << what;
	}

	Stage stage_{30};
	TestScene scene_{"scene"};
	OBSSourceAutoRelease source_;
	std::shared_ptr<playback::Follower> follower_;
};

TEST_F(VlcSource, IsFollowedApproximately)
{
	stage_.seconds(1);
	compare("play", 3);
	obs_source_media_play_pause(source_, true);
	stage_.seconds(0.5);
	compare("pause", 0.5);
	obs_source_media_play_pause(source_, false);
	stage_.seconds(0.5);
	compare("resume", 2);
	obs_source_media_set_time(source_, 7000);
	stage_.seconds(0.5);
	compare("seek", 2);
	const std::uint32_t before = follower_->shown().pass;
	obs_source_media_set_time(source_, 2000);
	stage_.seconds(0.5);
	compare("seek back", 2);
	EXPECT_EQ(follower_->shown().pass, before + 1);
}

} // namespace
} // namespace pulseline::test
