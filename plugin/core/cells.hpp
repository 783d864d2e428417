// Cells: what the responses of one stratum for one target in one tick add up to (contract, "Cell"). Cells of several
// strata add; a segment is a sum of strata.
//
// `Cells` is a value: copying it is cheap (blocks are shared), and a copy never changes. The owner writes on one
// thread; copies may be read on any other.
#pragma once

#include "core/types.hpp"

#include <array>
#include <memory>
#include <span>

namespace pulseline {

// A sum of doubles carried to about 32 digits (double-double, Dekker 1971, Knuth's TwoSum), so that adding and taking
// back values in any order gives the same figure, and a variance does not drown in rounding.
struct Sum {
	double high = 0;
	double low = 0;

	void add(double value) { add(Sum{value, 0}); }
	void add(Sum other);
	void addSquare(double value, double sign);
	double value() const { return high + low; }
	bool operator==(const Sum &) const = default;
};

// (n * sum_sq - sum^2) / n: the sum of squared deviations, never below 0. Undefined for n = 0.
double squaredDeviations(double n, const Sum &sum, const Sum &sum_sq);

struct Cell {
	std::uint32_t present = 0;  // participants with any response in the tick, for any target
	std::uint32_t n = 0;        // participants with a value for this target
	std::uint32_t likes = 0;    // value > neutral
	std::uint32_t dislikes = 0; // value < neutral
	Sum sum;
	Sum sum_sq;

	void add(const Cell &other);
	bool empty() const { return present == 0 && n == 0; }
};

class Cells {
public:
	explicit Cells(std::uint32_t targets = 1)
		: targets_(targets)
	{
	}

	std::uint32_t targets() const { return targets_; }
	std::uint32_t strata() const { return static_cast<std::uint32_t>(columns_.size() / targets_); }
	// One more than the last tick that any response touched.
	std::int64_t ticks() const { return ticks_; }

	// An empty cell where nothing was counted.
	const Cell &at(std::uint32_t stratum, std::uint32_t target, std::int64_t tick) const;
	// The sum over `strata` in each tick of [from, from + out.size()).
	void sum(std::span<const std::uint32_t> strata, std::uint32_t target, std::int64_t from,
		 std::span<Cell> out) const;

	// For the owner. The reference is good until the next call of edit() or snapshot().
	Cell &edit(std::uint32_t stratum, std::uint32_t target, std::int64_t tick);
	// A copy that stays as it is.
	Cells snapshot();

private:
	static constexpr std::int64_t kBlock = 64;
	struct Block {
		std::uint64_t epoch = 0; // written in place only by the epoch that made it
		std::array<Cell, kBlock> cells;
	};
	using Column = std::vector<std::shared_ptr<Block>>;

	std::uint32_t targets_;
	std::int64_t ticks_ = 0;
	std::uint64_t epoch_ = 1;
	std::vector<Column> columns_; // stratum * targets_ + target
};

} // namespace pulseline
