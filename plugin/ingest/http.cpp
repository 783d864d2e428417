#include "ingest/http.hpp"

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

// Empty if absent; nothing if longer than anything we answer to.
std::optional<std::string> headerOf(lws *wsi, lws_token_indexes token)
{
	std::array<char, 512> buffer{};
	if (lws_hdr_total_length(wsi, token) == 0) {
		return std::string();
	}
	const int length = lws_hdr_copy(wsi, buffer.data(), static_cast<int>(buffer.size()), token);
	return length < 0 ? std::nullopt : std::optional(std::string(buffer.data(), static_cast<std::size_t>(length)));
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
int reply(lws *wsi, unsigned status, std::string_view text, std::vector<Header> headers = {})
{
	headers.push_back({"cache-control:", "no-store"});
	std::vector<unsigned char> body(LWS_PRE + text.size());
	std::memcpy(body.data() + LWS_PRE, text.data(), text.size());
	if (writeHead(wsi, status, kText, text.size(), headers) < 0) {
		return -1;
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

} // namespace

Http::Http(Pages pages, Doorkeeper doorkeeper, std::function<std::string()> notReady)
	: pages_(std::move(pages))
	, doorkeeper_(std::move(doorkeeper))
	, notReady_(std::move(notReady))
{
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
	const auto known = [&](std::string_view protocol) { return offers(*offered, protocol); };
	if (!offered || (!offered->empty() && std::ranges::none_of(protocols, known))) {
		return reply(wsi, 400, "the subprotocol is " + std::string(*protocols.begin()) + "\n") < 0 ? -1 : 1;
	}
	return 0;
}

int Http::request(lws *wsi, std::string_view path, Sending &sending) const
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
		const std::string reason = notReady_();
		const int sent = reason.empty() ? reply(wsi, 200, "ok\n") : reply(wsi, 503, reason + "\n");
		return sent < 0 ? -1 : completed(wsi);
	}
	const bool gzip = offers(headerOf(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING).value_or(""), "gzip");
	const Page *page = pages_.find(path, gzip);
	if (page == nullptr) {
		return reply(wsi, 404, "there is nothing here\n") < 0 ? -1 : completed(wsi);
	}
	std::vector<Header> headers{
		{"etag:", page->tag},
		{"cache-control:", "no-cache"},
		{"vary:", "accept-encoding"},
		{"cross-origin-resource-policy:", "same-origin"},
		{"content-security-policy:", contentPolicy(headerOf(wsi, WSI_TOKEN_HOST).value_or(""))}};
	if (!page->encoding.empty()) {
		headers.push_back({"content-encoding:", page->encoding});
	}
	if (headerOf(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH) == page->tag) {
		return writeHead(wsi, 304, page->type, 0, headers) < 0 ? -1 : completed(wsi);
	}
	if (writeHead(wsi, 200, page->type, page->body.size(), headers) < 0) {
		return -1;
	}
	if (method == LWSHUMETH_HEAD) {
		return completed(wsi);
	}
	sending = {page, 0};
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
