// The position that the overlay shows, against the number in the very picture that is composed.
#include "obs/playback/playing.hpp"

#include <cmath>
#include <random>

namespace pulseline::test {
namespace {

using playback::ChangeDetector;
using playback::follow;

class Position : public Playing {};

TEST_P(Position, IsThatOfTheFrameOnScreen)
{
	begin(R"({"looping": true})");
	compare("play", 2);
	const Seen playing = compare("play on", 1).back();
	expectPlays(playing);
	EXPECT_NEAR(static_cast<double>(playing.shown.duration_ms), 12'000, 50);
	EXPECT_NEAR(playing.shown.frame_ms, frame_ms(), 0.2);

	pause(true);
	const Seen paused = compare("pause", 1).back();
	EXPECT_EQ(paused.shown.state, PlaybackState::paused);
	EXPECT_EQ(paused.shown.rate, 0);
	pause(false);
	compare("resume", 1.5);

	seek(6200);
	expectPasses(compare("seek forth", 2).back().shown.pass);
	seek(1000);
	expectPasses(compare("seek back", 2).back().shown.pass);

	pause(true);
	compare("pause",
		1.1); // until nothing waits in OBS's queue: that would be drawn over the sought picture, or beneath it
	seek(7000);
	compare("seek paused", 0.5);
	seek(2000);
	expectPasses(compare("seek paused", 0.5).back().shown.pass);
	pause(false);
	compare("resume", 1.5);

	obs_source_media_restart(source_);
	expectPasses(compare("restart", 2).back().shown.pass);
	seek(10'500);
	expectPasses(compare("loop", 4).back().shown.pass);
	obs_source_media_restart(source_);
	expectPasses(compare("restart", 2).back().shown.pass);
	EXPECT_GE(passes_, 5U);
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
	const Seen ended = compare("end", 1).back();
	EXPECT_NEAR(static_cast<double>(ended.shown.position_ms), 12'000 - frame_ms(), frame_ms() + 1);
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
	predicted_ = Errors(2.1);
	compare("play", 9);
	conclude();
	EXPECT_LE(changes_ - before, 2) << "steady play is no change, but a busy machine may halt the picture";
	EXPECT_GE(predicted_.share(), 0.99);
}

class Window : public Playing {};

// The axis moves beneath the playhead by as much as the picture did, in every composed frame.
TEST_P(Window, SlidesWithThePicture)
{
	begin(R"({"looping": true})", 2000);
	compare("play", 5);
	conclude();
}

INSTANTIATE_TEST_SUITE_P(Rates, Position, testing::Values(Case{k25, 60}, Case{k29_97, 30}, Case{k60, 30}), nameOf);
INSTANTIATE_TEST_SUITE_P(Rates, Window, testing::Values(Case{k60, 60}), nameOf);
INSTANTIATE_TEST_SUITE_P(Rates, PositionBriefly, testing::Values(Case{k25, 60}, Case{k30, 30}), nameOf);

// For figures, not run by ctest: every pair of rates, and a minute of play.
INSTANTIATE_TEST_SUITE_P(Figures, Position,
			 testing::Values(Case{k24, 30}, Case{k24, 60}, Case{k25, 30}, Case{k29_97, 60}, Case{k30, 30},
					 Case{k30, 60}, Case{k50, 30}, Case{k50, 60}, Case{k60, 60}),
			 nameOf);
INSTANTIATE_TEST_SUITE_P(Figures, PositionBriefly, testing::Values(Case{k25, 30}, Case{k60, 30}, Case{k60, 60}),
			 nameOf);

class Minute : public Playing {};

TEST_P(Minute, OfPlay)
{
	begin(R"({"looping": true})");
	compare("start", 2);
	const int before = changes_;
	predicted_ = Errors(2.1);
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
			 testing::Values(Case{k25, 60}, Case{k30, 30}, Case{k60, 30}, Case{k25, 30}, Case{k60, 60}),
			 nameOf);

} // namespace
} // namespace pulseline::test
