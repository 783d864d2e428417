#include "ingest/http.hpp"

#include "ingest/metrics.hpp"

#include <libwebsockets.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace pulseline::ingest {
namespace {

constexpr std::size_t kChunk = 16 * 1024;
constexpr std::string_view kText = "text/plain; charset=utf-8";

struct Header {
	const char *name; // with its colon
	std::string value;
};

// Empty if absent.
std::optional<std::string> headerOf(lws *wsi, lws_token_indexes token)
{
	const int length = lws_hdr_total_length(wsi, token);
	if (length <= 0) {
		return std::string();
	}
	// Its parts, and what the library puts between them.
	std::string value(static_cast<std::size_t>(length) * 2 + 1, '\0');
	const int copied = lws_hdr_copy(wsi, value.data(), static_cast<int>(value.size()), token);
	if (copied < 0) {
		return std::nullopt;
	}
	value.resize(static_cast<std::size_t>(copied));
	return value;
}

// 0, or -1: give the connection up.
int writeHead(lws *wsi, unsigned status, std::string_view type, std::size_t length, const std::vector<Header> &headers)
{
	std::array<unsigned char, LWS_PRE + 2048> buffer{};
	unsigned char *const start = buffer.data() + LWS_PRE;
	unsigned char *at = start;
	unsigned char *const end = buffer.data() + buffer.size() - 1;
	if (lws_add_http_common_headers(wsi, status, std::string(type).c_str(), length, &at, end) != 0) {
		return -1;
	}
	const auto add = [&](const char *name, const std::string &value) {
		return lws_add_http_header_by_name(wsi, reinterpret_cast<const unsigned char *>(name),
						   reinterpret_cast<const unsigned char *>(value.data()),
						   static_cast<int>(value.size()), &at, end) == 0;
	};
	bool added = add("x-content-type-options:", "nosniff") && add("referrer-policy:", "no-referrer");
	for (const Header &header : headers) {
		added = added && add(header.name, header.value);
	}
	return added && lws_finalize_write_http_header(wsi, start, &at, end) == 0 ? 0 : -1;
}

int completed(lws *wsi)
{
	return lws_http_transaction_completed(wsi) == 0 ? 0 : -1;
}

// A whole short response. 0, or -1: give the connection up.
int reply(lws *wsi, unsigned status, std::string_view text, std::vector<Header> headers = {},
	  std::string_view type = kText)
{
	headers.push_back({"cache-control:", "no-store"});
	std::vector<unsigned char> body(LWS_PRE + text.size());
	std::memcpy(body.data() + LWS_PRE, text.data(), text.size());
	if (writeHead(wsi, status, type, text.size(), headers) < 0) {
		return -1;
	}
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0) {
		return 0;
	}
	const int written = lws_write(wsi, body.data() + LWS_PRE, text.size(), LWS_WRITE_HTTP_FINAL);
	return written < static_cast<int>(text.size()) ? -1 : 0;
}

bool offers(std::string_view list, std::string_view wanted)
{
	for (std::size_t begin = 0; begin < list.size();) {
		const std::size_t end = std::min(list.find(',', begin), list.size());
		std::string_view name = list.substr(begin, end - begin);
		name.remove_prefix(std::min(name.find_first_not_of(" \t"), name.size()));
		name = name.substr(0, name.find_last_not_of(" \t") + 1);
		if (name == wanted) {
			return true;
		}
		begin = end + 1;
	}
	return false;
}

// 16 bytes in base64: 22 characters, the last of which carries but two bits, and the padding.
bool isWebSocketKey(std::string_view key)
{
	constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	return key.size() == 24 && key.ends_with("==") && key.find_first_not_of(kBase64) == 22 &&
	       std::string_view("AQgw").contains(key[21]);
}

// The key that was sent along, as `Authorization: Bearer KEY` or as `?key=KEY`.
std::string keyOf(lws *wsi)
{
	constexpr std::string_view kScheme = "bearer ";
	const std::string given = headerOf(wsi, WSI_TOKEN_HTTP_AUTHORIZATION).value_or("");
	if (strncasecmp(given.c_str(), kScheme.data(), kScheme.size()) == 0) {
		return given.substr(kScheme.size());
	}
	std::array<char, 257> value{};
	const int length = lws_get_urlarg_by_name_safe(wsi, "key=", value.data(), static_cast<int>(value.size()));
	return length > 0 ? std::string(value.data(), static_cast<std::size_t>(length)) : std::string();
}

} // namespace

Http::Http(Pages pages, Doorkeeper doorkeeper, bool proxied, Asks asks)
	: pages_(std::move(pages))
	, doorkeeper_(std::move(doorkeeper))
	, proxied_(proxied)
	, asks_(std::move(asks))
{
}

IpAddress Http::sender(lws *wsi, const IpAddress &peer) const
{
	if (!proxied_ || !isLoopback(peer)) {
		return peer;
	}
	// The last is what the proxy saw itself; the others are what it was told.
	const std::string list = headerOf(wsi, WSI_TOKEN_X_FORWARDED_FOR).value_or("");
	std::string_view last = std::string_view(list).substr(list.rfind(',') + 1);
	last.remove_prefix(std::min(last.find_first_not_of(" \t"), last.size()));
	last = last.substr(0, last.find_last_not_of(" \t") + 1);
	return addressFrom(last).value_or(peer);
}

std::optional<std::pair<unsigned, std::string>> Http::stranger(lws *wsi) const
{
	const std::optional<std::string> host = headerOf(wsi, WSI_TOKEN_HOST);
	const std::optional<std::string> origin = headerOf(wsi, WSI_TOKEN_ORIGIN);
	if (!host || host->empty()) {
		return std::pair(400U, "a request needs a Host\n");
	}
	if (!doorkeeper_.hostAllowed(*host)) {
		return std::pair(403U, "this server does not go by that name; use its address\n");
	}
	if (!origin || !doorkeeper_.originAllowed(*origin, *host)) {
		return std::pair(403U, "pages from elsewhere may not use this server\n");
	}
	return std::nullopt;
}

int Http::upgrade(lws *wsi, std::initializer_list<std::string_view> protocols) const
{
	std::array<char, 8> path{};
	const std::optional<std::string> offered = headerOf(wsi, WSI_TOKEN_PROTOCOL);
	if (const auto refused = stranger(wsi)) {
		return reply(wsi, refused->first, refused->second) < 0 ? -1 : 1;
	}
	if (lws_hdr_copy(wsi, path.data(), static_cast<int>(path.size()), WSI_TOKEN_GET_URI) != 1) {
		return reply(wsi, 404, "the WebSocket is at /\n") < 0 ? -1 : 1;
	}
	const std::optional<std::string> upgrade = headerOf(wsi, WSI_TOKEN_UPGRADE);
	if (!upgrade || strcasecmp(upgrade->c_str(), "websocket") != 0) {
		return reply(wsi, 400, "the only upgrade here is to a WebSocket\n") < 0 ? -1 : 1;
	}
	if (headerOf(wsi, WSI_TOKEN_VERSION) != "13") {
		return reply(wsi, 426, "the version of the WebSocket protocol is 13\n",
			     {{"sec-websocket-version:", "13"}}) < 0
			       ? -1
			       : 1;
	}
	if (!isWebSocketKey(headerOf(wsi, WSI_TOKEN_KEY).value_or(""))) {
		return reply(wsi, 400, "Sec-WebSocket-Key must be 16 bytes in base64\n") < 0 ? -1 : 1;
	}
	const auto known = [&](std::string_view protocol) { return offers(*offered, protocol); };
	if (!offered || (!offered->empty() && std::ranges::none_of(protocols, known))) {
		return reply(wsi, 400, "the subprotocol is " + std::string(*protocols.begin()) + "\n") < 0 ? -1 : 1;
	}
	return 0;
}

int Http::request(lws *wsi, std::string_view path, const IpAddress &peer, Sending &sending) const
{
	char *uri = nullptr;
	int uriLength = 0;
	const int method = lws_http_get_uri_and_method(wsi, &uri, &uriLength);
	if (method != LWSHUMETH_GET && method != LWSHUMETH_HEAD) {
		reply(wsi, 405, "GET or HEAD\n", {{"allow:", "GET, HEAD"}, {"connection:", "close"}});
		return -1;
	}
	if (const auto refused = stranger(wsi)) {
		return reply(wsi, refused->first, refused->second) < 0 ? -1 : completed(wsi);
	}
	if (path == "/healthz") {
		const std::string reason = asks_.notReady();
		const int sent = reason.empty() ? reply(wsi, 200, "ok\n") : reply(wsi, 503, reason + "\n");
		return sent < 0 ? -1 : completed(wsi);
	}
	if (path == "/metrics") {
		return metrics(wsi, peer) < 0 ? -1 : completed(wsi);
	}
	const bool gzip = offers(headerOf(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING).value_or(""), "gzip");
	if (const Page *found = pages_.find(path, gzip)) {
		return page(wsi, *found, method == LWSHUMETH_HEAD, sending);
	}
	return reply(wsi, 404, "there is nothing here\n") < 0 ? -1 : completed(wsi);
}

int Http::metrics(lws *wsi, const IpAddress &peer) const
{
	const bool near = isLoopback(peer) && lws_hdr_total_length(wsi, WSI_TOKEN_X_FORWARDED_FOR) == 0;
	switch (near ? Watch::yes : asks_.mayWatch(sender(wsi, peer), keyOf(wsi))) {
	case Watch::yes:
		return reply(wsi, 200, asks_.metrics(), {}, kMetricsType);
	case Watch::later:
		return reply(wsi, 429, "too many wrong codes and keys came from your network\n",
			     {{"retry-after:", "60"}});
	case Watch::no:
		break;
	}
	return reply(wsi, 403, "from elsewhere this needs the observers' key, as Authorization: Bearer KEY\n");
}

int Http::page(lws *wsi, const Page &page, bool head, Sending &sending) const
{
	std::vector<Header> headers{
		{"etag:", page.tag},
		{"cache-control:", "no-cache"},
		{"vary:", "accept-encoding"},
		{"cross-origin-resource-policy:", "same-origin"},
		{"content-security-policy:", contentPolicy(headerOf(wsi, WSI_TOKEN_HOST).value_or(""))}};
	if (!page.encoding.empty()) {
		headers.push_back({"content-encoding:", page.encoding});
	}
	if (headerOf(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH) == page.tag) {
		return writeHead(wsi, 304, page.type, 0, headers) < 0 ? -1 : completed(wsi);
	}
	if (writeHead(wsi, 200, page.type, page.body.size(), headers) < 0) {
		return -1;
	}
	if (head) {
		return completed(wsi);
	}
	sending = {&page, 0};
	return lws_callback_on_writable(wsi) < 0 ? -1 : 0;
}

int Http::writable(lws *wsi, Sending &sending) const
{
	if (sending.page == nullptr) {
		return 0;
	}
	const std::string_view rest = std::string_view(sending.page->body).substr(sending.sent);
	const std::string_view chunk = rest.substr(0, kChunk);
	const bool last = chunk.size() == rest.size();
	std::vector<unsigned char> buffer(LWS_PRE + chunk.size());
	std::memcpy(buffer.data() + LWS_PRE, chunk.data(), chunk.size());
	if (lws_write(wsi, buffer.data() + LWS_PRE, chunk.size(), last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
	    static_cast<int>(chunk.size())) {
		return -1;
	}
	sending.sent += chunk.size();
	if (last) {
		sending = {};
		return completed(wsi);
	}
	return lws_callback_on_writable(wsi) < 0 ? -1 : 0;
}

} // namespace pulseline::ingest
