// The timeline source in a libobs of its own, with a feed that the test moves.
#pragma once

#include "core/mailbox.hpp"
#include "obs/golden.hpp"
#include "obs/host.hpp"
#include "obs/timeline_settings.hpp"
#include "obs/timeline_source.hpp"
#include "overlay_sample.hpp"

#include <obs.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

namespace pulseline::test {

using namespace pulseline::obs;

inline constexpr std::uint32_t kWidth = 640;
inline constexpr std::uint32_t kHeight = 200;
inline const QColor kVideo(70, 96, 110);

// What all readers of the test's feed see.
struct Stage {
	std::shared_ptr<const Snapshot> snapshot; // given to readers when they open
	std::atomic<double> position_ms{0};
	std::atomic<int> opens_after{0}; // so many frames
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
					     const Recut &recut) override
	{
		ObsHost::waitFrames(stage_.opens_after);
		const std::lock_guard lock(stage_.mutex);
		stage_.opened.push_back(session + "|" + follow +
					(recut.lag_ms ? "|" + std::to_string(*recut.lag_ms) : ""));
		auto missing = std::make_shared<Snapshot>();
		missing->problem = "there is no missing.pulse";
		return std::make_shared<StageReader>(stage_, session == "missing.pulse" ? missing : stage_.snapshot);
	}
	std::shared_ptr<const Snapshot> current() const override { return stage_.snapshot; }

private:
	Stage &stage_;
};

class TimelineTest : public testing::Test {
protected:
	explicit TimelineTest(std::uint32_t width = kWidth, std::uint32_t height = kHeight)
		: host_(width, height)
	{
	}
	void SetUp() override
	{
		ASSERT_TRUE(host_.ready());
		const auto snapshot = sampleSession({{"All", "Women", "Men", "Undecided"}}, 8);
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
				ObsHost::waitFrames(2);
				return true;
			}
			ObsHost::waitFrames(1);
		}
		return false;
	}
	static bool waitForState(obs_source_t *source, std::string_view state)
	{
		return waitFor(source, [&](const overlay::LayoutInfo &layout) { return layout.state == state; });
	}
	static QImage shot(obs_source_t *source)
	{
		return drawn(kWidth, kHeight, kVideo, [&] { obs_source_video_render(source); });
	}

	Stage stage_; // outlives libobs' last look at the feed
	ObsHost host_;
};

} // namespace pulseline::test
