// What the wire needs of whoever holds the session: the studio implements it, the server calls it.
//
// Every call comes on the server's network thread and must not block. Names come in as the client wrote them; what is
// wrong with them comes back as one of the wire's codes. (The wire is described in README.md here.)
#pragma once

#include "core/series.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <span>

namespace pulseline::ingest {

using Clock = std::chrono::steady_clock;

// `code` is one of the wire's: "unknown_session", "forbidden", "bad_field", "bad_position", "not_writable" …
struct Refusal {
	std::string code;
	std::string message;
};
template <typename T>
using Answer = std::expected<T, Refusal>;

enum class Role { participant, observer };

struct Join {
	std::string session; // join code, as typed
	Role role = Role::participant;
	std::map<std::string, std::string> attributes;
	std::string token; // to resume; "" for a newcomer
	std::string key;
	bool simulated = false;
};

struct Joined {
	std::uint32_t participant = 0; // the backend's index (role participant)
	std::string id;                // opaque; "" for an observer
	std::string token;             // "" for an observer
	std::uint64_t last_seq = 0;    // highest durable
};

struct Respond {
	std::uint32_t participant = 0;
	std::uint64_t seq = 0;
	std::optional<double> value;
	std::optional<std::string> target; // absent: the first
	std::int64_t age_ms = 0;
	std::optional<std::int64_t> position_ms;
	std::uint32_t pass = 0;
};

// Rises with everything handed to the writer. A response is durable once the server was told of its ticket, or of a
// later one.
using Ticket = std::uint64_t;

// One tick of one target as it is now, for those who may see it.
struct TickFigures {
	std::string target;
	std::int64_t tick = 0;
	std::int64_t start_ms = 0;
	bool closed = false;
	std::vector<std::pair<std::string, Figures>> segments;
};

struct Series {
	std::string target;
	std::int64_t from_tick = 0;
	std::vector<std::pair<std::string, std::vector<Figures>>> segments; // each from from_tick on
};

// What changed since the last call of drain().
struct Updates {
	std::optional<PlaybackChange> playback; // `at_ms` and `server_ms` alike are Unix time
	std::vector<TickFigures> ticks;
	bool closed = false; // the session is over
};

class Backend {
public:
	virtual ~Backend() = default;

	virtual const Settings &settings() const = 0;
	virtual bool revealed() const = 0;
	virtual bool simulated() const = 0;
	virtual Answer<Joined> join(const Join &join) = 0;
	// Whether this is the session's code, as typed: somebody wants to see what it asks before joining.
	virtual Answer<void> look(const std::string &)
	{
		return std::unexpected(Refusal{"unknown_type", "this session shows nothing before one has joined"});
	}
	// The ticket to wait for; a duplicate gets one too (its first may still be on its way to the disk).
	virtual Answer<Ticket> respond(const Respond &respond, Clock::time_point received) = 0;
	virtual void leave(std::uint32_t participant) = 0;
	virtual PlaybackChange playback() const = 0;    // the last change, position as of `at_ms`
	virtual PlaybackChange playbackNow() const = 0; // position now, `at_ms` = now
	// How long the speech is, once that is known, as it may be only when a media source has opened its file.
	virtual std::optional<std::int64_t> duration_ms() const { return settings().duration_ms; }
	virtual std::int64_t now_ms() const = 0;        // Unix time that never jumps during a session
	virtual std::vector<Series> series() const = 0; // a Series for each target
	virtual Updates drain() = 0;                    // called at least every 100 ms, and after Server::wake()
	// Empty: ready. Else the reason why not, for /healthz.
	virtual std::string notReady() const = 0;
};

} // namespace pulseline::ingest
