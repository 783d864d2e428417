// Which responses are on their way to the disk, and what may be acknowledged once some of them are there.
// Network thread only.
#pragma once

#include "ingest/backend.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace pulseline::ingest {

struct Peer;

// What one connection waits for as one participant, in order of arrival.
class Ledger {
public:
	explicit Ledger(Peer &owner)
		: peer(&owner)
	{
	}

	Peer *peer; // null once nobody is there to be told
	bool settled() const { return waiting_.empty(); }

	void expect(std::uint64_t seq)
	{
		disordered_ = disordered_ || seq < highestSeen_;
		highestSeen_ = std::max(highestSeen_, seq);
		waiting_.push_back(seq);
	}
	// The oldest `count` are on disk. What to acknowledge now: everything up to it that came in is on disk.
	std::uint64_t written(std::size_t count)
	{
		const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
		highest_ = std::max(highest_, *std::max_element(waiting_.begin(), end));
		waiting_.erase(waiting_.begin(), end);
		if (settled()) {
			disordered_ = false;
			return highest_;
		}
		// Who sends in rising order, as the wire asks for, waits for nothing below what is written.
		return disordered_ ? std::min(highest_, *std::ranges::min_element(waiting_) - 1) : highest_;
	}

	std::size_t due = 0; // used by Acks

private:
	std::vector<std::uint64_t> waiting_;
	std::uint64_t highest_ = 0; // on disk
	std::uint64_t highestSeen_ = 0;
	bool disordered_ = false; // a seq that is waiting came after a higher one
};

class Acks {
public:
	// `ledger` waits for `seq`, which is on disk with `ticket`. True: it is already, call durable() with what it
	// is.
	bool expect(Ticket ticket, std::uint64_t seq, const std::shared_ptr<Ledger> &ledger)
	{
		ledger->expect(seq);
		// The second of a response brings the ticket of the first. It waits its turn, so that tickets never
		// fall.
		const Ticket last = pending_.empty() ? durable_ : pending_.back().ticket;
		pending_.push_back({std::max(ticket, last), ledger});
		return pending_.front().ticket <= durable_;
	}

	// Calls `each(ledger, seq)` once for each ledger that has something to acknowledge.
	template <typename Each>
	void durable(Ticket ticket, Each each)
	{
		durable_ = std::max(durable_, ticket);
		std::vector<std::shared_ptr<Ledger>> touched;
		while (!pending_.empty() && pending_.front().ticket <= durable_) {
			if (pending_.front().ledger->due++ == 0) {
				touched.push_back(std::move(pending_.front().ledger));
			}
			pending_.pop_front();
		}
		for (const std::shared_ptr<Ledger> &ledger : touched) {
			if (const std::uint64_t seq = ledger->written(std::exchange(ledger->due, 0))) {
				each(ledger, seq);
			}
		}
	}
	Ticket durable() const { return durable_; }

private:
	struct Pending {
		Ticket ticket = 0;
		std::shared_ptr<Ledger> ledger;
	};
	std::deque<Pending> pending_;
	Ticket durable_ = 0;
};

} // namespace pulseline::ingest
