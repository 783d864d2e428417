#include "ingest/reach.hpp"

#include "ingest/listen.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <ranges>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
// After winsock2.h.
#include <iphlpapi.h>
#else
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#endif

namespace pulseline::ingest {
namespace {

// Bridges and tunnels that no phone in the room is on.
bool isVirtual(std::string_view name)
{
	constexpr std::array<std::string_view, 16> kPrefixes{
		"docker", "br-",    "veth", "virbr", "vmnet", "vboxnet",   "lxc", "lxd",
		"cni",    "podman", "tun",  "tap",   "wg",    "tailscale", "zt",  "utun"};
	return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

using Octets = std::array<unsigned, 4>;

Octets octetsOf(const std::string &address)
{
	Octets o{};
	std::sscanf(address.c_str(), "%u.%u.%u.%u", &o[0], &o[1], &o[2], &o[3]);
	return o;
}

// RFC 1918 first, RFC 3927 last.
int rank(const std::string &address)
{
	const Octets o = octetsOf(address);
	const bool isPrivate = o[0] == 10 || (o[0] == 172 && o[1] >= 16 && o[1] < 32) || (o[0] == 192 && o[1] == 168);
	const bool linkLocal = o[0] == 169 && o[1] == 254;
	return linkLocal ? 2 : isPrivate ? 0 : 1;
}

std::string dotted(const sockaddr *address)
{
	std::array<char, INET_ADDRSTRLEN> text{};
	const auto *in = reinterpret_cast<const sockaddr_in *>(address);
	const char *done = inet_ntop(AF_INET, &in->sin_addr, text.data(), text.size());
	return done == nullptr ? std::string() : std::string(done);
}

void add(std::vector<Interface> &found, const std::string &name, std::string address)
{
	auto one = std::ranges::find(found, name, &Interface::name);
	if (one == found.end()) {
		one = found.insert(one, Interface{name, {}});
	}
	one->addresses.push_back(std::move(address));
}

} // namespace

#ifdef _WIN32

std::vector<Interface> interfaces()
{
	std::vector<Interface> found;
	ULONG size = 32 * 1024;
	std::vector<std::byte> buffer(size);
	const ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
	auto *list = reinterpret_cast<IP_ADAPTER_ADDRESSES *>(buffer.data());
	ULONG result = GetAdaptersAddresses(AF_INET, flags, nullptr, list, &size);
	if (result == ERROR_BUFFER_OVERFLOW) {
		buffer.resize(size);
		list = reinterpret_cast<IP_ADAPTER_ADDRESSES *>(buffer.data());
		result = GetAdaptersAddresses(AF_INET, flags, nullptr, list, &size);
	}
	for (; result == NO_ERROR && list != nullptr; list = list->Next) {
		for (auto *each = list->FirstUnicastAddress; list->OperStatus == IfOperStatusUp && each != nullptr;
		     each = each->Next) {
			add(found, list->AdapterName, dotted(each->Address.lpSockaddr));
		}
	}
	return found;
}

#else

std::vector<Interface> interfaces()
{
	std::vector<Interface> found;
	ifaddrs *list = nullptr;
	if (getifaddrs(&list) != 0) {
		return found;
	}
	const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
	for (const ifaddrs *each = list; each != nullptr; each = each->ifa_next) {
		const bool runs = (each->ifa_flags & IFF_UP) != 0 && (each->ifa_flags & IFF_RUNNING) != 0;
		if (runs && each->ifa_addr != nullptr && each->ifa_addr->sa_family == AF_INET) {
			add(found, each->ifa_name, dotted(each->ifa_addr));
		}
	}
	return found;
}

#endif

std::vector<std::string> hostsOf(const std::vector<Interface> &interfaces)
{
	std::vector<std::string> hosts;
	for (const Interface &each : interfaces) {
		if (!isVirtual(each.name)) {
			std::ranges::copy_if(each.addresses, std::back_inserter(hosts), [](const std::string &address) {
				return !address.empty() && octetsOf(address)[0] != 127;
			});
		}
	}
	std::ranges::stable_sort(hosts, {}, rank);
	return hosts;
}

std::vector<std::string> reachableUrls(const std::string &bind, std::uint16_t port, bool tls)
{
	if (bind != "0.0.0.0") {
		return {httpUrl(bind, port, tls)};
	}
	std::vector<std::string> urls;
	for (const std::string &host : hostsOf(interfaces())) {
		urls.push_back(httpUrl(host, port, tls));
	}
	return urls;
}

} // namespace pulseline::ingest
