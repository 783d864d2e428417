#include "ingest/address.hpp"

#include "ingest/pages.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace pulseline::ingest {

namespace {

// The numbers of OpenSSL's X509_V_ERR_*, of which the library tells no more.
std::string_view certificateProblem(int number)
{
	switch (number) {
	case 9:
		return "it is not valid yet";
	case 10:
		return "it has expired";
	case 18:
	case 19:
		return "it is signed by nobody but itself";
	case 20:
	case 21:
		return "nobody who is trusted here has signed it";
	case 62:
	case 64:
		return "it is for another name";
	default:
		return "it cannot be verified";
	}
}

} // namespace

Result<Address> parseUrl(const std::string &url)
{
	const std::size_t colon = url.find("://");
	const std::string scheme = url.substr(0, colon);
	const std::string rest = colon == std::string::npos ? "" : url.substr(colon + 3);
	const std::size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
	const std::optional<Authority> authority = Authority::parse(rest.substr(0, slash));
	const bool tls = scheme == "wss" || scheme == "https";
	if (!authority || !(tls || scheme == "ws" || scheme == "http")) {
		return fail("the URL must look like ws://127.0.0.1:8080/, not " + url.substr(0, url.find('#')));
	}
	Address address;
	address.authority = rest.substr(0, slash);
	address.host = authority->host.starts_with('[') ? authority->host.substr(1, authority->host.size() - 2)
							: authority->host;
	address.port = authority->port.value_or(tls ? 443 : 80);
	address.path = rest.substr(slash, rest.find('#') - slash);
	if (!address.path.starts_with('/')) {
		address.path.insert(0, "/");
	}
	address.tls = tls;
	return address;
}

std::string explain(std::string_view problem)
{
	const auto numberBehind = [problem](std::string_view words) {
		int number = 0;
		if (const std::size_t at = problem.find(words); at != std::string_view::npos) {
			const std::string_view digits = problem.substr(at + words.size());
			std::from_chars(digits.data(), digits.data() + digits.size(), number);
		}
		return number;
	};
	if (const int number = numberBehind("X509_V_ERR = "); number > 0) {
		return "its certificate is not accepted: " + std::string(certificateProblem(number));
	}
	if (const int number = numberBehind("conn fail: "); number > 0) {
		return std::system_category().message(number);
	}
	const std::size_t end = problem.find_last_not_of("\r\n ");
	return std::string(problem.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

} // namespace pulseline::ingest
