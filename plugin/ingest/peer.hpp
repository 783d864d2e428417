// One connection's state in the hub: who it is and what is to be written to it. Of this room alone.
#pragma once

#include "ingest/acks.hpp"
#include "ingest/hub.hpp"
#include "ingest/mirror.hpp"

#include <list>

namespace pulseline::ingest {

// Whatever the disk's trouble is, it is the producer's to know; a phone need not hear of paths.
inline constexpr std::string_view kNotWriting =
	"the session cannot be written at the moment; keep what is not acknowledged";

// What a reader of the figures is still to be sent.
struct Due {
	struct Tick {
		std::string target;
		std::int64_t tick = 0;
		Text text;
	};
	std::vector<Tick> ticks;  // first come, first sent; a later state replaces an earlier one
	std::vector<Text> series; // the last is sent first
	Text markers, statements; // an observer's
	bool wantsSeries = true;
	bool mayTick = false; // this beat's tick has not been sent yet
};

struct Peer {
	enum class State { fresh, participant, observer, feed, mirror };

	struct DueBatch {
		Ticket ticket = 0;
		std::string text; // its ack
	};

	// What is to be sent, first come, first sent. Not empty.
	struct Said {
		std::vector<std::string> texts;
		std::size_t next = 0;
	};

	Peer(Link &l, std::uint64_t n, Encoding e)
		: link(&l)
		, number(n)
		, encoding(e)
	{
	}

	Link *link; // null once the connection is gone
	std::uint64_t number;
	Encoding encoding;
	std::size_t place = 0;       // in Hub::peers_
	std::uint64_t heardBeat = 0; // when anything came from it last
	State state = State::fresh;
	std::uint32_t participant = 0; // or the number of the feed
	bool looked = false;           // has named the session's code, if not joined
	Pace pace;

	// Rarely there, and apart: most connections are of people who wait, or have sent a short message.
	std::unique_ptr<std::string> partial;    // of a message that is still coming in
	std::optional<std::uint64_t> excessBeat; // when one began that is too large
	std::unique_ptr<Said> said;
	std::size_t saidBytes = 0;
	bool unread = false; // it has let too much lie that it asked for
	bool held = false;   // not read from, for that or for its pace
	bool deaf = false;   // nothing it says matters any more
	std::uint16_t closeCode = 0;
	bool closeNow = false; // without waiting for acknowledgements

	std::shared_ptr<Ledger> ledger;               // of the participant it is or was; none before the first response
	std::uint64_t ack = 0;                        // to be sent
	std::unique_ptr<std::list<DueBatch>> batches; // of the feed it is or was, on their way to the disk
	Text playback;                                // to be sent
	Text problem;                                 // to be sent
	std::unique_ptr<Due> due;                     // of a reader
	std::unique_ptr<Mirror> mirror;
	bool mayMirror = false; // this beat's cells have not been sent yet

	std::size_t owes() const { return batches ? batches->size() : 0; }
	bool joined() const { return state != State::fresh; }
	bool settled() const { return owes() == 0 && (!ledger || ledger->settled()); }
};

inline Text sharedText(std::string text)
{
	return std::make_shared<const std::string>(std::move(text));
}

} // namespace pulseline::ingest
