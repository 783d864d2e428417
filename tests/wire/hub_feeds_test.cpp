// Feeds: who may send what, and when a batch is acknowledged. And what everyone hears when nothing can be written.
#include "wire/hub_fixture.hpp"

namespace pulseline::ingest {
namespace {

using testing::ElementsAre;

const json kFeeds{{"type", "join"}, {"session", "ABC234"}, {"role", "feed"}, {"key", "feed"}};
const json kMirrors{{"type", "join"}, {"session", "ABC234"}, {"role", "mirror"}, {"key", "mirror"}};

json batch(std::uint64_t number, const std::vector<std::string> &people, std::uint64_t seq = 1)
{
	return {{"type", "respond_many"},
		{"batch", number},
		{"participant", people},
		{"seq", std::vector<std::uint64_t>(people.size(), seq)},
		{"position_ms", std::vector<int>(people.size(), 1000)},
		{"value", std::vector<int>(people.size(), 1)}};
}

json ackOf(std::uint64_t number, const json &refused = json::array())
{
	return {{"type", "ack"}, {"batch", number}, {"refused", refused}};
}

TEST_F(HubTest, AFeedNeedsItsKeyAndGetsNoToken)
{
	FakeConnection feed(hub);
	json wrong = kFeeds;
	wrong["key"] = "watch";
	feed.say(wrong);
	EXPECT_EQ(feed.one()["code"], "forbidden");
	feed.say(kFeeds);
	const json joined = feed.one();
	EXPECT_EQ(joined["type"], "joined");
	EXPECT_FALSE(joined.contains("token"));
	EXPECT_FALSE(joined.contains("last_seq"));
	feed.say(json{{"type", "participants"}, {"items", {{"p1", {{"age", "35+"}}}}}});
	EXPECT_TRUE(feed.take().empty());
	const People brought{{"p1", {{"age", "35+"}}}};
	EXPECT_EQ(backend.brought, brought);
	EXPECT_THAT(backend.fedBy, ElementsAre(test::MemoryBackend::kFeed));
}

TEST_F(HubTest, ABatchIsAcknowledgedWhenAllOfItIsDurable)
{
	FakeConnection feed(hub);
	feed.say(kFeeds);
	feed.one();
	feed.say(batch(1, {"a", "b", "", "d"})); // tickets 1 to 3
	feed.say(batch(2, {"e"}));               // 4
	hub.durable(2);
	EXPECT_TRUE(feed.take().empty());
	hub.durable(3);
	EXPECT_EQ(feed.one(), ackOf(1, {{2, "bad_field"}}));
	hub.durable(4);
	EXPECT_EQ(feed.one(), ackOf(2));
	hub.durable(4);
	EXPECT_TRUE(feed.take().empty());
}

TEST_F(HubTest, DuplicatesAndRefusedRowsAreAcknowledgedInTurn)
{
	FakeConnection feed(hub);
	feed.say(kFeeds);
	feed.one();
	feed.say(batch(1, {"a"}));
	feed.say(batch(2, {"", ""})); // nothing of it waits for the disk, but the one before does
	EXPECT_TRUE(feed.take().empty());
	hub.durable(1);
	EXPECT_THAT(feed.take(), ElementsAre(ackOf(1), ackOf(2, {{0, "bad_field"}, {1, "bad_field"}})));
	feed.say(batch(3, {"a"})); // again
	EXPECT_EQ(feed.one(), ackOf(3));
	feed.say(batch(4, {}));
	EXPECT_EQ(feed.one(), ackOf(4));
	EXPECT_EQ(backend.fed.size(), 1U);
}

TEST_F(HubTest, ABatchThatIsNotTakenAtAllIsAnErrorThatNamesIt)
{
	FakeConnection feed(hub);
	feed.say(kFeeds);
	feed.one();
	backend.notReady_ = "the disk is full";
	feed.say(batch(9, {"a"}));
	const json error = feed.one();
	EXPECT_EQ(error["code"], "not_writable");
	EXPECT_EQ(error["batch"], 9);
	feed.say(json{{"type", "participants"}, {"items", {{"p1", json::object()}}}});
	EXPECT_EQ(feed.one()["code"], "not_writable");
	EXPECT_TRUE(backend.brought.empty());
	json unequal = batch(10, {"a", "b"});
	unequal["seq"] = {1};
	feed.say(unequal);
	const json field = feed.one();
	EXPECT_EQ(field["code"], "bad_field");
	EXPECT_EQ(field["batch"], 10);
	EXPECT_FALSE(field.contains("seq"));
	EXPECT_FALSE(feed.closed);
}

TEST_F(HubTest, EachRoleSaysOnlyItsOwn)
{
	FakeConnection stranger(hub), voter(hub), watcher(hub), feed(hub), mirror(hub);
	voter.say(kJoin);
	watcher.say(kWatch);
	feed.say(kFeeds);
	mirror.say(kMirrors);
	const json people{{"type", "participants"}, {"items", json::object()}};
	const auto codeOf = [](FakeConnection &connection, const json &message) {
		connection.take();
		connection.say(message);
		const json error = connection.one();
		EXPECT_EQ(error.value("batch", 0), message.value("batch", 0));
		EXPECT_EQ(error.value("seq", 0), message["type"] == "respond" ? 5 : 0);
		return error.value("code", "");
	};
	for (const json &message : {people, batch(4, {"a"}), press(5)}) {
		EXPECT_EQ(codeOf(stranger, message), "not_joined");
		EXPECT_EQ(codeOf(watcher, message), "forbidden");
		EXPECT_EQ(codeOf(mirror, message), "forbidden");
	}
	EXPECT_EQ(codeOf(voter, people), "forbidden");
	EXPECT_EQ(codeOf(voter, batch(4, {"a"})), "forbidden");
	EXPECT_EQ(codeOf(feed, press(5)), "forbidden");
	EXPECT_TRUE(backend.fed.empty());
	EXPECT_TRUE(backend.brought.empty());
}

TEST_F(HubTest, OnlyAFeedMaySendLongMessages)
{
	FakeConnection feed(hub), mirror(hub);
	feed.say(kFeeds);
	mirror.say(kMirrors);
	feed.take();
	mirror.take();
	json longest = batch(1, {"a"});
	longest["pad"] = std::string(kMaxFeedFrame - longest.dump().size() - 9, 'x');
	ASSERT_EQ(longest.dump().size(), kMaxFeedFrame);
	feed.say(longest);
	hub.durable(1);
	EXPECT_EQ(feed.one(), ackOf(1));
	hub.receive(feed.peer(), std::string(kMaxFeedFrame, ' '), false, false, Clock::now());
	hub.receive(feed.peer(), " ", false, false, Clock::now());
	hub.receive(feed.peer(), " ", false, true, Clock::now());
	EXPECT_EQ(feed.one()["code"], "too_large");
	EXPECT_EQ(feed.closed, kCloseTooBig);
	mirror.say(std::string(kMaxFrame + 1, ' '));
	EXPECT_EQ(mirror.one()["code"], "too_large");
	FakeConnection left(hub);
	left.say(kFeeds);
	left.say(json{{"type", "leave"}});
	left.take();
	left.say(std::string(kMaxFrame + 1, ' '));
	EXPECT_EQ(left.one()["code"], "too_large");
}

TEST_F(HubTest, AFeedThatOutrunsTheDiskIsNotReadFrom)
{
	FakeConnection feed(hub);
	feed.say(kFeeds);
	feed.one();
	const std::vector<std::string> nobody(1000);
	feed.say(batch(1, {"a"}));
	std::uint64_t sent = 1;
	while (!feed.held && sent < 1000) {
		feed.say(batch(++sent, nobody)); // what it refuses must be remembered until batch 1 is written
	}
	EXPECT_LT(sent, 10U);
	hub.durable(1);
	EXPECT_EQ(feed.take().size(), sent);
	EXPECT_FALSE(feed.held);
}

TEST_F(HubTest, BatchesOfWhoLeftOrIsGone)
{
	{
		FakeConnection gone(hub);
		gone.say(kFeeds);
		gone.say(batch(1, {"a"}));
	}
	FakeConnection left(hub);
	left.say(kFeeds);
	left.say(batch(2, {"b"}));
	left.say(json{{"type", "leave"}});
	left.one();
	hub.durable(2);
	EXPECT_EQ(left.one(), ackOf(2)) << "it was taken, so it is acknowledged";
	EXPECT_EQ(backend.fed.size(), 2U);
}

TEST_F(HubTest, TheEndWaitsForBatches)
{
	FakeConnection feed(hub);
	feed.say(kFeeds);
	feed.one();
	feed.say(batch(1, {"a"}));
	backend.updates.closed = true;
	hub.beat();
	EXPECT_EQ(feed.one()["code"], "session_closed");
	EXPECT_FALSE(feed.closed);
	hub.durable(1);
	EXPECT_EQ(feed.one(), ackOf(1));
	EXPECT_EQ(feed.closed, kCloseGoingAway);
}

TEST_F(HubTest, EveryoneHearsAtOnceThatNothingCanBeWritten)
{
	FakeConnection stranger(hub), voter(hub), feed(hub), mirror(hub);
	voter.say(kJoin);
	feed.say(kFeeds);
	mirror.say(kMirrors);
	for (FakeConnection *one : {&voter, &feed, &mirror}) {
		one->take();
	}
	backend.updates.problem = "/home/anna/session.pulse: the disk is full";
	hub.news();
	for (FakeConnection *one : {&voter, &feed, &mirror}) {
		const json error = one->one();
		EXPECT_EQ(error["code"], "not_writable");
		EXPECT_FALSE(error.contains("seq"));
		EXPECT_THAT(error.dump(), testing::Not(testing::HasSubstr("anna"))) << "paths are nobody's business";
	}
	EXPECT_TRUE(stranger.take().empty());
	stranger.say(kJoin);
	EXPECT_THAT(typesOf(stranger.take()), ElementsAre("joined", "error"));
	backend.updates.problem = "";
	hub.news();
	EXPECT_TRUE(voter.take().empty());
	FakeConnection late(hub);
	late.say(kJoin);
	EXPECT_THAT(typesOf(late.take()), ElementsAre("joined"));
}

TEST_F(HubTest, WhoReadsSlowlyHearsOfTroubleOnce)
{
	FakeConnection voter(hub);
	voter.say(kJoin);
	voter.one();
	for (int i = 0; i < 1000; ++i) {
		backend.updates.problem = "problem " + std::to_string(i);
		hub.news();
		backend.updates.problem = "";
		hub.news();
	}
	backend.updates.problem = "at last";
	hub.news();
	EXPECT_EQ(voter.one()["code"], "not_writable");
}

} // namespace
} // namespace pulseline::ingest
