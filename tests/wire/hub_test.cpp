#include "ingest/acks.hpp"
#include "wire/hub_fixture.hpp"

#include <numeric>
#include <random>

namespace pulseline::ingest {
namespace {

using testing::ElementsAre;

TEST_F(HubTest, JoinsAndResumes)
{
	FakeConnection first(hub);
	first.say(kJoin);
	const json joined = first.one();
	EXPECT_EQ(joined["type"], "joined");
	EXPECT_EQ(joined["title"], "A town library");
	EXPECT_EQ(joined["last_seq"], 0);
	first.say(press(1));
	backend.commit(1);
	hub.durable(1);
	EXPECT_EQ(first.one(), (json{{"type", "ack"}, {"seq", 1}}));

	FakeConnection second(hub);
	json again = kJoin;
	again["token"] = joined["token"];
	second.say(again);
	const json resumed = second.one();
	EXPECT_EQ(resumed["participant"], joined["participant"]);
	EXPECT_EQ(resumed["last_seq"], 1);
	EXPECT_TRUE(first.take().empty());
	EXPECT_EQ(first.closed, kCloseTakenOver);
	first.say(press(2));
	EXPECT_EQ(backend.people[0].responses.size(), 1U);
	second.say(press(2));
	EXPECT_EQ(backend.people[0].responses.size(), 2U);
}

TEST_F(HubTest, ShowsWhatItAsksBeforeOneJoins)
{
	FakeConnection a(hub);
	a.say(json{{"type", "look"}, {"session", "ZZZZZZ"}});
	EXPECT_EQ(a.one()["code"], "unknown_session");
	a.say(json{{"type", "look"}, {"session", "ABC234"}});
	const json session = a.one();
	EXPECT_EQ(session["type"], "session");
	EXPECT_EQ(session["attributes"][0]["label"], "Your age");
	EXPECT_TRUE(backend.people.empty());
	a.say(kJoin);
	EXPECT_EQ(a.one()["type"], "joined");
}

TEST_F(HubTest, AcknowledgesOnlyWhatIsDurableAndOncePerCommit)
{
	FakeConnection a(hub);
	a.say(kJoin);
	a.one();
	for (std::uint64_t seq = 1; seq <= 5; ++seq) {
		a.say(press(seq));
	}
	EXPECT_TRUE(a.take().empty());
	hub.durable(3);
	EXPECT_EQ(a.one()["seq"], 3);
	hub.durable(3);
	EXPECT_TRUE(a.take().empty());
	hub.durable(5);
	EXPECT_EQ(a.one()["seq"], 5);
}

TEST_F(HubTest, DuplicatesAreAcknowledgedAgain)
{
	FakeConnection a(hub);
	a.say(kJoin);
	a.one();
	a.say(press(1));
	hub.durable(1);
	EXPECT_EQ(a.one()["seq"], 1);
	a.say(press(1));
	EXPECT_EQ(a.one()["seq"], 1);
	EXPECT_EQ(backend.people[0].responses.size(), 1U);
	a.say(press(2));
	a.say(press(1)); // its ticket is that of 2 here: nothing goes out before that is written
	EXPECT_TRUE(a.take().empty());
	hub.durable(2);
	EXPECT_EQ(a.one()["seq"], 2);
}

TEST_F(HubTest, AnAcknowledgementNeverSpeaksForWhatIsNotWritten)
{
	FakeConnection a(hub);
	a.say(kJoin);
	a.one();
	a.say(press(5)); // ticket 1
	a.say(press(3)); // ticket 2
	a.say(press(9)); // ticket 3
	hub.durable(1);
	EXPECT_EQ(a.one()["seq"], 2) << "3 was received and is not on disk";
	hub.durable(2);
	EXPECT_EQ(a.one()["seq"], 5);
	hub.durable(3);
	EXPECT_EQ(a.one()["seq"], 9);
	a.say(press(1));
	hub.durable(4);
	EXPECT_EQ(a.one()["seq"], 9);
}

TEST(Acks, HoldForEveryOrder)
{
	std::mt19937 random(7);
	for (int round = 0; round < 200; ++round) {
		auto peer = std::make_shared<Ledger>(*reinterpret_cast<Peer *>(&round));
		Acks acks;
		std::vector<std::uint64_t> seqs(12);
		std::iota(seqs.begin(), seqs.end(), 1);
		std::ranges::shuffle(seqs, random);
		std::vector<std::uint64_t> received, written;
		std::size_t next = 0;
		while (written.size() < seqs.size()) {
			if (next < seqs.size() && random() % 2 == 0) {
				acks.expect(next + 1, seqs[next], peer);
				received.push_back(seqs[next++]);
			} else if (written.size() < received.size()) {
				const std::size_t upTo =
					written.size() + 1 + random() % (received.size() - written.size());
				written.assign(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(upTo));
				acks.durable(upTo, [&](const auto &, std::uint64_t ack) {
					for (const std::uint64_t seq : received) {
						EXPECT_TRUE(seq > ack || std::ranges::contains(written, seq));
					}
					if (written.size() == seqs.size()) {
						EXPECT_EQ(ack, seqs.size());
					}
				});
			}
		}
		EXPECT_TRUE(peer->settled());
	}
}

TEST_F(HubTest, RefusesWithTheSeqAndKeepsTheConnection)
{
	FakeConnection a(hub);
	a.say(press(1));
	EXPECT_EQ(a.one(), (json{{"type", "error"}, {"code", "not_joined"}, {"message", "join first"}, {"seq", 1}}));
	a.say(std::string("nonsense"));
	EXPECT_EQ(a.one()["code"], "bad_json");
	a.say(json{{"type", "dance"}});
	EXPECT_EQ(a.one()["code"], "unknown_type");
	a.say(json{{"type", "join"}, {"session", "ZZZZZZ"}});
	EXPECT_EQ(a.one()["code"], "unknown_session");
	a.say(json{{"type", "leave"}});
	EXPECT_EQ(a.one()["code"], "not_joined");
	json watch = kWatch;
	watch["key"] = "guess";
	a.say(watch);
	EXPECT_EQ(a.one()["code"], "forbidden");
	a.say(kJoin);
	EXPECT_EQ(a.one()["type"], "joined");
	a.say(kJoin);
	EXPECT_EQ(a.one()["code"], "bad_field");
	a.say(press(1, 7));
	EXPECT_EQ(a.one()["seq"], 1);
	json nobody = press(1);
	nobody["target"] = "nobody";
	a.say(nobody);
	EXPECT_EQ(a.one(), (json{{"type", "error"}, {"code", "bad_field"}, {"message", "no such target"}, {"seq", 1}}));
	a.say(press(1));
	hub.durable(1);
	EXPECT_EQ(a.one()["seq"], 1);
	EXPECT_FALSE(a.closed);
}

TEST_F(HubTest, AnErrorComesBeforeTheAckThatCoversIt)
{
	FakeConnection a(hub);
	a.say(kJoin);
	a.one();
	a.say(press(1));
	a.say(press(2, 50));
	a.say(press(3));
	hub.durable(2);
	const std::vector<json> texts = a.take();
	ASSERT_THAT(typesOf(texts), ElementsAre("error", "ack"));
	EXPECT_EQ(texts[0]["seq"], 2);
	EXPECT_EQ(texts[1]["seq"], 3);
}

TEST_F(HubTest, FragmentsAreOneMessage)
{
	FakeConnection a(hub);
	const std::string text = kJoin.dump();
	hub.receive(a.peer(), text.substr(0, 10), false, false, Clock::now());
	hub.receive(a.peer(), text.substr(10, 5), false, false, Clock::now());
	EXPECT_TRUE(a.take().empty());
	hub.receive(a.peer(), text.substr(15), false, true, Clock::now());
	EXPECT_EQ(a.one()["type"], "joined");
	hub.receive(a.peer(), "x", true, true, Clock::now());
	EXPECT_EQ(a.one()["code"], "bad_json");
}

TEST_F(HubTest, TooLargeIsTheOneErrorThatCloses)
{
	FakeConnection a(hub);
	const std::string longest = R"({"type":"leave","x":")" + std::string(kMaxFrame - 23, 'x') + "\"}";
	ASSERT_EQ(longest.size(), kMaxFrame);
	a.say(longest);
	EXPECT_EQ(a.one()["code"], "not_joined");
	hub.receive(a.peer(), std::string(kMaxFrame - 1, ' '), false, false, Clock::now());
	hub.receive(a.peer(), "  ", false, false, Clock::now());
	EXPECT_EQ(a.one()["code"], "too_large");
	EXPECT_FALSE(a.closed); // what is on its way is read first
	hub.receive(a.peer(), "}", false, true, Clock::now());
	EXPECT_EQ(a.take().size(), 0U);
	EXPECT_EQ(a.closed, kCloseTooBig);
	a.say(json{{"type", "clock"}, {"t0", 1}});
	EXPECT_FALSE(a.wanted);
}

TEST_F(HubTest, ATooLargeMessageIsNotWaitedForLong)
{
	FakeConnection a(hub);
	hub.receive(a.peer(), std::string(kMaxFrame + 1, ' '), false, false, Clock::now());
	EXPECT_EQ(a.one()["code"], "too_large");
	hub.receive(a.peer(), std::string(100 * kMaxFrame, ' '), false, false, Clock::now());
	a.take();
	EXPECT_FALSE(a.closed);
	for (int beat = 0; beat < 30; ++beat) {
		hub.beat();
	}
	a.take();
	EXPECT_EQ(a.closed, kCloseTooBig);
}

TEST_F(HubTest, WhoDoesNotReadIsNotReadFrom)
{
	FakeConnection a(hub);
	std::size_t asked = 0;
	while (!a.held && asked < 100'000) {
		a.say(json{{"type", "clock"}, {"t0", asked++}});
	}
	EXPECT_LT(asked, 5'000U);
	EXPECT_EQ(a.take().size(), asked);
	EXPECT_FALSE(a.held);
}

TEST_F(HubTest, ClockBeforeAndAfterJoining)
{
	FakeConnection a(hub);
	a.say(json{{"type", "clock"}, {"t0", 5}});
	EXPECT_EQ(a.one(), (json{{"type", "clock"}, {"t0", 5}, {"server_ms", backend.now_ms()}}));
}

TEST_F(HubTest, LeavingKeepsTheConnection)
{
	FakeConnection a(hub);
	a.say(kJoin);
	a.one();
	a.say(press(1));
	a.say(json{{"type", "leave"}});
	EXPECT_THAT(backend.left, ElementsAre(0U));
	hub.durable(1);
	EXPECT_EQ(a.one()["seq"], 1) << "what was taken is acknowledged still";
	a.say(press(2));
	EXPECT_EQ(a.one()["code"], "not_joined");
	a.say(kJoin);
	EXPECT_EQ(a.one()["participant"], "person-1");
	a.say(press(1));
	hub.durable(2);
	EXPECT_EQ(a.one()["seq"], 1);
}

TEST_F(HubTest, ResponsesOfWhoIsGoneAreStillTaken)
{
	{
		FakeConnection a(hub);
		a.say(kJoin);
		a.say(press(1));
		EXPECT_EQ(hub.size(), 1U);
	}
	EXPECT_EQ(hub.size(), 0U);
	hub.durable(1);
	EXPECT_EQ(backend.people[0].responses.size(), 1U);
}

} // namespace
} // namespace pulseline::ingest
