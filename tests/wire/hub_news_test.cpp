#include "wire/hub_fixture.hpp"

namespace pulseline::ingest {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST_F(HubTest, WhoIsSilentIsAskedAndThenGivenUp)
{
	FakeConnection talks(hub), answers(hub), silent(hub);
	int answered = 0;
	for (int second = 0; second < 200; ++second) {
		beats(10);
		talks.say(json{{"type", "clock"}, {"t0", second}});
		for (; answered < answers.pings; ++answered) {
			hub.alive(*answers.peer());
		}
	}
	EXPECT_EQ(talks.pings, 0);
	EXPECT_EQ(answers.pings, 3);
	EXPECT_FALSE(answers.wasCut);
	EXPECT_EQ(silent.pings, 1);
	EXPECT_TRUE(silent.wasCut);
}

TEST_F(HubTest, PlaybackGoesToAllOnChangeAndAtLeastEveryTenSeconds)
{
	FakeConnection a(hub), b(hub), stranger(hub);
	a.say(kJoin);
	b.say(kWatch);
	a.one();
	b.one();
	hub.beat();
	a.take();
	b.take();
	backend.updates.playback = PlaybackChange{5, PlaybackState::paused, 9000, 1, 3};
	hub.news();
	for (FakeConnection *one : {&a, &b}) {
		const json playback = one->one();
		EXPECT_EQ(playback["type"], "playback");
		EXPECT_EQ(playback["state"], "paused");
		EXPECT_EQ(playback["pass"], 3);
		EXPECT_EQ(playback["server_ms"], 5);
	}
	EXPECT_TRUE(stranger.take().empty());
	int heard = 0;
	for (int beat = 0; beat < 200; ++beat) {
		hub.beat();
		heard += static_cast<int>(std::ranges::count(typesOf(a.take()), "playback"));
	}
	EXPECT_GE(heard, 2);
	EXPECT_LE(heard, 3);
}

TEST_F(HubTest, ObserversGetTheSeriesThenTicks)
{
	FakeConnection watcher(hub), voter(hub);
	backend.series_ = {{"main", 0, {{"All", {Figures{}, Figures{}}}}}, {"second", 0, {{"All", {}}}}};
	watcher.say(kWatch);
	voter.say(kJoin);
	watcher.one();
	voter.one();
	hub.beat();
	std::vector<json> texts = watcher.take();
	ASSERT_THAT(typesOf(texts), ElementsAre("series", "series"));
	EXPECT_EQ(texts[0]["target"], "main");
	EXPECT_EQ(texts[1]["target"], "second");
	backend.updates.ticks = {tick(2)};
	hub.news();
	EXPECT_TRUE(watcher.take().empty());
	hub.beat();
	EXPECT_EQ(watcher.one()["tick"], 2);
	EXPECT_THAT(typesOf(voter.take()), Each("playback"));
	EXPECT_EQ(backend.seriesCalls, 1);
}

TEST_F(HubTest, NoMoreThanOneTickABeatAndTheLatestOfEach)
{
	FakeConnection watcher(hub);
	watcher.say(kWatch);
	hub.beat();
	watcher.take();
	for (std::uint32_t n = 1; n <= 50; ++n) {
		backend.updates.ticks = {tick(2, n), tick(3, n)};
		hub.news();
	}
	hub.beat();
	const json first = watcher.one();
	EXPECT_EQ(first["tick"], 2);
	EXPECT_EQ(first["segments"]["All"]["n"], 50);
	hub.beat();
	EXPECT_EQ(watcher.one()["tick"], 3);
	hub.beat();
	EXPECT_TRUE(watcher.take().empty());
}

TEST_F(HubTest, ASlowReaderGetsTheSeriesAnewAndNoBacklog)
{
	FakeConnection watcher(hub);
	backend.series_ = {{"main", 0, {{"All", {Figures{}}}}}};
	watcher.say(kWatch);
	hub.beat();
	watcher.take();
	for (std::int64_t number = 0; number < 500; ++number) {
		backend.updates.ticks = {tick(number)};
		hub.beat(); // nothing is taken meanwhile
	}
	EXPECT_LE(backend.seriesCalls, 3) << "made at most once a second, and not again until it was taken";
	std::vector<json> texts = watcher.take();
	EXPECT_LE(texts.size(), 40U);
	std::size_t series = static_cast<std::size_t>(std::ranges::count(typesOf(texts), "series"));
	EXPECT_LE(series, 1U);
}

TEST_F(HubTest, ParticipantsSeeFiguresOnlyWhenRevealed)
{
	FakeConnection voter(hub);
	backend.series_ = {{"main", 0, {{"All", {Figures{}}}}}};
	voter.say(kJoin);
	EXPECT_EQ(voter.one()["revealed"], false);
	const auto figuresSeen = [&](int count) {
		std::vector<std::string> seen;
		for (int i = 0; i < count; ++i) {
			backend.updates.ticks = {tick(i)};
			hub.beat();
			std::ranges::copy_if(typesOf(voter.take()), std::back_inserter(seen),
					     [](const std::string &type) { return type != "playback"; });
		}
		return seen;
	};
	EXPECT_TRUE(figuresSeen(25).empty());
	backend.revealed_ = true;
	const std::vector<std::string> seen = figuresSeen(25);
	ASSERT_FALSE(seen.empty());
	EXPECT_EQ(seen.front(), "series");
	EXPECT_GE(std::ranges::count(seen, "tick"), 1);
	EXPECT_LE(std::ranges::count(seen, "tick"), 3);
	backend.revealed_ = false;
	figuresSeen(1);
	EXPECT_TRUE(figuresSeen(25).empty());
}

TEST_F(HubTest, ObserversGetMarkersAndStatementsOnJoiningAndWhenTheyChange)
{
	const Annotations first{{{0, 900, "Good evening."}}, {{500, "applause"}}};
	Annotations more = first;
	more.markers.push_back({700, "boos"});
	FakeConnection early(hub), voter(hub), late(hub), again(hub);
	early.say(kWatch);
	EXPECT_THAT(typesOf(early.take()), ElementsAre("joined"));
	backend.revealed_ = true; // not to participants, even so
	voter.say(kJoin);
	hub.beat();
	early.take();
	backend.annotations_ = std::make_shared<const Annotations>(first);
	hub.beat();
	std::vector<json> told = early.take();
	ASSERT_THAT(typesOf(told), ElementsAre("markers", "statements"));
	EXPECT_EQ(told[0]["items"], json::parse(R"([{"position_ms":500,"text":"applause"}])"));
	EXPECT_EQ(told[1]["items"], json::parse(R"([{"start_ms":0,"end_ms":900,"text":"Good evening."}])"));
	late.say(kWatch);
	EXPECT_THAT(typesOf(late.take()), ElementsAre("joined", "markers", "statements"));
	beats(2);
	EXPECT_THAT(typesOf(early.take()), Each("playback"));
	// Only what has changed, and of that only the latest; who joins before the next beat has it all the same.
	backend.annotations_ = std::make_shared<const Annotations>(Annotations{first.statements, {}});
	hub.beat();
	backend.annotations_ = std::make_shared<const Annotations>(more);
	again.say(kWatch);
	told = again.take();
	ASSERT_THAT(typesOf(told), ElementsAre("joined", "markers", "statements"));
	EXPECT_EQ(told[1]["items"].size(), 2U);
	told = early.take();
	ASSERT_THAT(typesOf(told), ElementsAre("markers"));
	EXPECT_EQ(told[0]["items"].size(), 2U);
	EXPECT_THAT(typesOf(voter.take()),
		    testing::Not(testing::AnyOf(testing::Contains("markers"), testing::Contains("statements"))));
}

TEST_F(HubTest, ObserversDoNotRespond)
{
	FakeConnection watcher(hub);
	watcher.say(kWatch);
	watcher.one();
	watcher.say(press(4));
	const json error = watcher.one();
	EXPECT_EQ(error["code"], "forbidden");
	EXPECT_EQ(error["seq"], 4);
}

TEST_F(HubTest, TheEndIsSaidOnceAndWaitsForAcknowledgements)
{
	FakeConnection voter(hub), stranger(hub);
	voter.say(kJoin);
	voter.one();
	voter.say(press(1));
	backend.closed = true;
	backend.updates.closed = true;
	hub.beat();
	EXPECT_EQ(voter.one()["code"], "session_closed");
	EXPECT_FALSE(voter.closed);
	hub.durable(1);
	EXPECT_EQ(voter.one()["seq"], 1);
	EXPECT_EQ(voter.closed, kCloseGoingAway);
	stranger.say(kJoin);
	EXPECT_EQ(stranger.one()["code"], "session_closed");
	hub.shutdown();
	EXPECT_TRUE(stranger.take().empty());
	EXPECT_EQ(stranger.closed, kCloseGoingAway);
}

} // namespace
} // namespace pulseline::ingest
