// Who may come in over HTTP: a line each for the public URL, `Host`, `Origin` and the path.
#include "fuzz/fuzz.hpp"
#include "ingest/pages.hpp"

using namespace pulseline;

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	std::string_view lines = fuzz::textOf(data, size);
	const std::string_view publicUrl = fuzz::takeLine(lines);
	const std::string_view host = fuzz::takeLine(lines);
	const std::string_view origin = fuzz::takeLine(lines);
	const std::string_view path = fuzz::takeLine(lines);

	const Result<ingest::Doorkeeper> keeper = ingest::Doorkeeper::make(publicUrl);
	if (!keeper) {
		fuzz::require(!publicUrl.empty(), "no public URL is a good one");
		fuzz::require(!keeper.error().message.contains('\n'), "an error is one line");
		return 0;
	}
	if (keeper->hostAllowed(host)) {
		const std::optional<ingest::Authority> parsed = ingest::Authority::parse(host);
		fuzz::require(parsed.has_value() && !parsed->host.empty(), "only a host is let in");
		const std::string policy = ingest::contentPolicy(host);
		for (const char *breaks : {"\r", "\n", ",", "'unsafe"}) {
			fuzz::require(!policy.contains(breaks), "a host adds nothing to the policy but itself");
		}
		if (publicUrl.empty() && !origin.empty() && keeper->originAllowed(origin, host)) {
			const std::size_t scheme = origin.find("://");
			fuzz::require(scheme != std::string_view::npos, "an origin has a scheme");
			const std::string_view rest = origin.substr(scheme + 3);
			const auto from = ingest::Authority::parse(rest.substr(0, rest.find_first_of("/?#")));
			fuzz::require(from && from->host == parsed->host, "an origin is the host's own");
		}
	}
	static const ingest::Pages none;
	fuzz::require(none.find(path, false) == nullptr, "where there are no pages none is found");
	return 0;
}
