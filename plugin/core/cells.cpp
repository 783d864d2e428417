#include "core/cells.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline {
namespace {

Sum times(const Sum &a, const Sum &b)
{
	Sum product = twoProduct(a.high, b.high);
	product.low += a.high * b.low + a.low * b.high;
	return quickTwoSum(product.high, product.low);
}

const Cell kEmptyCell;

// What many cells of one tick add up to. The errors of the high parts are exact and gather in the low ones, which are
// added plainly (Ogita, Rump, Oishi 2005, "Sum2"): as good as adding in double-double for any number of strata, at
// less than half the cost. The two sums lie side by side so that they are added together.
struct Gathered {
	double high[2];
	double low[2];
	std::uint32_t counts[4];

	void add(const Cell &cell)
	{
		counts[0] += cell.present;
		counts[1] += cell.n;
		counts[2] += cell.likes;
		counts[3] += cell.dislikes;
		const double cellHigh[2] = {cell.sum.high, cell.sum_sq.high};
		const double cellLow[2] = {cell.sum.low, cell.sum_sq.low};
		double sum[2], part[2], error[2];
		for (int i = 0; i < 2; ++i) {
			sum[i] = high[i] + cellHigh[i];
		}
		for (int i = 0; i < 2; ++i) {
			part[i] = sum[i] - high[i];
		}
		for (int i = 0; i < 2; ++i) {
			error[i] = (high[i] - (sum[i] - part[i])) + (cellHigh[i] - part[i]);
		}
		for (int i = 0; i < 2; ++i) {
			low[i] += error[i] + cellLow[i];
			high[i] = sum[i];
		}
	}

	Cell cell() const
	{
		return {counts[0], counts[1], counts[2], counts[3], twoSum(high[0], low[0]), twoSum(high[1], low[1])};
	}
};

// Has them come from memory while something else is worked on.
void fetch([[maybe_unused]] std::span<const Cell> cells)
{
#ifdef __GNUC__
	constexpr std::size_t kLine = 64; // of the processor's cache
	const auto bytes = std::as_bytes(cells);
	for (std::size_t at = 0; at < bytes.size(); at += kLine) {
		__builtin_prefetch(&bytes[at]);
	}
#endif
}

} // namespace

double squaredDeviations(double n, const Sum &sum, const Sum &sum_sq)
{
	const Sum product = times({n, 0}, sum_sq);
	const Sum square = times(sum, sum);
	Sum difference = product;
	difference.add({-square.high, -square.low});
	// Each of the sums may be off by some 2^-104 of itself for every value that was added or taken back.
	constexpr double kRounding = 0x1p-98;
	const double deviations = difference.value();
	return deviations <= n * kRounding * product.high ? 0.0 : deviations / n;
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

std::uint64_t Cells::Epoch::fresh() noexcept
{
	static std::atomic<std::uint64_t> last{0};
	return last.fetch_add(1, std::memory_order_relaxed) + 1;
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
	if (target >= targets_) {
		return;
	}
	const std::int64_t end = std::min(from + static_cast<std::int64_t>(out.size()), ticks_);
	std::array<Gathered, kBlock> gathered; // as many as are needed are set below
	// Block by block, so that what is gathered stays in the processor's first cache.
	for (std::int64_t tick = std::max<std::int64_t>(from, 0); tick < end;) {
		const auto place = static_cast<std::size_t>(tick / kBlock);
		const auto first = static_cast<std::size_t>(tick % kBlock);
		const auto count = static_cast<std::size_t>(std::min<std::int64_t>(kBlock - tick % kBlock, end - tick));
		std::fill_n(gathered.begin(), count, Gathered{{}, {}, {}});
		const auto cellsOf = [&](std::uint32_t stratum) -> std::span<const Cell> {
			const std::size_t index = std::size_t{stratum} * targets_ + target;
			if (index >= columns_.size() || place >= columns_[index].size() || !columns_[index][place]) {
				return {};
			}
			return {&columns_[index][place]->cells[first], count};
		};
		for (std::size_t k = 0; k < strata.size(); ++k) {
			if (k + 1 < strata.size()) {
				fetch(cellsOf(strata[k + 1]));
			}
			const std::span<const Cell> cells = cellsOf(strata[k]);
			for (std::size_t i = 0; i < cells.size(); ++i) {
				gathered[i].add(cells[i]);
			}
		}
		for (std::size_t i = 0; i < count; ++i) {
			out[static_cast<std::size_t>(tick - from) + i] = gathered[i].cell();
		}
		tick += static_cast<std::int64_t>(count);
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
	const std::uint64_t epoch = epoch_.number();
	if (!block || block->epoch != epoch) [[unlikely]] {
		block = block ? std::make_shared<Block>(*block) : std::make_shared<Block>();
		block->epoch = epoch;
	}
	ticks_ = std::max(ticks_, tick + 1);
	return block->cells[static_cast<std::size_t>(tick % kBlock)];
}

} // namespace pulseline
