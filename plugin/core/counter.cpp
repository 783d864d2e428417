#include "core/counter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace pulseline {
namespace {

constexpr std::uint32_t kSlab = 1024; // chunks allocated at once
constexpr std::int16_t kUntouched = std::numeric_limits<std::int16_t>::min();
constexpr std::int16_t kWide = kUntouched + 1;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

template <typename T>
bool fits(std::int64_t offset)
{
	// The two lowest values are marks.
	return offset >= std::numeric_limits<T>::min() + 2 && offset <= std::numeric_limits<T>::max();
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
	participants_.push_back({stratum, {}});
	chunkOf_.resize(participants_.size() * targets_);
	return participants() - 1;
}

void Counter::count(const Response &response)
{
	const std::int64_t tick = tickOf(response.position_ms, lag_ms_, tick_ms_);
	const Key key{response.participant, response.target, tick};
	const std::uint32_t stratum = participants_[key.participant].stratum;
	markPresent(key.participant, tick);

	Chunk &chunk = chunkFor(response, tick);
	Entry entry{0, response.pass, kNone};
	const bool touched = load(chunk, key, entry);
	const double before = touched ? entry.value : kNone;
	if (response.pass < entry.pass) {
		return;
	}
	if (response.pass > entry.pass) {
		entry = {0, response.pass, kNone};
	}
	if (response.value && response.seq > entry.seq) {
		entry.seq = response.seq;
		entry.value = *response.value;
	}
	store(chunk, key, entry);
	replaceValue(stratum, key, before, entry.value);
}

Counter::Chunk &Counter::chunkFor(const Response &response, std::int64_t tick)
{
	std::vector<std::uint32_t> &row = chunkOf_[std::size_t{response.participant} * targets_ + response.target];
	const auto place = static_cast<std::size_t>(tick / kChunk);
	if (place >= row.size()) {
		row.resize(place + 1);
	}
	if (row[place] == 0) {
		if (chunks_ % kSlab == 0) {
			slabs_.push_back(std::make_unique_for_overwrite<Chunk[]>(kSlab));
		}
		Chunk &fresh = slabs_.back()[chunks_ % kSlab];
		std::ranges::fill(fresh.seq, kUntouched);
		fresh.firstSeq = static_cast<std::uint32_t>(std::min<std::uint64_t>(response.seq, UINT32_MAX));
		fresh.firstPass = response.pass;
		row[place] = ++chunks_;
	}
	const std::uint32_t chunk = row[place] - 1;
	return slabs_[chunk / kSlab][chunk % kSlab];
}

bool Counter::load(const Chunk &chunk, const Key &key, Entry &entry) const
{
	const auto slot = static_cast<std::size_t>(key.tick % kChunk);
	if (chunk.seq[slot] == kUntouched) {
		return false;
	}
	if (chunk.seq[slot] == kWide) {
		entry = wide_.at(key);
		return true;
	}
	entry.value = chunk.value[slot];
	entry.pass = static_cast<std::uint32_t>(std::int64_t{chunk.firstPass} + chunk.pass[slot]);
	entry.seq = std::isnan(entry.value)
			    ? 0
			    : static_cast<std::uint64_t>(std::int64_t{chunk.firstSeq} + chunk.seq[slot]);
	return true;
}

void Counter::store(Chunk &chunk, const Key &key, const Entry &entry)
{
	const auto slot = static_cast<std::size_t>(key.tick % kChunk);
	const bool none = std::isnan(entry.value);
	const std::int64_t pass = std::int64_t{entry.pass} - chunk.firstPass;
	const bool seqFits = none || (entry.seq <= std::numeric_limits<std::int64_t>::max() &&
				      fits<std::int16_t>(static_cast<std::int64_t>(entry.seq) - chunk.firstSeq));
	if (!seqFits || !fits<std::int8_t>(pass)) {
		wide_[key] = entry;
		chunk.seq[slot] = kWide;
		return;
	}
	if (chunk.seq[slot] == kWide) {
		wide_.erase(key);
	}
	chunk.value[slot] = entry.value;
	chunk.pass[slot] = static_cast<std::int8_t>(pass);
	chunk.seq[slot] = none ? std::int16_t{0}
			       : static_cast<std::int16_t>(static_cast<std::int64_t>(entry.seq) - chunk.firstSeq);
}

void Counter::markPresent(std::uint32_t participant, std::int64_t tick)
{
	std::vector<std::uint64_t> &present = participants_[participant].present;
	const auto word = static_cast<std::size_t>(tick / 64);
	const std::uint64_t bit = std::uint64_t{1} << (tick % 64);
	if (word >= present.size()) {
		present.resize(word + 1);
	}
	if (present[word] & bit) {
		return;
	}
	present[word] |= bit;
	for (std::uint32_t target = 0; target < targets_; ++target) {
		++cells_.edit(participants_[participant].stratum, target, tick).present;
	}
	markChanged(tick);
}

void Counter::replaceValue(std::uint32_t stratum, const Key &key, double before, double after)
{
	const bool had = !std::isnan(before);
	const bool has = !std::isnan(after);
	if ((!had && !has) || before == after) {
		return;
	}
	Cell &cell = cells_.edit(stratum, key.target, key.tick);
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
	std::size_t bytes = slabs_.size() * kSlab * sizeof(Chunk) + wide_.size() * (sizeof(Key) + sizeof(Entry) + 16);
	for (const Participant &participant : participants_) {
		bytes += sizeof(participant) + participant.present.capacity() * sizeof(std::uint64_t);
	}
	for (const std::vector<std::uint32_t> &row : chunkOf_) {
		bytes += sizeof(row) + row.capacity() * sizeof(std::uint32_t);
	}
	return bytes;
}

} // namespace pulseline
