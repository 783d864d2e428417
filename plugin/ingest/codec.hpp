// The wire's messages as values: JSON text in, structs out, and back. Pure: no sockets, no clock, no session.
// Called on the network thread; safe with any bytes whatever (a client's text is never recursed into).
// The messages are described for people who write clients in README.md here.
#pragma once

#include "ingest/columns.hpp"

#include <variant>

namespace pulseline::ingest {

// "clock": the client's `t0`, as the JSON number that goes back.
struct ClockAsk {
	std::string t0;
};
// "look": what is this session, and what does it ask? Before joining, so that a page can put the questions.
struct Look {
	std::string session; // join code, as typed
};
struct Leave {};

struct Participants {
	People people;
};
struct RespondMany {
	std::uint64_t batch = 0;
	Columns columns; // finished
};

// `Respond::participant` is not the client's to say; it is left 0.
using ClientMessage = std::variant<Join, Respond, ClockAsk, Look, Leave, Participants, RespondMany>;

// What to answer with an `error`.
struct BadMessage {
	Refusal refusal;
	std::optional<std::uint64_t> seq;   // where the message had a valid one
	std::optional<std::uint64_t> batch; // likewise
};

inline constexpr std::size_t kMaxFrame = 64 * 1024;
inline constexpr std::size_t kMaxFeedFrame = 4 * 1024 * 1024;
inline constexpr std::size_t kMaxAttributes = 64;
inline constexpr std::size_t kMaxName = 64;    // bytes of an attribute's name, a target, a code
inline constexpr std::size_t kMaxValue = 256;  // bytes of an attribute's value
inline constexpr std::size_t kMaxSecret = 256; // bytes of a token or key

// Checks everything that can be told from the message and the scale alone; whether a position, target, code or token
// is right is the backend's to say.
std::expected<ClientMessage, BadMessage> readClient(std::string_view text, const Scale &scale);
// The same of a message in CBOR, and a message of ours in it.
std::expected<ClientMessage, BadMessage> readClientCbor(std::string_view bytes, const Scale &scale);
std::string cborOf(std::string_view json);

// What a session tells of itself, to who joined and to who looks.
struct Showing {
	const Settings &settings;
	PlaybackChange playback; // now
	std::optional<std::int64_t> duration_ms;
	bool revealed = false;
	bool simulated = false;
	std::string_view doors = "open";
};
std::string joinedText(const Joined &joined, Role role, const Showing &showing);
std::string sessionText(const Showing &showing);
std::string ackText(std::uint64_t seq);
std::string batchAckText(std::uint64_t batch, std::span<const RowRefusal> refused);
std::string playbackText(const PlaybackChange &change, std::optional<std::int64_t> duration_ms, bool revealed);
std::string clockText(std::string_view t0, std::int64_t server_ms);
std::string seriesText(const Series &series);
std::string tickText(const TickFigures &tick);
std::string markersText(const std::vector<Marker> &markers);
std::string statementsText(const std::vector<Statement> &statements);
std::string errorText(std::string_view code, std::string_view message, std::optional<std::uint64_t> seq = {},
		      std::optional<std::uint64_t> batch = {}, std::string_view reason = {});

} // namespace pulseline::ingest
