// What the wire needs of whoever holds the session: the studio implements it, the server calls it.
//
// Every call comes on the server's network thread and must not block. Names come in as the client wrote them; what is
// wrong with them comes back as one of the wire's codes. (The wire is described in README.md here.)
#pragma once

#include "core/cells.hpp"
#include "core/series.hpp"
#include "ingest/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <span>

namespace pulseline::ingest {

using Clock = std::chrono::steady_clock;

// `code` is one of the wire's: "unknown_session", "forbidden", "bad_field", "bad_position", "not_writable" …
struct Refusal {
	std::string code;
	std::string message;
	std::string reason = {}; // of a "forbidden" that a page explains: "doors_closed", "ticket_used" …
};
template <typename T>
using Answer = std::expected<T, Refusal>;

inline std::unexpected<Refusal> refuse(std::string code, std::string message)
{
	return std::unexpected(Refusal{std::move(code), std::move(message)});
}

enum class Role { participant, observer, feed, mirror };

struct Join {
	std::string session; // join code, as typed
	Role role = Role::participant;
	std::map<std::string, std::string> attributes;
	std::string token; // to resume; "" for a newcomer
	std::string key;
	bool simulated = false;
	std::string ticket = {};
};

struct Joined {
	std::uint32_t participant = 0; // the backend's index of the participant, or its number of the feed
	std::string id;                // opaque; "" but for a participant
	std::string token;             // "" but for a participant
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

// Whom a feed brings, by its own ids, and what they answered.
using People = std::vector<std::pair<std::string, std::map<std::string, std::string>>>;

// An id that others gave somebody goes into the file and into tables: 1 to 64 bytes, none of them a control character.
inline bool isId(std::string_view id)
{
	constexpr std::size_t kMaxId = 64;
	return !id.empty() && id.size() <= kMaxId &&
	       std::ranges::none_of(id, [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

// Responses of many, as columns of one length. What a row has wrong is marked in it and costs that row alone. Views
// good for the call only.
struct Batch {
	static constexpr double kNoValue = std::numeric_limits<double>::infinity();
	static constexpr std::int64_t kNoWhole = std::numeric_limits<std::int64_t>::min();

	std::uint64_t batch = 0;
	std::span<const std::string_view> participant; // "": not an id
	std::span<const std::uint64_t> seq;            // 0: the row's seq, or its pass, is not valid
	std::span<const std::int64_t> position_ms;     // kNoWhole: the row's is no whole number
	std::span<const double> value;                 // NaN: null; kNoValue: not a number
	std::span<const std::string_view> target;      // empty: the first for all; a row without data(): the first
	std::span<const std::uint32_t> pass;           // empty: 0 for all
};

struct RowRefusal {
	std::uint32_t row = 0;
	std::string_view code; // a literal
};
struct BatchTaken {
	Ticket ticket = 0; // the batch is durable with it; 0: it is already
	std::vector<RowRefusal> refused;
	std::uint64_t counted = 0; // rows that were new
};

// What is counted now, for mirrors. Views good until the next call of the backend.
struct CellsNow {
	const Cells &cells;
	std::span<const Stratum> strata;
	std::int64_t lag_ms = 0, tick_ms = 0;
};

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
	std::vector<std::int64_t> changedTicks; // in which a cell changed
	std::optional<std::string> problem;     // why what comes in is not being written; "": it is again
	bool closed = false;                    // the session is over
};

class Backend {
public:
	virtual ~Backend() = default;

	virtual const Settings &settings() const = 0;
	virtual bool revealed() const = 0;
	virtual bool simulated() const = 0;
	// Who may come in as a new participant: "open", "tickets", "closed".
	virtual std::string_view doors() const { return "open"; }
	virtual Answer<Joined> join(const Join &join) = 0;
	// Whether this is the session's code, as typed: somebody wants to see what it asks before joining.
	virtual Answer<void> look(const std::string &)
	{
		return std::unexpected(Refusal{"unknown_type", "this session shows nothing before one has joined"});
	}
	// Whether some participant of the session has this token.
	virtual bool knows(std::string_view) const { return false; }
	// Whether this is the observers' key.
	virtual bool mayObserve(std::string_view) const { return false; }
	// The ticket to wait for; a duplicate gets one too (its first may still be on its way to the disk).
	virtual Answer<Ticket> respond(const Respond &respond, Clock::time_point received) = 0;
	virtual void leave(std::uint32_t participant) = 0;
	// Whether anything new can be taken now.
	virtual Answer<void> writable() const = 0;
	// The feed's people, before their first response. Of who is known already the first attributes stand.
	virtual void bring(std::uint32_t feed, const People &people) = 0;
	virtual Answer<BatchTaken> respondMany(std::uint32_t feed, const Batch &batch, Clock::time_point received) = 0;
	virtual CellsNow cells() const = 0;
	virtual PlaybackChange playback() const = 0;    // the last change, position as of `at_ms`
	virtual PlaybackChange playbackNow() const = 0; // position now, `at_ms` = now
	// How long the speech is, once that is known, as it may be only when a media source has opened its file.
	virtual std::optional<std::int64_t> duration_ms() const { return settings().duration_ms; }
	virtual std::int64_t now_ms() const = 0; // Unix time that never jumps during a session
	// For each target one from tick 0 on, and more where the speech is long and somebody responded.
	virtual std::vector<Series> series() const = 0;
	// What stands on the time axis, for observers: another object once anything of it has changed.
	virtual std::shared_ptr<const Annotations> annotations() const { return nullptr; }
	virtual Updates drain() = 0; // called at least every 100 ms, and after Server::wake()
	// Empty: ready. Else the reason why not, for /healthz.
	virtual std::string notReady() const = 0;
	// What it knows for /metrics.
	virtual BackendMetrics metrics() const { return {}; }
};

} // namespace pulseline::ingest
