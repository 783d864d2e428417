#include "cli/upstreams.hpp"

#include "ingest/address.hpp"

#include <fstream>
#include <set>

namespace pulseline::cli {
namespace {

Result<std::string> firstLine(const std::string &path)
{
	std::ifstream file(path);
	std::string line;
	if (!std::getline(file, line)) {
		return fail("cannot read a key from " + path);
	}
	if (line.ends_with('\r')) {
		line.pop_back();
	}
	return line;
}

Result<void> set(ingest::UpstreamOptions &upstream, const std::string &name, const std::string &value)
{
	if (name == "stream") {
		const std::optional<ingest::Stream> stream = ingest::streamFromText(value);
		if (!stream) {
			return fail("an upstream's stream is responses or cells, not '" + value + "'");
		}
		upstream.stream = *stream;
	} else if (name == "code") {
		upstream.code = value;
	} else if (name == "ca") {
		upstream.ca = value;
	} else if (name == "key" && value.starts_with('@')) {
		const Result<std::string> key = firstLine(value.substr(1));
		if (!key) {
			return std::unexpected(key.error());
		}
		upstream.key = *key;
	} else if (name == "key") {
		upstream.key = value;
	} else {
		return fail("behind the # of an upstream stand stream, code, key and ca, not '" + name + "'");
	}
	return {};
}

} // namespace

Result<ingest::UpstreamOptions> parseUpstream(const std::string &text)
{
	ingest::UpstreamOptions upstream;
	const std::size_t equals = text.find('=');
	const bool named = equals < text.find("://");
	const std::string whole = named ? text.substr(equals + 1) : text;
	const std::size_t hash = whole.find('#');
	upstream.url = whole.substr(0, hash);
	const Result<ingest::Address> address = ingest::parseUrl(upstream.url);
	if (!address) {
		return std::unexpected(address.error());
	}
	const std::string host = address->host.contains(':') ? "[" + address->host + "]" : address->host;
	upstream.name = named ? text.substr(0, equals) : host + ":" + std::to_string(address->port);
	std::set<std::string> given;
	std::string rest = hash == std::string::npos ? "" : whole.substr(hash + 1);
	while (!rest.empty()) {
		const std::size_t end = rest.find('&');
		const std::string pair = rest.substr(0, end);
		rest = end == std::string::npos ? "" : rest.substr(end + 1);
		const std::size_t is = pair.find('=');
		if (!given.insert(pair.substr(0, is)).second) {
			return fail("behind the # of an upstream, '" + pair.substr(0, is) + "' stands twice");
		}
		if (const Result<void> done =
			    set(upstream, pair.substr(0, is), is == std::string::npos ? "" : pair.substr(is + 1));
		    !done) {
			return std::unexpected(done.error());
		}
	}
	return upstream;
}

} // namespace pulseline::cli
