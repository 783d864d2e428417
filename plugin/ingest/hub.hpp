// The protocol between the connections of a server and the session behind it, without sockets: what comes in goes to
// the backend, what must go out waits here, bounded, until its connection can be written to. (README.md here.)
// Network thread only.
#pragma once

#include "ingest/admission.hpp"
#include "ingest/codec.hpp"
#include "ingest/metrics.hpp"

#include <deque>

namespace pulseline::ingest {

// A connection as the hub sees it. Outlives its Peer's being open.
class Link {
public:
	virtual ~Link() = default;
	virtual void wantWrite() = 0;     // call Hub::next() when the connection can be written to
	virtual void hold(bool held) = 0; // held: read no more from it for now
	virtual void ping() = 0;          // Hub::alive() on its answer
	virtual void cut() = 0;           // nobody is there any more
	virtual IpAddress from() const = 0;
	virtual std::size_t queued() const = 0;              // bytes that have come and were not read
	virtual void stands(std::optional<Stage> stage) = 0; // how far it has come; none: joined
};

inline constexpr std::uint16_t kCloseGoingAway = 1001;
inline constexpr std::uint16_t kClosePolicy = 1008;
inline constexpr std::uint16_t kCloseTooBig = 1009;
inline constexpr std::uint16_t kCloseTakenOver = 4001;

// How a connection's messages are written: as text, or in binary frames.
enum class Encoding { json, cbor };

class Acks;
struct Peer;
using PeerPtr = std::shared_ptr<Peer>;
using Text = std::shared_ptr<const std::string>; // shared where many connections get the same

class Hub {
public:
	// `mostJoined`: so many may be in at once. Who comes back by a token always may.
	explicit Hub(Backend &backend, RateLimit limit = {}, std::size_t mostJoined = SIZE_MAX);
	~Hub();

	PeerPtr open(Link &link, Encoding encoding = Encoding::json);
	void gone(const PeerPtr &peer);
	// A piece of a message; `last`: it is complete now; `rest`: how many bytes more its frame claims to have.
	void receive(const PeerPtr &peer, std::string_view piece, bool binary, bool last, Clock::time_point now,
		     std::uint64_t rest = 0);

	void alive(Peer &peer) { heard(peer); }

	// What to write next, or null. Call until null or the connection is full.
	Text next(Peer &peer);
	// Nothing is left to write and the connection is to be closed with this code.
	std::optional<std::uint16_t> closing(const Peer &peer) const;

	void durable(Ticket ticket);
	void news();                                     // asks the backend what changed
	void beat(Clock::time_point now = Clock::now()); // every 100 ms
	void shutdown();                                 // closes every connection once what is due has been written

	std::size_t size() const { return peers_.size(); }
	Connected connected() const; // who has joined, by role
	Metrics metrics;
	WrongCodes wrongCodes;

private:
	void dropTooLarge(Peer &peer, bool last, std::size_t most);
	void handle(const PeerPtr &peer, std::string_view text, Clock::time_point now);
	void handle(const PeerPtr &peer, const Join &join, Clock::time_point now);
	void handle(const PeerPtr &peer, Respond &respond, Clock::time_point now);
	void handle(const PeerPtr &peer, const Look &look, Clock::time_point now);
	void handle(const PeerPtr &peer, const Leave &leave);
	void handle(const PeerPtr &peer, const Participants &participants);
	void handle(const PeerPtr &peer, const RespondMany &many, Clock::time_point now);
	void become(Peer &peer, Role role, std::uint32_t number);
	void refuseRole(Peer &peer, std::string_view message, std::optional<std::uint64_t> seq = {},
			std::optional<std::uint64_t> batch = {});
	Showing showing() const;
	void heard(Peer &peer) const;
	void lookAfter(Peer &peer, Clock::time_point now);
	void meter(Peer &peer, std::size_t bytes, Clock::time_point now);
	void follow(Peer &peer);
	void await(Ticket ticket, Clock::time_point received, std::uint64_t responses = 1);
	bool hasRoom() const;
	bool mayTry(Peer &peer, std::string_view token, Clock::time_point now);
	void refuse(Peer &peer, const Refusal &refusal, Clock::time_point now);
	void say(Peer &peer, std::string text);
	void grow(Peer &peer, std::size_t bytes);
	void sayError(Peer &peer, std::string_view code, std::string_view message,
		      std::optional<std::uint64_t> seq = {}, std::optional<std::uint64_t> batch = {});
	void close(Peer &peer, std::uint16_t code);
	void takeOver(Peer &peer);
	void part(Peer &peer);
	void forget(Peer &peer);
	void ackBatches(Ticket durable);
	void showCells(std::span<const std::int64_t> ticks);
	void showProblem(const std::string &problem);
	Text nextText(Peer &peer);
	Text nextFigures(Peer &peer);
	Text nextCells(Peer &peer);
	void addReader(Peer &peer);
	void showPlayback(const PlaybackChange &change);
	void showTicks(const std::vector<TickFigures> &ticks);
	void followRevealed();
	void followAnnotations();
	bool renderSeries();
	void sessionOver();

	Backend &backend_;
	const RateLimit limit_;
	const std::size_t mostJoined_;
	std::vector<PeerPtr> peers_;
	std::vector<Peer *> byParticipant_; // who is here as that participant
	std::unique_ptr<Acks> acks_;
	std::vector<PeerPtr> owed_;  // batches of theirs wait to be acknowledged
	std::uint64_t sets_ = 0;     // that mirrors got
	bool writing_ = true;        // what comes in gets to the disk
	std::vector<Text> series_;   // one for each target, as of the last rendering
	bool seriesStale_ = true;    // something changed since
	Clock::time_point seriesAt_; // of the last rendering
	std::shared_ptr<const Annotations> annotations_;
	Text markers_, statements_; // as of them
	bool revealed_ = false;
	bool over_ = false;
	// Responses that wait for the disk, in order; those of a moment in one entry.
	struct Awaited {
		Ticket ticket = 0;
		Clock::time_point received;
		std::uint64_t responses = 0;
	};
	std::deque<Awaited> awaited_;
	Ticket newest_ = 0; // of any response
	std::uint64_t beats_ = 0;
	std::uint64_t peersMade_ = 0;
};

} // namespace pulseline::ingest
