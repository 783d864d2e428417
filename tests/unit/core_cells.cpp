// Cells as values (copies never see what is written to the other side), sums over strata, and the exact sums beneath.
#include "core/cells.hpp"
#include "core/mailbox.hpp"
#include "core/seq_set.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <thread>

namespace pulseline {
namespace {

TEST(Cells, AreEmptyWhereNothingWasCounted)
{
	Cells cells(2);
	cells.edit(3, 1, 100).present = 7;
	EXPECT_EQ(cells.strata(), 4U);
	EXPECT_EQ(cells.ticks(), 101);
	EXPECT_EQ(cells.at(3, 1, 100).present, 7U);
	for (const auto &[stratum, target, tick] : {std::tuple{3U, 0U, 100L},
						    {3U, 1U, 99L},
						    {3U, 1U, 101L},
						    {3U, 1U, -1L},
						    {9U, 0U, 0L},
						    {3U, 2U, 100L},
						    {0U, 9U, 0L},
						    {3U, 1U, 1L << 40}}) {
		EXPECT_TRUE(cells.at(stratum, target, tick).empty()) << stratum << ' ' << target << ' ' << tick;
	}
}

TEST(Cells, AddOverStrata)
{
	Cells cells(1);
	cells.edit(0, 0, 70) = {5, 4, 2, 1, {1.5, 0}, {3.25, 0}};
	cells.edit(2, 0, 70) = {3, 2, 0, 2, {-2, 0}, {4, 0}};
	cells.edit(2, 0, 71) = {1, 1, 1, 0, {1, 0}, {1, 0}};
	const std::uint32_t both[] = {0, 2};
	const std::uint32_t unknown[] = {1, 7};
	std::array<Cell, 4> out;
	cells.sum(both, 0, 69, out); // ticks 69..72, the last beyond the end
	EXPECT_TRUE(out[0].empty());
	EXPECT_EQ(out[1].present, 8U);
	EXPECT_EQ(out[1].n, 6U);
	EXPECT_EQ(out[1].likes, 2U);
	EXPECT_EQ(out[1].dislikes, 3U);
	EXPECT_EQ(out[1].sum.value(), -0.5);
	EXPECT_EQ(out[1].sum_sq.value(), 7.25);
	EXPECT_EQ(out[2].n, 1U);
	EXPECT_TRUE(out[3].empty());
	cells.sum(unknown, 0, 69, out);
	EXPECT_TRUE(out[1].empty());
	cells.sum(both, 5, 69, out); // no such target
	EXPECT_TRUE(out[1].empty());
	cells.sum({}, 0, 69, out);
	EXPECT_TRUE(out[1].empty());
	cells.sum(both, 0, -2, out);
	EXPECT_TRUE(out[3].empty());
}

TEST(Cells, SumOfARangeIsTheSumOfItsCells)
{
	std::mt19937_64 random(7);
	Cells cells(2);
	for (int i = 0; i < 3000; ++i) {
		Cell &cell =
			cells.edit(static_cast<std::uint32_t>(random() % 9), static_cast<std::uint32_t>(random() % 2),
				   static_cast<std::int64_t>(random() % 400));
		++cell.present;
		++cell.n;
		const double value = static_cast<double>(random() % 1001) / 10;
		cell.sum.add(value);
		cell.sum_sq.addSquare(value, 1);
	}
	const std::uint32_t strata[] = {0, 1, 4, 5, 8};
	for (const std::int64_t from : {0L, 1L, 63L, 64L, 65L, 300L, 399L}) {
		std::array<Cell, 130> out;
		cells.sum(strata, 1, from, out);
		for (std::size_t i = 0; i < out.size(); ++i) {
			Cell expected;
			for (const std::uint32_t stratum : strata) {
				expected.add(cells.at(stratum, 1, from + static_cast<std::int64_t>(i)));
			}
			ASSERT_EQ(out[i].n, expected.n);
			ASSERT_EQ(out[i].present, expected.present);
			ASSERT_EQ(out[i].sum, expected.sum);
			ASSERT_NEAR(out[i].sum_sq.value(), expected.sum_sq.value(), 1e-15 * expected.sum_sq.value());
		}
	}
}

TEST(Cells, ASnapshotStaysAsItIs)
{
	Cells cells(1);
	cells.edit(0, 0, 0).n = 1;
	const Cells first = cells.snapshot();
	cells.edit(0, 0, 0).n = 2;
	cells.edit(0, 0, 1).n = 5; // the same block
	cells.edit(4, 0, 900).n = 6;
	const Cells second = cells.snapshot();
	cells.edit(0, 0, 0).n = 3;
	EXPECT_EQ(first.at(0, 0, 0).n, 1U);
	EXPECT_EQ(first.at(0, 0, 1).n, 0U);
	EXPECT_EQ(first.ticks(), 1);
	EXPECT_EQ(first.strata(), 1U);
	EXPECT_EQ(second.at(0, 0, 0).n, 2U);
	EXPECT_EQ(second.at(4, 0, 900).n, 6U);
	EXPECT_EQ(cells.at(0, 0, 0).n, 3U);
}

TEST(Cells, NeitherSideOfACopySeesTheOther)
{
	Cells a(1);
	a.edit(0, 0, 0).n = 1;
	Cells b = a; // a plain copy
	b.edit(0, 0, 0).n = 2;
	EXPECT_EQ(a.at(0, 0, 0).n, 1U);
	a.edit(0, 0, 0).n = 3;
	EXPECT_EQ(b.at(0, 0, 0).n, 2U);

	Cells c = b.snapshot();
	c.edit(0, 0, 0).n = 4; // a snapshot written to
	EXPECT_EQ(b.at(0, 0, 0).n, 2U);

	Cells d(1);
	d.edit(0, 0, 0).n = 9;
	const Cells ofD = d;
	d = c; // assigned over: c and d share now, ofD keeps its own
	d.edit(0, 0, 0).n = 5;
	EXPECT_EQ(c.at(0, 0, 0).n, 4U);
	EXPECT_EQ(ofD.at(0, 0, 0).n, 9U);

	const Cells ofC = c;
	Cells moved = std::move(c);
	moved.edit(0, 0, 0).n = 6;
	EXPECT_EQ(ofC.at(0, 0, 0).n, 4U);
	moved = Cells(1);
	EXPECT_EQ(moved.at(0, 0, 0).n, 0U);
}

TEST(Cells, ManyGenerationsOfSnapshots)
{
	std::mt19937_64 random(11);
	Cells cells(1);
	std::vector<std::pair<Cells, std::uint32_t>> kept;
	std::uint32_t total = 0;
	for (int i = 0; i < 2000; ++i) {
		++cells.edit(static_cast<std::uint32_t>(random() % 3), 0, static_cast<std::int64_t>(random() % 200)).n;
		++total;
		if (random() % 50 == 0) {
			kept.emplace_back(cells.snapshot(), total);
		}
	}
	const std::uint32_t strata[] = {0, 1, 2};
	for (const auto &[snapshot, expected] : kept) {
		std::array<Cell, 200> out;
		snapshot.sum(strata, 0, 0, out);
		std::uint32_t n = 0;
		for (const Cell &cell : out) {
			n += cell.n;
		}
		EXPECT_EQ(n, expected);
	}
}

TEST(Sum, ForgetsNothing)
{
	Sum sum;
	sum.add(1e16);
	sum.add(1.0); // lost in a double
	sum.add(-1e16);
	EXPECT_EQ(sum.value(), 1.0);
	// 0.1 is 3602879701896397 / 2^55: ten of them are 1 + 10 * 0.1's error exactly, nine taken back leave 0.1.
	Sum tenths;
	for (int i = 0; i < 10; ++i) {
		tenths.add(0.1);
	}
	for (int i = 0; i < 9; ++i) {
		tenths.add(-0.1);
	}
	EXPECT_EQ(tenths, (Sum{0.1, 0}));
}

TEST(Sum, SquaresExactly)
{
	// (2^30 + 1)^2 = 2^60 + 2^31 + 1 has 61 digits.
	Sum sum;
	sum.addSquare(0x1p30 + 1, 1);
	sum.add(-0x1p60);
	sum.add(-0x1p31);
	EXPECT_EQ(sum.value(), 1);
	Sum back;
	back.addSquare(0.7, 1);
	back.addSquare(0.7, -1);
	EXPECT_EQ(back, Sum{});
	// The halves give the error that a fused multiply-add gives.
	std::mt19937_64 random(3);
	std::uniform_real_distribution<double> any(-1e6, 1e6);
	for (int i = 0; i < 10'000; ++i) {
		const double a = any(random);
		const double b = any(random);
		EXPECT_EQ(twoProduct(a, b), (Sum{a * b, std::fma(a, b, -(a * b))}));
	}
}

TEST(Sum, DividesWithOneRounding)
{
	for (int n = 1; n < 2000; ++n) {
		Sum sum;
		for (int i = 0; i < n; ++i) {
			sum.add(0.7);
		}
		EXPECT_EQ(sum.over(n), 0.7) << n;
	}
	EXPECT_EQ((Sum{2, 0}.over(3)), 2.0 / 3);
	EXPECT_EQ(Sum{}.over(5), 0);
}

TEST(SeqSet, IsASet)
{
	for (std::uint64_t seed = 1; seed <= 200; ++seed) {
		std::mt19937_64 random(seed);
		const std::uint64_t range = 1 + random() % 60;
		const std::uint64_t base = random() % 3 == 0 ? random() : 0;
		SeqSet set;
		std::set<std::uint64_t> reference;
		for (int i = 0; i < 120; ++i) {
			const std::uint64_t seq = random() % 4 ? base + random() % range : random() % range;
			if (seq == 0) {
				EXPECT_FALSE(set.insert(0));
				continue;
			}
			ASSERT_EQ(set.contains(seq), reference.contains(seq)) << "seed " << seed;
			ASSERT_EQ(set.insert(seq), reference.insert(seq).second) << "seed " << seed;
			ASSERT_TRUE(set.contains(seq));
			ASSERT_EQ(set.highest(), *reference.rbegin()) << "seed " << seed;
		}
		for (std::uint64_t seq = 0; seq <= range; ++seq) {
			ASSERT_EQ(set.contains(seq), reference.contains(seq)) << "seed " << seed;
			ASSERT_EQ(set.contains(base + seq), reference.contains(base + seq)) << "seed " << seed;
		}
	}
}

TEST(SeqSet, AGapCostsOneEntryHoweverMuchFollows)
{
	SeqSet set;
	EXPECT_EQ(set.highest(), 0U);
	EXPECT_FALSE(set.contains(1));
	for (std::uint64_t seq = 2; seq <= 100'000; ++seq) { // 1 was refused and never came again
		ASSERT_TRUE(set.insert(seq));
	}
	EXPECT_EQ(set.gaps(), 1U);
	EXPECT_EQ(set.highest(), 100'000U);
	EXPECT_TRUE(set.insert(1));
	EXPECT_EQ(set.gaps(), 0U);
	EXPECT_TRUE(set.contains(100'000));
	EXPECT_FALSE(set.insert(50'000));
	EXPECT_TRUE(set.insert(UINT64_MAX));
	EXPECT_FALSE(set.insert(UINT64_MAX));
	EXPECT_EQ(set.highest(), UINT64_MAX);
}

// Counts how many of it live.
struct Letter {
	explicit Letter(int number_, std::atomic<int> &alive_)
		: number(number_)
		, alive(&alive_)
	{
		++*alive;
	}
	Letter(Letter &&other) noexcept
		: number(other.number)
		, alive(other.alive)
	{
		++*alive;
	}
	Letter &operator=(Letter &&) = delete;
	~Letter() { --*alive; }

	int number;
	std::atomic<int> *alive;
};

TEST(Mailbox, HoldsTheNewest)
{
	std::atomic<int> alive{0};
	{
		Mailbox<Letter> box;
		EXPECT_EQ(box.take(), nullptr);
		box.put(Letter(1, alive));
		box.put(Letter(2, alive));
		EXPECT_EQ(alive, 1);
		EXPECT_EQ(box.take()->number, 2);
		EXPECT_EQ(box.take(), nullptr);
		box.put(Letter(3, alive)); // left unread
	}
	EXPECT_EQ(alive, 0);
}

TEST(Mailbox, BetweenTwoThreadsGoesOnlyForward)
{
	constexpr int kLetters = 50'000;
	std::atomic<int> alive{0};
	{
		Mailbox<Letter> box;
		std::jthread writer([&] {
			for (int number = 1; number <= kLetters; ++number) {
				box.put(Letter(number, alive));
			}
		});
		int last = 0;
		while (last < kLetters) { // the last one is never replaced
			if (const auto letter = box.take()) {
				ASSERT_GT(letter->number, last);
				last = letter->number;
			} else {
				std::this_thread::yield();
			}
		}
		EXPECT_EQ(box.take(), nullptr);
	}
	EXPECT_EQ(alive, 0);
}

TEST(Cells, AreReadElsewhereWhileTheyAreWritten)
{
	constexpr std::uint32_t kRounds = 3000;
	Mailbox<Cells> box;
	std::jthread writer([&] {
		Cells cells(1);
		for (std::uint32_t round = 1; round <= kRounds; ++round) {
			for (const std::int64_t tick : {0L, 1L, 64L, 900L}) {
				cells.edit(round % 2, 0, tick).n = round;
			}
			box.put(cells.snapshot());
		}
	});
	for (std::uint32_t last = 0; last < kRounds;) {
		const auto snapshot = box.take();
		if (!snapshot) {
			std::this_thread::yield();
			continue;
		}
		const Cells copy = *snapshot;
		const std::uint32_t round = std::max(copy.at(0, 0, 0).n, copy.at(1, 0, 0).n);
		ASSERT_GT(round, last);
		last = round;
		for (const std::int64_t tick : {0L, 1L, 64L, 900L}) { // a round is in it as a whole, and the one before
			ASSERT_EQ(copy.at(round % 2, 0, tick).n, round);
			ASSERT_EQ(copy.at((round + 1) % 2, 0, tick).n, round - 1);
		}
	}
}

} // namespace
} // namespace pulseline
