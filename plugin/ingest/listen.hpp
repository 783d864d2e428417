// The few things that libwebsockets leaves to the operating system, or does not do as they are needed here. Of this
// room alone.
#pragma once

#include "ingest/admission.hpp"

#include <utility>

namespace pulseline::ingest {

// Whether this is an address to listen on: an IP address, or localhost.
bool isListenAddress(const std::string &bind);

// The socket that newcomers come to. libwebsockets' own goes on accepting as long as somebody stands there, and looks
// at nobody else meanwhile; this one gives them one by one. One thread at a time.
class Listener {
public:
	// "localhost" is 127.0.0.1, port 0 is any. Fails with one line that says why.
	static Result<Listener> open(const std::string &bind, std::uint16_t port);
	Listener(Listener &&other) noexcept
		: socket_(std::exchange(other.socket_, kNone))
	{
	}
	Listener &operator=(Listener &&other) noexcept
	{
		std::swap(socket_, other.socket_);
		return *this;
	}
	~Listener();

	// The same for somebody who watches it, and closes it in the end.
	std::intptr_t duplicate() const;
	std::uint16_t port() const;
	// The next newcomer's socket, which does not block. Nothing: nobody stands there, or no more can be opened now.
	std::optional<std::intptr_t> accept() const;
	static void close(std::intptr_t socket);

private:
	static constexpr std::intptr_t kNone = -1;
	explicit Listener(std::intptr_t socket)
		: socket_(socket)
	{
	}
	std::intptr_t socket_;
};

// Any thread, from here on.

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
