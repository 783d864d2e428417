#include "ingest/hub.hpp"

#include "ingest/acks.hpp"
#include "ingest/peer.hpp"

namespace pulseline::ingest {
namespace {

// A connection that lets this much of what it asked for lie unread is not read from until it has caught up.
constexpr std::size_t kHoldAbove = 64 * 1024;
constexpr std::size_t kReleaseBelow = 16 * 1024;
// Whatever the disk's trouble is, it is the producer's to know; a phone need not hear of paths.
constexpr std::string_view kNotWriting = "the session cannot be written at the moment; keep what is not acknowledged";

} // namespace

Hub::Hub(Backend &backend)
	: backend_(backend)
	, acks_(std::make_unique<Acks>())
{
}

Hub::~Hub() = default;

PeerPtr Hub::open(Link &link, Encoding encoding)
{
	auto peer = std::make_shared<Peer>(link, peersMade_++, encoding);
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
	const std::size_t most = peer->state == Peer::State::feed ? kMaxFeedFrame : kMaxFrame;
	if (peer->partial.size() + piece.size() > most) {
		sayError(*peer, "too_large", "a message may have at most " + std::to_string(most) + " bytes");
		close(*peer, kCloseTooBig);
		peer->partial = std::string();
		return;
	}
	if (!last) {
		peer->partial += piece;
		return;
	}
	const bool cbor = peer->encoding == Encoding::cbor;
	if (binary != cbor) {
		sayError(*peer, "bad_json",
			 cbor ? "messages are CBOR in binary frames" : "messages are JSON in text frames");
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
	const auto read = peer->encoding == Encoding::cbor ? readClientCbor : readClient;
	std::expected<ClientMessage, BadMessage> message = read(text, backend_.settings().scale);
	if (!message) {
		const BadMessage &bad = message.error();
		sayError(*peer, bad.refusal.code, bad.refusal.message, bad.seq, bad.batch);
	} else if (Respond *respond = std::get_if<Respond>(&*message)) {
		handle(peer, *respond, now);
	} else if (const RespondMany *many = std::get_if<RespondMany>(&*message)) {
		handle(peer, *many, now);
	} else if (const Participants *participants = std::get_if<Participants>(&*message)) {
		handle(peer, *participants);
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
	become(*peer, join.role, joined->participant);
	say(*peer, joinedText(*joined, join.role, showing()));
	if (!writing_) {
		sayError(*peer, "not_writable", kNotWriting);
	}
}

void Hub::become(Peer &peer, Role role, std::uint32_t number)
{
	peer.participant = number;
	switch (role) {
	case Role::participant:
		peer.state = Peer::State::participant;
		takeOver(peer);
		if (peer.ledger) {
			peer.ledger->peer = nullptr;
		}
		peer.ledger = std::make_shared<Ledger>(peer);
		peer.ack = 0;
		break;
	case Role::observer:
		peer.state = Peer::State::observer;
		break;
	case Role::feed:
		peer.state = Peer::State::feed;
		break;
	case Role::mirror:
		peer.state = Peer::State::mirror;
		peer.mirror = std::make_unique<Mirror>(++sets_);
		break;
	}
	if (role == Role::observer || (role == Role::participant && revealed_)) {
		addReader(peer);
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
	forget(older);
	older.closeNow = true;
	close(older, kCloseTakenOver);
}

void Hub::handle(const PeerPtr &peer, Respond &respond, Clock::time_point now)
{
	if (peer->state != Peer::State::participant) {
		refuseRole(*peer, "only a participant responds", respond.seq);
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
	forget(peer);
}

// Nothing of what it is told as who it was.
void Hub::forget(Peer &peer)
{
	peer.state = Peer::State::fresh;
	peer.due.reset();
	peer.mirror.reset();
	peer.playback.reset();
	peer.problem.reset();
}

void Hub::refuseRole(Peer &peer, std::string_view message, std::optional<std::uint64_t> seq,
		     std::optional<std::uint64_t> batch)
{
	const bool fresh = peer.state == Peer::State::fresh;
	sayError(peer, fresh ? "not_joined" : "forbidden", fresh ? "join first" : message, seq, batch);
}

// ---- what goes out ------------------------------------------------------------------------------------------------

void Hub::say(Peer &peer, std::string text)
{
	if (!peer.link) {
		return;
	}
	grow(peer, text.size());
	peer.said.push_back(std::move(text));
	peer.link->wantWrite();
}

// So much more waits to be read by it.
void Hub::grow(Peer &peer, std::size_t bytes)
{
	peer.saidBytes += bytes;
	if (!peer.held && peer.saidBytes > kHoldAbove) {
		peer.held = true;
		peer.link->hold(true);
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
	ackBatches(acks_->durable());
}

} // namespace pulseline::ingest
