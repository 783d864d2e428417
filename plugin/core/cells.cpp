#include "core/cells.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline {
namespace {

// a + b exactly, as a rounded sum and its error (Knuth).
Sum twoSum(double a, double b)
{
	const double sum = a + b;
	const double bPart = sum - a;
	return {sum, (a - (sum - bPart)) + (b - bPart)};
}

// The same for |a| >= |b| (Dekker).
Sum quickTwoSum(double a, double b)
{
	const double sum = a + b;
	return {sum, b - (sum - a)};
}

Sum twoProduct(double a, double b)
{
	const double product = a * b;
	return {product, std::fma(a, b, -product)};
}

Sum times(const Sum &a, const Sum &b)
{
	Sum product = twoProduct(a.high, b.high);
	product.low += a.high * b.low + a.low * b.high;
	return quickTwoSum(product.high, product.low);
}

const Cell kEmptyCell;

} // namespace

void Sum::add(Sum other)
{
	Sum highs = twoSum(high, other.high);
	const Sum lows = twoSum(low, other.low);
	highs = quickTwoSum(highs.high, highs.low + lows.high);
	*this = quickTwoSum(highs.high, highs.low + lows.low);
}

void Sum::addSquare(double value, double sign)
{
	const Sum square = twoProduct(value, value);
	add({sign * square.high, sign * square.low});
}

double squaredDeviations(double n, const Sum &sum, const Sum &sum_sq)
{
	Sum difference = times({n, 0}, sum_sq);
	const Sum square = times(sum, sum);
	difference.add({-square.high, -square.low});
	return std::max(0.0, difference.value() / n);
}

void Cell::add(const Cell &other)
{
	present += other.present;
	n += other.n;
	likes += other.likes;
	dislikes += other.dislikes;
	sum.add(other.sum);
	sum_sq.add(other.sum_sq);
}

const Cell &Cells::at(std::uint32_t stratum, std::uint32_t target, std::int64_t tick) const
{
	const std::size_t column = std::size_t{stratum} * targets_ + target;
	const auto block = static_cast<std::size_t>(tick / kBlock);
	if (target >= targets_ || tick < 0 || column >= columns_.size() || block >= columns_[column].size() ||
	    !columns_[column][block]) {
		return kEmptyCell;
	}
	return columns_[column][block]->cells[static_cast<std::size_t>(tick % kBlock)];
}

void Cells::sum(std::span<const std::uint32_t> strata, std::uint32_t target, std::int64_t from,
		std::span<Cell> out) const
{
	std::ranges::fill(out, Cell{});
	const std::int64_t end = std::min(from + static_cast<std::int64_t>(out.size()), ticks_);
	for (const std::uint32_t stratum : strata) {
		for (std::int64_t tick = from; tick < end; ++tick) {
			const Cell &cell = at(stratum, target, tick);
			if (!cell.empty()) {
				out[static_cast<std::size_t>(tick - from)].add(cell);
			}
		}
	}
}

Cell &Cells::edit(std::uint32_t stratum, std::uint32_t target, std::int64_t tick)
{
	const std::size_t index = std::size_t{stratum} * targets_ + target;
	if (index >= columns_.size()) {
		columns_.resize((std::size_t{stratum} + 1) * targets_);
	}
	Column &column = columns_[index];
	const auto place = static_cast<std::size_t>(tick / kBlock);
	if (place >= column.size()) {
		column.resize(place + 1);
	}
	std::shared_ptr<Block> &block = column[place];
	if (!block) {
		block = std::make_shared<Block>();
		block->epoch = epoch_;
	} else if (block->epoch != epoch_) {
		block = std::make_shared<Block>(*block);
		block->epoch = epoch_;
	}
	ticks_ = std::max(ticks_, tick + 1);
	return block->cells[static_cast<std::size_t>(tick % kBlock)];
}

Cells Cells::snapshot()
{
	Cells copy = *this;
	++epoch_;
	return copy;
}

} // namespace pulseline
