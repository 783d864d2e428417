// What one mirror has been told of the cells, and what it is to be told next: everything first, then what changed. What
// it has not taken yet is kept as the numbers of ticks, never as text, so that a slow one costs no more than a quick
// one and hears of the latest state alone. Network thread.
#pragma once

#include "ingest/backend.hpp"

#include <set>

namespace pulseline::ingest {

class Mirror {
public:
	explicit Mirror(std::uint64_t set)
		: set_(set)
	{
	}

	void changed(std::span<const std::int64_t> ticks) { changed_.insert(ticks.begin(), ticks.end()); }
	bool due() const { return whole_ || at_ || !changed_.empty(); }
	// The next message, of a bounded size.
	std::string next(const CellsNow &now, const Settings &settings);

private:
	struct Place {
		std::int64_t tick = 0;
		std::uint32_t stratum = 0;
	};
	struct Message;

	std::optional<Place> advance(const CellsNow &now);
	void fill(Message &message, const CellsNow &now, const Settings &settings);
	bool tell(const CellsNow &now, const Place &place);
	std::uint32_t numberOf(std::uint32_t stratum, Message &message, const CellsNow &now, const Settings &settings);

	std::uint64_t set_;
	bool whole_ = true;               // the whole set is not out yet
	bool begun_ = false;              // its first part is
	std::int64_t swept_ = 0;          // ticks below this one have been in the set
	std::optional<Place> at_;         // the last message ended before it
	std::set<std::int64_t> changed_;  // ticks, since they were told
	std::vector<std::uint32_t> sent_; // by stratum: its number from 1 in the order of sending; 0: not yet
	std::uint32_t strataSent_ = 0;
	std::vector<std::vector<bool>>
		told_; // by tick and stratum: it has had rows, and must hear if they become empty
};

} // namespace pulseline::ingest
