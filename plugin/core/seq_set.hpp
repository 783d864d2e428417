// Which `seq` of a participant are taken. Almost always they rise by one, so this is a number and an empty vector.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pulseline {

class SeqSet {
public:
	bool contains(std::uint64_t seq) const
	{
		return seq != 0 && (seq <= upTo_ || std::ranges::binary_search(above_, seq));
	}

	// False if it was taken already.
	bool insert(std::uint64_t seq)
	{
		if (seq == upTo_ + 1 && above_.empty()) [[likely]] {
			upTo_ = seq;
			return true;
		}
		if (seq == 0 || seq <= upTo_) {
			return false;
		}
		const auto place = std::ranges::lower_bound(above_, seq);
		if (place != above_.end() && *place == seq) {
			return false;
		}
		above_.insert(place, seq);
		closeGap();
		return true;
	}

	std::uint64_t highest() const { return above_.empty() ? upTo_ : above_.back(); }

private:
	void closeGap()
	{
		std::size_t closed = 0;
		while (closed < above_.size() && above_[closed] == upTo_ + 1) {
			++upTo_;
			++closed;
		}
		above_.erase(above_.begin(), above_.begin() + static_cast<std::ptrdiff_t>(closed));
	}

	std::uint64_t upTo_ = 0;           // 1..upTo_ are taken
	std::vector<std::uint64_t> above_; // sorted, each > upTo_ + 1
};

} // namespace pulseline
