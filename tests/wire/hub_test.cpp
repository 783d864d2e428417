#include "ingest/hub.hpp"

#include "ingest/acks.hpp"
#include "wire/memory_backend.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>

namespace pulseline::ingest {
namespace {

using nlohmann::json;
using testing::Each;
using testing::ElementsAre;

// A connection without a socket: takes what the hub has for it when it is asked to.
class FakeConnection final : public Link {
public:
	explicit FakeConnection(Hub &hub)
		: hub_(hub)
		, peer_(hub.open(*this))
	{
	}
	~FakeConnection() override { hub_.gone(peer_); }
	void wantWrite() override { wanted = true; }
	void hold(bool h) override { held = h; }
	void ping() override { ++pings; }
	void cut() override { wasCut = true; }

	void say(const std::string &text) { hub_.receive(peer_, text, false, true, Clock::now()); }
	void say(const json &message) { say(message.dump()); }
	// What is written when the connection can be written to.
	std::vector<json> take(std::size_t most = 1'000'000)
	{
		std::vector<json> texts;
		while (wanted && texts.size() < most) {
			const Text text = hub_.next(*peer_);
			if (!text) {
				closed = hub_.closing(*peer_);
				wanted = false;
				break;
			}
			texts.push_back(json::parse(*text));
		}
		return texts;
	}
	json one()
	{
		const std::vector<json> texts = take();
		EXPECT_EQ(texts.size(), 1U) << json(texts).dump(1);
		return texts.empty() ? json() : texts.front();
	}
	const PeerPtr &peer() const { return peer_; }

	bool wanted = false, held = false, wasCut = false;
	int pings = 0;
	std::optional<std::uint16_t> closed;

private:
	Hub &hub_;
	PeerPtr peer_;
};

std::vector<std::string> typesOf(const std::vector<json> &texts)
{
	std::vector<std::string> types;
	for (const json &text : texts) {
		types.push_back(text["type"]);
	}
	return types;
}

const json kJoin{{"type", "join"}, {"session", "ABC234"}, {"role", "participant"}};
const json kWatch{{"type", "join"}, {"session", "ABC234"}, {"role", "observer"}, {"key", "watch"}};

json press(std::uint64_t seq, int value = 1)
{
	return {{"type", "respond"}, {"seq", seq}, {"value", value}};
}

class HubTest : public testing::Test {
protected:
	test::MemoryBackend backend;
	Hub hub{backend};

	void beats(int n)
	{
		for (int i = 0; i < n; ++i) {
			hub.beat();
		}
	}
	static TickFigures tick(std::int64_t number, std::uint32_t n = 3)
	{
		Figures figures;
		figures.n = n;
		return {"main", number, number * 5000, false, {{"All", figures}}};
	}
};

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
	EXPECT_EQ(
		a.one(),
		(json{{"type", "error"}, {"code", "not_joined"}, {"message", "join before you respond"}, {"seq", 1}}));
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
	EXPECT_EQ(a.closed, kCloseTooBig);
	hub.receive(a.peer(), "}", false, true, Clock::now());
	EXPECT_FALSE(a.wanted);
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

TEST_F(HubTest, ClockBeforeAndAfterJoining)
{
	FakeConnection a(hub);
	a.say(json{{"type", "clock"}, {"t0", 5}});
	EXPECT_EQ(a.one(), (json{{"type", "clock"}, {"t0", 5}, {"server_ms", backend.now_ms()}}));
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
