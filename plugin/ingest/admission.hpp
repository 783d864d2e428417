// Who may try, how fast, and for how long: wrong codes by address, the pace of a connection, and who stands at the door
// without having joined. Without sockets; the time is the caller's. Network thread only; of this room alone.
#pragma once

#include "ingest/backend.hpp"

#include <array>
#include <list>
#include <unordered_map>

namespace pulseline::ingest {

// An IPv6 address, or an IPv4 one mapped into it. All zero: unknown.
using IpAddress = std::array<std::uint8_t, 16>;
// "192.0.2.7", "2001:db8::7", and the same with a port: "192.0.2.7:4711", "[2001:db8::7]:4711".
std::optional<IpAddress> addressFrom(std::string_view text);
bool isLoopback(const IpAddress &address);

// How often an address (of IPv6: its /64 network) has named a wrong code or key lately. Bounded: of too many addresses
// the one whose last wrong code is the longest ago is forgotten.
class WrongCodes {
public:
	static constexpr std::size_t kAllowed = 10;
	static constexpr std::chrono::minutes kWindow{1};
	static constexpr std::size_t kMaxAddresses = 16'384;

	// It has had all its tries: nothing from it is looked at until the first of them is a window ago.
	bool spent(const IpAddress &address, Clock::time_point now) const;
	void count(const IpAddress &address, Clock::time_point now);
	std::size_t size() const { return byAge_.size(); }

private:
	struct Hash {
		std::size_t operator()(const IpAddress &network) const;
	};
	struct Tries {
		IpAddress network;
		std::array<Clock::time_point, kAllowed> times{}; // a ring
		std::size_t count = 0;                           // ever

		Clock::time_point last() const { return times[(count - 1) % kAllowed]; }
	};
	std::list<Tries> byAge_; // of the last wrong code
	std::unordered_map<IpAddress, std::list<Tries>::iterator, Hash> byNetwork_;
};

// Messages a second, and how many may come at once after a pause. Rate 0: no limit.
struct RateLimit {
	std::uint32_t rate = 200;
	std::uint32_t burst = 2'000;
};

// How fast one connection speaks. Over the limit it is not read from until there is room again (held), so what it
// offers piles up in the system's receive queue and, once that is full, cannot be seen any more. So before it is
// called a flood it is read from freely until what came is enough to say so, or nothing more comes.
class Pace {
public:
	// A message of so many bytes came. True: read no more for now.
	bool take(const RateLimit &limit, std::size_t bytes, Clock::time_point now);

	// Nothing below is to be asked unless it is slowed.
	bool slowed() const { return slowed_ && slowed_->on; }
	bool held() const { return slowed() && slowed_->held; }
	enum class Next { stay, release, close };
	// Every 100 ms or so; `queued`: bytes in the receive queue. Close: ten times the rate for 60 s.
	Next look(const RateLimit &limit, std::size_t queued, Clock::time_point now);
	// Whether to tell it that it is slowed: when that starts, and at most once a minute.
	bool noticeDue(Clock::time_point now);
	double offered() const { return slowed_ ? slowed_->offered : 0; } // messages a second

private:
	struct Slowed {
		bool on = false, held = false;
		bool queueFull = false; // has been, since it was slowed
		double offered = 0;     // messages a second, by the last estimate
		std::uint64_t messages = 0, bytes = 0, bytesBefore = 0;
		std::size_t queuedBefore = 0;
		Clock::time_point looked;
		std::optional<Clock::time_point> tenfoldSince, noticed;
		double tenfoldFrom = 0; // of `messages`, at tenfoldSince
		double enough = 0;      // messages since then that prove it
		bool proving = false;   // read from freely until then, or until nothing more comes
	};
	void estimate(std::size_t queued, Clock::time_point now);
	bool tenfoldForTooLong(const RateLimit &limit, std::size_t queued, Clock::time_point now);
	double since() const { return static_cast<double>(slowed_->messages) - slowed_->tenfoldFrom; }

	// The bucket is full again at `full_`; each message puts that off by 1/rate. It was full last at `since_`.
	Clock::time_point full_, since_;
	std::unique_ptr<Slowed> slowed_; // once it was
};

// How far a connection has come. Who joined is in no lobby.
enum class Stage { request, page, silent, looked };
inline constexpr std::size_t kStages = 4;

// A connection as the lobby sees it.
class Guest {
public:
	virtual void cut() = 0; // soon, not from within this call

protected:
	~Guest() = default;

private:
	friend class Lobby;
	struct Entry {
		Guest *guest;
		Clock::time_point since;
	};
	std::list<Entry>::iterator place_;
	std::optional<Stage> stage_; // none: in no lobby
};

// Who has not joined, each stage in order of arrival: of too many the oldest is cut off for the newest, and everybody
// after a time. The lists are in order of their ends too, so that looking after them costs nothing.
class Lobby {
public:
	explicit Lobby(std::size_t maxConnections);

	// Into this stage, or again: its time starts anew.
	void enter(Guest &guest, Stage stage, Clock::time_point now);
	void leave(Guest &guest);
	void expire(Clock::time_point now);
	// Cuts off the oldest of those who have come the least far; false if everybody has joined.
	bool makeRoom();
	std::size_t size(Stage stage) const { return stages_[static_cast<std::size_t>(stage)].size(); }

	static std::chrono::seconds patience(Stage stage);
	std::size_t most(Stage stage) const;
	// Nobody else can come: all whose request is awaited came only just now, and may have sent it already.
	bool crammed(Clock::time_point now) const;
	// How many were cut off, for others and for being late.
	std::uint64_t crowded() const { return crowded_; }
	std::uint64_t late() const { return late_; }

private:
	const std::list<Guest::Entry> &guests(Stage stage) const { return stages_[static_cast<std::size_t>(stage)]; }
	std::list<Guest::Entry> &guests(Stage stage) { return stages_[static_cast<std::size_t>(stage)]; }
	void cutOldest(Stage stage);

	std::size_t maxConnections_;
	std::array<std::list<Guest::Entry>, kStages> stages_;
	std::uint64_t crowded_ = 0, late_ = 0;
};

} // namespace pulseline::ingest
