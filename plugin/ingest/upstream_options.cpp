#include "ingest/upstream_options.hpp"

#include "ingest/address.hpp"
#include "ingest/tls.hpp"

#include <algorithm>
#include <cctype>

namespace pulseline::ingest {
namespace {

constexpr std::size_t kMaxNameBytes = 80;

} // namespace

std::string_view toText(Stream stream)
{
	return stream == Stream::responses ? "responses" : "cells";
}

std::optional<Stream> streamFromText(std::string_view text)
{
	return text == "responses" ? std::optional(Stream::responses)
	       : text == "cells"   ? std::optional(Stream::cells)
				   : std::nullopt;
}

std::string_view toText(UpstreamState::Phase phase)
{
	switch (phase) {
	case UpstreamState::Phase::connecting:
		return "connecting";
	case UpstreamState::Phase::live:
		return "live";
	case UpstreamState::Phase::waiting:
		return "waiting";
	case UpstreamState::Phase::disagrees:
		return "disagrees";
	}
	return {};
}

std::optional<Error> check(const UpstreamOptions &options)
{
	if (const Result<Address> address = parseUrl(options.url); !address) {
		return address.error();
	}
	if (!options.url.starts_with("ws")) {
		return Error{"an upstream's URL begins with ws:// or wss://, not " + options.url};
	}
	const auto plain = [](unsigned char c) {
		return std::isalnum(c) != 0 || std::string_view("-_.:[]").contains(static_cast<char>(c));
	};
	const std::size_t dot = options.name.rfind('.');
	const std::string_view end = std::string_view(options.name).substr(dot == std::string::npos ? 0 : dot + 1);
	const auto digit = [](unsigned char c) { return std::isdigit(c) != 0; };
	if (options.name.empty() || options.name.size() > kMaxNameBytes || !std::ranges::all_of(options.name, plain)) {
		return Error{"an upstream's name is 1 to " + std::to_string(kMaxNameBytes) +
			     " letters, digits, or - _ . : [ ]"};
	}
	if (options.name == "feed" || (dot != std::string::npos && std::ranges::all_of(end, digit))) {
		return Error{"an upstream cannot be named " + options.name + "; others' ids may begin like this"};
	}
	if (options.code.empty() || options.key.empty()) {
		return Error{"the upstream " + options.name +
			     " needs the code and the key of what it is to be asked for"};
	}
	const Result<void> trusted = options.ca.empty() ? Result<void>() : checkAuthorities(options.ca);
	return trusted ? std::nullopt : std::optional(trusted.error());
}

} // namespace pulseline::ingest
