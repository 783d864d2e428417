#include "core/counter.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace pulseline {
namespace {

constexpr std::uint32_t kSlab = 64; // chunks allocated at once
constexpr std::int16_t kUntouched = std::numeric_limits<std::int16_t>::min();
constexpr std::int16_t kWide = kUntouched + 1;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// What lies between two unsigned numbers, modulo 2^64: right wherever it fits.
std::int64_t offset(std::uint64_t value, std::uint64_t from)
{
	return static_cast<std::int64_t>(value - from);
}

template <typename T>
bool fits(std::int64_t offset)
{
	// The two lowest values are marks.
	return offset >= std::numeric_limits<T>::min() + 2 && offset <= std::numeric_limits<T>::max();
}

// Room for `needed`, and an eighth more where it grew already, so that people may join one by one.
template <typename T>
void growTo(std::vector<T> &items, std::size_t needed)
{
	if (needed > items.capacity() && !items.empty()) {
		items.reserve(needed + needed / 8);
	}
	items.resize(needed);
}

} // namespace

std::size_t Counter::KeyHash::operator()(const Key &key) const
{
	std::uint64_t hash = (std::uint64_t{key.participant} << 32) ^ key.target;
	hash = (hash ^ (hash >> 31)) * 0x9E3779B97F4A7C15ULL;
	hash ^= static_cast<std::uint64_t>(key.tick) + (hash >> 29);
	return static_cast<std::size_t>(hash * 0xBF58476D1CE4E5B9ULL);
}

Counter::Counter(std::uint32_t targets, const Scale &scale, std::int64_t tick_ms, std::int64_t lag_ms)
	: targets_(targets)
	, scale_(scale)
	, tick_ms_(tick_ms)
	, lag_ms_(lag_ms)
	, cells_(targets)
{
}

std::uint32_t Counter::addParticipant(std::uint32_t stratum)
{
	strata_.push_back(stratum);
	return participants() - 1;
}

void Counter::count(const Response &response)
{
	const std::int64_t tick = tickOf(response.position_ms, lag_ms_, tick_ms_);
	const Key key{response.participant, response.target, tick};
	Block &block = blockFor(key);
	std::uint32_t &present = block.present[key.participant];
	const std::uint32_t bit = std::uint32_t{1} << (tick % kBlock);
	const bool arrives = (present & bit) == 0;
	present |= bit;

	Slot &slot = block.slots[std::size_t{key.participant} * targets_ + key.target];
	if (slot.chunk == 0) [[unlikely]] {
		begin(slot, response);
	}
	std::byte *const at = place(slot, tick);
	Entry entry{0, response.pass, kNone};
	const bool touched = load(slot, at, key, entry);
	const double before = entry.value;
	if (response.pass > entry.pass) {
		entry = {0, response.pass, kNone};
	}
	if (response.value && response.pass == entry.pass && response.seq > entry.seq) {
		entry.seq = response.seq;
		entry.value = *response.value;
	}
	if (!touched || response.pass == entry.pass) {
		store(slot, at, key, entry);
	}

	if (arrives) {
		arrive(key);
	}
	replaceValue(key, before, entry.value);
}

void Counter::addForeign(std::uint32_t stratum, std::uint32_t target, std::int64_t tick, const Cell &before,
			 const Cell &after)
{
	if (before == after) {
		return; // least of all may an empty cell far ahead make the series longer
	}
	Cell &cell = cells_.edit(stratum, target, tick);
	cell.present += after.present - before.present;
	cell.n += after.n - before.n;
	cell.likes += after.likes - before.likes;
	cell.dislikes += after.dislikes - before.dislikes;
	if (cell.n == 0) {
		cell.sum = cell.sum_sq = {};
	} else {
		cell.sum.add({-before.sum.high, -before.sum.low});
		cell.sum.add(after.sum);
		cell.sum_sq.add({-before.sum_sq.high, -before.sum_sq.low});
		cell.sum_sq.add(after.sum_sq);
	}
	markChanged(tick);
}

Counter::Block &Counter::blockFor(const Key &key)
{
	const auto number = static_cast<std::size_t>(key.tick / kBlock);
	if (number >= blocks_.size()) [[unlikely]] {
		blocks_.resize(number + 1);
	}
	std::unique_ptr<Block> &block = blocks_[number];
	if (!block) [[unlikely]] {
		block = std::make_unique<Block>();
	}
	if (key.participant >= block->present.size()) [[unlikely]] {
		growTo(block->present, strata_.size());
		growTo(block->slots, strata_.size() * targets_);
	}
	return *block;
}

void Counter::begin(Slot &slot, const Response &response)
{
	if (chunks_ % kSlab == 0) {
		slabs_.push_back(std::make_unique_for_overwrite<Chunk[]>(kSlab));
	}
	slot = {response.seq, response.pass, ++chunks_};
	for (std::int64_t tick = 0; tick < kBlock; ++tick) {
		std::memcpy(place(slot, tick) + offsetof(Packed, seq), &kUntouched, sizeof kUntouched);
	}
}

std::byte *Counter::place(const Slot &slot, std::int64_t tick)
{
	const std::uint32_t chunk = slot.chunk - 1;
	return slabs_[chunk / kSlab][chunk % kSlab].data() + static_cast<std::size_t>(tick % kBlock) * kPacked;
}

bool Counter::load(const Slot &slot, const std::byte *place, const Key &key, Entry &entry) const
{
	Packed packed;
	static_assert(offsetof(Packed, pass) + sizeof packed.pass == kPacked);
	std::memcpy(&packed.value, place, sizeof packed.value);
	std::memcpy(&packed.seq, place + offsetof(Packed, seq), sizeof packed.seq);
	std::memcpy(&packed.pass, place + offsetof(Packed, pass), sizeof packed.pass);
	if (packed.seq == kUntouched) {
		return false;
	}
	if (packed.seq == kWide) [[unlikely]] {
		entry = wide_.at(key);
		return true;
	}
	entry.value = packed.value;
	entry.pass = static_cast<std::uint32_t>(std::int64_t{slot.firstPass} + packed.pass);
	entry.seq = std::isnan(packed.value) ? 0 : slot.firstSeq + static_cast<std::uint64_t>(packed.seq);
	return true;
}

void Counter::store(const Slot &slot, std::byte *place, const Key &key, const Entry &entry)
{
	std::int16_t was = kUntouched;
	std::memcpy(&was, place + offsetof(Packed, seq), sizeof was);
	const std::int64_t seq = std::isnan(entry.value) ? 0 : offset(entry.seq, slot.firstSeq);
	const std::int64_t pass = std::int64_t{entry.pass} - slot.firstPass;
	Packed packed{entry.value, kWide, 0};
	if (fits<std::int16_t>(seq) && fits<std::int8_t>(pass)) [[likely]] {
		packed.seq = static_cast<std::int16_t>(seq);
		packed.pass = static_cast<std::int8_t>(pass);
		if (was == kWide) [[unlikely]] {
			wide_.erase(key);
		}
	} else {
		wide_[key] = entry;
	}
	std::memcpy(place, &packed.value, sizeof packed.value);
	std::memcpy(place + offsetof(Packed, seq), &packed.seq, sizeof packed.seq);
	std::memcpy(place + offsetof(Packed, pass), &packed.pass, sizeof packed.pass);
}

void Counter::arrive(const Key &key)
{
	if ((strata_[key.participant] & kOut) != 0) {
		return;
	}
	for (std::uint32_t target = 0; target < targets_; ++target) {
		++cells_.edit(strata_[key.participant], target, key.tick).present;
	}
	markChanged(key.tick);
}

void Counter::setOut(std::uint32_t participant, bool out)
{
	if (((strata_[participant] & kOut) != 0) == out) {
		return;
	}
	strata_[participant] ^= kOut;
	for (std::size_t number = 0; number < blocks_.size(); ++number) {
		const Block *const block = blocks_[number].get();
		if (!block || participant >= block->present.size()) {
			continue;
		}
		for (std::int64_t tick = 0; tick < kBlock; ++tick) {
			if ((block->present[participant] >> tick & 1) != 0) {
				move({participant, 0, static_cast<std::int64_t>(number) * kBlock + tick}, !out);
			}
		}
	}
}

// Puts what is known of a participant's tick, for all targets, into the cells or takes it out.
void Counter::move(const Key &key, bool in)
{
	const Block &block = *blocks_[static_cast<std::size_t>(key.tick / kBlock)];
	for (std::uint32_t target = 0; target < targets_; ++target) {
		Cell &cell = cells_.edit(strata_[key.participant] & ~kOut, target, key.tick);
		cell.present += in ? 1U : ~0U;
		const Slot &slot = block.slots[std::size_t{key.participant} * targets_ + target];
		Entry entry{0, 0, kNone};
		if (slot.chunk != 0 && load(slot, place(slot, key.tick), {key.participant, target, key.tick}, entry) &&
		    !std::isnan(entry.value)) {
			addValue(cell, entry.value, in);
		}
	}
	markChanged(key.tick);
}

void Counter::replaceValue(const Key &key, double before, double after)
{
	const bool had = !std::isnan(before);
	const bool has = !std::isnan(after);
	if ((!had && !has) || before == after || (strata_[key.participant] & kOut) != 0) {
		return;
	}
	Cell &cell = cells_.edit(strata_[key.participant], key.target, key.tick);
	if (had) {
		addValue(cell, before, false);
	}
	if (has) {
		addValue(cell, after, true);
	}
	markChanged(key.tick);
}

void Counter::addValue(Cell &cell, double value, bool add) const
{
	const std::uint32_t one = add ? 1U : ~0U; // ~0 takes one back
	const double sign = add ? 1 : -1;
	cell.n += one;
	cell.likes += value > scale_.neutral ? one : 0;
	cell.dislikes += value < scale_.neutral ? one : 0;
	if (cell.n == 0) {
		cell.sum = cell.sum_sq = {}; // without what rounding may have left
		return;
	}
	cell.sum.add(sign * value);
	cell.sum_sq.addSquare(value, sign);
}

void Counter::markChanged(std::int64_t tick)
{
	const auto place = static_cast<std::size_t>(tick);
	if (place >= isChanged_.size()) {
		isChanged_.resize(place + 1);
	}
	if (!isChanged_[place]) {
		isChanged_[place] = true;
		changed_.push_back(tick);
	}
}

std::vector<std::int64_t> Counter::takeChanged()
{
	for (const std::int64_t tick : changed_) {
		isChanged_[static_cast<std::size_t>(tick)] = false;
	}
	return std::exchange(changed_, {});
}

std::size_t Counter::memory() const
{
	// An entry of the map has a pointer to the next, a remembered hash and the allocator's header beside it.
	constexpr std::size_t kWideEntry = sizeof(std::pair<const Key, Entry>) + 3 * sizeof(void *);
	std::size_t bytes = slabs_.size() * kSlab * sizeof(Chunk) + slabs_.capacity() * sizeof(slabs_[0]);
	bytes += wide_.size() * kWideEntry + wide_.bucket_count() * sizeof(void *);
	bytes += strata_.capacity() * sizeof(strata_[0]) + blocks_.capacity() * sizeof(blocks_[0]);
	for (const std::unique_ptr<Block> &block : blocks_) {
		if (block) {
			bytes += sizeof(Block) + block->present.capacity() * sizeof(std::uint32_t) +
				 block->slots.capacity() * sizeof(Slot);
		}
	}
	return bytes;
}

} // namespace pulseline
