// Keeps the sums of each segment up to date, tick by tick, and makes the snapshots that readers see. Owned by one
// thread (the network thread of a running session).
#pragma once

#include "core/snapshot.hpp"

#include <span>

namespace pulseline::studio {

class Publisher {
public:
	Publisher(std::shared_ptr<const Settings> settings, std::vector<Segment> stored);

	// False if a segment of this name and another expression is there already.
	bool add(const Segment &segment, const Cells &cells, std::span<const Stratum> strata);
	// Sums the ticks anew in which a cell changed.
	void update(const Cells &cells, std::span<const std::int64_t> ticks, std::span<const Stratum> strata);

	const std::vector<Segment> &segments() const { return segments_; }
	// How many of them are the session's own; the others were asked for by a view.
	std::size_t own() const { return own_; }
	const Cells &sums() const { return sums_; }

	// The parts that come from counting; the caller adds playback and state.
	Snapshot snapshot(std::span<const std::uint32_t> peopleOf);

private:
	void place(std::span<const Stratum> strata);
	void cutAll(const Cells &cells, std::size_t segment);
	void sum(const Cells &cells, std::size_t segment, std::int64_t tick);

	std::shared_ptr<const Settings> settings_;
	std::vector<Segment> segments_;
	std::size_t own_;
	std::vector<std::vector<std::uint32_t>> strataOf_; // of each segment
	std::size_t placed_ = 0;                           // strata known to strataOf_
	Cells sums_;                                       // "stratum" is the index of a segment
};

} // namespace pulseline::studio
