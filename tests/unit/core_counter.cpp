// From responses to cells: ticks and lag, one voice per tick, present, silence. Every figure is worked out beside it.
#include "core/counter.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace pulseline {
namespace {

constexpr Scale kButtons{-1, 1, 0};
constexpr std::optional<double> kNull;

// One participant of stratum 0, ticks of 5 s, unless a test says otherwise.
class OneVoice : public testing::Test {
protected:
	OneVoice() { counter.addParticipant(0); }

	void send(std::uint64_t seq, std::int64_t position_ms, std::optional<double> value, std::uint32_t pass = 0)
	{
		counter.count({0, 0, seq, position_ms, pass, value});
	}
	const Cell &cell(std::int64_t tick = 0) const { return counter.cells().at(0, 0, tick); }
	// The value that counts in a tick; empty: none.
	std::optional<double> value(std::int64_t tick = 0) const
	{
		return cell(tick).n == 1 ? std::optional(cell(tick).sum.value()) : std::nullopt;
	}

	Counter counter{1, {0, 100, 50}, 5000, 0};
};

void expectCell(const Cell &cell, const Cell &expected)
{
	EXPECT_EQ(cell.present, expected.present);
	EXPECT_EQ(cell.n, expected.n);
	EXPECT_EQ(cell.likes, expected.likes);
	EXPECT_EQ(cell.dislikes, expected.dislikes);
	EXPECT_EQ(cell.sum.value(), expected.sum.value());
	EXPECT_EQ(cell.sum_sq.value(), expected.sum_sq.value());
}

TEST(Tick, IsTheFloorOfPositionLessLag)
{
	EXPECT_EQ(tickOf(0, 0, 5000), 0);
	EXPECT_EQ(tickOf(4999, 0, 5000), 0);
	EXPECT_EQ(tickOf(5000, 0, 5000), 1);
	EXPECT_EQ(tickOf(14'999, 0, 5000), 2);
	EXPECT_EQ(tickOf(7000, 2000, 5000), 1); // 5000 / 5000
	EXPECT_EQ(tickOf(6999, 2000, 5000), 0); // 4999 / 5000
	EXPECT_EQ(tickOf(1000, 0, 250), 4);
	EXPECT_EQ(tickOf(kMaxPosition_ms, 0, 250), kMaxPosition_ms / 250);
}

TEST(Tick, WhatCameBeforeTheLagIsInTickZero)
{
	EXPECT_EQ(tickOf(0, 2000, 5000), 0);
	EXPECT_EQ(tickOf(1999, 2000, 250), 0); // not floor(-1 / 250) = -1
	EXPECT_EQ(tickOf(2000, 2000, 250), 0);
	EXPECT_EQ(tickOf(2250, 2000, 250), 1);
}

TEST(Tick, TheCountersLagMovesResponses)
{
	Counter counter(1, kButtons, 1000, 1500);
	counter.addParticipant(0);
	counter.count({0, 0, 1, 0, 0, 1});     // before the lag: tick 0
	counter.count({0, 0, 2, 2499, 0, -1}); // 999 -> tick 0, later seq
	counter.count({0, 0, 3, 2500, 0, 1});  // 1000 -> tick 1
	EXPECT_EQ(counter.cells().ticks(), 2);
	expectCell(counter.cells().at(0, 0, 0), {1, 1, 0, 1, {-1, 0}, {1, 0}});
	expectCell(counter.cells().at(0, 0, 1), {1, 1, 1, 0, {1, 0}, {1, 0}});
}

TEST_F(OneVoice, TheHighestSeqCountsWhicheverComesFirst)
{
	send(1, 100, 20);
	send(3, 300, 80);
	send(2, 200, 40); // late
	EXPECT_EQ(value(), 80);
	expectCell(cell(), {1, 1, 1, 0, {80, 0}, {6400, 0}});
}

TEST_F(OneVoice, ADuplicateChangesNothing)
{
	send(1, 100, 20);
	send(2, 200, 40);
	counter.takeChanged();
	send(1, 100, 20);
	send(2, 200, 40);
	expectCell(cell(), {1, 1, 0, 1, {40, 0}, {1600, 0}});
	EXPECT_TRUE(counter.takeChanged().empty());
}

TEST_F(OneVoice, ALaterNullDoesNotTakeTheValueBack)
{
	send(1, 100, 20);
	send(2, 200, kNull);
	EXPECT_EQ(value(), 20);
	send(4, 400, kNull);
	send(3, 300, 70);
	EXPECT_EQ(value(), 70);
}

TEST_F(OneVoice, NullsAloneArePresentWithoutAVoice)
{
	send(1, 100, kNull);
	send(2, 200, kNull);
	expectCell(cell(), {1, 0, 0, 0, {}, {}});
}

TEST_F(OneVoice, OnlyTheHighestPassCounts)
{
	send(1, 100, 20, 0);
	send(2, 100, 90, 1);
	EXPECT_EQ(value(), 90);
	send(9, 100, 10, 0); // a higher seq of a lower pass
	EXPECT_EQ(value(), 90);
	send(3, 100, 60, 1);
	EXPECT_EQ(value(), 60);
}

TEST_F(OneVoice, ANullInAHigherPassWipesTheLowerPass)
{
	send(1, 100, 20, 0);
	send(2, 200, kNull, 2);
	expectCell(cell(), {1, 0, 0, 0, {}, {}});
	send(3, 300, 70, 1); // lower than 2: stays silent
	expectCell(cell(), {1, 0, 0, 0, {}, {}});
	send(4, 400, 30, 2);
	EXPECT_EQ(value(), 30);
}

TEST_F(OneVoice, ASeqOfAHigherPassMayBeLower)
{
	send(9, 100, 20, 0);
	send(1, 200, 70, 1);
	EXPECT_EQ(value(), 70);
}

TEST_F(OneVoice, EachTickHasItsOwnPass)
{
	send(1, 100, 20, 0);
	send(2, 5100, 40, 0);
	send(3, 5200, 60, 1); // shown again from tick 1 on
	EXPECT_EQ(value(0), 20);
	EXPECT_EQ(value(1), 60);
}

TEST_F(OneVoice, AValueAtNeutralIsNeitherLikeNorDislike)
{
	send(1, 100, 50);
	expectCell(cell(), {1, 1, 0, 0, {50, 0}, {2500, 0}});
}

TEST_F(OneVoice, SeqAndPassOfAnySize)
{
	constexpr std::uint64_t kBig = (std::uint64_t{1} << 63) + 12'345;
	send(5, 100, 20, 1000);
	send(40'000, 5100, 40, 1000); // more than 32,767 above its chunk's first
	send(kBig, 10'100, 60, 1000);
	send(kBig + 1, 10'200, 61, 1000);
	send(kBig - 1, 10'300, 59, 1000);
	send(kBig + 40'000, 15'100, 80, 4'000'000'000U);
	send(kBig + 40'001, 15'100, 81, 3'999'999'999U);
	EXPECT_EQ(value(0), 20);
	EXPECT_EQ(value(1), 40);
	EXPECT_EQ(value(2), 61);
	EXPECT_EQ(value(3), 80);
	send(6, 15'100, kNull, 4'000'000'001U);
	EXPECT_EQ(value(3), std::nullopt);
	send(7, 15'100, 33, 4'000'000'001U);
	EXPECT_EQ(value(3), 33);
}

TEST_F(OneVoice, ComesBackFromTheWideWayOfKeepingIt)
{
	send(1, 0, 10, 500);  // the chunk's first pass is 500
	send(2, 5000, 20, 0); // 500 below: kept whole
	EXPECT_EQ(value(1), 20);
	const std::size_t whole = counter.memory();
	send(3, 5000, 30, 501); // fits again
	EXPECT_EQ(value(1), 30);
	EXPECT_LT(counter.memory(), whole);
	send(4, 5000, 40, 0);
	EXPECT_EQ(value(1), 30);
}

TEST_F(OneVoice, TellsTheTicksThatChangedOnce)
{
	send(1, 100, 20);
	send(2, 200, 30);
	send(3, 12'000, kNull);
	std::vector<std::int64_t> ticks = counter.takeChanged();
	std::ranges::sort(ticks);
	EXPECT_EQ(ticks, (std::vector<std::int64_t>{0, 2}));
	EXPECT_TRUE(counter.takeChanged().empty());
	send(4, 300, 30); // the same value under a higher seq: no cell changes
	EXPECT_TRUE(counter.takeChanged().empty());
	send(5, 300, 31);
	EXPECT_EQ(counter.takeChanged(), (std::vector<std::int64_t>{0}));
}

TEST(Counter, PresentIsAcrossTargetsAndNIsOfOne)
{
	Counter counter(3, kButtons, 5000, 0);
	counter.addParticipant(0);
	counter.addParticipant(0);
	counter.count({0, 0, 1, 0, 0, 1});     // target 0
	counter.count({0, 1, 2, 0, 0, -1});    // target 1, the same person
	counter.count({1, 1, 1, 0, 0, kNull}); // another person, present only
	// Two people are present for each of the three targets, also for target 2, for which no one sent anything.
	expectCell(counter.cells().at(0, 0, 0), {2, 1, 1, 0, {1, 0}, {1, 0}});
	expectCell(counter.cells().at(0, 1, 0), {2, 1, 0, 1, {-1, 0}, {1, 0}});
	expectCell(counter.cells().at(0, 2, 0), {2, 0, 0, 0, {}, {}});
}

TEST(Counter, TargetsHaveVoicesAndPassesOfTheirOwn)
{
	Counter counter(2, kButtons, 5000, 0);
	counter.addParticipant(0);
	counter.count({0, 0, 1, 0, 0, 1});
	counter.count({0, 1, 2, 0, 1, kNull}); // a higher pass, but for the other target
	EXPECT_EQ(counter.cells().at(0, 0, 0).likes, 1U);
	EXPECT_EQ(counter.cells().at(0, 1, 0).n, 0U);
}

TEST(Counter, SilenceIsNotNeutral)
{
	Counter counter(1, kButtons, 5000, 0);
	for (std::uint32_t participant = 0; participant < 4; ++participant) {
		counter.addParticipant(0);
	}
	counter.count({0, 0, 1, 0, 0, 1});
	counter.count({1, 0, 1, 0, 0, 0});     // pressed neutral
	counter.count({2, 0, 1, 0, 0, kNull}); // present, pressed nothing
	// The fourth never sent anything: not even present.
	expectCell(counter.cells().at(0, 0, 0), {3, 2, 1, 0, {1, 0}, {1, 0}});
}

TEST(Counter, ATickWithoutAResponseIsEmptyInBothModes)
{
	Counter counter(1, {0, 100, 50}, 5000, 0);
	counter.addParticipant(0);
	counter.count({0, 0, 1, 0, 0, 80});
	counter.count({0, 0, 2, 10'000, 0, 80});
	EXPECT_TRUE(counter.cells().at(0, 0, 1).empty()); // holding is the sender's work
	EXPECT_EQ(counter.cells().ticks(), 3);
}

TEST(Counter, CountsEachStratumApart)
{
	Counter counter(1, kButtons, 5000, 0);
	counter.addParticipant(2);
	counter.addParticipant(0);
	counter.addParticipant(2);
	counter.count({0, 0, 1, 0, 0, 1});
	counter.count({1, 0, 1, 0, 0, -1});
	counter.count({2, 0, 1, 0, 0, 1});
	EXPECT_EQ(counter.cells().strata(), 3U);
	expectCell(counter.cells().at(0, 0, 0), {1, 1, 0, 1, {-1, 0}, {1, 0}});
	EXPECT_TRUE(counter.cells().at(1, 0, 0).empty());
	expectCell(counter.cells().at(2, 0, 0), {2, 2, 2, 0, {2, 0}, {2, 0}});
}

TEST(Counter, PeopleMayJoinWhileItCounts)
{
	Counter counter(2, kButtons, 5000, 0);
	for (std::uint32_t participant = 0; participant < 500; ++participant) {
		EXPECT_EQ(counter.addParticipant(participant % 3), participant);
		for (std::uint32_t other = 0; other <= participant; other += 7) {
			counter.count({other, participant % 2, participant + 1, participant * 1000, 0, 1});
		}
	}
	EXPECT_EQ(counter.participants(), 500U);
	// In tick 0 (five joined) only number 0 sent; in tick 99 (495..499) every seventh from 0 to 497: 72 people.
	const std::uint32_t strata[] = {0, 1, 2};
	Cell first, last;
	counter.cells().sum(strata, 0, 0, {&first, 1});
	counter.cells().sum(strata, 0, 99, {&last, 1});
	EXPECT_EQ(first.present, 1U);
	EXPECT_EQ(last.present, 72U);
	EXPECT_EQ(last.likes, 72U);
}

} // namespace
} // namespace pulseline
