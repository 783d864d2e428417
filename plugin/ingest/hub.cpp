#include "ingest/hub.hpp"

#include "ingest/acks.hpp"
#include "ingest/peer.hpp"

namespace pulseline::ingest {
namespace {

std::string_view nameOf(Role role)
{
	constexpr std::array<std::string_view, 4> kNames{"participant", "observer", "feed", "mirror"};
	return kNames[static_cast<std::size_t>(role)];
}

} // namespace

Hub::Hub(Backend &backend, RateLimit limit, std::size_t mostJoined)
	: backend_(backend)
	, limit_(limit)
	, mostJoined_(mostJoined)
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

void Hub::receive(const PeerPtr &peer, std::string_view piece, bool binary, bool last, Clock::time_point now,
		  std::uint64_t rest)
{
	if (peer->deaf) {
		return; // nor heard: who is to go, and will not, is cut off for its silence
	}
	heard(*peer);
	const std::size_t before = peer->partial ? peer->partial->size() : 0;
	if (last) {
		meter(*peer, before + piece.size(), now);
	}
	const std::size_t most = peer->state == Peer::State::feed ? kMaxFeedFrame : kMaxFrame;
	const bool tooLarge = rest > most || before + piece.size() + rest > most;
	if (tooLarge || peer->excessBeat) {
		dropTooLarge(*peer, last, most);
		return;
	}
	if (!last) {
		if (!peer->partial) {
			peer->partial = std::make_unique<std::string>();
		}
		*peer->partial += piece;
		return;
	}
	if (peer->state == Peer::State::fresh && !peer->looked) {
		peer->link->stands(Stage::silent);
	}
	const bool cbor = peer->encoding == Encoding::cbor;
	if (binary != cbor) {
		count(metrics.messages, "invalid");
		sayError(*peer, "bad_json",
			 cbor ? "messages are CBOR in binary frames" : "messages are JSON in text frames");
	} else if (!peer->partial) {
		handle(peer, piece, now);
	} else {
		*peer->partial += piece;
		handle(peer, *peer->partial, now);
	}
	peer->partial.reset();
}

// The rest of it is read before the connection is closed (lookAfter() does not wait long): a reset would overtake the
// error.
void Hub::dropTooLarge(Peer &peer, bool last, std::size_t most)
{
	if (!peer.excessBeat) {
		sayError(peer, "too_large", "a message may have at most " + std::to_string(most) + " bytes");
		peer.excessBeat = beats_;
		peer.partial.reset();
	}
	if (last) {
		close(peer, kCloseTooBig);
	}
}

void Hub::handle(const PeerPtr &peer, std::string_view text, Clock::time_point now)
{
	const auto read = peer->encoding == Encoding::cbor ? readClientCbor : readClient;
	std::expected<ClientMessage, BadMessage> message = read(text, backend_.settings().scale);
	if (!message) {
		const BadMessage &bad = message.error();
		count(metrics.messages, bad.refusal.code == "unknown_type" ? "unknown" : "invalid");
		sayError(*peer, bad.refusal.code, bad.refusal.message, bad.seq, bad.batch);
	} else if (Respond *respond = std::get_if<Respond>(&*message)) {
		count(metrics.messages, "respond");
		handle(peer, *respond, now);
	} else if (const RespondMany *many = std::get_if<RespondMany>(&*message)) {
		count(metrics.messages, "respond_many");
		handle(peer, *many, now);
	} else if (const Participants *participants = std::get_if<Participants>(&*message)) {
		count(metrics.messages, "participants");
		handle(peer, *participants);
	} else if (const Join *join = std::get_if<Join>(&*message)) {
		count(metrics.messages, "join");
		handle(peer, *join, now);
	} else if (const ClockAsk *ask = std::get_if<ClockAsk>(&*message)) {
		count(metrics.messages, "clock");
		say(*peer, clockText(ask->t0, backend_.now_ms()));
	} else if (const Look *look = std::get_if<Look>(&*message)) {
		count(metrics.messages, "look");
		handle(peer, *look, now);
	} else {
		count(metrics.messages, "leave");
		handle(peer, std::get<Leave>(*message));
	}
}

// For somebody new.
bool Hub::hasRoom() const
{
	const auto joined = [](const PeerPtr &peer) { return peer->joined(); };
	return peers_.size() <= mostJoined_ ||
	       static_cast<std::size_t>(std::ranges::count_if(peers_, joined)) < mostJoined_;
}

// Who has named too many wrong codes is not listened to, unless it is somebody coming back: their neighbours, behind
// the same address, must not keep them out.
bool Hub::mayTry(Peer &peer, std::string_view token, Clock::time_point now)
{
	if (!wrongCodes.spent(peer.link->from(), now) || (!token.empty() && backend_.knows(token))) {
		return true;
	}
	count(metrics.joinsRefused, "rate_limited");
	sayError(peer, "rate_limited", "too many wrong codes came from your network; wait a minute");
	return false;
}

void Hub::refuse(Peer &peer, const Refusal &refusal, Clock::time_point now)
{
	const bool guessed = refusal.reason.empty() || refusal.reason == "ticket_unknown";
	if (refusal.code == "unknown_session" || (refusal.code == "forbidden" && guessed)) {
		++metrics.wrongCodes;
		wrongCodes.count(peer.link->from(), now);
	}
	count(metrics.joinsRefused, refusal.code);
	say(peer, errorText(refusal.code, refusal.message, {}, {}, refusal.reason));
}

void Hub::handle(const PeerPtr &peer, const Join &join, Clock::time_point now)
{
	if (peer->joined()) {
		sayError(*peer, "bad_field", "this connection has joined already; send leave first");
		return;
	}
	if (!mayTry(*peer, join.role == Role::participant ? join.token : "", now)) {
		return;
	}
	if (join.role == Role::participant && !hasRoom() && (join.token.empty() || !backend_.knows(join.token))) {
		count(metrics.joinsRefused, "rate_limited");
		sayError(*peer, "rate_limited", "everybody who fits in is here already; try again later");
		return;
	}
	const Answer<Joined> joined = backend_.join(join);
	if (!joined) {
		refuse(*peer, joined.error(), now);
		return;
	}
	peer->link->stands(std::nullopt);
	count(metrics.joins, nameOf(join.role));
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
		peer.ledger.reset();
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
	if (role == Role::observer) {
		followAnnotations();
		peer.due->markers = markers_;
		peer.due->statements = statements_;
	}
}

void Hub::handle(const PeerPtr &peer, const Look &look, Clock::time_point now)
{
	if (!mayTry(*peer, "", now)) {
		return;
	}
	if (const Answer<void> known = backend_.look(look.session); !known) {
		refuse(*peer, known.error(), now);
	} else {
		if (!peer->joined()) {
			peer->looked = true;
			peer->link->stands(Stage::looked);
		}
		say(*peer, sessionText(showing()));
	}
}

Showing Hub::showing() const
{
	return {backend_.settings(), backend_.playbackNow(), backend_.duration_ms(),
		backend_.revealed(), backend_.simulated(),   backend_.doors()};
}

void Hub::takeOver(Peer &peer)
{
	if (peer.participant >= byParticipant_.size()) {
		byParticipant_.resize(peer.participant + 1);
	}
	if (Peer *const older = std::exchange(byParticipant_[peer.participant], &peer)) {
		forget(*older);
		older->closeNow = true;
		close(*older, kCloseTakenOver);
	}
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
		count(metrics.refused, ticket.error().code);
		sayError(*peer, ticket.error().code, ticket.error().message, respond.seq);
		return;
	}
	await(*ticket, now);
	if (!peer->ledger) {
		peer->ledger = std::make_shared<Ledger>(*peer);
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
	peer->looked = true;
	peer->link->stands(Stage::looked);
}

void Hub::part(Peer &peer)
{
	if (peer.state == Peer::State::participant) {
		byParticipant_[peer.participant] = nullptr;
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

} // namespace pulseline::ingest
