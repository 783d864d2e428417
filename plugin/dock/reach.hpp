// Where phones reach this machine: a session that listens everywhere has no address of its own to show. UI thread.
#pragma once

#include <QHostAddress>
#include <QString>
#include <QStringList>

#include <vector>

namespace pulseline::dock {

// A network interface that is up, with its IPv4 addresses (people type them; nobody types an IPv6 one).
struct Interface {
	QString name;
	std::vector<QHostAddress> addresses;
};

std::vector<Interface> interfaces();

// The hosts to try, the likeliest first: no loopback, none of what containers and virtual machines bring, private
// networks before others, link-local addresses last.
QStringList hostsOf(const std::vector<Interface> &interfaces);

// `url` with each host in turn.
QStringList urlsAt(const QString &url, const QStringList &hosts);

} // namespace pulseline::dock
