// The wire's messages as a client has them: what it says, and what it hears. Pure; any thread.
#pragma once

#include "ingest/backend.hpp"

#include <variant>

namespace pulseline::ingest {

struct HeardJoined {
	std::string participant, token;
	std::uint64_t last_seq = 0;
	Settings settings; // as far as a participant is told
	PlaybackChange playback;
};
struct HeardAck {
	std::uint64_t seq = 0;
};
struct HeardPlayback {
	PlaybackChange playback;
	std::optional<std::int64_t> duration_ms; // once it is known
};
struct HeardClock {
	std::int64_t t0 = 0, server_ms = 0;
};
struct HeardError {
	std::string code, message;
	std::optional<std::uint64_t> seq;
};
struct HeardOther {}; // figures, and what a later server may say

using ServerMessage = std::variant<HeardOther, HeardJoined, HeardAck, HeardPlayback, HeardClock, HeardError>;

Result<ServerMessage> readServer(std::string_view text);

std::string joinText(const Join &join);
std::string respondText(const Respond &respond);
std::string clockAskText(std::int64_t t0);
std::string leaveText();

} // namespace pulseline::ingest
