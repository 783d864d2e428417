#include "playback/history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace pulseline::playback {
namespace {

constexpr auto kPlaying = PlaybackState::playing;
constexpr auto kPaused = PlaybackState::paused;
constexpr auto kStopped = PlaybackState::stopped;
constexpr auto kEnded = PlaybackState::ended;

TEST(History, IsStoppedAtZeroBeforeTheFirstChange)
{
	History history(1000);
	EXPECT_EQ(history.start_ms(), 1000);
	EXPECT_EQ(history.at(5000), (PlaybackChange{.at_ms = 5000, .state = kStopped, .position_ms = 0}));
	EXPECT_EQ(history.furthest_ms(5000), 0);
	history.add({.at_ms = 6000, .state = kPlaying, .position_ms = 700, .rate = 1, .pass = 0});
	EXPECT_EQ(history.at(5999).state, kStopped);
	EXPECT_EQ(history.furthest_ms(5999), 0);
	EXPECT_EQ(history.at(6000).position_ms, 700);
}

TEST(History, MovesWhilePlayingOnly)
{
	History history(0);
	history.add({.at_ms = 0, .state = kPlaying, .position_ms = 0, .rate = 1, .pass = 0});
	history.add({.at_ms = 2000, .state = kPaused, .position_ms = 2000, .rate = 1, .pass = 0});
	history.add({.at_ms = 9000, .state = kPlaying, .position_ms = 500, .rate = 1.5, .pass = 1});
	history.add({.at_ms = 11'000, .state = kPlaying, .position_ms = 3500, .rate = 0, .pass = 1});
	history.add({.at_ms = 12'000, .state = kEnded, .position_ms = 3600, .rate = 1, .pass = 1});
	EXPECT_EQ(history.at(1234).position_ms, 1234);
	EXPECT_EQ(history.at(8999).position_ms, 2000);
	EXPECT_EQ(history.at(8999).state, kPaused);
	EXPECT_EQ(history.at(9100).position_ms, 650);
	EXPECT_EQ(history.at(9100).pass, 1U);
	EXPECT_EQ(history.at(11'900).position_ms, 3500) << "playing, but the picture stands still";
	EXPECT_EQ(history.at(60'000), (PlaybackChange{60'000, kEnded, 3600, 1, 1}));
}

TEST(History, KnowsTheFurthestOfAnyMoment)
{
	History history(0);
	history.add({.at_ms = 1000, .state = kPlaying, .position_ms = 0, .rate = 1, .pass = 0});
	history.add({.at_ms = 5000, .state = kPlaying, .position_ms = 1000, .rate = 1, .pass = 1});
	history.add({.at_ms = 6000, .state = kPaused, .position_ms = 90'000, .rate = 1, .pass = 1});
	EXPECT_EQ(history.furthest_ms(3000), 2000) << "asked of a moment that is past";
	EXPECT_EQ(history.furthest_ms(5500), 3999) << "shown before the jump back";
	EXPECT_EQ(history.furthest_ms(6000), 90'000);
	EXPECT_EQ(history.furthest_ms(5999), 3999);
}

TEST(History, DoesNotCallShownWhatIsOnlyCued)
{
	History history(0);
	history.add({.at_ms = 0, .state = kStopped, .position_ms = 50'000, .rate = 1, .pass = 0});
	EXPECT_EQ(history.at(10).position_ms, 50'000);
	EXPECT_EQ(history.furthest_ms(10), 0);
	history.add({.at_ms = 20, .state = kPlaying, .position_ms = 50'000, .rate = 1, .pass = 0});
	EXPECT_EQ(history.furthest_ms(20), 50'000);
}

TEST(History, StopsAtTheDuration)
{
	History history(0);
	history.setDuration(3000);
	history.add({.at_ms = 0, .state = kPlaying, .position_ms = 0, .rate = 1, .pass = 0});
	EXPECT_EQ(history.at(2999).position_ms, 2999);
	EXPECT_EQ(history.at(10'000).position_ms, 3000);
	EXPECT_EQ(history.furthest_ms(10'000), 3000);
	history.setDuration(std::nullopt);
	EXPECT_EQ(history.at(10'000).position_ms, 10'000);
}

TEST(History, LetsTheLaterOfTwoAtOnceStand)
{
	History history(0);
	history.add({.at_ms = 100, .state = kPlaying, .position_ms = 7000, .rate = 1, .pass = 0});
	history.add({.at_ms = 100, .state = kPaused, .position_ms = 10, .rate = 1, .pass = 1});
	EXPECT_EQ(history.changes().size(), 2U);
	EXPECT_EQ(history.at(100).state, kPaused);
	EXPECT_EQ(history.at(100).position_ms, 10);
	EXPECT_EQ(history.furthest_ms(100), 7000);
}

TEST(History, DoesNotCountAJumpThatWasTakenBack)
{
	constexpr std::int64_t kTenHours_ms = 36'000'000;
	History history(0);
	EXPECT_EQ(history.played_ms(0), 0);
	history.add({.at_ms = 0, .state = kPlaying, .position_ms = 0, .rate = 1, .pass = 0});
	EXPECT_EQ(history.played_ms(60'000), 60'000);
	history.add({.at_ms = 60'000, .state = kPlaying, .position_ms = kTenHours_ms, .rate = 1, .pass = 0});
	EXPECT_EQ(history.played_ms(60'000), kTenHours_ms) << "it is what is shown now";
	history.add({.at_ms = 63'000, .state = kPaused, .position_ms = kTenHours_ms + 3'000, .rate = 1, .pass = 0});
	history.add({.at_ms = 65'000, .state = kPlaying, .position_ms = 60'500, .rate = 1, .pass = 1});
	EXPECT_EQ(history.played_ms(65'000), 60'500);
	EXPECT_EQ(history.furthest_ms(65'000), kTenHours_ms + 3'000) << "nevertheless it was shown";
	history.add({.at_ms = 67'000, .state = kPaused, .position_ms = 62'500, .rate = 1, .pass = 1});
	EXPECT_EQ(history.played_ms(99'000), 62'500);
	// A jump back over what was played without one takes nothing back.
	history.add({.at_ms = 99'000, .state = kPaused, .position_ms = 1'000, .rate = 1, .pass = 2});
	EXPECT_EQ(history.played_ms(99'000), 62'500);
}

TEST(History, AJumpThatIsNotTakenBackCounts)
{
	History history(0);
	history.add({.at_ms = 0, .state = kPlaying, .position_ms = 0, .rate = 1, .pass = 0});
	history.add({.at_ms = 10'000, .state = kPlaying, .position_ms = 50'000, .rate = 1, .pass = 0});
	history.add({.at_ms = 20'000, .state = kPlaying, .position_ms = 55'000, .rate = 1, .pass = 1}); // within it
	EXPECT_EQ(history.played_ms(20'000), 60'000 - 1);
	// One behind another: each as far as it is taken back.
	history.add({.at_ms = 21'000, .state = kPlaying, .position_ms = 900'000, .rate = 1, .pass = 1});
	history.add({.at_ms = 22'000, .state = kPlaying, .position_ms = 100'000, .rate = 1, .pass = 2});
	EXPECT_EQ(history.played_ms(22'000), 100'000);
	history.add({.at_ms = 23'000, .state = kPlaying, .position_ms = 5'000, .rate = 1, .pass = 3});
	EXPECT_EQ(history.played_ms(23'000), 10'000 - 1);
	// An estimate that is set right ahead and back is no jump.
	history.add({.at_ms = 33'000, .state = kPlaying, .position_ms = 15'800, .rate = 1, .pass = 3});
	history.add({.at_ms = 43'000, .state = kPlaying, .position_ms = 15'000, .rate = 1, .pass = 4});
	EXPECT_EQ(history.played_ms(43'000), 25'800 - 1);
}

// The same, by going through every millisecond.
class Naive {
public:
	std::vector<PlaybackChange> changes;
	std::optional<std::int64_t> duration_ms;

	PlaybackChange at(std::int64_t now) const
	{
		PlaybackChange result{.at_ms = now};
		for (const PlaybackChange &change : changes) {
			if (change.at_ms <= now) {
				result = change;
				if (change.state == kPlaying) {
					result.position_ms += std::llround(change.rate * double(now - change.at_ms));
				}
			}
		}
		result.at_ms = now;
		result.position_ms = std::min(result.position_ms, duration_ms.value_or(result.position_ms));
		return result;
	}
	std::int64_t furthest(std::int64_t now) const
	{
		std::int64_t most = 0;
		for (std::int64_t moment = 0; moment <= now; ++moment) {
			for (const PlaybackChange &change : changes) {
				// Also what stood for no time at all.
				if (change.at_ms == moment && change.state != kStopped) {
					most = std::max(most, change.position_ms);
				}
			}
			const PlaybackChange then = at(moment);
			most = then.state == kStopped ? most : std::max(most, then.position_ms);
		}
		return std::min(most, duration_ms.value_or(most));
	}
};

TEST(History, AgreesWithGoingThroughEveryMillisecond)
{
	std::mt19937 random(20'250'101);
	const auto below = [&](std::int64_t end) {
		return std::uniform_int_distribution<std::int64_t>(0, end - 1)(random);
	};
	constexpr std::array<PlaybackState, 4> states{kPlaying, kPaused, kStopped, kEnded};
	constexpr std::array<double, 5> rates{1, 1, 0, 0.5, 1.5};
	for (int round = 0; round < 60; ++round) {
		History history(0);
		Naive naive;
		if (below(3) == 0) {
			naive.duration_ms = 200 + below(800);
			history.setDuration(naive.duration_ms);
		}
		std::int64_t now = 0;
		std::uint32_t pass = 0;
		for (std::int64_t i = below(8); i >= 0; --i) {
			now += below(60);
			pass += static_cast<std::uint32_t>(below(2));
			const PlaybackChange change{now, states[static_cast<std::size_t>(below(4))], below(400),
						    rates[static_cast<std::size_t>(below(5))], pass};
			history.add(change);
			naive.changes.push_back(change);
		}
		for (std::int64_t moment = 0; moment < now + 40; moment += 1 + below(5)) {
			ASSERT_EQ(history.at(moment), naive.at(moment)) << "round " << round << " at " << moment;
			ASSERT_EQ(history.furthest_ms(moment), naive.furthest(moment))
				<< "round " << round << " at " << moment;
		}
		ASSERT_LE(history.played_ms(now), history.furthest_ms(now)) << "round " << round;
	}
}

// No file holds more.
TEST(History, EndsWherePositionsDo)
{
	History history(0);
	history.add({.at_ms = 0, .state = kPlaying, .position_ms = kMaxPosition_ms - 10, .rate = 1});
	EXPECT_EQ(history.at(500).position_ms, kMaxPosition_ms);
	EXPECT_EQ(history.furthest_ms(500), kMaxPosition_ms);
}

} // namespace
} // namespace pulseline::playback
