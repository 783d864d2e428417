// Dials with tenths, turned again and again: what was taken back leaves nothing behind.
#include "core/counter.hpp"
#include "unit/core_reference.hpp"

#include <gtest/gtest.h>
#include <random>

namespace pulseline {
namespace {

using reference::Exact;
using reference::expectCell;
using reference::expectNear;
using reference::ReferenceCell;

TEST(Dial, TurnedThousandsOfTimesLeavesTheExactFigures)
{
	// Every press takes the one before it back; what is left has been added and taken away many times over.
	std::mt19937_64 random(5);
	constexpr std::uint32_t kPeople = 50;
	Counter counter(1, {-100, 100, 0}, 5000, 0);
	std::vector<double> last(kPeople);
	for (std::uint32_t participant = 0; participant < kPeople; ++participant) {
		counter.addParticipant(0);
	}
	for (std::uint64_t seq = 1; seq <= 4000; ++seq) {
		for (std::uint32_t participant = 0; participant < kPeople; ++participant) {
			last[participant] = (static_cast<double>(random() % 2001) - 1000) / 10;
			counter.count({participant, 0, seq, 100, 0, last[participant]});
		}
	}
	ReferenceCell expected{{}, last};
	for (std::uint32_t participant = 0; participant < kPeople; ++participant) {
		expected.present.insert(participant);
	}
	expectCell(counter.cells().at(0, 0, 0), expected, {-100, 100, 0}, "dial");
}

TEST(Dial, SumsNearZeroAreExact)
{
	// Pairs that cancel up to a rounding of their decimal form: 0.1 + 0.2 - 0.3 is 2.8e-17, not 0 and not 5.6e-17.
	Counter counter(1, {-100, 100, 0}, 5000, 0);
	std::vector<double> values;
	for (int i = 1; i <= 300; ++i) {
		values.push_back(0.1 * i);
		values.push_back(0.2 * i);
		values.push_back(-0.3 * i);
	}
	for (std::uint32_t participant = 0; participant < values.size(); ++participant) {
		counter.addParticipant(0);
		for (std::uint64_t seq = 1; seq <= 20; ++seq) {
			counter.count({participant, 0, seq, 0, 0, 97.3 - 7.7 * static_cast<double>(seq)});
		}
		counter.count({participant, 0, 21, 0, 0, values[participant]});
	}
	Exact sum;
	for (const double value : values) {
		sum.add(value);
	}
	const Cell &cell = counter.cells().at(0, 0, 0);
	expectNear(cell.sum.value(), sum.value(), "sum near zero");
	EXPECT_LT(std::abs(sum.value()), 1e-11);
	EXPECT_NE(sum.value(), 0);
}

TEST(Dial, TakenBackToNobodyIsEmptyOfEverything)
{
	Counter counter(1, {0, 100, 50}, 5000, 0);
	for (std::uint32_t participant = 0; participant < 30; ++participant) {
		counter.addParticipant(0);
		counter.count({participant, 0, 1, 0, 0, 0.1 * participant});
	}
	for (std::uint32_t participant = 0; participant < 30; ++participant) {
		counter.count({participant, 0, 2, 0, 1, {}}); // a higher pass, no press
	}
	const Cell &cell = counter.cells().at(0, 0, 0);
	EXPECT_EQ(cell.present, 30U);
	EXPECT_EQ(cell.n + cell.likes + cell.dislikes, 0U);
	EXPECT_EQ(cell.sum, Sum{});
	EXPECT_EQ(cell.sum_sq, Sum{});
}

} // namespace
} // namespace pulseline
