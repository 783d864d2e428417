// The few questions to the operating system that libwebsockets has no answer for. Any thread; of this room alone.
#pragma once

#include "ingest/admission.hpp"

namespace pulseline::ingest {

// Whether this is an address to listen on: an IP address, or localhost.
bool isListenAddress(const std::string &bind);

// Whether one can listen there: the address as libwebsockets takes it ("localhost" becomes 127.0.0.1), or one line
// that says why not. Port 0 is any.
Result<std::string> checkListen(const std::string &bind, std::uint16_t port);

// Raises the process's soft limit of open files as far as is needed and allowed. Returns how many of `wanted`
// connections can be open then.
std::size_t raiseFileLimit(std::size_t wanted);

// Bytes that have come in on this socket and were not read yet.
std::size_t queuedBytes(std::intptr_t socket);
// Who is at the other end; all zero if the system does not know.
IpAddress peerAddress(std::intptr_t socket);

// http://address:port/ (or https), with an IPv6 address in brackets, and 127.0.0.1 or [::1] where `bind` is every
// address.
std::string httpUrl(const std::string &bind, std::uint16_t port, bool tls = false);

} // namespace pulseline::ingest
