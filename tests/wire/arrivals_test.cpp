// Many who come at once, in good faith or not.
#include "wire/server_fixture.hpp"

#include <atomic>
#include <thread>

namespace pulseline::ingest {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

using ArrivalsTest = ServerTest;

TEST_F(ArrivalsTest, AFloodOfThemDelaysNobodyWhoIsIn)
{
	commitAtOnce();
	RawClient person(server->port());
	ASSERT_EQ(joined(person)["type"], "joined");
	std::atomic<bool> enough = false;
	std::thread flood([&] {
		while (!enough) {
			const RawClient newcomer(server->port()); // and gone
		}
	});
	for (int seq = 1; seq <= 30; ++seq) {
		person.text(R"({"type":"respond","value":1,"seq":)" + std::to_string(seq) + "}");
		EXPECT_EQ(answer(person)["seq"], seq);
	}
	enough = true;
	flood.join();
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
