// What is said with an upstream, with a clock of the test's own.
#include "ingest/upstream_talk.hpp"

#include <gtest/gtest.h>

namespace pulseline::ingest {
namespace {

using namespace std::chrono_literals;
using Phase = UpstreamState::Phase;

constexpr const char *kStream =
	R"({"type":"stream","id":"a","mode":"reset","scale":{"min":-1,"max":1,"neutral":0},"tick_ms":5000,"lag_ms":0,"targets":["main"]})";
constexpr const char *kBatch =
	R"({"type":"respond_many","batch":7,"participant":["p"],"seq":[1],"position_ms":[0],"value":[1]})";

struct Heard final : UpstreamTalk::Listener {
	void began(const StreamAnswer &answer) override { streams.push_back(answer.id); }
	void took(UpstreamMessage message) override { messages.push_back(std::move(message)); }
	std::vector<std::string> streams;
	std::vector<UpstreamMessage> messages;
};

class Upstreams : public testing::Test {
protected:
	UpstreamTalk talk(Stream stream, StreamPlace place = {})
	{
		UpstreamOptions options;
		options.stream = stream;
		return {options, Settings{}, std::move(place), heard, {}, 1};
	}
	static std::string withId(const std::string &id)
	{
		return std::string(kStream).replace(std::string(kStream).find("\"a\""), 3, '"' + id + '"');
	}

	Heard heard;
	UpstreamTalk::Time now{1h};
};

TEST_F(Upstreams, AreAskedForWhatIsNotHereYet)
{
	UpstreamTalk one = talk(Stream::responses, {"a", 41});
	one.connected(now);
	EXPECT_EQ(one.next(), R"({"type":"subscribe","stream":"responses","id":"a","after":41})");
	one.hear(kStream, now);
	EXPECT_EQ(one.state().phase, Phase::live);
	one.hear(kBatch, now);
	ASSERT_EQ(heard.messages.size(), 1U);
	one.acknowledge("a", 42, {});
	one.acknowledge("other", 99, {});
	EXPECT_NE(one.next().find("42"), std::string::npos);
	EXPECT_EQ(one.next(), "");
	one.lost("gone", now);
	one.connected(now);
	EXPECT_EQ(one.next(), R"({"type":"subscribe","stream":"responses","id":"a","after":42})");
}

TEST_F(Upstreams, ThatBeginAnewAreAskedForEverything)
{
	UpstreamTalk one = talk(Stream::responses, {"old", 41});
	one.connected(now);
	one.next();
	one.hear(kStream, now);
	ASSERT_TRUE(one.close());
	one.hear(kBatch, now); // of what comes after 41 of another stream
	EXPECT_TRUE(heard.messages.empty());
	one.lost("", now);
	EXPECT_EQ(one.retryAt(), now);
	one.connected(now);
	EXPECT_EQ(one.next(), R"({"type":"subscribe","stream":"responses","id":"a"})");
	one.hear(kStream, now);
	EXPECT_EQ(heard.streams, (std::vector<std::string>{"a", "a"}));
	EXPECT_EQ(one.state().phase, Phase::live);
}

TEST_F(Upstreams, OfCellsBeginAnewWithoutAnotherConnection)
{
	UpstreamTalk one = talk(Stream::cells, {"old", std::nullopt});
	one.connected(now);
	one.hear(kStream, now);
	EXPECT_FALSE(one.close());
	EXPECT_EQ(heard.streams, std::vector<std::string>{"a"});
}

TEST_F(Upstreams, ThatAreSilentAreGivenUp)
{
	UpstreamTalk one = talk(Stream::responses);
	one.connected(now);
	one.hear(kStream, now);
	EXPECT_FALSE(one.pingDue(now + 9s));
	EXPECT_TRUE(one.pingDue(now + 10s));
	EXPECT_TRUE(one.wantsWrite(now + 10s));
	one.pinged(now + 10s);
	EXPECT_FALSE(one.pingDue(now + 11s));
	one.heard(now + 11s);
	one.beat(now + 30s, false);
	EXPECT_FALSE(one.close());
	one.beat(now + 50s, true); // not read from: nothing could have been heard
	one.beat(now + 69s, false);
	EXPECT_FALSE(one.close());
	one.beat(now + 70s, false);
	ASSERT_TRUE(one.close());
	EXPECT_EQ(one.close()->code, 0);
	EXPECT_EQ(one.close()->why, "it was silent for 20 s");
}

TEST_F(Upstreams, ThatDoNotAnswerAreGivenUp)
{
	UpstreamTalk one = talk(Stream::responses);
	one.connected(now);
	one.hear(R"({"type":"playback"})", now + 9s); // of a type that is not for us
	one.beat(now + 9s, false);
	EXPECT_FALSE(one.close());
	one.beat(now + 10s, false);
	ASSERT_TRUE(one.close());
	EXPECT_EQ(one.close()->why, "it did not answer subscribe");
}

TEST_F(Upstreams, AreTriedAgainMoreAndMoreSlowly)
{
	UpstreamTalk one = talk(Stream::responses);
	std::chrono::duration<double> most{0}, all{0};
	for (int tries = 0; tries < 200; ++tries) {
		one.connecting();
		one.lost("Connection refused", now);
		const auto pause = one.retryAt() - now;
		EXPECT_LE(pause, std::min<std::chrono::seconds>(30s, 1s * (1 << std::min(tries, 5))));
		most = std::max<std::chrono::duration<double>>(most, pause);
		all += pause;
	}
	EXPECT_GT(most, 25s);                  // all of the span
	EXPECT_NEAR(all.count() / 200, 15, 3); // and evenly
	EXPECT_EQ(one.state().phase, Phase::waiting);
	EXPECT_EQ(one.state().why, "Connection refused");
	one.connected(now);
	one.hear(kStream, now);
	one.hear(kBatch, now);
	one.lost("gone", now);
	EXPECT_LE(one.retryAt() - now, 1s); // it had been well
}

TEST_F(Upstreams, ThatDisagreeAreTriedAgainSlowly)
{
	const std::string other = withId("a").replace(withId("a").find("reset"), 5, "latched");
	UpstreamTalk one = talk(Stream::responses);
	one.connected(now);
	one.hear(other, now);
	ASSERT_TRUE(one.close());
	EXPECT_TRUE(heard.streams.empty());
	one.lost("", now);
	EXPECT_EQ(one.state().phase, Phase::disagrees);
	EXPECT_EQ(one.state().why, "its mode is latched, this session's is reset");
	EXPECT_GE(one.retryAt() - now, 15s);
	one.connected(now);
	one.hear(kStream, now);
	EXPECT_EQ(one.state().phase, Phase::live);
	EXPECT_EQ(one.state().why, "");
}

TEST_F(Upstreams, ThatTalkNonsenseAreToldSoAndThenLeft)
{
	UpstreamTalk one = talk(Stream::responses);
	one.connected(now);
	one.next();
	one.hear(kBatch, now); // before the answer
	EXPECT_NE(one.next().find("not_joined"), std::string::npos);
	one.hear(kStream, now);
	one.hear(R"({"type":"cells","rows":[]})", now);
	EXPECT_NE(one.next().find("unknown_type"), std::string::npos);
	for (int i = 2; i < 10; ++i) {
		EXPECT_FALSE(one.close());
		one.hear("{", now);
		EXPECT_NE(one.next().find("bad_json"), std::string::npos);
	}
	ASSERT_TRUE(one.close());
	EXPECT_EQ(one.state().bad, 10U);
	EXPECT_TRUE(heard.messages.empty());
	one.lost("", now);
	EXPECT_GE(one.retryAt() - now, 15s);
}

TEST_F(Upstreams, MayNotChangeTickOrLagInTheMiddle)
{
	UpstreamTalk one = talk(Stream::cells);
	one.connected(now);
	one.hear(kStream, now);
	one.hear(R"({"type":"cells","tick_ms":5000,"lag_ms":0,"rows":[]})", now);
	EXPECT_EQ(heard.messages.size(), 1U);
	one.hear(R"({"type":"cells","tick_ms":1000,"lag_ms":0,"rows":[]})", now);
	ASSERT_TRUE(one.close());
	one.lost("", now);
	EXPECT_EQ(one.state().phase, Phase::disagrees);
}

} // namespace
} // namespace pulseline::ingest
