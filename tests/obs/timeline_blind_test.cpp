// A blind session in the frames that OBS gives to its recordings and streams: not one pixel of it in any of them, from
// the moment a timeline is there, and the whole of it once it is revealed.
#include "obs/scene.hpp"
#include "obs/timeline_fixture.hpp"

#include <cstring>

using namespace pulseline;
using namespace pulseline::obs;
using namespace pulseline::test;

namespace {

constexpr std::uint32_t kCanvasWidth = 960;
constexpr std::uint32_t kCanvasHeight = 540;

// A still picture in many colours, all over the canvas.
void drawChequers(void *, gs_effect_t *)
{
	constexpr std::uint32_t kSide = 60;
	gs_effect_t *const solid = obs_get_base_effect(OBS_EFFECT_SOLID);
	for (std::uint32_t y = 0; y < kCanvasHeight; y += kSide) {
		for (std::uint32_t x = 0; x < kCanvasWidth; x += kSide) {
			vec4 color;
			vec4_set(&color, static_cast<float>(x) / kCanvasWidth, static_cast<float>(y) / kCanvasHeight,
				 (x / kSide + y / kSide) % 2 == 0 ? 0.2F : 0.8F, 1);
			gs_effect_set_vec4(gs_effect_get_param_by_name(solid, "color"), &color);
			gs_matrix_push();
			gs_matrix_translate3f(static_cast<float>(x), static_cast<float>(y), 0);
			while (gs_effect_loop(solid, "Solid")) {
				gs_draw_sprite(nullptr, 0, kSide, kSide);
			}
			gs_matrix_pop();
		}
	}
}

void registerChequers()
{
	obs_source_info info{};
	info.id = "chequers";
	info.type = OBS_SOURCE_TYPE_INPUT;
	info.output_flags = OBS_SOURCE_VIDEO | OBS_SOURCE_CUSTOM_DRAW;
	info.get_name = [](void *) { return "Chequers"; };
	info.create = [](obs_data_t *, obs_source_t *source) -> void * { return source; };
	info.destroy = [](void *) {};
	info.get_width = [](void *) { return kCanvasWidth; };
	info.get_height = [](void *) { return kCanvasHeight; };
	info.video_render = drawChequers;
	obs_register_source(&info);
}

// What an encoder would get, frame by frame.
class Recording {
public:
	Recording() { obs_add_raw_video_callback(nullptr, take, this); }
	Recording(const Recording &) = delete;
	Recording &operator=(const Recording &) = delete;
	~Recording() { obs_remove_raw_video_callback(take, this); }

	// The next frame is what all after it are compared with.
	void begin()
	{
		const std::lock_guard lock(mutex_);
		first_.clear();
		frames_ = changed_ = 0;
		now_ = 0;
	}
	int frames() const { return look(frames_); }
	int changed() const { return look(changed_); } // of these, frames in which any pixel differs
	std::size_t now() const { return look(now_); } // bytes that differ in the last one

private:
	template <typename T>
	T look(const T &value) const
	{
		const std::lock_guard lock(mutex_);
		return value;
	}
	static void take(void *self, video_data *frame)
	{
		auto &recording = *static_cast<Recording *>(self);
		constexpr std::size_t kRow = std::size_t{kCanvasWidth} * 4;
		std::vector<std::uint8_t> all(kRow * kCanvasHeight);
		for (std::size_t y = 0; y < kCanvasHeight; ++y) {
			std::memcpy(&all[y * kRow], frame->data[0] + y * frame->linesize[0], kRow);
		}
		const std::lock_guard lock(recording.mutex_);
		++recording.frames_;
		if (recording.first_.empty()) {
			recording.first_ = std::move(all);
			return;
		}
		recording.now_ = 0;
		for (std::size_t i = 0; i < all.size(); ++i) {
			recording.now_ += all[i] != recording.first_[i];
		}
		recording.changed_ += recording.now_ > 0;
	}

	mutable std::mutex mutex_;
	std::vector<std::uint8_t> first_;
	int frames_ = 0, changed_ = 0;
	std::size_t now_ = 0;
};

class TimelineBlind : public TimelineTest {
protected:
	TimelineBlind()
		: TimelineTest(kCanvasWidth, kCanvasHeight)
	{
	}
	void SetUp() override
	{
		TimelineTest::SetUp();
		stage_.opens_after = 5; // as from a slow disk
		registerChequers();
		Annotations annotations{{{0, 60'000, "We begin with the schools."}}, {{30'000, "Applause"}}};
		auto shown = std::make_shared<Snapshot>(*stage_.snapshot);
		shown->annotations = std::make_shared<const Annotations>(annotations);
		shown_ = shown;
		auto blind = std::make_shared<Snapshot>(*shown);
		blind->blind = true;
		blind_ = blind;
	}

	static void press(obs_source_t *source, const char *preset)
	{
		obs_properties_t *const properties = obs_source_properties(source);
		EXPECT_TRUE(obs_property_button_clicked(obs_properties_get(properties, preset), source));
		obs_properties_destroy(properties);
	}

	// People respond, and the speech goes on.
	void goOn()
	{
		for (std::uint32_t i = 0; i < 8; ++i) {
			auto voted = std::make_shared<Snapshot>(*blind_);
			setCell(*voted, 0, voted->closedTicks, 300, 100 + i, 190 - i);
			stage_.publish(voted);
			stage_.position_ms = stage_.position_ms + 500;
			ObsHost::waitFrames(3);
		}
	}

	static bool await(const std::function<bool()> &arrived)
	{
		int frames = 1'000;
		while (!arrived() && --frames > 0) {
			ObsHost::waitFrames(1);
		}
		return frames > 0;
	}

	std::shared_ptr<const Snapshot> shown_, blind_;
};

TEST_F(TimelineBlind, IsInNoFrameUntilItIsRevealed)
{
	const OBSSourceAutoRelease video = obs_source_create("chequers", "video", nullptr, nullptr);
	const TestScene scene("scene");
	obs_scene_add(scene, video);
	obs_set_output_source(0, scene.source());
	Recording recording;
	for (const char *layout : {"lines", "heat", "bars"}) {
		for (const char *preset : {"preset_lower", "preset_full", "preset_top"}) {
			SCOPED_TRACE(std::string(layout) + ", " + preset);
			stage_.publish(blind_);
			stage_.position_ms = 30'000;
			ObsHost::waitFrames(10); // until the frames from before are out
			recording.begin();
			ASSERT_TRUE(await([&] { return recording.frames() > 3; }));
			ASSERT_EQ(recording.changed(), 0) << "the video stands still";

			const OBSDataAutoRelease settings = obs_data_create();
			obs_data_set_string(settings, "layout", layout);
			obs_data_set_bool(settings, "show_words", true);
			const std::string name = std::string(layout) + preset; // the last one may be on its way out
			const OBSSourceAutoRelease source = create(name.c_str(), settings);
			obs_sceneitem_t *const item = obs_scene_add(scene, source);
			press(source, preset);
			ASSERT_TRUE(waitForState(source, "blind"));
			goOn();
			const int frames = recording.frames();
			ASSERT_TRUE(await([&] { return recording.frames() > frames + 5; }));
			EXPECT_EQ(recording.changed(), 0) << "of " << recording.frames();

			stage_.publish(shown_);
			ASSERT_TRUE(waitForState(source, "live"));
			EXPECT_TRUE(await([&] { return recording.now() > 100'000; })) << "revealed";
			stage_.publish(blind_); // and hidden again
			ASSERT_TRUE(waitForState(source, "blind"));
			EXPECT_TRUE(await([&] { return recording.now() == 0; }));
			obs_sceneitem_remove(item);
			obs_source_remove(source);
		}
	}
}

} // namespace
