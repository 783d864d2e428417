// Many who come at once, in good faith or not.
#include "wire/server_fixture.hpp"

#include <atomic>

namespace pulseline::ingest {
namespace {

class ArrivalsTest : public ServerTest {
protected:
	int last = 0; // network thread: how often the clock had been asked when the last response was taken
};

// The server asks what time it is whenever it lets somebody in, so that tells how many came before those who are in had
// their turn: one of them spoke before all the newcomers came, the other one after them.
TEST_F(ArrivalsTest, AFloodOfThemDelaysNobodyWhoIsIn)
{
	constexpr int kNewcomers = 600;
	const auto asked = std::make_shared<std::atomic<int>>(0);
	start({.clock = [asked] {
		++*asked;
		return Clock::now();
	}});
	RawClient before(server->port()), after(server->port());
	ASSERT_EQ(joined(before)["type"], "joined");
	ASSERT_EQ(joined(after)["type"], "joined");
	std::promise<void> busy, go;
	onNetwork([&] { backend.written = [this, asked](Ticket) { last = *asked; }; });
	server->post([&] {
		busy.set_value();
		go.get_future().wait();
		*asked = 0;
	});
	busy.get_future().wait();
	before.text(R"({"type":"respond","value":1,"seq":1})");
	std::vector<std::unique_ptr<RawClient>> newcomers;
	for (int i = 0; i < kNewcomers; ++i) {
		newcomers.push_back(std::make_unique<RawClient>(server->port()));
		ASSERT_TRUE(newcomers.back()->connected());
	}
	after.text(R"({"type":"respond","value":1,"seq":1})");
	go.set_value();
	for (RawClient *client : {&before, &after}) {
		client->text(R"({"type":"clock","t0":7})");
		EXPECT_EQ(answer(*client)["t0"], 7);
	}
	onNetwork([&] { EXPECT_LT(last, kNewcomers / 2); });
}

// No time passes, so nobody is the oldest.
TEST_F(ArrivalsTest, AWholeRoomMayCome)
{
	const Clock::time_point moment = Clock::now();
	start({.maxConnections = 400, .clock = [moment] { return moment; }}); // so 100 whose request is awaited
	std::vector<std::unique_ptr<RawClient>> room;
	for (int i = 0; i < 300; ++i) {
		room.push_back(std::make_unique<RawClient>(server->port()));
		ASSERT_TRUE(room.back()->connected());
	}
	for (const std::unique_ptr<RawClient> &phone : room) {
		EXPECT_EQ(joined(*phone)["type"], "joined");
	}
}

TEST_F(ArrivalsTest, HalfOpenHandshakesMakeWayForNewOnes)
{
	const auto begin = Clock::now();
	start({.maxConnections = 80,
	       .clock = [begin] { return begin + 20 * (Clock::now() - begin); }}); // so 20 half-open
	std::vector<std::unique_ptr<RawClient>> halfOpen;
	for (int i = 0; i < 100; ++i) {
		halfOpen.push_back(std::make_unique<RawClient>(server->port()));
		halfOpen.back()->sendBytes("GET / HTTP/1.1\r\nHost: local");
	}
	EXPECT_EQ(halfOpen.front()->readHead(), "");
	RawClient person(server->port());
	EXPECT_EQ(joined(person)["type"], "joined");
}

} // namespace
} // namespace pulseline::ingest
