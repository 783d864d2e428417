#include "ingest/codec.hpp"
#include "wire/server_fixture.hpp"

#include <thread>

namespace pulseline::ingest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(ServerTest, ParticipantRespondsAndIsAcknowledged)
{
	commitAtOnce();
	RawClient client(server->port());
	EXPECT_EQ(joined(client)["type"], "joined");
	for (int seq = 1; seq <= 50; ++seq) {
		client.text(json{{"type", "respond"}, {"seq", seq}, {"value", seq % 3 - 1}, {"age_ms", 10}}.dump());
	}
	int acked = 0;
	while (acked < 50) {
		const json ack = answer(client);
		ASSERT_EQ(ack["type"], "ack");
		EXPECT_GT(ack["seq"], acked);
		acked = ack["seq"];
	}
	onNetwork([this] {
		ASSERT_EQ(backend.people.size(), 1U);
		EXPECT_EQ(backend.people[0].responses.size(), 50U);
		EXPECT_EQ(backend.people[0].attributes, (std::map<std::string, std::string>{{"age", "35+"}}));
	});
	EXPECT_EQ(server->connections(), 1U);
}

TEST_F(ServerTest, NothingIsAcknowledgedBeforeItIsDurable)
{
	RawClient client(server->port());
	joined(client);
	client.text(R"({"type":"respond","seq":1,"value":1})");
	client.text(R"({"type":"clock","t0":1})");
	EXPECT_EQ(answer(client)["type"], "clock");
	server->durable(1); // from this thread
	EXPECT_EQ(answer(client), (json{{"type", "ack"}, {"seq", 1}}));
}

TEST_F(ServerTest, ChoosesTheSubprotocolIfOneIsOffered)
{
	RawClient plain(server->port()), both(server->port()), wrong(server->port());
	const std::string without = plain.upgrade("");
	EXPECT_THAT(without, StartsWith("HTTP/1.1 101"));
	EXPECT_THAT(without, testing::Not(HasSubstr("Sec-WebSocket-Protocol")));
	EXPECT_THAT(both.upgrade("Sec-WebSocket-Protocol: other, pulseline.v1\r\n"), HasSubstr("pulseline.v1"));
	EXPECT_THAT(wrong.upgrade("Sec-WebSocket-Protocol: other\r\n"), HasSubstr(" 400 "));
	EXPECT_THAT(RawClient(server->port()).upgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n"),
		    testing::AllOf(StartsWith("HTTP/1.1 101"), testing::Not(HasSubstr("Extensions"))));
}

TEST_F(ServerTest, StrangersGetNothing)
{
	const std::string port = std::to_string(server->port());
	RawClient rebound(server->port()), foreign(server->port()), own(server->port()), page(server->port());
	EXPECT_THAT(rebound.upgrade("", "evil.example:" + port), HasSubstr(" 403 "));
	EXPECT_THAT(foreign.upgrade("Origin: http://evil.example\r\n"), HasSubstr(" 403 "));
	EXPECT_THAT(own.upgrade("Origin: http://127.0.0.1:" + port + "\r\n"), StartsWith("HTTP/1.1 101"));
	EXPECT_THAT(page.request("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n"), HasSubstr(" 403 "));
	EXPECT_THAT(RawClient(server->port()).request("GET /healthz HTTP/1.1\r\n"), HasSubstr(" 400 "));
	EXPECT_THAT(RawClient(server->port())
			    .request("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade, "
				     "HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"),
		    HasSubstr(" 400 "));
}

TEST_F(ServerTest, TheWebSocketIsAtTheRoot)
{
	RawClient client(server->port());
	EXPECT_THAT(client.request("GET /elsewhere HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: "
				   "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
				   "dGhlIHNhbXBsZSBub25jZQ==\r\n"),
		    HasSubstr(" 404 "));
}

TEST_F(ServerTest, FragmentsPingsAndBinaryFrames)
{
	RawClient client(server->port());
	client.upgrade();
	client.send(1, kJoinText.substr(0, 7), false);
	client.send(9, "are you there");
	client.send(0, kJoinText.substr(7, 20), false);
	client.send(0, kJoinText.substr(27), true);
	const std::optional<RawClient::Frame> pong = client.read();
	ASSERT_TRUE(pong);
	EXPECT_EQ(pong->opcode, 10);
	EXPECT_EQ(pong->payload, "are you there");
	EXPECT_EQ(answer(client)["type"], "joined");
	client.send(2, kJoinText);
	EXPECT_EQ(answer(client)["code"], "bad_json");
	client.text("\xff\xfe");
	EXPECT_EQ(answer(client)["code"], "bad_json");
	client.text("");
	EXPECT_EQ(answer(client)["code"], "bad_json");
	client.text(R"({"type":"clock","t0":7})");
	EXPECT_EQ(answer(client)["t0"], 7);
}

TEST_F(ServerTest, LongMessagesUpToTheLimit)
{
	RawClient client(server->port());
	joined(client);
	std::string message = R"({"type":"clock","t0":1,"x":")";
	message += std::string(kMaxFrame - message.size() - 2, 'x') + "\"}";
	client.text(message);
	EXPECT_EQ(answer(client)["type"], "clock");
	client.text(message + " ");
	EXPECT_EQ(answer(client)["code"], "too_large");
	const std::optional<RawClient::Frame> last = client.read();
	ASSERT_TRUE(last);
	EXPECT_EQ(last->closeCode(), 1009);
}

TEST_F(ServerTest, AFrameThatClaimsToBeHugeIsCutOff)
{
	RawClient client(server->port());
	joined(client);
	client.sendBytes(std::string("\x81\xff\x00\x00\x00\x7f\xff\xff\xff\xff\x01\x02\x03\x04", 14));
	client.sendBytes(std::string(kMaxFrame + 5000, 'x'));
	EXPECT_EQ(answer(client)["code"], "too_large");
	EXPECT_EQ(client.read().value_or(RawClient::Frame{}).closeCode(), 1009);
}

TEST_F(ServerTest, ASecondConnectionTakesOver)
{
	RawClient first(server->port()), second(server->port());
	const json before = joined(first);
	json join = json::parse(kJoinText);
	join["token"] = before["token"];
	EXPECT_EQ(joined(second, join.dump())["participant"], before["participant"]);
	EXPECT_EQ(first.read().value_or(RawClient::Frame{}).closeCode(), 4001);
}

TEST_F(ServerTest, DroppedConnectionsAreForgotten)
{
	auto client = std::make_unique<RawClient>(server->port());
	joined(*client);
	client->drop();
	for (std::uint32_t n = 1; n != 0;) {
		onNetwork([&] { n = server->connections(); });
	}
	client.reset();
	RawClient next(server->port());
	EXPECT_EQ(joined(next)["type"], "joined");
}

TEST_F(ServerTest, WhoFloodsWithoutReadingIsHeldBack)
{
	start({.rate = 0});
	RawClient rude(server->port()), polite(server->port());
	rude.upgrade();
	joined(polite);
	const std::string ask = R"({"type":"clock","t0":1})";
	std::thread flood([&] {
		for (int i = 0; i < 100'000; ++i) {
			rude.text(ask);
		}
	});
	for (int i = 0; i < 100; ++i) {
		polite.text(ask);
		EXPECT_EQ(answer(polite)["type"], "clock");
	}
	std::size_t answers = 0;
	while (answers < 100'000 && rude.readText()) {
		++answers;
	}
	flood.join();
	EXPECT_EQ(answers, 100'000U) << "held back, not cut off";
}

TEST_F(ServerTest, ObserversFollow)
{
	onNetwork([this] {
		Figures figures;
		figures.n = 7;
		backend.series_ = {{"main", 0, {{"All", std::vector<Figures>(2000, figures)}}}};
	});
	RawClient watcher(server->port());
	joined(watcher, R"({"type":"join","session":"ABC234","role":"observer","key":"watch"})");
	const json series = answer(watcher);
	EXPECT_EQ(series["type"], "series");
	EXPECT_EQ(series["segments"]["All"]["n"].size(), 2000U);
	onNetwork([this] {
		backend.updates.ticks = {{"main", 3, 15'000, true, {{"All", Figures{}}}}};
		backend.updates.playback = PlaybackChange{77, PlaybackState::ended, 60'000, 1, 0};
	});
	server->wake();
	bool tick = false, ended = false;
	while (!tick || !ended) {
		const json message = read(watcher);
		ASSERT_TRUE(message.is_object());
		tick = tick || message["type"] == "tick";
		ended = ended || (message["type"] == "playback" && message["state"] == "ended");
	}
}

TEST_F(ServerTest, ClosesEveryConnectionOnTheWayOut)
{
	commitAtOnce();
	RawClient voter(server->port()), waiting(server->port());
	joined(voter);
	waiting.upgrade();
	onNetwork([this] {
		backend.written = nullptr;
		backend.closed = true;
	});
	voter.text(R"({"type":"respond","seq":1,"value":1})");
	voter.text(R"({"type":"clock","t0":1})");
	EXPECT_EQ(answer(voter)["type"], "clock");
	server->durable(1);
	onNetwork([this] { backend.updates.closed = true; });
	const std::uint16_t port = server->port();
	server.reset();
	std::vector<std::string> heard;
	std::uint16_t code = 0;
	while (std::optional<RawClient::Frame> frame = voter.read()) {
		if (frame->opcode == 1) {
			const json message = json::parse(frame->payload);
			heard.push_back(message["type"] == "error" ? message["code"] : message["type"]);
		}
		code = frame->closeCode();
	}
	EXPECT_THAT(heard, testing::IsSupersetOf({"ack", "session_closed"}));
	EXPECT_EQ(code, 1001);
	EXPECT_EQ(waiting.read().value_or(RawClient::Frame{}).closeCode(), 1001);
	EXPECT_FALSE(RawClient(port).connected());
}

TEST_F(ServerTest, SaysWhyItCannotListen)
{
	const Result<std::unique_ptr<Server>> second =
		Server::start({.bind = "127.0.0.1", .port = server->port()}, backend);
	ASSERT_FALSE(second);
	EXPECT_EQ(second.error().message,
		  "port " + std::to_string(server->port()) + " on 127.0.0.1 is in use; choose another port");
	EXPECT_THAT(Server::start({.bind = "192.0.2.7"}, backend).error().message, HasSubstr("not an address of this"));
	EXPECT_THAT(Server::start({.bind = "eth0"}, backend).error().message, HasSubstr("must be an IP address"));
	EXPECT_THAT(Server::start({.publicUrl = "nonsense"}, backend).error().message, HasSubstr("public URL"));
	EXPECT_THAT(Server::start({.pages = "/nowhere"}, backend).error().message, HasSubstr("index.html"));
}

TEST_F(ServerTest, ListensOnIpv6Too)
{
	Result<std::unique_ptr<Server>> six = Server::start({.bind = "::1"}, backend);
	if (!six) {
		GTEST_SKIP() << "no IPv6 here: " << six.error().message;
	}
	EXPECT_EQ((*six)->url(), "http://[::1]:" + std::to_string((*six)->port()) + "/");
	RawClient client((*six)->port(), "::1");
	EXPECT_THAT(client.request("GET /healthz HTTP/1.1\r\nHost: [::1]\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, OnAllIpv6AddressesIsOnNoIpv4One)
{
	const Result<std::unique_ptr<Server>> six = Server::start({.bind = "::"}, backend);
	if (!six) {
		GTEST_SKIP() << "no IPv6 here: " << six.error().message;
	}
	EXPECT_TRUE(RawClient((*six)->port(), "::1").connected());
	EXPECT_FALSE(RawClient((*six)->port()).connected());
}

TEST_F(ServerTest, KeepsToItsConnectionLimit)
{
	start({.maxConnections = 3});
	std::vector<std::unique_ptr<RawClient>> clients;
	for (int i = 0; i < 3; ++i) {
		clients.push_back(std::make_unique<RawClient>(server->port()));
		EXPECT_EQ(joined(*clients.back())["type"], "joined");
	}
	RawClient late(server->port());
	EXPECT_EQ(joined(late)["code"], "rate_limited");
	EXPECT_THAT(RawClient(server->port()).request("GET /healthz HTTP/1.1\r\nHost: localhost\r\n"),
		    StartsWith("HTTP/1.1 200"));
	clients.pop_back();
	nlohmann::json said;
	while (said["type"] != "joined") { // until the server has noticed
		late.text(R"({"type":"join","session":"ABC234","role":"participant"})");
		said = answer(late);
	}
}

TEST_F(ServerTest, WhoComesBackFindsRoom)
{
	start({.maxConnections = 1});
	RawClient first(server->port()), again(server->port());
	const std::string token = joined(first)["token"];
	again.upgrade();
	again.text(R"({"type":"join","session":"ABC234","role":"participant","token":")" + token + "\"}");
	EXPECT_EQ(answer(again)["type"], "joined");
}

TEST_F(ServerTest, ManyThreadsMayTellItThings)
{
	commitAtOnce();
	RawClient client(server->port());
	joined(client);
	std::vector<std::thread> threads;
	std::atomic<int> ran{0};
	for (int t = 0; t < 4; ++t) {
		threads.emplace_back([&, t] {
			for (int i = 0; i < 500; ++i) {
				server->post([&] { ++ran; });
				server->durable(static_cast<Ticket>(t));
				server->wake();
			}
		});
	}
	client.text(R"({"type":"respond","seq":1,"value":1})");
	EXPECT_EQ(answer(client)["seq"], 1);
	for (std::thread &thread : threads) {
		thread.join();
	}
	onNetwork([] {});
	EXPECT_EQ(ran, 2000);
}

} // namespace
} // namespace pulseline::ingest
