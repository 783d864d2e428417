// Who may come in, how fast and how long, over real sockets and through the hub.
#include "ingest/codec.hpp"
#include "wire/hub_fixture.hpp"
#include "wire/server_fixture.hpp"

#include <thread>

namespace pulseline::ingest {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

json code(const char *text)
{
	return {{"type", "join"}, {"session", text}};
}

class DoorsTest : public HubTest {
protected:
	static std::string answer(FakeConnection &connection, const json &message)
	{
		connection.say(message);
		const json one = connection.one();
		return one["type"] == "error" ? one["code"] : one["type"];
	}
};

TEST_F(DoorsTest, TenWrongCodesThenNoneIsLookedAt)
{
	FakeConnection guesser(hub), neighbour(hub), other(hub);
	other.address = *addressFrom("192.0.2.8");
	for (int i = 0; i < 10; ++i) {
		const json wrong = i % 2 ? code("ZZZZZZ") : json{{"type", "look"}, {"session", "ZZZZZZ"}};
		EXPECT_EQ(answer(guesser, wrong), "unknown_session");
	}
	EXPECT_EQ(answer(guesser, code("ZZZZZZ")), "rate_limited");
	EXPECT_EQ(answer(neighbour, code("ABC234")), "rate_limited") << "right or wrong, from the same address";
	EXPECT_EQ(answer(neighbour, {{"type", "look"}, {"session", "ABC234"}}), "rate_limited");
	EXPECT_EQ(answer(neighbour, kWatch), "rate_limited");
	EXPECT_TRUE(backend.people.empty()) << "the session was not asked";
	EXPECT_EQ(answer(other, code("ABC234")), "joined");
	EXPECT_EQ(hub.metrics.wrongCodes, 10U);
}

TEST_F(DoorsTest, WhoIsKeptOutIsToldWhyAndOnlyAGuessedTicketCountsAsAWrongCode)
{
	FakeConnection first(hub), late(hub);
	EXPECT_EQ(answer(first, code("ABC234")), "joined");
	for (const char *reason : {"doors_closed", "ticket_needed", "ticket_used"}) {
		backend.keptOut = reason;
		for (int i = 0; i < 11; ++i) {
			late.say(code("ABC234"));
			const json error = late.one();
			EXPECT_EQ(error["code"], "forbidden");
			EXPECT_EQ(error["reason"], reason);
		}
	}
	EXPECT_EQ(hub.metrics.wrongCodes, 0U);
	EXPECT_EQ(backend.people.size(), 1U);
	backend.keptOut = "ticket_unknown";
	for (int i = 0; i < 10; ++i) {
		EXPECT_EQ(answer(late, code("ABC234")), "forbidden");
	}
	EXPECT_EQ(answer(late, code("ABC234")), "rate_limited");
}

TEST_F(DoorsTest, WhoComesBackIsLetInWhateverTheNeighboursDid)
{
	json token;
	{
		FakeConnection phone(hub);
		phone.say(kJoin);
		token = phone.one()["token"];
	}
	FakeConnection guesser(hub), phone(hub);
	for (int i = 0; i < 10; ++i) {
		EXPECT_EQ(answer(guesser, {{"type", "join"},
					   {"session", "ABC234"},
					   {"role", "observer"},
					   {"key", std::to_string(i)}}),
			  "forbidden");
	}
	json invented = kJoin;
	invented["token"] = "invented";
	EXPECT_EQ(answer(guesser, invented), "rate_limited");
	json back = kJoin;
	back["token"] = token;
	EXPECT_EQ(answer(phone, back), "joined");
	EXPECT_EQ(backend.people.size(), 1U);
}

TEST_F(DoorsTest, TheHubSaysHowFarOneHasCome)
{
	FakeConnection phone(hub);
	phone.stage = Stage::request;
	phone.say(json{{"type", "clock"}, {"t0", 1}});
	EXPECT_EQ(phone.stage, Stage::silent) << "it is there, and no more";
	phone.say(json{{"type", "look"}, {"session", "ABC234"}});
	EXPECT_EQ(phone.stage, Stage::looked);
	phone.stage = Stage::page;
	phone.say(json{{"type", "clock"}, {"t0", 1}});
	EXPECT_EQ(phone.stage, Stage::page) << "its time goes on";
	phone.say(kJoin);
	EXPECT_EQ(phone.stage, std::nullopt);
	phone.say(json{{"type", "look"}, {"session", "ABC234"}});
	EXPECT_EQ(phone.stage, std::nullopt);
	phone.say(json{{"type", "leave"}});
	EXPECT_EQ(phone.stage, Stage::looked);
}

TEST_F(DoorsTest, AboveItsRateItIsHeldAndTold)
{
	FakeConnection quick(hub);
	quick.say(kJoin);
	for (std::uint64_t seq = 1; seq <= 2'500; ++seq) {
		quick.say(press(seq));
	}
	EXPECT_TRUE(quick.held);
	const std::vector<json> heard = quick.take();
	const auto told = std::ranges::count_if(heard, [](const json &text) {
		return text["type"] == "error" && text["code"] == "rate_limited" && !text.contains("seq");
	});
	EXPECT_EQ(told, 1);
	EXPECT_EQ(backend.people[0].responses.size(), 2'500U) << "what has come is taken";
	now = Clock::now();
	beats(40);
	EXPECT_FALSE(quick.held);
	EXPECT_EQ(quick.closed, std::nullopt);
}

TEST_F(DoorsTest, ObserversAndStrangersAreLimitedToo)
{
	FakeConnection stranger(hub), observer(hub);
	observer.say(kWatch);
	for (int i = 0; i < 2'001; ++i) {
		stranger.say(std::string("{"));
		observer.say(std::string("{"));
	}
	EXPECT_TRUE(stranger.held && observer.held);
}

class DoorsServerTest : public ServerTest {
protected:
	// A clock that runs so many times faster from now on.
	static std::function<Clock::time_point()> fast(int times)
	{
		return [times, start = Clock::now()] { return start + (Clock::now() - start) * times; };
	}
	// Of the close frame that comes; 0 if the connection ends without.
	static std::uint16_t closeCode(RawClient &client)
	{
		while (const std::optional<RawClient::Frame> frame = client.read()) {
			if (frame->opcode == 8) {
				return frame->closeCode();
			}
		}
		return 0;
	}
};

TEST_F(DoorsServerTest, AFloodIsReadSlowlyAndEndsAfterAMinute)
{
	start({.rate = 5, .clock = fast(20)}); // so that also a slow machine can flood
	commitAtOnce();
	RawClient flooder(server->port()), other(server->port());
	joined(flooder);
	joined(other);
	std::thread flood([&] {
		for (int seq = 1; flooder.connected() && seq < 2'000'000; ++seq) {
			if (!flooder.text(R"({"type":"respond","seq":)" + std::to_string(seq) + R"(,"value":1})")) {
				return;
			}
		}
	});
	EXPECT_EQ(closeCode(flooder), 1008);
	flooder.shut();
	flood.join();
	onNetwork([this] {
		// 50 at once and 5 a second, or a little more where the machine was late.
		EXPECT_GT(backend.people[0].responses.size(), 50U + 40 * 5);
		EXPECT_LT(backend.people[0].responses.size(), 50U + 10 * 5 * 90) << "no more than proves it";
	});
	other.text(R"({"type":"clock","t0":7})");
	EXPECT_EQ(answer(other)["t0"], 7);
}

TEST_F(DoorsServerTest, WhoHasNotJoinedMakesRoom)
{
	start({.maxConnections = 3});
	RawClient person(server->port());
	EXPECT_EQ(joined(person)["type"], "joined");
	RawClient halfOpen(server->port()), another(server->port()), silent(server->port());
	halfOpen.sendBytes("GET / HTTP/1.1\r\n");
	another.sendBytes("GET / HTTP/1.1\r\n");
	EXPECT_THAT(silent.upgrade(), StartsWith("HTTP/1.1 101"));
	std::vector<std::unique_ptr<RawClient>> more; // until there are 16 more than may join
	for (int i = 0; i < 15; ++i) {
		more.push_back(std::make_unique<RawClient>(server->port()));
		EXPECT_THAT(more.back()->upgrade(), StartsWith("HTTP/1.1 101"));
	}
	RawClient first(server->port());
	EXPECT_EQ(joined(first)["type"], "joined");
	EXPECT_EQ(halfOpen.readHead(), "") << "the half-open one went";
	RawClient second(server->port()), third(server->port());
	EXPECT_EQ(joined(second)["type"], "joined");
	EXPECT_EQ(another.readHead(), "");
	EXPECT_THAT(third.upgrade(), StartsWith("HTTP/1.1 101"));
	EXPECT_EQ(silent.read(), std::nullopt) << "then who has said nothing";
	person.text(R"({"type":"clock","t0":7})");
	EXPECT_EQ(answer(person)["t0"], 7);
}

TEST_F(DoorsServerTest, WaitsForNobodyForEver)
{
	start({.clock = fast(20)});
	RawClient trickle(server->port()), mute(server->port()), idle(server->port()), person(server->port());
	const auto begun = Clock::now();
	joined(person);
	EXPECT_THAT(idle.request("GET /healthz HTTP/1.1\r\nHost: localhost\r\n"), StartsWith("HTTP/1.1 200"));
	EXPECT_EQ(idle.readBody(3), "ok\n");
	mute.upgrade();
	trickle.sendBytes("GET / HTTP/1.1\r\nHost: ");
	EXPECT_EQ(trickle.readHead(), "");
	EXPECT_EQ(mute.read(), std::nullopt);
	EXPECT_EQ(idle.readBody(1), "");
	EXPECT_GE((Clock::now() - begun) * 20, 19s);
	person.text(R"({"type":"clock","t0":7})");
	EXPECT_EQ(answer(person)["t0"], 7);
}

TEST_F(DoorsServerTest, BehindAProxyTheAddressIsTheLastOneForwarded)
{
	start({.publicUrl = "https://vote.example.org/"});
	const auto guess = [this](const std::string &forwarded) {
		RawClient client(server->port());
		client.upgrade("X-Forwarded-For: " + forwarded + "\r\n");
		client.text(R"({"type":"join","session":"ZZZZZZ"})");
		return std::string(answer(client)["code"]);
	};
	for (int i = 0; i < 10; ++i) {
		EXPECT_EQ(guess("203.0.113." + std::to_string(i) + ", 192.0.2.7"), "unknown_session");
	}
	EXPECT_EQ(guess("198.51.100.1, 192.0.2.7"), "rate_limited");
	EXPECT_EQ(guess("192.0.2.7, 192.0.2.8"), "unknown_session");
	EXPECT_EQ(guess("192.0.2.7\r\nX-Forwarded-For: 192.0.2.9"), "unknown_session");
	EXPECT_EQ(guess(std::string(2000, '1') + ",192.0.2.7"), "rate_limited");
}

TEST_F(DoorsServerTest, WithoutAProxyWhatIsForwardedCountsForNothing)
{
	for (int i = 0; i < 11; ++i) {
		RawClient client(server->port());
		client.upgrade("X-Forwarded-For: 192.0.2." + std::to_string(i) + "\r\n");
		client.text(R"({"type":"join","session":"ZZZZZZ"})");
		EXPECT_EQ(answer(client)["code"], i < 10 ? "unknown_session" : "rate_limited");
	}
}

TEST_F(DoorsServerTest, TheHandshakeIsToTheLetter)
{
	const auto upgrade = [this](const std::string &lines) {
		return RawClient(server->port())
			.request("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
				 lines);
	};
	const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
	const std::string version = "Sec-WebSocket-Version: 13\r\n";
	EXPECT_THAT(upgrade(key + version), StartsWith("HTTP/1.1 101"));
	for (const char *wrong : {"", "Sec-WebSocket-Version: 8\r\n", "Sec-WebSocket-Version: 13, 8\r\n"}) {
		const std::string head = upgrade(key + wrong);
		EXPECT_THAT(head, HasSubstr(" 426 ")) << wrong;
		EXPECT_THAT(head, HasSubstr("sec-websocket-version: 13\r\n")) << wrong;
	}
	for (const char *wrong :
	     {"", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n", "Sec-WebSocket-Key: x\r\n",
	      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== x\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n",
	      "Sec-WebSocket-Key: dGhl!HNhbXBsZSBub25jZQ==\r\n"}) {
		EXPECT_THAT(upgrade(wrong + version), HasSubstr(" 400 ")) << wrong;
	}
}

TEST_F(DoorsServerTest, BrokenFramesEndWithAProtocolError)
{
	const std::string mask("\x12\x34\x56\x78", 4);
	const std::vector<std::pair<const char *, std::string>> broken{
		{"reserved bit", "\xc1\x80" + mask},
		{"reserved opcode", "\x83\x80" + mask},
		{"reserved control opcode", "\x8b\x80" + mask},
		{"fragmented control frame", "\x09\x80" + mask},
		{"continuation of nothing", "\x80\x80" + mask},
	};
	for (const auto &[what, bytes] : broken) {
		RawClient client(server->port());
		joined(client);
		client.sendBytes(bytes);
		EXPECT_EQ(closeCode(client), 1002) << what;
	}
	for (const std::string &bytes : {std::string("\x89\xfe\x00\x80", 4), // a ping of 128 bytes
					 std::string("\x81\xff\xff\0\0\0\0\0\0\0", 10)}) {
		RawClient client(server->port());
		joined(client);
		client.sendBytes(bytes);
		while (client.read()) {
		}
		EXPECT_FALSE(client.read()) << "it ends";
	}
	RawClient nested(server->port());
	joined(nested);
	nested.send(1, "{", false);
	nested.send(1, "{", true);
	EXPECT_EQ(closeCode(nested), 1002);
}

TEST_F(DoorsServerTest, AFrameThatClaimsTooMuchIsNotWaitedFor)
{
	for (const std::string &head : {std::string("\x81\xff\x40\0\0\0\0\0\0\0\x12\x34\x56\x78", 14), // 2^62
					std::string("\x81\xff\0\0\0\0\0\x01\0\x01\x12\x34\x56\x78", 14)}) {
		RawClient client(server->port());
		joined(client);
		client.sendBytes(head + std::string(1'024, 'x'));
		EXPECT_EQ(answer(client)["code"], "too_large");
		EXPECT_EQ(closeCode(client), 1009);
	}
}

std::string metricsOf(RawClient &client, const std::string &path = "/metrics", const std::string &headers = "")
{
	const std::string head = client.request("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers);
	const std::size_t at = head.find("content-length: ") + 16;
	const std::string body = client.readBody(std::stoul(head.substr(at, head.find('\r', at) - at)));
	return head.contains(" 200 ") ? body : head.substr(9, 3);
}

TEST_F(DoorsServerTest, MetricsSayWhatHappened)
{
	commitAtOnce();
	onNetwork([this] {
		backend.metrics_.queued = 7;
		backend.metrics_.upstreams = {{"a \"quoted\" back\\slash\nand line", "connected"}};
	});
	RawClient person(server->port()), scraper(server->port());
	joined(person);
	for (const char *text : {R"({"type":"respond","seq":1,"value":1})", R"({"type":"respond","seq":1,"value":1})",
				 R"({"type":"respond","seq":2,"value":1,"target":"nobody"})", "nonsense"}) {
		person.text(text);
		answer(person);
	}
	const std::string text = metricsOf(scraper);
	for (const char *line :
	     {"pulseline_connections{state=\"participant\"} 1", "pulseline_responses_total{outcome=\"counted\"} 1",
	      "pulseline_responses_total{outcome=\"duplicate\"} 1",
	      "pulseline_responses_total{outcome=\"bad_field\"} 1", "pulseline_messages_total{type=\"respond\"} 3",
	      "pulseline_messages_total{type=\"invalid\"} 1", "pulseline_queue_entries 7", "pulseline_ready 1",
	      "pulseline_ack_seconds_count 1", "pulseline_joins_total{role=\"participant\"} 1",
	      "pulseline_upstream_state{upstream=\"a \\\"quoted\\\" back\\\\slash\\nand line\",state=\"connected\"} "
	      "1"}) {
		EXPECT_THAT(text, HasSubstr("\n" + std::string(line) + "\n"));
	}
}

TEST_F(DoorsServerTest, MetricsAreForThisMachineOrTheKey)
{
	RawClient client(server->port());
	const std::string forwarded = "X-Forwarded-For: 192.0.2.7\r\n";
	EXPECT_THAT(metricsOf(client), StartsWith("# HELP"));
	EXPECT_EQ(metricsOf(client, "/metrics", forwarded), "403");
	EXPECT_EQ(metricsOf(client, "/metrics?key=wrong", forwarded), "403");
	EXPECT_THAT(metricsOf(client, "/metrics?key=watch", forwarded), StartsWith("# HELP"));
	EXPECT_THAT(metricsOf(client, "/metrics", forwarded + "Authorization: Bearer watch\r\n"), StartsWith("# HELP"));
	EXPECT_EQ(metricsOf(client, "/metrics", forwarded + "Authorization: Basic watch\r\n"), "403");
	for (int i = 0; i < 9; ++i) {
		EXPECT_EQ(metricsOf(client, "/metrics?key=wrong", forwarded), "403");
	}
	EXPECT_EQ(metricsOf(client, "/metrics?key=watch", forwarded), "429") << "guessing ends here too";
}

} // namespace
} // namespace pulseline::ingest
