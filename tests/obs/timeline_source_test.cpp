// What the timeline source draws and asks for, as its session and its settings change.
#include "obs/scene.hpp"
#include "obs/timeline_fixture.hpp"

#include <cmath>

using namespace pulseline;
using namespace pulseline::obs;
using namespace pulseline::test;

namespace {

using TimelineSource = TimelineTest;

TEST_F(TimelineSource, DrawsTheSamePixelsAsThePainterAlone)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	EXPECT_EQ(obs_source_get_width(source), kWidth);
	EXPECT_EQ(obs_source_get_height(source), kHeight);
	EXPECT_TRUE(difference(shot(source), golden("lines")).same());
}

TEST_F(TimelineSource, LooksTheSameInTheProgramme)
{
	// Over black, through OBS's own composition.
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	ObsHost::waitFrames(2);
	const QImage programme = drawn(kWidth, kHeight, Qt::black, [] { obs_render_main_texture(); });
	const QImage alone = drawn(kWidth, kHeight, Qt::black, [&] { obs_source_video_render(source); });
	EXPECT_TRUE(difference(programme, alone).same());
	expectGolden(programme, "programme");
}

// On a canvas of any colour space, over light and dark video, it is the picture that SDR shows.
TEST_F(TimelineSource, IsAsBrightOnAnHdrCanvas)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	for (const QColor &video : {QColor(235, 240, 244), QColor(18, 24, 30)}) {
		const QImage shown = drawn(kWidth, kHeight, video, [&] { obs_source_video_render(source); });
		for (const gs_color_space space : {GS_CS_SRGB_16F, GS_CS_709_EXTENDED, GS_CS_709_SCRGB}) {
			const std::vector<float> light =
				lightOf(kWidth, kHeight, space, video, [&] { obs_source_video_render(source); });
			ASSERT_EQ(light.size(), std::size_t{kWidth} * kHeight * 3);
			float worst = 0;
			for (std::size_t i = 0; i < light.size(); ++i) {
				const auto pixel = static_cast<int>(i / 3);
				const QColor expected = shown.pixelColor(pixel % static_cast<int>(kWidth),
									 pixel / static_cast<int>(kWidth));
				const float channel = i % 3 == 0   ? expected.redF()
						      : i % 3 == 1 ? expected.greenF()
								   : expected.blueF();
				const float seen = gs_srgb_linear_to_nonlinear(std::max(light[i], 0.0F));
				worst = std::max(worst, std::abs(seen - channel));
			}
			EXPECT_LT(worst, 4.0F / 255) << "colour space " << space << " over " << video.red();
		}
	}
}

TEST_F(TimelineSource, PaintsAnOpenTickTenTimesASecondAtMost)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	auto votes = std::make_shared<Snapshot>(*stage_.snapshot);
	const std::int64_t open = votes->closedTicks;
	const std::uint64_t begin_ns = obs_get_video_frame_time();
	int changes = -1; // the first is no change
	QImage before;
	for (std::uint32_t frame = 0; frame < 90; ++frame) {
		votes = std::make_shared<Snapshot>(*votes);
		setCell(*votes, 0, open, 300, 100 + frame, 190 - frame);
		stage_.publish(votes);
		ObsHost::waitFrames(1);
		const QImage image = shot(source);
		changes += image != before;
		before = image;
	}
	const auto tenths = static_cast<int>((obs_get_video_frame_time() - begin_ns) / 100'000'000);
	EXPECT_LE(changes, tenths + 2);
	EXPECT_GE(changes, 3);
}

// By a pixel from frame to frame, as the picture beneath it goes on.
TEST_F(TimelineSource, AWindowSlidesInEveryFrame)
{
	const OBSDataAutoRelease rolling = small();
	obs_data_set_int(rolling, "window_ms", 20'000);
	const OBSSourceAutoRelease source = create("timeline", rolling);
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	const auto layout = timelineLayout(source);
	ASSERT_EQ(layout->end_ms - layout->start_ms, 20'000);
	const double pixel_ms = 20'000.0 / static_cast<double>(layout->width);
	// Without the playhead and the labels at its side.
	const QRect inside(static_cast<int>(layout->x) + 4, static_cast<int>(layout->y),
			   static_cast<int>(layout->width) - 40, static_cast<int>(layout->height));
	QImage before = shot(source);
	for (int moved = 1; moved <= 90; ++moved) {
		stage_.position_ms = 38'000 + moved * pixel_ms;
		ObsHost::waitFrames(1);
		const QImage now = shot(source);
		// But for the edges of dots, which are not drawn at the very same part of a pixel.
		EXPECT_LT(difference(before.copy(inside.translated(1, 0)), now.copy(inside)).share, 0.005) << moved;
		EXPECT_GT(difference(before.copy(inside), now.copy(inside)).share, 0.02) << "nothing moved";
		before = now;
	}
}

TEST_F(TimelineSource, TellsItsLayout)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	ASSERT_TRUE(waitForState(source, "live")); // also while nobody shows it
	stage_.position_ms = 39'000;
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitFor(source, [](const overlay::LayoutInfo &layout) { return layout.position_ms == 39'000; }));
	const auto layout = timelineLayout(source);
	EXPECT_EQ(layout->start_ms, 0);
	EXPECT_EQ(layout->end_ms, 60'000);
	EXPECT_GT(layout->width, 200);
	EXPECT_GT(layout->height, 60);
	// The playhead is where the layout says: the brightest column of the plot's middle.
	const QImage image = shot(source);
	const auto x =
		static_cast<int>(static_cast<double>(layout->x) + static_cast<double>(layout->width) * 39'000 / 60'000);
	const int y = static_cast<int>(layout->y + layout->height / 8);
	EXPECT_GT(qGreen(image.pixel(x, y)), 220);
	EXPECT_LT(qGreen(image.pixel(x + 12, y)), 120);

	EXPECT_FALSE(timelineLayout(nullptr));
	const TestScene scene("scene");
	EXPECT_FALSE(timelineLayout(scene.source()));
}

TEST_F(TimelineSource, FollowsItsSettings)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	const auto before = timelineLayout(source);
	const OBSDataAutoRelease change = obs_data_create();
	obs_data_set_int(change, "width", 800);
	obs_data_set_string(change, "measure", "net");
	obs_data_set_int(change, "window_ms", 20'000);
	obs_source_update(source, change);
	ASSERT_TRUE(waitFor(
		source, [](const overlay::LayoutInfo &layout) { return layout.end_ms - layout.start_ms == 20'000; }));
	const auto after = timelineLayout(source);
	EXPECT_EQ(obs_source_get_width(source), 800U);
	EXPECT_GT(after->width, before->width);
	EXPECT_EQ(after->value_top, 100);
}

TEST_F(TimelineSource, FollowsItsSettingsAndItsDataWhereNobodySeesIt)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	ASSERT_TRUE(waitForState(source, "live"));
	const OBSDataAutoRelease change = obs_data_create();
	obs_data_set_int(change, "height", 400);
	obs_data_set_string(change, "layout", "heat");
	obs_source_update(source, change);
	ASSERT_TRUE(waitFor(source, [](const overlay::LayoutInfo &layout) { return layout.height > 200; }));
	// A source that nobody sees is drawn for a screenshot.
	const QImage before = shot(source);
	const auto fresh = std::make_shared<Snapshot>(*stage_.snapshot);
	fresh->sums = sampleSession({{"All", "Women", "Men", "Undecided"}}, 3)->sums;
	stage_.publish(fresh);
	EXPECT_TRUE(waitFor(source, [&](const overlay::LayoutInfo &layout) {
		return layout.state == "live" && difference(before, shot(source)).share > 0.02;
	}));
}

TEST_F(TimelineSource, SaysWhyASessionCannotBeOpened)
{
	ObsHost::expectWarning("there is no missing.pulse");
	const OBSDataAutoRelease settings = small();
	obs_data_set_string(settings, "session", "missing.pulse");
	const OBSSourceAutoRelease source = create("timeline", settings);
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "no_session"));
	obs_data_set_string(settings, "session", "other.pulse");
	obs_data_set_int(settings, "lag_ms", 2'500);
	obs_source_update(source, settings);
	ASSERT_TRUE(waitForState(source, "live"));
	const std::lock_guard lock(stage_.mutex);
	EXPECT_THAT(stage_.opened, testing::ElementsAre("missing.pulse|", "other.pulse||2500"));
}

TEST_F(TimelineSource, AsksForSegmentsThatTheSessionLacks)
{
	const OBSDataAutoRelease settings = small();
	const OBSDataArrayAutoRelease list = obs_data_array_create();
	for (const char *entry : {"Women", "Young=age=18-29", "Men=age=18-29|30-44", "All=", "Everybody="}) {
		const OBSDataAutoRelease item = obs_data_create();
		obs_data_set_string(item, "value", entry);
		obs_data_array_push_back(list, item);
	}
	obs_data_set_array(settings, "segments", list);
	const OBSSourceAutoRelease source = create("timeline", settings);
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	const std::lock_guard lock(stage_.mutex);
	EXPECT_THAT(stage_.wanted, testing::ElementsAre("Young: age=18-29", "Men=age=18-29|30-44: age=18-29|30-44"));
}

TEST_F(TimelineSource, OpensItsTranscriptOnceForEachSession)
{
	const OBSDataAutoRelease settings = small();
	obs_data_set_string(settings, "transcript", "speech.srt");
	const OBSSourceAutoRelease source = create("timeline", settings);
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	const auto again = std::make_shared<Snapshot>(*stage_.snapshot);
	again->blind = true; // so that it is seen to have come
	stage_.publish(again);
	ASSERT_TRUE(waitForState(source, "blind"));
	const auto other = std::make_shared<Snapshot>(*again);
	other->path = "other.pulse";
	other->blind = false;
	stage_.publish(other);
	ASSERT_TRUE(waitForState(source, "live"));
	// One that has statements keeps them, until another file is chosen.
	const auto transcribed = std::make_shared<Snapshot>(*again);
	transcribed->path = "transcribed.pulse";
	transcribed->annotations = std::make_shared<const Annotations>(Annotations{{{0, 10'000, "Good evening."}}, {}});
	stage_.publish(transcribed);
	ASSERT_TRUE(waitForState(source, "blind"));
	obs_data_set_string(settings, "transcript", "chosen.srt");
	obs_source_update(source, settings);
	const auto revealed = std::make_shared<Snapshot>(*transcribed);
	revealed->blind = false;
	ObsHost::waitFrames(2); // the settings are taken with a frame
	stage_.publish(revealed);
	ASSERT_TRUE(waitForState(source, "live"));
	const std::lock_guard lock(stage_.mutex);
	EXPECT_THAT(stage_.wanted,
		    testing::ElementsAre("transcript speech.srt", "transcript speech.srt", "transcript chosen.srt"));
}

TEST_F(TimelineSource, CanBeAddedDuplicatedAndRemovedAtAnyTime)
{
	const TestScene scene("scene");
	obs_set_output_source(0, scene.source());
	for (int round = 0; round < 5; ++round) {
		// Names of their own: the ones of the round before may still be on their way out.
		const std::string number = std::to_string(round);
		const OBSSourceAutoRelease source = create(("timeline " + number).c_str(), small());
		obs_sceneitem_t *const item = obs_scene_add(scene, source);
		if (round % 2 == 0) {
			ASSERT_TRUE(waitForState(source, "live"));
		}
		const OBSSourceAutoRelease copy = obs_source_duplicate(source, ("copy " + number).c_str(), false);
		ASSERT_NE(copy.Get(), source.Get());
		obs_sceneitem_t *const second = obs_scene_add(scene, copy);
		ObsHost::waitFrames(1);
		obs_sceneitem_remove(item);
		obs_sceneitem_remove(second);
		obs_source_remove(source);
	}
	// The host's end looks for what was left behind.
}

} // namespace
