// Counts responses into cells, one at a time, in any order (README.md here, "One voice per tick").
// Owned by one thread; readers get `snapshot()`.
//
// Within (participant, target, tick) only the highest pass with any response counts, and in it the value with the
// highest seq. So the cells are a function of the set of responses. Giving the same response twice changes nothing;
// that two different responses never share a seq is the caller's business (SeqSet).
#pragma once

#include "core/cells.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

namespace pulseline {

class Counter {
public:
	Counter(std::uint32_t targets, const Scale &scale, std::int64_t tick_ms, std::int64_t lag_ms);

	// Returns the participant's index: 0, 1, 2 …
	std::uint32_t addParticipant(std::uint32_t stratum);
	std::uint32_t participants() const { return static_cast<std::uint32_t>(strata_.size()); }

	// Leaves out what a participant has said and will say, or counts it again, as if it had always been so.
	void setOut(std::uint32_t participant, bool out);

	// `response.participant` has been added, `target` is below `targets`, `value` lies within the scale and
	// 0 <= position_ms <= kMaxPosition_ms.
	void count(const Response &response);
	// Puts `after` in place of `before`, both of another machine's cell in this place: cells of many machines add.
	// `tick` is at least 0 and at most that of kMaxPosition_ms, `before` is what was last given as `after` (at
	// first empty).
	void addForeign(std::uint32_t stratum, std::uint32_t target, std::int64_t tick, const Cell &before,
			const Cell &after);

	const Cells &cells() const { return cells_; }
	Cells snapshot() { return cells_.snapshot(); }
	// The ticks in which any cell changed since the last call, each once, in no order.
	std::vector<std::int64_t> takeChanged();

	std::int64_t tick_ms() const { return tick_ms_; }
	std::int64_t lag_ms() const { return lag_ms_; }
	// What the participants' own state takes (not the cells), in bytes.
	std::size_t memory() const;

private:
	static constexpr std::int64_t kBlock = 32;                    // ticks
	static constexpr std::uint32_t kOut = std::uint32_t{1} << 31; // of a stratum: its participant is left out
	// One (participant, target, tick), 11 bytes. `seq` and `pass` are kept as offsets from the slot's first; what
	// does not fit is kept whole in `wide_`.
	struct Packed {
		double value = 0; // NaN: present, no value
		std::int16_t seq = 0;
		std::int8_t pass = 0;
	};
	static constexpr std::size_t kPacked = 11;
	using Chunk = std::array<std::byte, kPacked * kBlock>;
	// One (participant, target) in a block of ticks.
	struct Slot {
		std::uint64_t firstSeq = 0;
		std::uint32_t firstPass = 0;
		std::uint32_t chunk = 0; // 0: none yet, else its number from 1
	};
	// By time first: what a moment of the speech needs lies together.
	struct Block {
		std::vector<std::uint32_t> present; // by participant, a bit for each tick
		std::vector<Slot> slots;            // by participant * targets + target
	};
	struct Entry {
		std::uint64_t seq = 0; // of `value`; 0 without one
		std::uint32_t pass = 0;
		double value = 0; // NaN: none
	};
	struct Key {
		std::uint32_t participant, target;
		std::int64_t tick;
		bool operator==(const Key &) const = default;
	};
	struct KeyHash {
		std::size_t operator()(const Key &key) const;
	};

	Block &blockFor(const Key &key);
	void begin(Slot &slot, const Response &response);
	std::byte *place(const Slot &slot, std::int64_t tick);
	bool load(const Slot &slot, const std::byte *place, const Key &key, Entry &entry) const;
	void store(const Slot &slot, std::byte *place, const Key &key, const Entry &entry);
	void arrive(const Key &key);
	void move(const Key &key, bool in);
	void replaceValue(const Key &key, double before, double after);
	void addValue(Cell &cell, double value, bool add) const;
	void markChanged(std::int64_t tick);

	std::uint32_t targets_;
	Scale scale_;
	std::int64_t tick_ms_;
	std::int64_t lag_ms_;
	Cells cells_;
	std::vector<std::uint32_t> strata_;          // by participant
	std::vector<std::unique_ptr<Block>> blocks_; // by tick / kBlock
	std::vector<std::unique_ptr<Chunk[]>> slabs_;
	std::uint32_t chunks_ = 0;
	std::unordered_map<Key, Entry, KeyHash> wide_;
	std::vector<bool> isChanged_;
	std::vector<std::int64_t> changed_;
};

} // namespace pulseline
