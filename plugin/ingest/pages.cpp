#include "ingest/pages.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <format>
#include <fstream>
#include <iterator>

#define ZLIB_CONST
#include <zlib.h>

#include "ingest/admission.hpp"

namespace pulseline::ingest {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPage = 8 * 1024 * 1024;

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kTypes{{
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".json", "application/json"},
	{".webmanifest", "application/manifest+json"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".ico", "image/x-icon"},
	{".woff2", "font/woff2"},
	{".mp4", "video/mp4"},
	{".webm", "video/webm"},
	{".txt", "text/plain; charset=utf-8"},
}};

// Of the data folder: what is served, and under which path. Each one's index.html answers to the path itself.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kFolders{{
	{"audience", "/"},
	{"observe", "/observe/"},
}};

std::string_view typeOf(const std::string &extension)
{
	const auto found = std::ranges::find(kTypes, extension, [](const auto &entry) { return entry.first; });
	return found == kTypes.end() ? "application/octet-stream" : found->second;
}

std::string lower(std::string_view text)
{
	std::string result(text);
	for (char &c : result) {
		c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
	}
	return result;
}

// FNV-1a: tells one version of a file from the next.
std::string tagOf(std::string_view body)
{
	std::uint64_t hash = 0xcbf29ce484222325U;
	for (const char c : body) {
		hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
	}
	return std::format("\"{:016x}\"", hash);
}

// As gzip; empty if that is no shorter.
std::string packed(std::string_view body)
{
	constexpr int kGzip = 15 + 16;
	z_stream stream{};
	if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
		return {};
	}
	std::string result(body.size(), '\0');
	stream.next_in = reinterpret_cast<const Bytef *>(body.data());
	stream.avail_in = static_cast<uInt>(body.size());
	stream.next_out = reinterpret_cast<Bytef *>(result.data());
	stream.avail_out = static_cast<uInt>(result.size());
	const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
	result.resize(whole ? stream.total_out : 0);
	deflateEnd(&stream);
	return result;
}

template <typename Number>
std::optional<Number> wholeNumber(std::string_view text)
{
	Number number = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
	const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
	return whole ? std::optional(number) : std::nullopt;
}

// scheme://authority, and nothing but a path after it.
std::optional<std::pair<std::string, Authority>> splitUrl(std::string_view url)
{
	const std::size_t colon = url.find("://");
	if (colon == std::string_view::npos) {
		return std::nullopt;
	}
	const std::string scheme = lower(url.substr(0, colon));
	std::string_view rest = url.substr(colon + 3);
	rest = rest.substr(0, rest.find_first_of("/?#"));
	std::optional<Authority> authority = Authority::parse(rest);
	if (!authority || (scheme != "http" && scheme != "https")) {
		return std::nullopt;
	}
	return std::pair(scheme, std::move(*authority));
}

std::uint16_t portOf(const Authority &authority, const std::string &scheme)
{
	return authority.port.value_or(scheme == "https" ? 443 : 80);
}

} // namespace

Result<void> Pages::add(const std::filesystem::path &folder, const std::string &under)
{
	std::error_code error;
	for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
	     entry.increment(error)) {
		const fs::path relative = entry->path().lexically_relative(folder);
		if (!entry->is_regular_file() || relative.filename().string().starts_with('.')) {
			continue;
		}
		std::ifstream file(entry->path(), std::ios::binary);
		std::string body(std::istreambuf_iterator<char>(file), {});
		if (!file || body.size() > kMaxPage) {
			return fail("cannot read the page's file " + entry->path().string());
		}
		std::string type(typeOf(entry->path().extension().string()));
		std::string name = under + relative.generic_string();
		if (std::string gzip = packed(body); !gzip.empty()) {
			packed_.insert_or_assign(name, Page{type, "gzip", tagOf(gzip), std::move(gzip)});
		}
		byPath_.insert_or_assign(std::move(name), Page{std::move(type), "", tagOf(body), std::move(body)});
	}
	if (error || !byPath_.contains(under + "index.html")) {
		return fail("a page is missing: there is no index.html in " + folder.string() +
			    "; install Pulseline's data folder again");
	}
	return {};
}

Result<Pages> Pages::load(const std::string &data)
{
	Pages pages;
	if (data.empty()) {
		return pages;
	}
	for (const auto &[folder, under] : kFolders) {
		if (const Result<void> added = pages.add(fs::path(data) / folder, std::string(under)); !added) {
			return std::unexpected(added.error());
		}
	}
	return pages;
}

const Page *Pages::find(std::string_view path, bool gzip) const
{
	for (const auto &[folder, under] : kFolders) {
		if (path == under || (path.size() > 1 && path == under.substr(0, under.size() - 1))) {
			return find(std::string(under) + "index.html", gzip);
		}
	}
	for (const auto *pages : {gzip ? &packed_ : &byPath_, &byPath_}) {
		if (const auto found = pages->find(path); found != pages->end()) {
			return &found->second;
		}
	}
	return nullptr;
}

std::optional<Authority> Authority::parse(std::string_view text)
{
	constexpr std::string_view kInAddress = "0123456789abcdefABCDEF:.";
	constexpr std::string_view kInName = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_";
	const bool bracket = text.starts_with('[');
	const std::size_t close = bracket ? text.find(']') : 0;
	if (close == std::string_view::npos) {
		return std::nullopt;
	}
	const std::size_t colon = text.find(':', close);
	const std::string_view host = text.substr(0, std::min(colon, text.size()));
	const std::string_view inner = bracket ? text.substr(1, close - 1) : host;
	const bool closed = !bracket || host.size() == close + 1;
	if (inner.empty() || !closed ||
	    inner.find_first_not_of(bracket ? kInAddress : kInName) != std::string_view::npos) {
		return std::nullopt;
	}
	Authority authority{lower(host), std::nullopt};
	if (colon != std::string_view::npos) {
		authority.port = wholeNumber<std::uint16_t>(text.substr(colon + 1));
		if (!authority.port) {
			return std::nullopt;
		}
	}
	return authority;
}

Result<Doorkeeper> Doorkeeper::make(std::string_view publicUrl, bool tls)
{
	Doorkeeper doorkeeper;
	doorkeeper.tls_ = tls;
	if (publicUrl.empty()) {
		return doorkeeper;
	}
	const auto parts = splitUrl(publicUrl);
	if (!parts) {
		return fail("the public URL must look like https://vote.example.org/, not " + std::string(publicUrl));
	}
	const auto &[scheme, authority] = *parts;
	doorkeeper.publicHost_ = authority.host;
	doorkeeper.publicOrigin_ = std::format("{}://{}:{}", scheme, authority.host, portOf(authority, scheme));
	return doorkeeper;
}

bool Doorkeeper::hostAllowed(std::string_view host) const
{
	const std::optional<Authority> authority = Authority::parse(host);
	return authority &&
	       (addressFrom(authority->host) || authority->host == "localhost" || authority->host == publicHost_);
}

bool Doorkeeper::originAllowed(std::string_view origin, std::string_view host) const
{
	if (origin.empty()) {
		return true;
	}
	const auto parts = splitUrl(origin);
	const std::optional<Authority> own = Authority::parse(host);
	if (!parts || !own) {
		return false;
	}
	const auto &[scheme, authority] = *parts;
	if (std::format("{}://{}:{}", scheme, authority.host, portOf(authority, scheme)) == publicOrigin_) {
		return true;
	}
	return own->host != publicHost_ && scheme == (tls_ ? "https" : "http") && authority.host == own->host &&
	       portOf(authority, scheme) == portOf(*own, scheme);
}

std::string contentPolicy(std::string_view host)
{
	return std::format("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src data:; "
			   "connect-src 'self' ws://{0} wss://{0}; base-uri 'none'; form-action 'none'; "
			   "frame-ancestors 'none'",
			   host);
}

} // namespace pulseline::ingest
