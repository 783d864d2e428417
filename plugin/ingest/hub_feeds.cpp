#include "ingest/peer.hpp"

// What the hub does for feeds and mirrors.
namespace pulseline::ingest {

void Hub::handle(const PeerPtr &peer, const Participants &participants)
{
	if (peer->state != Peer::State::feed) {
		refuseRole(*peer, "only a feed brings participants");
	} else if (const Answer<void> can = backend_.writable(); !can) {
		sayError(*peer, can.error().code, can.error().message);
	} else {
		backend_.bring(peer->participant, participants.people);
	}
}

void Hub::handle(const PeerPtr &peer, const RespondMany &many, Clock::time_point now)
{
	if (peer->state != Peer::State::feed) {
		refuseRole(*peer, "only a feed sends respond_many", {}, many.batch);
		return;
	}
	const Answer<BatchTaken> taken = backend_.respondMany(peer->participant, many.columns.view(many.batch), now);
	const std::size_t rows = many.columns.view(many.batch).participant.size();
	if (!taken) {
		count(metrics.refused, taken.error().code, rows);
		sayError(*peer, taken.error().code, taken.error().message, {}, many.batch);
		return;
	}
	for (const RowRefusal &refusal : taken->refused) {
		count(metrics.refused, refusal.code);
	}
	metrics.duplicates += rows - taken->refused.size() - taken->counted;
	if (taken->counted > 0) {
		await(taken->ticket, now, taken->counted);
	}
	std::string text = batchAckText(many.batch, taken->refused);
	const Ticket before = peer->owes() == 0 ? 0 : peer->batches->back().ticket;
	const Ticket ticket = std::max(taken->ticket, before);
	if (peer->owes() == 0) {
		if (ticket <= acks_->durable()) {
			say(*peer, std::move(text));
			return;
		}
		if (!peer->batches) {
			peer->batches = std::make_unique<std::list<Peer::DueBatch>>();
		}
		owed_.push_back(peer);
	}
	// What waits here counts as unread, so that whoever sends faster than the disk takes it is read more slowly.
	grow(*peer, text.size());
	peer->batches->push_back({ticket, std::move(text)});
}

void Hub::ackBatches(Ticket durable)
{
	std::erase_if(owed_, [&](const PeerPtr &peer) {
		std::list<Peer::DueBatch> &batches = *peer->batches;
		while (peer->link && !batches.empty() && batches.front().ticket <= durable) {
			peer->saidBytes -= batches.front().text.size();
			say(*peer, std::move(batches.front().text));
			batches.pop_front();
		}
		return !peer->link || batches.empty();
	});
}

void Hub::showCells(std::span<const std::int64_t> ticks)
{
	for (const PeerPtr &peer : peers_) {
		if (peer->mirror) {
			peer->mirror->changed(ticks);
		}
	}
}

Text Hub::nextCells(Peer &peer)
{
	if (!peer.mirror || !std::exchange(peer.mayMirror, false)) {
		return nullptr;
	}
	return sharedText(peer.mirror->next(backend_.cells(), backend_.settings()));
}

} // namespace pulseline::ingest
