// The position that a follower tells, against the number in the very picture that is composed.
#include "obs/playback/stage.hpp"
#include "playback/history.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

namespace pulseline::test {
namespace {

using playback::ChangeDetector;
using playback::follow;
using playback::History;
using playback::Shown;

// Errors in source frames, rounded, and how often each came.
class Errors {
public:
	void add(double frames)
	{
		++counts_[static_cast<int>(std::lround(frames))];
		++all_;
		// Positions are whole milliseconds; a frame of error is one frame.
		good_ += std::abs(frames) < 1.05 ? 1 : 0;
	}
	void add(const Errors &other)
	{
		for (const auto &[error, count] : other.counts_) {
			counts_[error] += count;
		}
		all_ += other.all_;
		good_ += other.good_;
	}
	double share() const { return all_ == 0 ? 0 : static_cast<double>(good_) / all_; }
	int all() const { return all_; }
	std::string text() const
	{
		std::string line =
			std::to_string(all_) + " frames, " + std::to_string(100 * share()) + " % within one;";
		for (const auto &[error, count] : counts_) {
			line += " " + std::to_string(error) + ":" + std::to_string(count);
		}
		return line;
	}

private:
	std::map<int, int> counts_;
	int all_ = 0;
	int good_ = 0;
};

struct Case {
	int source_fps;
	std::uint32_t canvas_fps;
};

void PrintTo(const Case &one, std::ostream *out)
{
	*out << one.source_fps << " on " << one.canvas_fps;
}

std::string video(int fps)
{
	return VIDEOS "/" + std::to_string(fps) + ".mp4";
}

// Plays a script and compares each frame.
class Playing : public testing::TestWithParam<Case> {
protected:
	void begin(const char *settings)
	{
		stage_.emplace(GetParam().canvas_fps);
		follower_ = follow("media");
		stage_->ask(follower_);
		source_ = stage_->media(video(GetParam().source_fps), "media", settings);
		stage_->settle();
		stage_->put(source_);
	}

	// Compares `seconds` of frames, under the name of what was done before.
	std::vector<Seen> compare(const std::string &what, double seconds)
	{
		const double frame_ms = 1000.0 / GetParam().source_fps;
		const std::vector<Seen> seen = stage_->seconds(seconds);
		Errors errors;
		Errors predictions;
		for (const Seen &one : seen) {
			const std::int64_t at_ms = one.shown.at_ns / 1'000'000;
			if (const std::optional<PlaybackChange> change = detector_.feed(one.shown, at_ms)) {
				history_.add(*change);
				++changes_;
			}
			unclear_ += one.number == kUnclear ? 1 : 0;
			if (one.number >= 0) {
				const double truth_ms = one.number * frame_ms;
				errors.add((static_cast<double>(one.shown.position_ms) - truth_ms) / frame_ms);
				predictions.add((static_cast<double>(history_.at(at_ms).position_ms) - truth_ms) /
						frame_ms);
			}
		}
		std::printf("%-14s %s\n", what.c_str(), errors.text().c_str());
		all_.add(errors);
		predicted_.add(predictions);
		return seen;
	}

	void report() const
	{
		std::printf("%-14s %s\n", "all", all_.text().c_str());
		std::printf("%-14s %s, from %d changes\n", "the history", predicted_.text().c_str(), changes_);
	}

	void conclude() const
	{
		report();
		EXPECT_GE(all_.share(), 0.99);
		// A picture that stands still for a moment, as at a seek, takes the history a few frames to notice.
		EXPECT_GE(predicted_.share(), 0.9);
		EXPECT_EQ(unclear_, 0);
	}

	void seek(std::int64_t to_ms) { obs_source_media_set_time(source_, to_ms); }
	void pause(bool on) { obs_source_media_play_pause(source_, on); }

	// In this order: libobs goes last.
	std::optional<Stage> stage_;
	OBSSourceAutoRelease source_;
	std::shared_ptr<playback::Follower> follower_;
	ChangeDetector detector_;
	History history_{0};
	Errors all_;
	Errors predicted_;
	int changes_ = 0;
	int unclear_ = 0;
};

class Position : public Playing {};

TEST_P(Position, IsThatOfTheFrameOnScreen)
{
	begin(R"({"looping": true})");
	compare("play", 2);
	const Seen playing = compare("play on", 1).back();
	EXPECT_TRUE(playing.shown.found);
	EXPECT_FALSE(playing.shown.approximate);
	EXPECT_EQ(playing.shown.state, PlaybackState::playing);
	EXPECT_EQ(playing.shown.rate, 1);
	EXPECT_EQ(playing.shown.pass, 0U);
	EXPECT_NEAR(static_cast<double>(playing.shown.duration_ms), 12'000, 50);
	EXPECT_NEAR(playing.shown.frame_ms, 1000.0 / GetParam().source_fps, 0.2);

	pause(true);
	const Seen paused = compare("pause", 1).back();
	EXPECT_EQ(paused.shown.state, PlaybackState::paused);
	EXPECT_EQ(paused.shown.rate, 0);
	pause(false);
	compare("resume", 1.5);

	seek(6200);
	EXPECT_EQ(compare("seek forth", 2).back().shown.pass, 0U);
	seek(1000);
	EXPECT_EQ(compare("seek back", 2).back().shown.pass, 1U);

	pause(true);
	compare("pause", 0.5);
	seek(7000);
	compare("seek paused", 0.5);
	seek(2000);
	EXPECT_EQ(compare("seek paused", 0.5).back().shown.pass, 2U);
	pause(false);
	compare("resume", 1.5);

	obs_source_media_restart(source_);
	EXPECT_EQ(compare("restart", 2).back().shown.pass, 3U);
	seek(10'500);
	EXPECT_EQ(compare("loop", 4).back().shown.pass, 4U);
	obs_source_media_restart(source_);
	EXPECT_EQ(compare("restart", 2).back().shown.pass, 5U);
	conclude();
}

class PositionBriefly : public Playing {};

TEST_P(PositionBriefly, StaysAtTheEnd)
{
	begin(R"({"clear_on_media_end": false})");
	compare("play", 1);
	seek(10'100);
	compare("seek", 1);
	ASSERT_TRUE(stage_->until([](const Seen &seen) { return seen.shown.state == PlaybackState::ended; }, 200));
	const double frame_ms = 1000.0 / GetParam().source_fps;
	const Seen ended = compare("end", 1).back();
	EXPECT_NEAR(static_cast<double>(ended.shown.position_ms), 12'000 - frame_ms, frame_ms + 1);
	EXPECT_EQ(ended.shown.pass, 0U);

	obs_source_media_restart(source_);
	const Seen again = compare("restart", 2).back();
	EXPECT_EQ(again.shown.state, PlaybackState::playing);
	EXPECT_EQ(again.shown.pass, 1U);

	obs_source_media_stop(source_);
	const Seen stopped = stage_->seconds(0.5).back();
	EXPECT_EQ(stopped.shown.state, PlaybackState::stopped);
	EXPECT_EQ(stopped.shown.position_ms, 0);
	EXPECT_EQ(stopped.number, kBlank);
	obs_source_media_restart(source_);
	EXPECT_EQ(compare("start", 1).back().shown.pass, 2U);
	conclude();
}

// A session that starts while the video plays already.
TEST_P(PositionBriefly, IsFoundInMidPlay)
{
	begin(R"({"looping": true})");
	follower_.reset();
	stage_->ask(nullptr);
	stage_->settle();
	stage_->seconds(1.5);
	follower_ = follow("media");
	stage_->ask(follower_);
	ASSERT_TRUE(stage_->until([](const Seen &seen) { return seen.shown.found && !seen.shown.approximate; }, 200));
	compare("found", 2);
	pause(true);
	compare("pause", 0.5);
	pause(false);
	compare("resume", 2);
	seek(10'500);
	compare("loop", 3);
	conclude();
}

TEST_P(PositionBriefly, MovesAsTheHistorySays)
{
	begin("{}");
	compare("start", 2);
	const int before = changes_;
	predicted_ = {};
	compare("play", 9);
	conclude();
	EXPECT_LE(changes_ - before, 2) << "steady play is no change, but a busy machine may halt the picture";
	EXPECT_GE(predicted_.share(), 0.99);
}

std::string nameOf(const testing::TestParamInfo<Case> &info)
{
	return std::to_string(info.param.source_fps) + "on" + std::to_string(info.param.canvas_fps);
}

INSTANTIATE_TEST_SUITE_P(Rates, Position, testing::Values(Case{25, 60}, Case{30, 30}, Case{60, 30}), nameOf);
INSTANTIATE_TEST_SUITE_P(Rates, PositionBriefly, testing::Values(Case{25, 60}, Case{30, 30}), nameOf);

// For figures, not run by ctest: every pair of rates, and a minute of play.
INSTANTIATE_TEST_SUITE_P(Figures, Position, testing::Values(Case{25, 30}, Case{60, 60}), nameOf);
INSTANTIATE_TEST_SUITE_P(Figures, PositionBriefly, testing::Values(Case{25, 30}, Case{60, 30}, Case{60, 60}), nameOf);

class Minute : public Playing {};

TEST_P(Minute, OfPlay)
{
	begin(R"({"looping": true})");
	compare("start", 2);
	const int before = changes_;
	predicted_ = {};
	compare("play", 60);
	std::printf("changes in a minute with five loops: %d\n", changes_ - before);
	conclude();
}

// Whatever a hasty operator does. Orders that come while OBS still waits for its own clock can mislead the follower,
// until the next pause, restart or seek while paused.
TEST_P(Minute, OfRandomOrders)
{
	begin(R"({"looping": true})");
	compare("start", 1);
	std::mt19937 random(testing::UnitTest::GetInstance()->random_seed());
	const auto below = [&](int end) { return std::uniform_int_distribution<int>(0, end - 1)(random); };
	for (int i = 0; i < 60; ++i) {
		const int order = below(6);
		std::string what;
		switch (order) {
		case 0:
			obs_source_media_restart(source_);
			what = "restart";
			break;
		case 1:
		case 2:
			what = "pause";
			pause(true);
			break;
		case 3:
			what = "resume";
			pause(false);
			break;
		default: {
			const int to_ms = below(12'000);
			what = "seek " + std::to_string(to_ms);
			seek(to_ms);
		}
		}
		compare(what, 0.1 + below(20) * 0.1);
	}
	report();
	EXPECT_GE(all_.share(), 0.85);
}

INSTANTIATE_TEST_SUITE_P(Figures, Minute,
			 testing::Values(Case{25, 60}, Case{30, 30}, Case{60, 30}, Case{25, 30}, Case{60, 60}), nameOf);

TEST(Speed, IsTheRate)
{
	Stage stage(30);
	const std::shared_ptr<playback::Follower> follower = follow("media");
	stage.ask(follower);
	const OBSSourceAutoRelease source =
		stage.media(video(30), "media", R"({"speed_percent": 150, "looping": true})");
	stage.settle();
	stage.put(source);
	Errors errors;
	const auto compare = [&](double seconds) {
		for (const Seen &seen : stage.seconds(seconds)) {
			if (seen.number >= 0) {
				errors.add(static_cast<double>(seen.shown.position_ms) * 30 / 1000 - seen.number);
			}
		}
	};
	compare(3);
	EXPECT_EQ(follower->shown().rate, 1.5);
	obs_source_media_play_pause(source, true);
	compare(0.5);
	obs_source_media_play_pause(source, false);
	compare(1);
	obs_source_media_set_time(source, 10'200);
	compare(2.5);
	std::printf("%s\n", errors.text().c_str());
	EXPECT_GE(errors.share(), 0.99);
	EXPECT_EQ(follower->shown().pass, 1U);
}

TEST(SoundAlone, IsApproximate)
{
	Stage stage(30);
	const std::shared_ptr<playback::Follower> follower = follow("media");
	stage.ask(follower);
	const OBSSourceAutoRelease source = stage.media(VIDEOS "/0.m4a", "media");
	stage.settle();
	stage.put(source);
	ASSERT_TRUE(stage.until([](const Seen &seen) { return seen.shown.position_ms > 1000; }, 150));
	ChangeDetector detector;
	int changes = 0;
	for (const Seen &seen : stage.seconds(3)) {
		EXPECT_TRUE(seen.shown.approximate);
		EXPECT_EQ(seen.shown.state, PlaybackState::playing);
		changes += detector.feed(seen.shown, seen.shown.at_ns / 1'000'000) ? 1 : 0;
	}
	EXPECT_EQ(changes, 1) << "one change begins, and it moves on as that says";
	EXPECT_GT(follower->shown().position_ms, 3500);
	EXPECT_EQ(follower->shown().pass, 0U);
}

} // namespace
} // namespace pulseline::test
