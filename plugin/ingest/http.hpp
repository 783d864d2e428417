// Plain HTTP on the server's port: the audience page and /healthz. Of this room alone; network thread.
#pragma once

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
	// `notReady`: "" or why not, for /healthz.
	Http(Pages pages, Doorkeeper doorkeeper, std::function<std::string()> notReady);

	// A request that is no WebSocket. Returns what the libwebsockets callback is to return.
	int request(lws *wsi, std::string_view path, Sending &sending) const;
	int writable(lws *wsi, Sending &sending) const;
	// A request to become a WebSocket: 0 yes, 1 refused and answered.
	int upgrade(lws *wsi, std::initializer_list<std::string_view> protocols) const;

private:
	// An HTTP status and why, or nothing if the request comes from where it may.
	std::optional<std::pair<unsigned, std::string>> stranger(lws *wsi) const;

	Pages pages_;
	Doorkeeper doorkeeper_;
	std::function<std::string()> notReady_;
};

} // namespace pulseline::ingest
