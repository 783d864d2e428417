#include "dock/reach.hpp"

#include <QNetworkInterface>
#include <QUrl>

#include <algorithm>
#include <array>

namespace pulseline::dock {
namespace {

// Bridges and tunnels that no phone in the room is on.
bool isVirtual(const QString &name)
{
	constexpr std::array kPrefixes{"docker", "br-",    "veth", "virbr", "vmnet", "vboxnet",   "lxc", "lxd",
				       "cni",    "podman", "tun",  "tap",   "wg",    "tailscale", "zt",  "utun"};
	return std::ranges::any_of(kPrefixes,
				   [&](const char *prefix) { return name.startsWith(QLatin1String(prefix)); });
}

int rank(const QHostAddress &address)
{
	return address.isLinkLocal() ? 2 : address.isPrivateUse() ? 0 : 1;
}

} // namespace

std::vector<Interface> interfaces()
{
	std::vector<Interface> found;
	for (const QNetworkInterface &each : QNetworkInterface::allInterfaces()) {
		const auto flags = each.flags();
		if (!flags.testFlags(QNetworkInterface::IsUp | QNetworkInterface::IsRunning)) {
			continue;
		}
		Interface one{each.name(), {}};
		for (const QNetworkAddressEntry &entry : each.addressEntries()) {
			if (entry.ip().protocol() == QAbstractSocket::IPv4Protocol) {
				one.addresses.push_back(entry.ip());
			}
		}
		found.push_back(std::move(one));
	}
	return found;
}

QStringList hostsOf(const std::vector<Interface> &interfaces)
{
	std::vector<QHostAddress> addresses;
	for (const Interface &each : interfaces) {
		if (!isVirtual(each.name)) {
			addresses.insert(addresses.end(), each.addresses.begin(), each.addresses.end());
		}
	}
	std::erase_if(addresses, [](const QHostAddress &address) { return address.isLoopback(); });
	std::ranges::stable_sort(addresses, {}, rank);
	QStringList hosts;
	for (const QHostAddress &address : addresses) {
		hosts << address.toString();
	}
	return hosts;
}

QStringList urlsAt(const QString &url, const QStringList &hosts)
{
	QStringList urls;
	for (const QString &host : hosts) {
		QUrl there(url);
		there.setHost(host);
		urls << there.toString();
	}
	return urls;
}

} // namespace pulseline::dock
