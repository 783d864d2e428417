// The protocol between the connections of a server and the session behind it, without sockets: what comes in goes to
// the backend, what must go out waits here, bounded, until its connection can be written to. (README.md here.)
// Network thread only.
#pragma once

#include "ingest/codec.hpp"

#include <unordered_map>

namespace pulseline::ingest {

// A connection as the hub sees it. Outlives its Peer's being open.
class Link {
public:
	virtual ~Link() = default;
	virtual void wantWrite() = 0;     // call Hub::next() when the connection can be written to
	virtual void hold(bool held) = 0; // held: read no more from it for now
	virtual void ping() = 0;          // Hub::alive() on its answer
	virtual void cut() = 0;           // nobody is there any more
};

inline constexpr std::uint16_t kCloseGoingAway = 1001;
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
	explicit Hub(Backend &backend);
	~Hub();

	PeerPtr open(Link &link, Encoding encoding = Encoding::json);
	void gone(const PeerPtr &peer);
	// A piece of a message; `last`: it is complete now.
	void receive(const PeerPtr &peer, std::string_view piece, bool binary, bool last, Clock::time_point now);

	void alive(Peer &peer) { heard(peer); }

	// What to write next, or null. Call until null or the connection is full.
	Text next(Peer &peer);
	// Nothing is left to write and the connection is to be closed with this code.
	std::optional<std::uint16_t> closing(const Peer &peer) const;

	void durable(Ticket ticket);
	void news();     // asks the backend what changed
	void beat();     // every 100 ms
	void shutdown(); // closes every connection once what is due has been written

	std::size_t size() const { return peers_.size(); }

private:
	void handle(const PeerPtr &peer, std::string_view text, Clock::time_point now);
	void handle(const PeerPtr &peer, const Join &join);
	void handle(const PeerPtr &peer, Respond &respond, Clock::time_point now);
	void handle(const PeerPtr &peer, const Look &look);
	void handle(const PeerPtr &peer, const Leave &leave);
	void handle(const PeerPtr &peer, const Participants &participants);
	void handle(const PeerPtr &peer, const RespondMany &many, Clock::time_point now);
	void become(Peer &peer, Role role, std::uint32_t number);
	void refuseRole(Peer &peer, std::string_view message, std::optional<std::uint64_t> seq = {},
			std::optional<std::uint64_t> batch = {});
	Showing showing() const;
	void heard(Peer &peer) const;
	void lookAfter(Peer &peer) const;
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
	void showTicks(const std::vector<TickFigures> &ticks);
	void followRevealed();
	bool renderSeries();
	void sessionOver();

	Backend &backend_;
	std::vector<PeerPtr> peers_;
	std::unordered_map<std::uint32_t, Peer *> byParticipant_;
	std::unique_ptr<Acks> acks_;
	std::vector<PeerPtr> owed_;  // batches of theirs wait to be acknowledged
	std::uint64_t sets_ = 0;     // that mirrors got
	bool writing_ = true;        // what comes in gets to the disk
	std::vector<Text> series_;   // one for each target, as of the last rendering
	bool seriesStale_ = true;    // something changed since
	Clock::time_point seriesAt_; // of the last rendering
	bool revealed_ = false;
	bool over_ = false;
	std::uint64_t beats_ = 0;
	std::uint64_t peersMade_ = 0;
};

} // namespace pulseline::ingest
