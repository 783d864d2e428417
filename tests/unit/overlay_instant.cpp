// The state, the label's tick and the painted passage.
#include "overlay/instant.hpp"
#include "overlay_sample.hpp"

#include <gtest/gtest.h>

using namespace pulseline;
using namespace pulseline::overlay;
using namespace std::chrono_literals;
using test::emptySession;
using test::sampleSession;

namespace {

Clock playingAt(double position_ms)
{
	return {PlaybackState::playing, position_ms, true, false};
}

Instant at(const Snapshot &snapshot, const Clock &clock, std::chrono::milliseconds later = 0ms, const View &view = {})
{
	return instantOf(&snapshot, view, clock, snapshot.playbackAt + later);
}

TEST(OverlayInstant, WithoutASnapshotThereIsNoSession)
{
	EXPECT_EQ(instantOf(nullptr, {}, {}, {}).state, State::no_session);
}

TEST(OverlayInstant, NamesEachState)
{
	const auto empty = emptySession();
	EXPECT_EQ(at(*empty, playingAt(0)).state, State::waiting);
	empty->running = false;
	EXPECT_EQ(at(*empty, playingAt(0)).state, State::empty);

	const auto some = sampleSession({}, 4);
	EXPECT_EQ(at(*some, playingAt(20'000)).state, State::live);
	EXPECT_EQ(at(*some, {PlaybackState::paused, 20'000, true, false}).state, State::paused);
	EXPECT_EQ(at(*some, {PlaybackState::stopped, 20'000, true, false}).state, State::stopped);
	EXPECT_EQ(at(*some, {PlaybackState::ended, 20'000, true, false}).state, State::ended);
	some->running = false;
	EXPECT_EQ(at(*some, {PlaybackState::ended, 20'000, true, false}).state, State::review);
	EXPECT_EQ(at(*some, playingAt(20'000), 1h).state, State::review);
	some->blind = true;
	EXPECT_EQ(at(*some, playingAt(20'000)).state, State::blind);
}

TEST(OverlayInstant, IsStaleAfterTwoTicksOrTenSecondsWhicheverIsLonger)
{
	EXPECT_EQ(staleAfter_ms(250), 10'000);
	EXPECT_EQ(staleAfter_ms(5'000), 10'000);
	EXPECT_EQ(staleAfter_ms(60'000), 120'000);

	const auto snapshot = sampleSession({}, 4);
	snapshot->lastResponse = snapshot->playbackAt + 3s;
	EXPECT_EQ(at(*snapshot, playingAt(33'000), 13s).state, State::live);
	const Instant stale = at(*snapshot, playingAt(33'001), 13'001ms);
	EXPECT_EQ(stale.state, State::stale);
	EXPECT_EQ(stale.silent_since_ms, 23'000);
}

TEST(OverlayInstant, SilenceWhilePausedIsNotStale)
{
	const auto snapshot = sampleSession({}, 4);
	snapshot->lastResponse = snapshot->playbackAt - 300s; // then paused, and playing again since playbackAt
	EXPECT_EQ(at(*snapshot, playingAt(20'000), 9s).state, State::live);
	EXPECT_EQ(at(*snapshot, playingAt(20'000), 11s).state, State::stale);
}

TEST(OverlayInstant, LabelsShowTheLastTickThatIsOver)
{
	const auto snapshot = sampleSession({}, 12);
	View view;
	EXPECT_EQ(at(*snapshot, playingAt(34'999), 0ms, view).label_tick, 5);
	EXPECT_EQ(at(*snapshot, playingAt(35'000), 0ms, view).label_tick, 6);
	EXPECT_EQ(at(*snapshot, playingAt(1'000), 0ms, view).label_tick, 0); // none is over yet
	EXPECT_EQ(at(*snapshot, playingAt(60'000), 0ms, view).label_tick, 11);
	snapshot->closedTicks = 4; // lag: later ones may still change
	EXPECT_EQ(at(*snapshot, playingAt(35'000), 0ms, view).label_tick, 3);
	view.reveal = false;
	EXPECT_EQ(at(*snapshot, playingAt(1'000), 0ms, view).label_tick, 3);
	EXPECT_EQ(at(*emptySession(), playingAt(1'000), 0ms, view).label_tick, -1);
}

TEST(OverlayInstant, TheWholeSpeechIsItsDuration)
{
	EXPECT_EQ(at(*sampleSession({}, 4), playingAt(0)).passage, (Passage{0, 60'000, 60'000}));
}

TEST(OverlayInstant, OfUnknownLengthItIsTenMinutesGrowingByHalfAtNineTenths)
{
	EXPECT_EQ(growingLength_ms(0), 600'000);
	EXPECT_EQ(growingLength_ms(539'999), 600'000);
	EXPECT_EQ(growingLength_ms(540'000), 900'000);
	EXPECT_EQ(growingLength_ms(810'000), 1'350'000);

	test::SampleOptions unknown;
	unknown.duration_ms.reset();
	const auto snapshot = sampleSession(unknown, 4);
	EXPECT_EQ(at(*snapshot, playingAt(20'000)).passage, (Passage{0, 600'000, 600'000}));
	snapshot->furthest_ms = 560'000;
	EXPECT_EQ(at(*snapshot, playingAt(20'000)).passage, (Passage{0, 900'000, 900'000}));
	snapshot->running = false; // nothing comes any more
	EXPECT_EQ(at(*snapshot, playingAt(20'000)).passage, (Passage{0, 560'000, 560'000}));
}

TEST(OverlayInstant, AReviewOfUnknownLengthGoesOnAsLongAsItsMedia)
{
	test::SampleOptions unknown;
	unknown.duration_ms.reset();
	const auto review = sampleSession(unknown, 4);
	review->running = false;
	review->duration_ms = 20'000; // of its ticks
	Clock clock = playingAt(25'000);
	EXPECT_EQ(at(*review, clock).passage, (Passage{0, 20'000, 20'000}));
	clock.duration_ms = 33'000;
	EXPECT_EQ(at(*review, clock).passage, (Passage{0, 33'000, 33'000}));
	const auto told = sampleSession({}, 4);
	told->running = false;
	EXPECT_EQ(at(*told, clock).passage, (Passage{0, 60'000, 60'000}));
}

TEST(OverlayInstant, AWindowRollsWithSomePassageToSpare)
{
	const auto snapshot = sampleSession({}, 12);
	View view;
	view.window_ms = 16'000;
	EXPECT_EQ(at(*snapshot, playingAt(10'000), 0ms, view).passage, (Passage{0, 19'000, 16'000}));
	// The playhead stands at the right edge: 25 s less 16 s, down to a step of an eighth of the window.
	EXPECT_EQ(at(*snapshot, playingAt(25'000), 0ms, view).passage, (Passage{8'000, 27'000, 16'000}));
	EXPECT_EQ(at(*snapshot, playingAt(25'900), 0ms, view).passage, (Passage{8'000, 27'000, 16'000}));
	EXPECT_EQ(at(*snapshot, playingAt(60'000), 0ms, view).passage, (Passage{44'000, 60'000, 16'000}));
	view.reveal = false; // three quarters to the left of it
	EXPECT_EQ(at(*snapshot, playingAt(25'000), 0ms, view).passage, (Passage{12'000, 31'000, 16'000}));
	view.window_ms = 100'000;
	EXPECT_EQ(at(*snapshot, playingAt(25'000), 0ms, view).passage, (Passage{0, 60'000, 60'000}));
}

TEST(OverlayInstant, StaysTheSameWhileNothingButThePositionMoves)
{
	const auto snapshot = sampleSession({}, 12);
	EXPECT_EQ(at(*snapshot, playingAt(35'000)), at(*snapshot, playingAt(39'999), 4'999ms));
	EXPECT_NE(at(*snapshot, playingAt(35'000)), at(*snapshot, playingAt(40'000), 5'000ms));
}

} // namespace
