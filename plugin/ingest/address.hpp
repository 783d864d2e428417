// Where a URL of a WebSocket leads, for the clients in this room. Pure; any thread.
#pragma once

#include "core/types.hpp"

namespace pulseline::ingest {

struct Address {
	std::string host;      // as one connects to it, without brackets
	std::string authority; // as it stands in the URL
	std::string path;      // with the query, without the fragment
	int port = 0;
	bool tls = false;
};

// ws, wss, http and https, "ws://127.0.0.1:8080/".
Result<Address> parseUrl(const std::string &url);

// Why the library could not connect: it says "conn fail: 111" where people say "Connection refused".
std::string explain(std::string_view problem);

} // namespace pulseline::ingest
