// The timeline source in a libobs of its own, with a feed that the test moves.
#include "core/mailbox.hpp"
#include "obs/golden.hpp"
#include "obs/host.hpp"
#include "obs/scene.hpp"
#include "obs/timeline_settings.hpp"
#include "obs/timeline_source.hpp"
#include "overlay_sample.hpp"

#include <obs.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <condition_variable>
#include <mutex>

using namespace pulseline;
using namespace pulseline::obs;

namespace {

constexpr std::uint32_t kWidth = 640;
constexpr std::uint32_t kHeight = 200;
const QColor kVideo(70, 96, 110);

// What all readers of the test's feed see.
struct Stage {
	std::shared_ptr<const Snapshot> snapshot; // given to readers when they open
	std::atomic<double> position_ms{0};
	std::mutex mutex;
	std::vector<std::string> opened, wanted;
	std::vector<std::weak_ptr<Mailbox<std::shared_ptr<const Snapshot>>>> boxes;

	// To all readers that are open.
	void publish(std::shared_ptr<const Snapshot> fresh)
	{
		const std::lock_guard lock(mutex);
		for (const auto &box : boxes) {
			if (const auto open = box.lock()) {
				open->put(fresh);
			}
		}
		snapshot = std::move(fresh);
	}
};

class StageReader final : public TimelineReader {
public:
	StageReader(Stage &stage, std::shared_ptr<const Snapshot> first)
		: stage_(stage)
	{
		box_->put(std::move(first));
		stage.boxes.push_back(box_);
	}
	std::optional<std::shared_ptr<const Snapshot>> newest() override
	{
		const auto taken = box_->take();
		return taken ? std::optional(*taken) : std::nullopt;
	}
	std::optional<overlay::Clock> followed() const override
	{
		return overlay::Clock{PlaybackState::playing, stage_.position_ms, true, false};
	}
	void want(const overlay::SegmentChoice &choice) override
	{
		const std::lock_guard lock(stage_.mutex);
		stage_.wanted.push_back(choice.name + ": " + choice.expression);
	}
	Result<void> openTranscript(const std::string &path) override
	{
		const std::lock_guard lock(stage_.mutex);
		stage_.wanted.push_back("transcript " + path);
		return path == "none.srt" ? fail("there is no none.srt") : Result<void>{};
	}

private:
	Stage &stage_;
	std::shared_ptr<Mailbox<std::shared_ptr<const Snapshot>>> box_ =
		std::make_shared<Mailbox<std::shared_ptr<const Snapshot>>>();
};

class StageFeed final : public TimelineFeed {
public:
	explicit StageFeed(Stage &stage)
		: stage_(stage)
	{
	}
	std::shared_ptr<TimelineReader> open(const std::string &session, const std::string &follow,
					     std::optional<std::int64_t> lag_ms) override
	{
		const std::lock_guard lock(stage_.mutex);
		stage_.opened.push_back(session + "|" + follow + (lag_ms ? "|" + std::to_string(*lag_ms) : ""));
		auto missing = std::make_shared<Snapshot>();
		missing->problem = "there is no missing.pulse";
		return std::make_shared<StageReader>(stage_, session == "missing.pulse" ? missing : stage_.snapshot);
	}
	std::shared_ptr<const Snapshot> current() const override { return stage_.snapshot; }

private:
	Stage &stage_;
};

class TimelineSource : public testing::Test {
protected:
	void SetUp() override
	{
		ASSERT_TRUE(host_.ready());
		const auto snapshot = test::sampleSession({{"All", "Women", "Men", "Undecided"}}, 8);
		snapshot->simulated = true;
		// Now, so that it is not stale.
		snapshot->playbackAt = std::chrono::steady_clock::now() + std::chrono::hours(1);
		snapshot->lastResponse = snapshot->playbackAt;
		auto settings = std::make_shared<Settings>(*snapshot->settings);
		settings->attributes = {{"age", "Age", {"18-29"}}};
		snapshot->settings = settings;
		stage_.snapshot = snapshot;
		stage_.position_ms = 38'000;
		ASSERT_TRUE(registerTimelineSource(
			{EFFECT, [](const char *key) { return key; }, std::make_shared<StageFeed>(stage_)}));
	}

	static OBSDataAutoRelease small()
	{
		OBSDataAutoRelease settings = obs_data_create();
		obs_data_set_int(settings, "width", kWidth);
		obs_data_set_int(settings, "height", kHeight);
		return settings;
	}
	static OBSSourceAutoRelease create(const char *name, obs_data_t *settings)
	{
		return obs_source_create(kTimelineId, name, settings, nullptr);
	}
	// Frame after frame, until the source has drawn what the test waits for.
	static bool waitFor(obs_source_t *source, const std::function<bool(const overlay::LayoutInfo &)> &arrived)
	{
		for (int frame = 0; frame < 1'000; ++frame) {
			const auto layout = timelineLayout(source);
			if (layout && arrived(*layout)) {
				test::ObsHost::waitFrames(2);
				return true;
			}
			test::ObsHost::waitFrames(1);
		}
		return false;
	}
	static bool waitForState(obs_source_t *source, std::string_view state)
	{
		return waitFor(source, [&](const overlay::LayoutInfo &layout) { return layout.state == state; });
	}
	static QImage shot(obs_source_t *source)
	{
		return test::drawn(kWidth, kHeight, kVideo, [&] { obs_source_video_render(source); });
	}

	Stage stage_; // outlives libobs' last look at the feed
	test::ObsHost host_{kWidth, kHeight};
};

TEST_F(TimelineSource, DrawsTheSamePixelsAsThePainterAlone)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	EXPECT_EQ(obs_source_get_width(source), kWidth);
	EXPECT_EQ(obs_source_get_height(source), kHeight);
	EXPECT_TRUE(test::difference(shot(source), test::golden("lines")).same());
}

TEST_F(TimelineSource, LooksTheSameInTheProgramme)
{
	// Over black, through OBS's own composition.
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	test::ObsHost::waitFrames(2);
	const QImage programme = test::drawn(kWidth, kHeight, Qt::black, [] { obs_render_main_texture(); });
	const QImage alone = test::drawn(kWidth, kHeight, Qt::black, [&] { obs_source_video_render(source); });
	EXPECT_TRUE(test::difference(programme, alone).same());
	test::expectGolden(programme, "programme");
}

// On a canvas of any colour space, over light and dark video, it is the picture that SDR shows.
TEST_F(TimelineSource, IsAsBrightOnAnHdrCanvas)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	for (const QColor &video : {QColor(235, 240, 244), QColor(18, 24, 30)}) {
		const QImage shown = test::drawn(kWidth, kHeight, video, [&] { obs_source_video_render(source); });
		for (const gs_color_space space : {GS_CS_SRGB_16F, GS_CS_709_EXTENDED, GS_CS_709_SCRGB}) {
			const std::vector<float> light =
				test::lightOf(kWidth, kHeight, space, video, [&] { obs_source_video_render(source); });
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
	const test::TestScene scene("scene");
	EXPECT_FALSE(timelineLayout(scene.source()));
}

TEST_F(TimelineSource, ABlindSessionChangesNoPixelUntilItIsRevealed)
{
	const auto plain = [](const QImage &image) {
		for (int y = 0; y < image.height(); ++y) {
			for (int x = 0; x < image.width(); ++x) {
				if (image.pixel(x, y) != image.pixel(0, 0)) {
					return false;
				}
			}
		}
		return true;
	};
	const auto shown = std::make_shared<Snapshot>(*stage_.snapshot);
	const auto blind = std::make_shared<Snapshot>(*shown);
	blind->blind = true;
	const test::TestScene scene("scene");
	const OBSSourceAutoRelease first = create("shown first", small());
	obs_scene_add(scene, first);
	obs_set_output_source(0, scene.source());
	ASSERT_TRUE(waitForState(first, "live"));
	ASSERT_FALSE(plain(shot(first)));
	stage_.publish(blind);
	ASSERT_TRUE(waitForState(first, "blind"));
	EXPECT_TRUE(plain(shot(first)));
	for (const char *layout : {"lines", "heat", "bars"}) {
		const OBSDataAutoRelease settings = small();
		obs_data_set_string(settings, "layout", layout);
		const OBSSourceAutoRelease other = create(layout, settings);
		ASSERT_TRUE(waitForState(other, "blind"));
		obs_scene_add(scene, other);
		test::ObsHost::waitFrames(2);
		EXPECT_TRUE(plain(shot(other))) << layout;
	}
	// And in the programme nothing is left of any.
	EXPECT_TRUE(plain(test::drawn(kWidth, kHeight, kVideo, [] { obs_render_main_texture(); })));
	stage_.publish(shown);
	ASSERT_TRUE(waitForState(first, "live"));
	EXPECT_FALSE(plain(shot(first)));
}

TEST_F(TimelineSource, SaysInItsPropertiesThatTheSessionIsBlind)
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

TEST_F(TimelineSource, APresetFitsItToTheCanvas)
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

TEST_F(TimelineSource, ColoursFollowTheThemeUnlessTheyAreChosen)
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
	EXPECT_FALSE(corrected.lag_ms);
}

TEST_F(TimelineSource, SaysWhyASessionCannotBeOpened)
{
	test::ObsHost::expectWarning("there is no missing.pulse");
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

TEST_F(TimelineSource, SaysInItsPropertiesWhatDoesNotFitTheSession)
{
	test::ObsHost::expectWarning("none.srt");
	std::mutex mutex;
	std::condition_variable changed;
	int refreshed = 0; // guarded by the mutex
	std::function<void()> on_refresh = [&] {
		const std::lock_guard lock(mutex);
		++refreshed;
		changed.notify_one();
	};
	const auto wait_for_refresh = [&](int count) {
		std::unique_lock lock(mutex);
		changed.wait(lock, [&] { return refreshed == count; });
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
	obs_source_update(source, wrong);
	wait_for_refresh(1); // so that an open dialogue shows it
	using testing::HasSubstr;
	EXPECT_THAT(problems(), testing::AllOf(HasSubstr("Nobody"), HasSubstr("Womenn: "), HasSubstr("agee"),
					       HasSubstr("none.srt"), testing::Not(HasSubstr("Women:"))));
	const OBSDataAutoRelease right = small();
	obs_source_reset_settings(source, right);
	wait_for_refresh(2);
	EXPECT_EQ(problems(), "");
}

TEST_F(TimelineSource, AsksForSegmentsThatTheSessionLacks)
{
	const OBSDataAutoRelease settings = small();
	const OBSDataArrayAutoRelease list = obs_data_array_create();
	for (const char *entry : {"Women", "Young=age=18-29"}) {
		const OBSDataAutoRelease item = obs_data_create();
		obs_data_set_string(item, "value", entry);
		obs_data_array_push_back(list, item);
	}
	obs_data_set_array(settings, "segments", list);
	const OBSSourceAutoRelease source = create("timeline", settings);
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	const std::lock_guard lock(stage_.mutex);
	EXPECT_THAT(stage_.wanted, testing::ElementsAre("Young: age=18-29"));
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
	const std::lock_guard lock(stage_.mutex);
	EXPECT_THAT(stage_.wanted, testing::ElementsAre("transcript speech.srt", "transcript speech.srt"));
}

TEST_F(TimelineSource, HasItsProperties)
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

TEST_F(TimelineSource, CanBeAddedDuplicatedAndRemovedAtAnyTime)
{
	const test::TestScene scene("scene");
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
		test::ObsHost::waitFrames(1);
		obs_sceneitem_remove(item);
		obs_sceneitem_remove(second);
		obs_source_remove(source);
	}
	// The host's end looks for what was left behind.
}

} // namespace
