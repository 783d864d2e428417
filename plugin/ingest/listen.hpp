// The few questions to the operating system that libwebsockets has no answer for. Any thread; of this room alone.
#pragma once

#include "core/types.hpp"

namespace pulseline::ingest {

// Whether one can listen there: the address as libwebsockets takes it ("localhost" becomes 127.0.0.1), or one line
// that says why not. Port 0 is any.
Result<std::string> checkListen(const std::string &bind, std::uint16_t port);

// Raises the process's soft limit of open files as far as is needed and allowed. Returns how many of `wanted`
// connections can be open then.
std::size_t raiseFileLimit(std::size_t wanted);

// http://address:port/, with an IPv6 address in brackets, and 127.0.0.1 or [::1] where `bind` is every address.
std::string httpUrl(const std::string &bind, std::uint16_t port);

} // namespace pulseline::ingest
