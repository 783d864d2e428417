// Plain HTTP on the server's port: the audience page, /healthz and /metrics. Of this room alone; network thread.
#pragma once

#include "ingest/admission.hpp"
#include "ingest/pages.hpp"

#include <functional>

struct lws;

namespace pulseline::ingest {

// The body of a response that is still going out.
struct Sending {
	const Page *page = nullptr;
	std::size_t sent = 0;
};

class Http {
public:
	enum class Watch { yes, no, later };
	// What only the server knows.
	struct Asks {
		std::function<std::string()> notReady; // "" or why not, for /healthz
		std::function<std::string()> metrics;  // for /metrics
		std::function<Watch(const IpAddress &from, std::string_view key)> mayWatch;
	};
	// `proxied`: who comes from this very machine may be a reverse proxy, and says for whom.
	Http(Pages pages, Doorkeeper doorkeeper, bool proxied, Asks asks);

	// A request that is no WebSocket, from this end of the connection. Returns what the libwebsockets callback is
	// to return.
	int request(lws *wsi, std::string_view path, const IpAddress &peer, Sending &sending) const;
	int writable(lws *wsi, Sending &sending) const;
	// A request to become a WebSocket: 0 yes, 1 refused and answered.
	int upgrade(lws *wsi, std::initializer_list<std::string_view> protocols) const;
	// Whom the request is from: the peer, or whom the reverse proxy names.
	IpAddress sender(lws *wsi, const IpAddress &peer) const;

private:
	// An HTTP status and why, or nothing if the request comes from where it may.
	std::optional<std::pair<unsigned, std::string>> stranger(lws *wsi) const;
	int metrics(lws *wsi, const IpAddress &peer) const;
	int page(lws *wsi, const Page &page, bool head, Sending &sending) const;

	Pages pages_;
	Doorkeeper doorkeeper_;
	bool proxied_;
	Asks asks_;
};

} // namespace pulseline::ingest
