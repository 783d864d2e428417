#include "playback/follower.hpp"
#include "playback/history.hpp"
#include "playback/published.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

namespace pulseline::playback {
namespace {

constexpr double kFrame_ms = 40;

Shown playingAt(double position_ms, double rate = 1)
{
	Shown shown;
	shown.found = true;
	shown.state = PlaybackState::playing;
	shown.position_ms = std::llround(position_ms);
	shown.rate = rate;
	shown.frame_ms = kFrame_ms;
	return shown;
}

// Frames of a source, on a canvas of its own rate: each is on screen from the first composed frame after it is due and
// `late_ms` over; every hundredth comes one composed frame later still.
class Player {
public:
	Player(double canvas_ms, double late_ms)
		: canvas_ms_(canvas_ms)
		, late_ms_(late_ms)
	{
	}

	Shown at(double now_ms) const
	{
		const double frame = std::max(0.0, std::floor((now_ms - late_ms_) / kFrame_ms));
		const double since = now_ms - late_ms_ - frame * kFrame_ms;
		const bool late = std::fmod(frame, 100) == 99 && since < canvas_ms_;
		return playingAt((frame - (late ? 1 : 0)) * kFrame_ms);
	}

private:
	double canvas_ms_;
	double late_ms_;
};

TEST(ChangeDetector, TellsTheFirstLook)
{
	ChangeDetector detector;
	const std::optional<PlaybackChange> first = detector.feed(playingAt(5000), 100);
	ASSERT_TRUE(first);
	EXPECT_EQ(*first, (PlaybackChange{100, PlaybackState::playing, 5000, 1, 0}));
	EXPECT_FALSE(detector.feed(playingAt(5000), 110));
}

TEST(ChangeDetector, IsQuietInSteadyPlayAndItsLineStaysNear)
{
	for (const double canvas_ms : {1000.0 / 60, 1000.0 / 30, 40.0}) {
		for (const double late_ms : {0.5, 10.0, 25.0}) {
			ChangeDetector detector;
			History history(0);
			const Player player(canvas_ms, late_ms);
			int changes = 0;
			int far = 0;
			int looks = 0;
			for (double now = 0; now < 60'000; now += canvas_ms) {
				const auto now_ms = static_cast<std::int64_t>(now);
				const Shown shown = player.at(now);
				if (const auto change = detector.feed(shown, now_ms)) {
					history.add(*change);
					++changes;
				}
				const double off =
					static_cast<double>(history.at(now_ms).position_ms - shown.position_ms);
				far += std::abs(off) > kFrame_ms + 1 ? 1 : 0;
				++looks;
			}
			EXPECT_LE(changes, 3) << canvas_ms << " " << late_ms; // the first, and put right twice at most
			EXPECT_LE(far, looks / 50) << canvas_ms << " " << late_ms;
		}
	}
}

TEST(ChangeDetector, TellsPauseAndResumeAtOnce)
{
	ChangeDetector detector;
	detector.feed(playingAt(1000), 0);
	Shown paused = playingAt(1040, 0);
	paused.state = PlaybackState::paused;
	EXPECT_EQ(detector.feed(paused, 40), (PlaybackChange{40, PlaybackState::paused, 1040, 1, 0}));
	EXPECT_FALSE(detector.feed(paused, 5000));
	paused.position_ms = 7000; // sought while paused
	EXPECT_EQ(detector.feed(paused, 5040), (PlaybackChange{5040, PlaybackState::paused, 7000, 1, 0}));
	EXPECT_EQ(detector.feed(playingAt(7000, 0), 6000), (PlaybackChange{6000, PlaybackState::playing, 7000, 0, 0}));
	EXPECT_FALSE(detector.feed(playingAt(7000, 0), 6040)) << "the picture does not move yet";
	EXPECT_EQ(detector.feed(playingAt(7040), 6080), (PlaybackChange{6080, PlaybackState::playing, 7040, 1, 0}));
}

TEST(ChangeDetector, TellsAJumpAtOnceAndALateFrameNever)
{
	ChangeDetector detector;
	detector.feed(playingAt(0), 0);
	for (int frame = 1; frame < 100; ++frame) {
		// One comes a whole frame late.
		const double position = frame == 50 ? 49 * kFrame_ms : frame * kFrame_ms;
		EXPECT_FALSE(detector.feed(playingAt(position), frame * 40)) << frame;
	}
	const std::optional<PlaybackChange> jump = detector.feed(playingAt(60'000), 4000);
	ASSERT_TRUE(jump);
	EXPECT_EQ(jump->position_ms, 60'000);
	EXPECT_EQ(jump->pass, 0U);
}

TEST(ChangeDetector, LeavesALineThatIsNoLongerTrue)
{
	ChangeDetector detector;
	std::int64_t now = 0;
	for (int frame = 0; frame < 60; ++frame, now += 40) {
		detector.feed(playingAt(frame * kFrame_ms), now);
	}
	// The picture falls behind by one and a half frames, and stays there.
	int told = 0;
	for (int frame = 60; frame < 80; ++frame, now += 40) {
		if (const auto change = detector.feed(playingAt(frame * kFrame_ms - 60), now)) {
			++told;
			EXPECT_NEAR(static_cast<double>(change->position_ms), frame * kFrame_ms - 60, 1);
		}
	}
	EXPECT_EQ(told, 1);
}

TEST(ChangeDetector, CountsPassesFromItsFirstLook)
{
	ChangeDetector detector;
	Shown shown = playingAt(5000);
	shown.pass = 7;
	EXPECT_EQ(detector.feed(shown, 0)->pass, 0U);
	shown.pass = 8;
	shown.position_ms = 100;
	EXPECT_EQ(detector.feed(shown, 40)->pass, 1U);
	shown.pass = 0; // another follower
	EXPECT_FALSE(detector.feed(shown, 40));
	shown.pass = 2;
	EXPECT_EQ(detector.feed(shown, 80)->pass, 3U);
}

TEST(ChangeDetector, StopsWhereTheSourceVanished)
{
	ChangeDetector detector;
	Shown shown = playingAt(5000);
	detector.feed(shown, 0);
	shown.pass = 1;
	shown.position_ms = 200;
	detector.feed(shown, 40);
	EXPECT_EQ(detector.feed(Shown{}, 80), (PlaybackChange{80, PlaybackState::stopped, 200, 1, 1}));
	EXPECT_FALSE(detector.feed(Shown{}, 120));
}

TEST(ChangeDetector, StopsAtTheFrameThatWasSeenLast)
{
	ChangeDetector detector;
	double now_ms = 0;
	for (; now_ms <= 2000; now_ms += kFrame_ms) {
		detector.feed(playingAt(1000 + now_ms), std::llround(now_ms));
	}
	const std::optional<PlaybackChange> gone = detector.feed(Shown{}, std::llround(now_ms));
	ASSERT_TRUE(gone);
	EXPECT_EQ(gone->state, PlaybackState::stopped);
	EXPECT_NEAR(static_cast<double>(gone->position_ms), 1000 + now_ms, kFrame_ms + 1);
}

TEST(Published, IsNeverTorn)
{
	struct Wide {
		std::array<std::uint64_t, 7> same{};
	};
	Published<Wide> published;
	std::atomic<bool> done{false};
	std::atomic<std::uint64_t> read{0};
	const auto reader = [&] {
		std::uint64_t last = 0;
		while (!done) {
			const Wide wide = published.load();
			for (const std::uint64_t word : wide.same) {
				ASSERT_EQ(word, wide.same[0]);
			}
			ASSERT_GE(wide.same[0], last);
			last = wide.same[0];
			++read;
		}
	};
	std::thread one(reader);
	std::thread two(reader);
	Wide wide;
	for (std::uint64_t i = 1; i < 200'000 || read < 1000; ++i) {
		wide.same.fill(i);
		published.store(wide);
	}
	done = true;
	one.join();
	two.join();
	EXPECT_EQ(published.load().same, wide.same);
}

} // namespace
} // namespace pulseline::playback
