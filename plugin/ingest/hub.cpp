#include "ingest/hub.hpp"

#include "ingest/acks.hpp"
#include "ingest/peer.hpp"

namespace pulseline::ingest {
namespace {

// A connection that lets this much of what it asked for lie unread is not read from until it has caught up.
constexpr std::size_t kHoldAbove = 64 * 1024;
constexpr std::size_t kReleaseBelow = 16 * 1024;

} // namespace

Hub::Hub(Backend &backend)
	: backend_(backend)
	, acks_(std::make_unique<Acks>())
{
}

Hub::~Hub() = default;

PeerPtr Hub::open(Link &link)
{
	auto peer = std::make_shared<Peer>(link, peersMade_++);
	peer->place = peers_.size();
	heard(*peer);
	peers_.push_back(peer);
	return peer;
}

void Hub::gone(const PeerPtr &peer)
{
	if (!peer->link) {
		return;
	}
	part(*peer);
	if (peer->ledger) {
		peer->ledger->peer = nullptr;
	}
	peer->link = nullptr;
	peer->deaf = true;
	peers_[peer->place] = peers_.back();
	peers_[peer->place]->place = peer->place;
	peers_.pop_back();
}

// ---- what comes in ------------------------------------------------------------------------------------------------

void Hub::receive(const PeerPtr &peer, std::string_view piece, bool binary, bool last, Clock::time_point now)
{
	heard(*peer);
	if (peer->deaf) {
		return;
	}
	if (peer->partial.size() + piece.size() > kMaxFrame) {
		sayError(*peer, "too_large", "a message may have at most 65536 bytes");
		close(*peer, kCloseTooBig);
		peer->partial = std::string();
		return;
	}
	if (!last) {
		peer->partial += piece;
		return;
	}
	if (binary) {
		sayError(*peer, "bad_json", "messages are JSON in text frames");
	} else if (peer->partial.empty()) {
		handle(peer, piece, now);
	} else {
		peer->partial += piece;
		handle(peer, peer->partial, now);
	}
	peer->partial = std::string();
}

void Hub::handle(const PeerPtr &peer, std::string_view text, Clock::time_point now)
{
	std::expected<ClientMessage, BadMessage> message = readClient(text, backend_.settings().scale);
	if (!message) {
		const BadMessage &bad = message.error();
		sayError(*peer, bad.refusal.code, bad.refusal.message, bad.seq);
	} else if (Respond *respond = std::get_if<Respond>(&*message)) {
		handle(peer, *respond, now);
	} else if (const Join *join = std::get_if<Join>(&*message)) {
		handle(peer, *join);
	} else if (const ClockAsk *ask = std::get_if<ClockAsk>(&*message)) {
		say(*peer, clockText(ask->t0, backend_.now_ms()));
	} else if (const Look *look = std::get_if<Look>(&*message)) {
		handle(peer, *look);
	} else {
		handle(peer, std::get<Leave>(*message));
	}
}

void Hub::handle(const PeerPtr &peer, const Join &join)
{
	if (peer->joined()) {
		sayError(*peer, "bad_field", "this connection has joined already; send leave first");
		return;
	}
	const Answer<Joined> joined = backend_.join(join);
	if (!joined) {
		sayError(*peer, joined.error().code, joined.error().message);
		return;
	}
	if (join.role == Role::participant) {
		peer->state = Peer::State::participant;
		peer->participant = joined->participant;
		takeOver(*peer);
		if (peer->ledger) {
			peer->ledger->peer = nullptr;
		}
		peer->ledger = std::make_shared<Ledger>(*peer);
		peer->ack = 0;
	} else {
		peer->state = Peer::State::observer;
	}
	say(*peer, joinedText(*joined, join.role, showing()));
	if (join.role == Role::observer || revealed_) {
		addReader(*peer);
	}
}

void Hub::handle(const PeerPtr &peer, const Look &look)
{
	if (const Answer<void> known = backend_.look(look.session); !known) {
		sayError(*peer, known.error().code, known.error().message);
	} else {
		say(*peer, sessionText(showing()));
	}
}

Showing Hub::showing() const
{
	return {backend_.settings(), backend_.playbackNow(), backend_.duration_ms(), backend_.revealed(),
		backend_.simulated()};
}

void Hub::takeOver(Peer &peer)
{
	const auto [found, fresh] = byParticipant_.try_emplace(peer.participant, &peer);
	if (fresh) {
		return;
	}
	Peer &older = *found->second;
	found->second = &peer;
	older.state = Peer::State::fresh;
	older.due.reset();
	older.playback.reset();
	older.closeNow = true;
	close(older, kCloseTakenOver);
}

void Hub::handle(const PeerPtr &peer, Respond &respond, Clock::time_point now)
{
	if (peer->state != Peer::State::participant) {
		const bool fresh = peer->state == Peer::State::fresh;
		sayError(*peer, fresh ? "not_joined" : "forbidden",
			 fresh ? "join before you respond" : "an observer does not respond", respond.seq);
		return;
	}
	respond.participant = peer->participant;
	const Answer<Ticket> ticket = backend_.respond(respond, now);
	if (!ticket) {
		sayError(*peer, ticket.error().code, ticket.error().message, respond.seq);
		return;
	}
	if (acks_->expect(*ticket, respond.seq, peer->ledger)) {
		durable(acks_->durable());
	}
}

void Hub::handle(const PeerPtr &peer, const Leave &)
{
	if (!peer->joined()) {
		sayError(*peer, "not_joined", "there is nothing to leave");
		return;
	}
	if (peer->state == Peer::State::participant) {
		backend_.leave(peer->participant);
	}
	part(*peer);
}

void Hub::part(Peer &peer)
{
	if (peer.state == Peer::State::participant) {
		byParticipant_.erase(peer.participant);
	}
	peer.state = Peer::State::fresh;
	peer.due.reset();
	peer.playback.reset();
}

// ---- what goes out ------------------------------------------------------------------------------------------------

void Hub::say(Peer &peer, std::string text)
{
	if (!peer.link) {
		return;
	}
	peer.saidBytes += text.size();
	peer.said.push_back(std::move(text));
	if (!peer.held && peer.saidBytes > kHoldAbove) {
		peer.held = true;
		peer.link->hold(true);
	}
	peer.link->wantWrite();
}

void Hub::sayError(Peer &peer, std::string_view code, std::string_view message, std::optional<std::uint64_t> seq)
{
	say(peer, errorText(code, message, seq));
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
	if (peer.saidNext < peer.said.size()) {
		Text text = sharedText(std::move(peer.said[peer.saidNext++]));
		peer.saidBytes -= text->size();
		if (peer.saidNext == peer.said.size()) {
			peer.said = {};
			peer.saidNext = 0;
		}
		if (peer.held && peer.saidBytes < kReleaseBelow) {
			peer.held = false;
			peer.link->hold(false);
		}
		return text;
	}
	if (peer.ack != 0) {
		return sharedText(ackText(std::exchange(peer.ack, 0)));
	}
	if (peer.playback) {
		return std::exchange(peer.playback, nullptr);
	}
	if (!peer.due || peer.closeCode != 0) {
		return nullptr;
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

void Hub::durable(Ticket ticket)
{
	acks_->durable(ticket, [](const std::shared_ptr<Ledger> &ledger, std::uint64_t seq) {
		if (Peer *peer = ledger->peer) {
			peer->ack = std::max(peer->ack, seq);
			peer->link->wantWrite();
		}
	});
}

} // namespace pulseline::ingest
