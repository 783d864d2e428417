// Cells: what the responses of one stratum for one target in one tick add up to (README.md here, "Cells"). Cells of
// several strata add; a segment is a sum of strata.
//
// `Cells` is a value: copying it is cheap (blocks are shared until one side writes), and neither side ever sees what is
// written to the other. One thread at a time writes to an object or copies it while it is written; copies may be read,
// copied and dropped on any other.
#pragma once

#include "core/sum.hpp"
#include "core/types.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

namespace pulseline {

// (n * sum_sq - sum^2) / n: the sum of squared deviations, never below 0, and 0 where it is no more than what rounding
// may leave of equal values. Undefined for n = 0.
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
	bool operator==(const Cell &) const = default;
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

	// For the owner. The reference is good until the next call of edit() or the next copy.
	Cell &edit(std::uint32_t stratum, std::uint32_t target, std::int64_t tick);
	// A copy, by name.
	Cells snapshot() const { return *this; }

private:
	static constexpr std::int64_t kBlock = 64;
	// Who may write a block in place: the object in whose present epoch it was made. No two objects have the same
	// epoch, and a copy puts both sides into new ones, so what they share is never written again.
	class Epoch {
	public:
		Epoch()
			: number_(fresh())
		{
		}
		Epoch(const Epoch &other)
			: number_(fresh())
		{
			other.number_.store(fresh(), std::memory_order_relaxed);
		}
		Epoch(Epoch &&other) noexcept
			: number_(other.number_.exchange(fresh(), std::memory_order_relaxed))
		{
		}
		Epoch &operator=(const Epoch &other)
		{
			number_.store(fresh(), std::memory_order_relaxed);
			other.number_.store(fresh(), std::memory_order_relaxed);
			return *this;
		}
		Epoch &operator=(Epoch &&other) noexcept
		{
			number_.store(other.number_.exchange(fresh(), std::memory_order_relaxed),
				      std::memory_order_relaxed);
			return *this;
		}
		~Epoch() = default;
		std::uint64_t number() const { return number_.load(std::memory_order_relaxed); }

	private:
		static std::uint64_t fresh() noexcept;
		mutable std::atomic<std::uint64_t> number_;
	};
	// Whole cache lines, so that a cell does not lie across one more than it must.
	struct Block {
		alignas(64) std::array<Cell, kBlock> cells;
		std::uint64_t epoch = 0;
		std::array<std::uint64_t, 7> rest{};
	};
	using Column = std::vector<std::shared_ptr<Block>>;

	std::uint32_t targets_;
	std::int64_t ticks_ = 0;
	Epoch epoch_;
	std::vector<Column> columns_; // stratum * targets_ + target
};

} // namespace pulseline
