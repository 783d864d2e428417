#include "ingest/opinions.hpp"
#include "ingest/voter.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <set>

namespace pulseline::ingest {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Distribution, ReadsShares)
{
	const Result<Distribution> party = Distribution::parse("party=left:40|right:35.5|none");
	ASSERT_TRUE(party);
	EXPECT_EQ(party->name, "party");
	EXPECT_THAT(party->values, testing::ElementsAre(testing::Pair("left", 40.0), testing::Pair("right", 35.5),
							testing::Pair("none", 1.0)));
	for (const char *text :
	     {"", "party", "party=", "=a:1", "party=a:0", "party=a:-1", "party=a:x", "party=a:nan"}) {
		EXPECT_FALSE(Distribution::parse(text)) << text;
	}
}

class OpinionsTest : public testing::Test {
protected:
	const std::vector<Distribution> attributes{*Distribution::parse("party=left:50|right:50")};
	const Opinions opinions{7, attributes};
	const Settings buttons;
};

TEST_F(OpinionsTest, AreTheSameForTheSameSeed)
{
	const Opinions again(7, attributes), other(8, attributes);
	int different = 0;
	for (std::uint32_t person = 0; person < 50; ++person) {
		EXPECT_EQ(opinions.attributesOf(person), again.attributesOf(person));
		for (int second = 0; second < 60; second += 7) {
			EXPECT_EQ(opinions.opinion(person, 0, second), again.opinion(person, 0, second));
			different += opinions.opinion(person, 0, second) != other.opinion(person, 0, second);
		}
	}
	EXPECT_GT(different, 400);
}

TEST_F(OpinionsTest, FollowTheShares)
{
	const Opinions uneven(3, {*Distribution::parse("age=young:20|old:80|never:0")});
	std::map<std::string, int> count;
	for (std::uint32_t person = 0; person < 5000; ++person) {
		++count[uneven.attributesOf(person)["age"]];
	}
	EXPECT_NEAR(count["young"], 1000, 120);
	EXPECT_NEAR(count["old"], 4000, 120);
	EXPECT_EQ(count.count("never"), 0U);
}

TEST_F(OpinionsTest, MoveSmoothlyAndStayInRange)
{
	for (std::uint32_t person = 0; person < 20; ++person) {
		double before = opinions.opinion(person, 0, 0);
		for (double second = 0.1; second < 120; second += 0.1) {
			const double now = opinions.opinion(person, 0, second);
			EXPECT_LE(std::abs(now), 1);
			EXPECT_LT(std::abs(now - before), 0.1);
			before = now;
		}
	}
}

// What the audience is for: groups that visibly disagree, over the speech, in what is counted.
TEST_F(OpinionsTest, GroupsDiffer)
{
	std::map<std::string, double> sum, n;
	double furthest = 0;
	for (std::int64_t slot = 0; slot < 24; ++slot) {
		std::map<std::string, double> tickSum, tickN;
		for (std::uint32_t person = 0; person < 400; ++person) {
			const Act act = opinions.act(person, slot, 5, buttons);
			if (!act.silent && act.value) {
				const std::string party = opinions.attributesOf(person).at("party");
				tickSum[party] += *act.value;
				++tickN[party];
			}
		}
		furthest = std::max(furthest,
				    std::abs(tickSum["left"] / tickN["left"] - tickSum["right"] / tickN["right"]));
	}
	EXPECT_GT(furthest, 0.3);
}

TEST_F(OpinionsTest, ActsAreWithinTheSessionsScale)
{
	Settings dial;
	dial.mode = Mode::latched;
	dial.scale = {1, 7, 4};
	dial.targets = {"A", "B", "C"};
	std::set<double> values;
	std::set<std::uint32_t> targets;
	int silent = 0, changed = 0, late = 0, twice = 0, none = 0;
	for (std::uint32_t person = 0; person < 200; ++person) {
		for (std::int64_t slot = 0; slot < 20; ++slot) {
			const Act act = opinions.act(person, slot, 2.5, dial);
			ASSERT_TRUE(act.value);
			values.insert(*act.value);
			targets.insert(act.target);
			EXPECT_GE(act.offset, 0);
			EXPECT_LT(act.offset, 1);
			const Act pressed = opinions.act(person, slot, 5, buttons);
			silent += pressed.silent;
			none += !pressed.silent && !pressed.value;
			changed += pressed.changedTo.has_value();
			late += pressed.late;
			twice += pressed.duplicated;
			EXPECT_GT(!pressed.changedTo || pressed.changedOffset > pressed.offset, 0);
			EXPECT_LT(pressed.changedOffset, 1);
		}
	}
	EXPECT_THAT(values, testing::ElementsAre(1, 2, 3, 4, 5, 6, 7));
	EXPECT_EQ(targets.size(), 3U);
	for (const int count : {silent, changed, late, twice, none}) {
		EXPECT_GT(count, 40);
	}
}

// ---- a voter without a socket -------------------------------------------------------------------------------------

class VoterTest : public testing::Test {
protected:
	VoterTotals totals;
	Voter voter{{.session = "ABC234",
		     .role = Role::participant,
		     .attributes = {},
		     .token = "",
		     .key = "",
		     .simulated = true},
		    totals};
	Voter::Time now{std::chrono::hours(1)};

	std::string joinedMessage(std::uint64_t lastSeq = 0)
	{
		return R"({"type":"joined","participant":"p","token":"t","last_seq":)" + std::to_string(lastSeq) +
		       R"(,"title":"","mode":"reset","scale":{"min":-1,"max":1,"neutral":0},"tick_ms":5000,"lag_ms":0,)"
		       R"("targets":["A","B"],"attributes":[],"playback":{"state":"playing","position_ms":1000,"rate":1,)"
		       R"("pass":0,"server_ms":5},"revealed":false,"simulated":true})";
	}
	void join(std::uint64_t lastSeq = 0)
	{
		voter.connected(now);
		EXPECT_THAT(voter.next(now), HasSubstr(R"("type":"join")"));
		EXPECT_EQ(voter.next(now), "");
		voter.hear(joinedMessage(lastSeq), now);
		EXPECT_THAT(voter.next(now), HasSubstr(R"("type":"clock")"));
	}
	std::vector<std::string> all()
	{
		std::vector<std::string> texts;
		for (std::string text = voter.next(now); !text.empty(); text = voter.next(now)) {
			texts.push_back(text);
		}
		return texts;
	}
};

TEST_F(VoterTest, AgeIsItsOwnTimePlusHalfTheBestRoundTrip)
{
	join();
	voter.hear(R"({"type":"clock","t0":1,"server_ms":2})", now + 80ms);
	voter.press(1, 1, now);
	now += 500ms;
	const std::string text = voter.next(now);
	EXPECT_THAT(text, HasSubstr(R"("age_ms":540)"));
	EXPECT_THAT(text, HasSubstr(R"("target":"B")"));
	EXPECT_EQ(std::llround(voter.position_ms(now)), 1500);
}

TEST_F(VoterTest, KeepsUntilAcknowledgedAndResumes)
{
	join();
	for (int i = 0; i < 5; ++i) {
		voter.press(1, 0, now);
	}
	EXPECT_EQ(all().size(), 5U);
	voter.hear(R"({"type":"ack","seq":2})", now);
	EXPECT_EQ(voter.unacknowledged(), 3U);
	voter.disconnected();
	voter.press(std::nullopt, 0, now);
	EXPECT_EQ(voter.next(now), "");
	join(3); // 3 was written although the acknowledgement was lost
	const std::vector<std::string> again = all();
	ASSERT_EQ(again.size(), 3U);
	EXPECT_THAT(again[0], HasSubstr(R"("seq":4)"));
	EXPECT_THAT(again[2], HasSubstr(R"("seq":6)"));
	EXPECT_THAT(again[2], HasSubstr(R"("value":null)"));
	voter.hear(R"({"type":"ack","seq":6})", now);
	EXPECT_TRUE(voter.settled());
	EXPECT_EQ(totals.sent, 6U);
	EXPECT_EQ(totals.acked, 6U);
	EXPECT_EQ(totals.retransmitted, 2U);
	EXPECT_EQ(totals.joined, 1U);
	EXPECT_EQ(totals.resumed, 1U);
}

TEST_F(VoterTest, SendsAtMost256AheadAndInRisingOrder)
{
	join();
	for (int i = 0; i < 300; ++i) {
		voter.press(1, 0, now);
	}
	EXPECT_EQ(all().size(), 256U);
	voter.hear(R"({"type":"ack","seq":10})", now);
	EXPECT_EQ(all().size(), 10U);
}

TEST_F(VoterTest, ARefusedResponseIsDoneWith)
{
	join();
	voter.press(1, 0, now);
	voter.press(1, 0, now);
	all();
	voter.hear(R"({"type":"error","code":"bad_position","message":"x","seq":1})", now);
	EXPECT_EQ(voter.unacknowledged(), 1U);
	voter.hear(R"({"type":"ack","seq":2})", now);
	EXPECT_TRUE(voter.settled());
	EXPECT_EQ(totals.refused, 1U);
	EXPECT_EQ(totals.acked, 1U);
	EXPECT_EQ(totals.errors, 1U);
}

TEST_F(VoterTest, CountsAsRefusedOnlyWhatItSent)
{
	voter.connected(now);
	std::ignore = voter.next(now);
	voter.press(1, 0, now);
	voter.hear(R"({"type":"error","code":"bad_position","message":"x","seq":1})", now);
	EXPECT_EQ(totals.refused, 0U);
	EXPECT_TRUE(voter.settled());
}

TEST(ReadServer, RefusesNumbersThatItsTypesDoNotHold)
{
	for (const char *text : {R"({"type":"ack","seq":9e23})", R"({"type":"clock","t0":-1e300,"server_ms":1})",
				 R"({"type":"clock","t0":1,"server_ms":18446744073709551615})",
				 R"({"type":"error","code":"x","message":"","seq":1e19})",
				 R"({"type":"playback","state":"playing","position_ms":0,"server_ms":0,"pass":5e9})"}) {
		EXPECT_FALSE(readServer(text)) << text;
	}
	const Result<ServerMessage> ack = readServer(R"({"type":"ack","seq":9007199254740991.0})");
	ASSERT_TRUE(ack);
	EXPECT_EQ(std::get<HeardAck>(*ack).seq, 9'007'199'254'740'991U);
}

TEST_F(VoterTest, HoldsBackAndSendsTwice)
{
	join();
	voter.holdUntil(now + 3s);
	voter.press(1, 0, now);
	voter.sendLastTwice();
	EXPECT_EQ(voter.next(now), "");
	now += 3s;
	const std::vector<std::string> texts = all();
	ASSERT_EQ(texts.size(), 2U);
	EXPECT_EQ(texts[0], texts[1]);
	EXPECT_THAT(texts[0], HasSubstr(R"("age_ms":3000)"));
	EXPECT_EQ(totals.sent, 1U);
	EXPECT_EQ(totals.duplicates, 1U);
	EXPECT_EQ(totals.late, 1U);
}

TEST_F(VoterTest, KnowsWhenItIsOfNoUse)
{
	voter.connected(now);
	voter.next(now);
	voter.hear(R"({"type":"error","code":"unknown_session","message":"no such code"})", now);
	EXPECT_EQ(voter.hopeless(), "no such code (unknown_session)");
}

TEST(Latency, QuantilesWithinOnePercent)
{
	VoterTotals::Latency latency;
	EXPECT_FALSE(latency.quantile(0.5));
	for (int i = 1; i <= 1000; ++i) {
		latency.add(i);
	}
	EXPECT_NEAR(*latency.quantile(0.5), 500, 6);
	EXPECT_NEAR(*latency.quantile(0.99), 990, 11);
}

} // namespace
} // namespace pulseline::ingest
