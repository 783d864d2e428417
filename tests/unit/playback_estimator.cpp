// The estimator, fed with what was recorded from OBS.
#include "unit/playback_recording.hpp"

#include <algorithm>

namespace pulseline::playback {
namespace {

class Recorded : public testing::TestWithParam<Recording> {};

TEST_P(Recorded, PositionIsThatOfThePicture)
{
	const std::vector<Moment> moments = GetParam().moments();
	ASSERT_GT(moments.size(), 200U);
	const Score score = play(GetParam(), moments);
	EXPECT_GE(score.share(), 0.995);
	EXPECT_EQ(score.passes, GetParam().passes);
}

TEST_P(Recorded, ClaimedFrameDurationIsNotNeeded)
{
	std::vector<Moment> moments = GetParam().moments();
	if (GetParam().fps > 30) {
		return; // two frames a look cannot be told from one without it
	}
	for (Moment &moment : moments) {
		moment.sight.frame_ms = 0;
	}
	EXPECT_GE(play(GetParam(), moments).share(), 0.98);
}

// A claim that is far too long, as that of a file whose sound goes on after the pictures.
TEST_P(Recorded, FalseClaimIsNotBelieved)
{
	std::vector<Moment> moments = GetParam().moments();
	if (GetParam().fps > 30) {
		return;
	}
	for (Moment &moment : moments) {
		moment.sight.frame_ms *= 5;
	}
	EXPECT_GE(play(GetParam(), moments).share(), 0.97);
}

INSTANTIATE_TEST_SUITE_P(
	Obs, Recorded,
	testing::Values(Recording{"seek_30on30", 30, 1, true, 2}, Recording{"pause_30on30", 30, 1, true, 1},
			Recording{"end_30on30", 30, 1, false, 1}, Recording{"restart_25on60", 25, 1, true, 5},
			Recording{"loop_60on30", 60, 1, true, 2}, Recording{"flac_pause_30on30", 30, 1, true, 1},
			Recording{"flac_restart_30on30", 30, 1, true, 4},
			Recording{"speed150_30on30", 30, 1.5, true, 2}, Recording{"long_queue_30on30", 30, 1, true, 2}),
	[](const auto &info) { return std::string(info.param.name); });

// OBS composed nothing for 1.3 s as a video without a preloaded frame began, and for half a second as one looped and
// was restarted: the first frame that comes on screen is not the media's first, and only the sound tells so.
class Stalled : public testing::TestWithParam<Recording> {};

TEST_P(Stalled, TheSoundTellsWhichFrameIsOnScreen)
{
	const std::vector<Moment> moments = GetParam().moments();
	const Score score = play(GetParam(), moments);
	EXPECT_GE(score.share(), 0.97);
	EXPECT_EQ(score.passes, GetParam().passes);
}

INSTANTIATE_TEST_SUITE_P(Obs, Stalled,
			 testing::Values(Recording{"stalled_start_30on30", 30, 1, false, 2, 12'000},
					 Recording{"stalled_loop_30on30", 30, 1, true, 2, 12'000}),
			 [](const auto &info) { return std::string(info.param.name); });

TEST(Estimator, FindsThePositionInMidPlay)
{
	const Recording recording{"seek_30on30", 30, 1, true, 2};
	const std::vector<Moment> moments = recording.moments();
	for (std::size_t from = 40; from < 70; from += 3) {
		const Score score = play(recording, std::span(moments).subspan(from), 0);
		EXPECT_EQ(score.good, score.all) << "from " << from;
	}
}

TEST(Estimator, IsApproximateUntilAGuessIsSettled)
{
	const Recording recording{"loop_60on30", 60, 1, true, 2};
	const std::vector<Moment> moments = recording.moments();
	Estimator estimator;
	const std::span<const Moment> later = std::span(moments).subspan(60, 60);
	EXPECT_TRUE(estimator.look(later[0].sight).approximate);
	for (const Moment &moment : later) {
		estimator.look(moment.sight);
	}
	EXPECT_FALSE(estimator.look(later[59].sight).approximate);
}

// The filter is taken away for a save, and comes back a few frames later.
TEST(Estimator, BridgesAGapInWhatIsSeen)
{
	const Recording recording{"loop_60on30", 60, 1, true, 2};
	std::vector<Moment> moments = recording.moments();
	for (std::size_t i = 60; i < moments.size(); i += 25) {
		for (std::size_t missed = i; missed < std::min(i + 3, moments.size()); ++missed) {
			moments[missed].sight.frame_ns.reset();
			moments[missed].sight.seesFrames = false;
		}
	}
	Estimator estimator;
	int far = 0;
	for (const Moment &moment : moments) {
		const Shown shown = estimator.look(moment.sight);
		if (moment.number && moment.sight.now_ns > 2'000'000'000) {
			EXPECT_FALSE(shown.approximate);
			far += std::abs(static_cast<double>(shown.position_ms) * 60 / 1000 - *moment.number) > 3.05 ? 1
														    : 0;
		}
	}
	// Only where a loop or seek falls into a gap.
	EXPECT_LE(far, 8);
}

// OBS composes nothing for a fifth of a second now and then; its filter is missed and looks late.
TEST_P(Recorded, StallsDoNotMatter)
{
	const std::vector<Moment> all = GetParam().moments();
	std::vector<Moment> moments;
	const auto steady = [&](std::size_t at) {
		return at >= 15 && at + 7 < all.size() &&
		       std::ranges::all_of(std::span(all).subspan(at - 15, 22), [&](const Moment &moment) {
			       return moment.sight.state == MediaState::playing && !moment.sight.restarted &&
				      moment.sight.media_ms >= all[at - 15].sight.media_ms;
		       });
	};
	int stalls = 0;
	std::optional<std::int64_t> frame_ns; // on screen as the stall ends
	for (std::size_t i = 0; i < all.size(); ++i) {
		if (i % 30 == 20 && steady(i)) {
			for (const std::size_t end = i + 6; i < end; ++i) {
				frame_ns = all[i].sight.frame_ns ? all[i].sight.frame_ns : frame_ns;
			}
			++stalls;
			moments.push_back({.sight = all[i].sight, .sounds = {}, .number = std::nullopt});
			moments.back().sight.seesFrames = false;
			moments.back().sight.frame_ns.reset();
		}
		moments.push_back(all[i]);
		if (!all[i].sight.frame_ns) {
			moments.back().sight.frame_ns = frame_ns;
		}
		frame_ns.reset();
	}
	ASSERT_GT(stalls, 0);
	EXPECT_GE(play(GetParam(), moments).share(), 0.99);
}

// The video loops while OBS composes nothing for a third of a second.
TEST(Estimator, FollowsALoopDuringAStall)
{
	const Recording recording{"loop_60on30", 60, 1, true, 2};
	std::vector<Moment> moments = recording.moments();
	const auto loop = std::ranges::adjacent_find(moments, [](const Moment &one, const Moment &next) {
		return next.sight.media_ms + 10'000 < one.sight.media_ms;
	});
	ASSERT_NE(loop, moments.end());
	moments.erase(loop - 9, loop + 1);
	const Score score = play(recording, moments);
	EXPECT_GE(score.share(), 0.99);
	EXPECT_EQ(score.passes, recording.passes);
}

// Stopped and started again, and then OBS stalls: 30 frames a second on a canvas of 20.
TEST(Estimator, AStartIsOverWhenItsFirstFrameIsThere)
{
	constexpr double kFrame_ms = 1000 / 30.0;
	Estimator estimator;
	const auto look = [&](int at, MediaState state, double media_ms, std::optional<double> frame, bool restarted) {
		Sight sight;
		sight.now_ns = (at + 1) * 50'000'000LL;
		sight.seesFrames = frame.has_value() || restarted;
		if (frame) {
			sight.frame_ns = std::llround(*frame * kFrame_ms * 1e6);
		}
		sight.state = state;
		sight.restarted = restarted;
		sight.media_ms = std::llround(media_ms);
		sight.duration_ms = 10'000;
		sight.frame_ms = kFrame_ms;
		return static_cast<double>(estimator.look(sight).position_ms) / kFrame_ms;
	};
	// First seen in mid-play.
	int at = 0;
	for (int i = 0; i < 40; ++i) {
		const int frame = 30 + i * 3 / 2;
		look(at++, MediaState::playing, (frame + 3) * kFrame_ms, 1000 + frame, false);
	}
	look(at++, MediaState::stopped, 93 * kFrame_ms, 1090, false);

	look(at++, MediaState::playing, 2 * kFrame_ms, {}, true);
	for (int i = 0; i < 20; ++i) {
		const int frame = i * 3 / 2;
		EXPECT_NEAR(look(at++, MediaState::playing, (frame + 3) * kFrame_ms, 1125 + frame, false), frame, 1.05);
	}
	at += 3;
	look(at, MediaState::playing, 37 * kFrame_ms, {}, false);
	EXPECT_NEAR(look(at, MediaState::playing, 37 * kFrame_ms, 1125 + 34, false), 34, 1.05);
}

TEST(Estimator, SaysThatAPictureStandsStill)
{
	const Recording recording{"seek_30on30", 30, 1, true, 2};
	const std::vector<Moment> moments = recording.moments();
	Estimator estimator;
	Shown shown;
	Sight last;
	for (const Moment &moment : std::span(moments).first(60)) {
		last = moment.sight;
		shown = estimator.look(last);
	}
	EXPECT_EQ(shown.rate, 1);
	// The media says that it plays, but nothing comes: it loads.
	last.frame_ns.reset();
	for (int i = 0; i < 10; ++i) {
		last.now_ns += 33'333'333;
		shown = estimator.look(last);
	}
	EXPECT_EQ(shown.state, PlaybackState::playing);
	EXPECT_EQ(shown.rate, 0);
}

// On an overloaded machine the media is well under way, or restarted as its scene is shown, before its first frame is
// seen.
TEST(Estimator, CountsNoPassBeforeTheFirstFrame)
{
	for (const std::int64_t firstFrame_ms : {700, 3000}) {
		Estimator estimator;
		Sight sight;
		sight.state = MediaState::playing;
		sight.frame_ms = 1000 / 30.0;
		for (std::int64_t now_ms = 33; now_ms < firstFrame_ms; now_ms += 33) {
			sight.now_ns = now_ms * 1'000'000;
			sight.media_ms = now_ms < 400 ? 900 + now_ms : now_ms; // goes back once
			EXPECT_EQ(estimator.look(sight).pass, 0U) << now_ms;
		}
		sight.seesFrames = true;
		for (int i = 0; i < 30; ++i) {
			sight.now_ns += 33'333'333;
			sight.frame_ns = 1'000'000'000 + i * 33'333'333LL;
			sight.media_ms = 67 + i * 33;
			EXPECT_EQ(estimator.look(sight).pass, 0U) << i;
		}
	}
}

TEST(Estimator, GoesByTheMediaTimeWhereNoFramesAreSeen)
{
	Estimator estimator;
	Sight sight;
	sight.state = MediaState::playing;
	sight.lead_ms = 60;
	Shown shown;
	for (int i = 1; i <= 300; ++i) {
		sight.now_ns = i * 16'666'667LL;
		// Told in steps of 100 ms, as some sources do.
		sight.media_ms = 60 + sight.now_ns / 100'000'000 * 100;
		shown = estimator.look(sight);
		if (i > 10) {
			EXPECT_TRUE(shown.approximate);
			EXPECT_NEAR(static_cast<double>(shown.position_ms), static_cast<double>(sight.now_ns) * 1e-6,
				    20);
		}
	}
	EXPECT_EQ(shown.pass, 0U);
	sight.media_ms = 500;
	sight.now_ns += 16'666'667;
	shown = estimator.look(sight);
	EXPECT_EQ(shown.position_ms, 440);
	EXPECT_EQ(shown.pass, 1U);
	sight.state = MediaState::paused;
	sight.now_ns += 5'000'000'000;
	EXPECT_EQ(estimator.look(sight).position_ms, 440);
}

} // namespace
} // namespace pulseline::playback
