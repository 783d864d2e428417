// What a large session takes: 10,000 people for two hours at 5 s.
#include "core/counter.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <random>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace pulseline {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPlainAllocator = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kPlainAllocator = false;
#else
constexpr bool kPlainAllocator = true;
#endif
#else
constexpr bool kPlainAllocator = true;
#endif

// What the program has allocated, as the allocator counts it; 0 where it cannot be asked.
std::size_t allocated()
{
#if defined(__GLIBC__)
	const auto info = mallinfo2();
	return info.uordblks + info.hblkhd;
#else
	return 0;
#endif
}

struct Taken {
	std::size_t said = 0;     // by Counter::memory()
	std::size_t measured = 0; // by the allocator: the participants' state, the cells and all else
};

// Everybody responds once in every tick, in another order each time. People are there from the start, or join one by
// one over the first half.
Taken fill(std::uint32_t people, std::int64_t ticks, std::uint32_t targets, bool oneByOne)
{
	const std::size_t before = allocated();
	Counter counter(targets, {-1, 1, 0}, kDefaultTick_ms, 0);
	std::mt19937_64 random(1);
	std::vector<std::uint32_t> order(people);
	std::iota(order.begin(), order.end(), 0U);
	for (std::int64_t tick = 0; tick < ticks; ++tick) {
		const std::uint64_t due = oneByOne ? std::uint64_t{people} * static_cast<std::uint64_t>(2 * tick + 1) /
							     static_cast<std::uint64_t>(ticks)
						   : people;
		std::ranges::shuffle(order, random);
		while (counter.participants() < std::min<std::uint64_t>(people, due)) {
			counter.addParticipant(counter.participants() % 40);
		}
		for (const std::uint32_t participant : order) {
			for (std::uint32_t target = 0; target < targets && participant < counter.participants();
			     ++target) {
				const auto seq = static_cast<std::uint64_t>(tick * targets + target + 1);
				const auto value = static_cast<double>(random() % 3) - 1;
				counter.count({participant, target, seq, tick * kDefaultTick_ms, 0, value});
			}
		}
	}
	return {counter.memory(), allocated() - before};
}

TEST(Memory, TwelveBytesForEachParticipantTargetAndTick)
{
	const Taken taken = fill(10'000, 1440, 1, false);
	EXPECT_LE(taken.said, 12U * 10'000 * 1440);
	RecordProperty("bytes_said", std::to_string(taken.said));
	RecordProperty("bytes_measured", std::to_string(taken.measured));
	if (kPlainAllocator && allocated() > 0) {
		EXPECT_LT(taken.measured, 200'000'000U);
		// What it says of itself is what the allocator gave, but for the cells (40 strata: 3 MB) and headers.
		EXPECT_GT(taken.said, taken.measured * 9 / 10);
	}
}

TEST(Memory, AlsoWithSeveralTargetsAndSmallerAudiences)
{
	EXPECT_LE(fill(1000, 1440, 4, false).said, 12U * 1000 * 1440 * 4);
	EXPECT_LE(fill(300, 1440, 2, false).said, 12U * 300 * 1440 * 2);
}

TEST(Memory, AlsoWhilePeopleJoin)
{
	// Half as many on average in the first half: three quarters of all participants and ticks are touched.
	EXPECT_LE(fill(2000, 1440, 1, true).said, 12U * 2000 * 1440 * 3 / 4 * 11 / 10);
}

} // namespace
} // namespace pulseline
