// What the server's port gives over plain HTTP, and to whom: the files of the audience's and the observer's page, held
// in memory, and the rule for `Host` and `Origin`. Pure but for Pages::load(); any thread.
#pragma once

#include "core/types.hpp"

#include <filesystem>
#include <map>

namespace pulseline::ingest {

struct Page {
	std::string type;     // Content-Type
	std::string encoding; // Content-Encoding; "" for none
	std::string tag;      // ETag, with its quotes
	std::string body;
};

// The pages are read once: serving them then costs no file access on the network thread, and no path leads elsewhere.
class Pages {
public:
	// `data` has the folders `audience`, served at /, and `observe`, served at /observe; "": no pages. Fails if one
	// of them has no index.html or a file cannot be read.
	static Result<Pages> load(const std::string &data);
	// `path` as in the request, without the query; `gzip`: the client reads that too.
	const Page *find(std::string_view path, bool gzip) const;

private:
	Result<void> add(const std::filesystem::path &folder, const std::string &under);

	std::map<std::string, Page, std::less<>> byPath_;
	std::map<std::string, Page, std::less<>> packed_; // those that gzip makes shorter
};

// "example.org:8080" or "[::1]:8080". The host is in lower case, an IPv6 address in its brackets.
struct Authority {
	std::string host;
	std::optional<std::uint16_t> port;
	static std::optional<Authority> parse(std::string_view text);
};

// Whom the server talks to. A page from elsewhere, or a name that somebody points at this machine (DNS rebinding),
// gets nothing.
class Doorkeeper {
public:
	// Fails if `publicUrl` is neither empty nor a URL such as https://vote.example.org/
	// `tls`: what we serve ourselves is https.
	static Result<Doorkeeper> make(std::string_view publicUrl, bool tls = false);
	// `Host` must be an IP literal, localhost, or the public URL's host.
	bool hostAllowed(std::string_view host) const;
	// `origin`, if not empty, must be that of `host` or of the public URL.
	bool originAllowed(std::string_view origin, std::string_view host) const;

private:
	bool tls_ = false;
	std::string publicHost_;   // "" without a public URL
	std::string publicOrigin_; // scheme://host[:port]
};

// The Content-Security-Policy of the pages as served to `host`, which hostAllowed() has let in. Older Safari does not
// count ws: of the same host as 'self', so it is named. The film that keeps a screen on is a data: URL of a script.
std::string contentPolicy(std::string_view host);

} // namespace pulseline::ingest
