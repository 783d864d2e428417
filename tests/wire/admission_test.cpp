#include "ingest/admission.hpp"

#include <gmock/gmock.h>

namespace pulseline::ingest {
namespace {

using namespace std::chrono_literals;

IpAddress at(const std::string &text)
{
	return addressFrom(text).value();
}

TEST(AddressTest, ReadsWhatProxiesWrite)
{
	EXPECT_EQ(at("192.0.2.7"), at("192.0.2.7:4711"));
	EXPECT_EQ(at("192.0.2.7"), at("::ffff:192.0.2.7"));
	EXPECT_EQ(at("2001:db8::7"), at("[2001:DB8:0::7]:4711"));
	EXPECT_NE(at("192.0.2.7"), at("192.0.2.8"));
	for (const char *wrong :
	     {"", "unknown", "_hidden", "192.0.2", "[", "[]", "192.0.2.7.8", "2001:db8::7 x", "\n"}) {
		EXPECT_FALSE(addressFrom(wrong)) << wrong;
	}
	EXPECT_TRUE(isLoopback(at("127.3.2.1")) && isLoopback(at("::1")) && isLoopback(at("::ffff:127.0.0.1")));
	EXPECT_FALSE(isLoopback(at("128.0.0.1")) || isLoopback(at("::2")) || isLoopback(IpAddress{}));
}

TEST(WrongCodesTest, TenAMinute)
{
	WrongCodes codes;
	Clock::time_point now = Clock::now();
	for (int i = 0; i < 10; ++i) {
		EXPECT_FALSE(codes.spent(at("192.0.2.7"), now)) << i;
		codes.count(at("192.0.2.7"), now);
		now += 1s;
	}
	EXPECT_TRUE(codes.spent(at("192.0.2.7"), now));
	EXPECT_FALSE(codes.spent(at("192.0.2.8"), now));
	now += 49s; // the first is 59 s ago
	EXPECT_TRUE(codes.spent(at("192.0.2.7"), now));
	now += 1s;
	EXPECT_FALSE(codes.spent(at("192.0.2.7"), now)) << "room for one";
	codes.count(at("192.0.2.7"), now);
	EXPECT_TRUE(codes.spent(at("192.0.2.7"), now));
	now += 1s;
	EXPECT_FALSE(codes.spent(at("192.0.2.7"), now));
}

TEST(WrongCodesTest, AnIpv6NetworkIsOne)
{
	WrongCodes codes;
	const Clock::time_point now = Clock::now();
	for (int i = 0; i < 10; ++i) {
		codes.count(at("2001:db8:1:2::" + std::to_string(i)), now);
	}
	EXPECT_TRUE(codes.spent(at("2001:db8:1:2:ffff::1"), now));
	EXPECT_FALSE(codes.spent(at("2001:db8:1:3::1"), now));
	EXPECT_EQ(codes.size(), 1U);
}

TEST(WrongCodesTest, RemembersSoManyAddressesAndNoMore)
{
	WrongCodes codes;
	const Clock::time_point now = Clock::now();
	IpAddress address = at("2001:db8::");
	for (std::size_t i = 0; i < WrongCodes::kMaxAddresses + 100; ++i) {
		address[6] = static_cast<std::uint8_t>(i >> 8);
		address[7] = static_cast<std::uint8_t>(i);
		codes.count(address, now);
	}
	EXPECT_EQ(codes.size(), WrongCodes::kMaxAddresses);
	codes.count(address, now + 2min);
	EXPECT_EQ(codes.size(), 1U) << "what is a window ago is forgotten";
}

// Somebody who sends at an even rate through a receive queue of a certain size.
class Sender {
public:
	Sender(double rate, std::size_t room)
		: rate_(rate)
		, room_(room)
	{
	}
	// 100 ms go by: they send, the server reads as it may. False: closed.
	bool tenth()
	{
		for (int step = 0; step < 100; ++step) {
			now += 1ms;
			due_ += rate_ / 1000;
			while (due_ >= 1 && queued() + kSize <= room_) {
				--due_;
				++waiting_;
			}
			while (waiting_ > 0 && !pace.held()) {
				--waiting_;
				++taken;
				pace.take(limit, kSize - 6, now);
			}
		}
		return !pace.slowed() || pace.look(limit, queued(), now) != Pace::Next::close;
	}
	// How many seconds until closed, at most so many.
	int lasts(int most)
	{
		for (int i = 0; i < most * 10; ++i) {
			if (!tenth()) {
				return i / 10;
			}
		}
		return most;
	}
	void owe(double messages) { due_ += messages; }
	std::size_t queued() const { return waiting_ * kSize; }

	RateLimit limit;
	Pace pace;
	Clock::time_point now = Clock::now();
	std::uint64_t taken = 0;

private:
	static constexpr std::size_t kSize = 66;
	double rate_, due_ = 0;
	std::size_t room_, waiting_ = 0;
};

TEST(PaceTest, UnderItsRateNobodyIsSlowed)
{
	Sender sender(199, 100'000);
	EXPECT_EQ(sender.lasts(300), 300);
	EXPECT_FALSE(sender.pace.slowed());
}

TEST(PaceTest, ABurstPassesAtOnce)
{
	Pace pace;
	const Clock::time_point now = Clock::now();
	for (int i = 0; i < 2000; ++i) {
		ASSERT_FALSE(pace.take({}, 60, now)) << i;
	}
	EXPECT_TRUE(pace.take({}, 60, now));
	EXPECT_TRUE(pace.noticeDue(now));
	EXPECT_FALSE(pace.noticeDue(now + 59s));
	EXPECT_TRUE(pace.noticeDue(now + 60s));
	EXPECT_EQ(pace.look({}, 0, now + 50ms), Pace::Next::stay);
	EXPECT_EQ(pace.look({}, 0, now + 150ms), Pace::Next::release);
	EXPECT_FALSE(pace.held());
	pace.look({}, 0, now + 1200ms);
	pace.look({}, 0, now + 2400ms);
	EXPECT_FALSE(pace.slowed()) << "it says nothing any more";
	EXPECT_FALSE(pace.noticeDue(now + 70s)) << "one a minute, also when it is slowed again";
}

TEST(PaceTest, HalfAgainItsRateIsReadSlowlyForEver)
{
	for (const std::size_t room : {20'000U, 100'000U, 6'000'000U}) {
		Sender sender(300, room);
		EXPECT_EQ(sender.lasts(600), 600);
		EXPECT_TRUE(sender.pace.slowed());
		EXPECT_NEAR(static_cast<double>(sender.taken), 2000 + 600 * 200, 500);
	}
}

TEST(PaceTest, NineTimesItsRateToo)
{
	for (const std::size_t room : {20'000U, 100'000U, 6'000'000U}) {
		EXPECT_EQ(Sender(1800, room).lasts(300), 300);
	}
}

TEST(PaceTest, AGreatBurstIsNoFloodHoweverLongItWaitsToBeRead)
{
	for (const double burst : {20'000.0, 100'000.0}) {
		Sender sender(1.5, 100'000);
		sender.owe(burst);
		EXPECT_EQ(sender.lasts(900), 900);
		EXPECT_NEAR(static_cast<double>(sender.taken), burst + 900 * 1.5, 20);
		EXPECT_FALSE(sender.pace.slowed());
	}
}

TEST(PaceTest, TenTimesItsRateEndsAfterAMinute)
{
	for (const double rate : {2'100.0, 5'000.0, 100'000.0}) {
		const int lasted = Sender(rate, 100'000).lasts(300);
		EXPECT_GE(lasted, 60);
		EXPECT_LE(lasted, 64);
	}
}

TEST(PaceTest, ATooGreatBurstIsForgivenWhoThenKeepsToHalfAgain)
{
	Sender sender(300, 100'000);
	for (int i = 0; i < 2'500; ++i) {
		sender.pace.take(sender.limit, 60, sender.now);
	}
	EXPECT_TRUE(sender.pace.held());
	EXPECT_GT(sender.pace.offered(), 10'000);
	EXPECT_EQ(sender.lasts(300), 300);
}

TEST(PaceTest, ZeroIsNoLimit)
{
	Sender sender(100'000, 100'000);
	sender.limit = {0, 0};
	EXPECT_EQ(sender.lasts(100), 100);
	EXPECT_EQ(sender.taken, 10'000'000U);
}

TEST(PaceTest, OneASecond)
{
	Sender sender(3, 100'000);
	sender.limit = {1, 10};
	EXPECT_EQ(sender.lasts(300), 300);
	EXPECT_NEAR(static_cast<double>(sender.taken), 310, 5);
}

class LobbyTest : public testing::Test {
protected:
	struct Caller final : Guest {
		void cut() override { wasCut = true; }
		bool wasCut = false;
	};
	std::size_t cutOff() const
	{
		return static_cast<std::size_t>(std::ranges::count(callers, true, &Caller::wasCut));
	}
	Clock::time_point now = Clock::now();
	std::list<Caller> callers;
	Lobby lobby{800};
};

TEST_F(LobbyTest, OfTooManyTheOldestGoes)
{
	ASSERT_EQ(lobby.most(Stage::request), 200U);
	for (int i = 0; i < 203; ++i) {
		lobby.enter(callers.emplace_back(), Stage::request, now);
	}
	EXPECT_EQ(cutOff(), 3U);
	EXPECT_TRUE(callers.front().wasCut && std::next(callers.begin(), 2)->wasCut);
	EXPECT_EQ(lobby.size(Stage::request), 200U);
	EXPECT_EQ(lobby.crowded(), 3U);
	lobby.leave(callers.back());
	lobby.enter(callers.emplace_back(), Stage::request, now);
	EXPECT_EQ(cutOff(), 3U);
}

TEST_F(LobbyTest, IsCrammedWhileAllMayHaveSentTheirRequestAlready)
{
	for (std::size_t i = 0; i < lobby.most(Stage::request); ++i) {
		EXPECT_FALSE(lobby.crammed(now));
		lobby.enter(callers.emplace_back(), Stage::request, now);
	}
	EXPECT_TRUE(lobby.crammed(now));
	EXPECT_FALSE(lobby.crammed(now + 3s)) << "the oldest may go";
	lobby.enter(callers.back(), Stage::silent, now);
	EXPECT_FALSE(lobby.crammed(now)) << "one has come in";
}

TEST_F(LobbyTest, EachStageHasItsPatience)
{
	Caller slow, page, silent, looked, joined;
	lobby.enter(slow, Stage::request, now);
	lobby.enter(page, Stage::page, now);
	lobby.enter(silent, Stage::silent, now);
	lobby.enter(looked, Stage::looked, now);
	lobby.enter(joined, Stage::looked, now);
	lobby.leave(joined);
	lobby.expire(now + 9s);
	EXPECT_FALSE(slow.wasCut);
	lobby.expire(now + 10s);
	EXPECT_TRUE(slow.wasCut && !page.wasCut && !silent.wasCut);
	lobby.enter(page, Stage::page, now + 15s); // the next chunk
	lobby.expire(now + 20s);
	EXPECT_TRUE(silent.wasCut && !page.wasCut && !looked.wasCut);
	lobby.expire(now + 599s);
	EXPECT_TRUE(page.wasCut && !looked.wasCut);
	lobby.expire(now + 600s);
	EXPECT_TRUE(looked.wasCut && !joined.wasCut);
	EXPECT_EQ(lobby.late(), 4U);
}

TEST_F(LobbyTest, MakesRoomWhereTheLeastIsLost)
{
	Caller looked, silent, request;
	lobby.enter(looked, Stage::looked, now);
	lobby.enter(silent, Stage::silent, now);
	lobby.enter(request, Stage::request, now);
	EXPECT_TRUE(lobby.makeRoom());
	EXPECT_TRUE(request.wasCut && !silent.wasCut);
	EXPECT_TRUE(lobby.makeRoom());
	EXPECT_TRUE(silent.wasCut && !looked.wasCut);
	EXPECT_TRUE(lobby.makeRoom());
	EXPECT_TRUE(looked.wasCut);
	EXPECT_FALSE(lobby.makeRoom()) << "everybody has joined";
}

} // namespace
} // namespace pulseline::ingest
