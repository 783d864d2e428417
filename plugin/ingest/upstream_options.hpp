// What an upstream is, and how it is doing: plain values, for whoever starts a session or shows one.
#pragma once

#include "core/types.hpp"

namespace pulseline::ingest {

enum class Stream { responses, cells };
std::string_view toText(Stream stream);
std::optional<Stream> streamFromText(std::string_view text);

struct UpstreamOptions {
	std::string name; // what its participants' ids and its cells are kept under
	std::string url;  // ws or wss
	std::string ca;   // a file of certificates to trust beside the system's; "" for none
	Stream stream = Stream::responses;
	std::string code, key;
};

// Where a stream was left.
struct StreamPlace {
	std::string id;                     // "" at first
	std::optional<std::uint64_t> after; // the last batch on disk here
};

// Why these cannot be used, or nothing.
std::optional<Error> check(const UpstreamOptions &options);

struct UpstreamState {
	enum class Phase { connecting, live, waiting, disagrees } phase = Phase::connecting;
	std::string why;             // it waits or disagrees; "" else
	std::string trouble;         // what was last refused, "" if nothing
	std::uint64_t messages = 0;  // taken over
	std::uint64_t bad = 0;       // messages that were refused whole
	std::uint64_t refused = 0;   // rows that were
	std::uint64_t connected = 0; // times it was reached

	bool operator==(const UpstreamState &) const = default;
};
std::string_view toText(UpstreamState::Phase phase);

} // namespace pulseline::ingest
