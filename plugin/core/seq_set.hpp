// Which `seq` of a participant are taken. Almost always they rise by one, so this is a number and an empty vector; a
// gap (a refused response does not take its seq) costs one entry, however much follows it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace pulseline {

class SeqSet {
public:
	bool contains(std::uint64_t seq) const
	{
		if (seq <= upTo_) {
			return seq != 0;
		}
		const auto after = firstAfter(seq);
		return after != above_.begin() && std::prev(after)->last >= seq;
	}

	// False if it was taken already, and for 0, which is none.
	bool insert(std::uint64_t seq)
	{
		if (seq == upTo_ + 1 && above_.empty() && seq != 0) [[likely]] {
			upTo_ = seq;
			return true;
		}
		if (seq == 0 || contains(seq)) {
			return false;
		}
		if (seq == upTo_ + 1) {
			upTo_ = seq;
			if (above_.front().first == seq + 1) {
				upTo_ = above_.front().last;
				above_.erase(above_.begin());
			}
			return true;
		}
		insertAbove(seq);
		return true;
	}

	std::uint64_t highest() const { return above_.empty() ? upTo_ : above_.back().last; }
	// How many runs lie above the first gap.
	std::size_t gaps() const { return above_.size(); }

private:
	struct Run {
		std::uint64_t first, last;
	};

	std::vector<Run>::const_iterator firstAfter(std::uint64_t seq) const
	{
		return std::ranges::upper_bound(above_, seq, {}, &Run::first);
	}

	void insertAbove(std::uint64_t seq)
	{
		const auto after = above_.begin() + (firstAfter(seq) - above_.cbegin());
		const bool joinsAfter = after != above_.end() && after->first == seq + 1;
		const bool joinsBefore = after != above_.begin() && std::prev(after)->last == seq - 1;
		if (joinsBefore && joinsAfter) {
			std::prev(after)->last = after->last;
			above_.erase(after);
		} else if (joinsBefore) {
			std::prev(after)->last = seq;
		} else if (joinsAfter) {
			after->first = seq;
		} else {
			above_.insert(after, {seq, seq});
		}
	}

	std::uint64_t upTo_ = 0; // 1..upTo_ are taken
	std::vector<Run> above_; // rising, none touching another or upTo_
};

} // namespace pulseline
