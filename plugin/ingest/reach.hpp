// Where phones reach this machine: a server that listens everywhere has no address of its own to show. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pulseline::ingest {

// A network interface that is up, with its IPv4 addresses in dotted form (people type them; nobody types an IPv6 one).
struct Interface {
	std::string name;
	std::vector<std::string> addresses;
};

// Asks the operating system; empty if it does not tell.
std::vector<Interface> interfaces();

// The hosts to try, the likeliest first: no loopback, none of what containers and virtual machines bring, private
// networks before others, link-local addresses last.
std::vector<std::string> hostsOf(const std::vector<Interface> &interfaces);

// The http bases at which a server that listens at `bind` is reached, the likeliest first. None: it listens everywhere,
// but this machine is on no network.
std::vector<std::string> reachableUrls(const std::string &bind, std::uint16_t port, bool tls = false);

} // namespace pulseline::ingest
