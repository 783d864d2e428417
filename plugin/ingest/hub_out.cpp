#include "ingest/acks.hpp"
#include "ingest/peer.hpp"

// What the hub says: to each peer when it can be written to, and what it may acknowledge.
namespace pulseline::ingest {
namespace {

// A connection that lets this much of what it asked for lie unread is not read from until it has caught up.
constexpr std::size_t kHoldAbove = 64 * 1024;
constexpr std::size_t kReleaseBelow = 16 * 1024;
// Responses that came within this time of each other are timed as one.
constexpr std::chrono::milliseconds kMoment{1};

} // namespace

void Hub::say(Peer &peer, std::string text)
{
	if (!peer.link) {
		return;
	}
	grow(peer, text.size());
	if (!peer.said) {
		peer.said = std::make_unique<Peer::Said>();
	}
	peer.said->texts.push_back(std::move(text));
	peer.link->wantWrite();
}

// So much more waits to be read by it.
void Hub::grow(Peer &peer, std::size_t bytes)
{
	peer.saidBytes += bytes;
	if (!peer.unread && peer.saidBytes > kHoldAbove) {
		peer.unread = true;
		follow(peer);
	}
}

void Hub::sayError(Peer &peer, std::string_view code, std::string_view message, std::optional<std::uint64_t> seq,
		   std::optional<std::uint64_t> batch)
{
	say(peer, errorText(code, message, seq, batch));
}

void Hub::showProblem(const std::string &problem)
{
	writing_ = problem.empty();
	const Text text = writing_ ? nullptr : sharedText(errorText("not_writable", kNotWriting));
	for (const PeerPtr &peer : peers_) {
		if (peer->joined()) {
			peer->problem = text;
			peer->link->wantWrite();
		}
	}
}

void Hub::close(Peer &peer, std::uint16_t code)
{
	peer.deaf = true;
	if (peer.closeCode == 0) {
		peer.closeCode = code;
	}
	if (peer.link) {
		peer.link->wantWrite();
	}
}

std::optional<std::uint16_t> Hub::closing(const Peer &peer) const
{
	const bool now = peer.closeCode != 0 && (peer.closeNow || peer.settled());
	return now ? std::optional(peer.closeCode) : std::nullopt;
}

Text Hub::next(Peer &peer)
{
	Text text = nextText(peer);
	return text && peer.encoding == Encoding::cbor ? sharedText(cborOf(*text)) : text;
}

Text Hub::nextText(Peer &peer)
{
	if (peer.said) {
		Text text = sharedText(std::move(peer.said->texts[peer.said->next++]));
		peer.saidBytes -= text->size();
		if (peer.said->next == peer.said->texts.size()) {
			peer.said.reset();
		}
		if (peer.unread && peer.saidBytes < kReleaseBelow) {
			peer.unread = false;
			follow(peer);
		}
		return text;
	}
	if (peer.problem) {
		return std::exchange(peer.problem, nullptr);
	}
	if (peer.ack != 0) {
		return sharedText(ackText(std::exchange(peer.ack, 0)));
	}
	if (peer.playback) {
		return std::exchange(peer.playback, nullptr);
	}
	return peer.closeCode == 0 ? nextFigures(peer) : nullptr;
}

Text Hub::nextFigures(Peer &peer)
{
	if (!peer.due) {
		return nextCells(peer);
	}
	for (Text *notes : {&peer.due->markers, &peer.due->statements}) {
		if (*notes) {
			return std::exchange(*notes, nullptr);
		}
	}
	if (!peer.due->series.empty()) {
		Text text = std::move(peer.due->series.back());
		peer.due->series.pop_back();
		return text;
	}
	if (peer.due->mayTick && !peer.due->ticks.empty()) {
		peer.due->mayTick = false;
		Text text = std::move(peer.due->ticks.front().text);
		peer.due->ticks.erase(peer.due->ticks.begin());
		return text;
	}
	return nullptr;
}

// Counts what came, and when, for the time until it may be acknowledged. Only what is new gets a higher ticket.
void Hub::await(Ticket ticket, Clock::time_point received, std::uint64_t responses)
{
	if (ticket <= newest_) {
		metrics.duplicates += responses;
		return;
	}
	newest_ = ticket;
	if (!awaited_.empty() && received - awaited_.back().received < kMoment) {
		awaited_.back().ticket = ticket;
		awaited_.back().responses += responses;
	} else {
		awaited_.push_back({ticket, received, responses});
	}
}

void Hub::durable(Ticket ticket)
{
	if (!awaited_.empty()) {
		const Clock::time_point now = Clock::now();
		for (; !awaited_.empty() && awaited_.front().ticket <= ticket; awaited_.pop_front()) {
			const std::chrono::duration<double> took = now - awaited_.front().received;
			metrics.acks.add(std::max(took.count(), 0.0), awaited_.front().responses);
		}
	}
	acks_->durable(ticket, [](const std::shared_ptr<Ledger> &ledger, std::uint64_t seq) {
		if (Peer *peer = ledger->peer) {
			peer->ack = std::max(peer->ack, seq);
			peer->link->wantWrite();
		}
	});
	ackBatches(acks_->durable());
}

} // namespace pulseline::ingest
