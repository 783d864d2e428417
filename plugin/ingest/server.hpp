// The WebSocket and HTTP server of a session: one libwebsockets service loop on a thread of its own.
#pragma once

#include "ingest/backend.hpp"

#include <functional>
#include <memory>

namespace pulseline::ingest {

struct ServerOptions {
	std::string bind = "127.0.0.1"; // an address, "::1", "0.0.0.0" …
	std::uint16_t port = 0;         // 0: any free one
	std::string publicUrl = {};     // its host is accepted in `Host` and `Origin`
	std::string pages = {};         // folder of the pages (data)
	std::size_t maxConnections = 20'000;
	std::uint32_t rate = 200; // messages a second from one connection, ten times as many at once; 0: no limit
	std::string tlsCert = {}, tlsKey = {};                 // PEM files, the chain in one; both or neither
	std::function<Clock::time_point()> clock = Clock::now; // of limits and time-outs
};

// What is malformed in them, whatever this machine can do.
std::optional<Error> check(const ServerOptions &options);

// Made and destroyed on any thread but the network thread. Destroying it closes every connection (1001) and joins the
// thread; the backend outlives it.
class Server {
public:
	// Returns once it listens, or why it cannot ("port 8080 is in use; choose another").
	static Result<std::unique_ptr<Server>> start(ServerOptions options, Backend &backend);
	struct Impl;
	explicit Server(std::unique_ptr<Impl> impl); // start() calls it
	~Server();

	std::uint16_t port() const;
	// The http (or https) base, e.g. http://127.0.0.1:8080/; this machine's likeliest address on the network if it
	// listens everywhere.
	std::string url() const;
	// Where participants reach it, the likeliest first: the public URL if there is one. None: on no network.
	std::vector<std::string> joinUrls() const;
	std::uint32_t connections() const;

	// Any thread: reads the certificate and the key anew, for connections from now on. If they are no good, it says
	// so and keeps the old ones.
	Result<void> reloadTls();
	// Any thread: everything up to this ticket is on disk. Acknowledgements go out from here.
	void durable(Ticket ticket);
	// Any thread: Backend::drain() has something now.
	void wake();
	// Any thread: `task` runs on the network thread, soon. Dropped if the server is being destroyed.
	void post(std::function<void()> task);

private:
	std::unique_ptr<Impl> impl_;
};

} // namespace pulseline::ingest
