#include "ingest/listen.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <format>
#include <memory>
#include <system_error>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

namespace pulseline::ingest {
namespace {

// Open files that are not connections: the session file, the libraries' own, those of the program around us.
constexpr std::size_t kOtherFiles = 512;

#ifdef _WIN32
using Socket = SOCKET;
constexpr Socket kNoSocket = INVALID_SOCKET;
void closeSocket(Socket s)
{
	closesocket(s);
}
int lastError()
{
	return WSAGetLastError();
}
constexpr int kInUse = WSAEADDRINUSE, kNotHere = WSAEADDRNOTAVAIL, kDenied = WSAEACCES;
#else
using Socket = int;
constexpr Socket kNoSocket = -1;
void closeSocket(Socket s)
{
	::close(s);
}
int lastError()
{
	return errno;
}
constexpr int kInUse = EADDRINUSE, kNotHere = EADDRNOTAVAIL, kDenied = EACCES;
#endif

// Does not block, and no program that is started from this one gets it.
bool makeOurs(Socket socket)
{
#ifdef _WIN32
	unsigned long yes = 1;
	return ioctlsocket(socket, FIONBIO, &yes) == 0;
#else
	return fcntl(socket, F_SETFL, O_NONBLOCK) == 0 && fcntl(socket, F_SETFD, FD_CLOEXEC) == 0;
#endif
}

std::string explain(int error, const std::string &bind, std::uint16_t port)
{
	if (error == kInUse) {
		return std::format("port {} on {} is in use; choose another port", port, bind);
	}
	if (error == kNotHere) {
		return std::format("{} is not an address of this machine; choose one of its own, or 0.0.0.0 for all",
				   bind);
	}
	if (error == kDenied) {
		return std::format("port {} needs special rights; choose one above 1023", port);
	}
	return std::format("cannot listen on {} port {}: {}; choose another", bind, port,
			   std::system_category().message(error));
}

constexpr const char *kLocalhost = "127.0.0.1";

using AddressInfo = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

// Of a numeric address; null if it is none.
AddressInfo resolve(const std::string &bind, std::uint16_t port)
{
	addrinfo hints{};
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
	addrinfo *list = nullptr;
	const std::string address = bind == "localhost" ? kLocalhost : bind;
	const bool found =
		!address.empty() && getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &list) == 0;
	return {found ? list : nullptr, &freeaddrinfo};
}

} // namespace

bool isListenAddress(const std::string &bind)
{
	return resolve(bind, 0) != nullptr;
}

Result<Listener> Listener::open(const std::string &bind, std::uint16_t port)
{
	const AddressInfo found = resolve(bind, port);
	if (!found) {
		return fail("the address to listen on must be an IP address such as 127.0.0.1 or 0.0.0.0, not \"" +
			    bind + "\"");
	}
	const Socket socket = ::socket(found->ai_family, SOCK_STREAM, 0);
	if (socket == kNoSocket) {
		return fail(explain(lastError(), bind, port));
	}
	Listener listener(static_cast<std::intptr_t>(socket));
	if (!makeOurs(socket)) {
		return fail(explain(lastError(), bind, port));
	}
#ifndef _WIN32
	const int yes = 1;
	setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (found->ai_family == AF_INET6) {
		setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
	}
#endif
	if (::bind(socket, found->ai_addr, static_cast<socklen_t>(found->ai_addrlen)) != 0 ||
	    ::listen(socket, SOMAXCONN) != 0) {
		return fail(explain(lastError(), bind, port));
	}
	return listener;
}

Listener::~Listener()
{
	if (socket_ != kNone) {
		close(socket_);
	}
}

std::intptr_t Listener::duplicate() const
{
#ifdef _WIN32
	WSAPROTOCOL_INFOW same{};
	WSADuplicateSocketW(static_cast<Socket>(socket_), GetCurrentProcessId(), &same);
	return static_cast<std::intptr_t>(WSASocketW(-1, -1, -1, &same, 0, 0));
#else
	return fcntl(static_cast<Socket>(socket_), F_DUPFD_CLOEXEC, 0);
#endif
}

std::uint16_t Listener::port() const
{
	sockaddr_storage own{};
	socklen_t length = sizeof(own);
	::getsockname(static_cast<Socket>(socket_), reinterpret_cast<sockaddr *>(&own), &length);
	return ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6 &>(own).sin6_port
					       : reinterpret_cast<const sockaddr_in &>(own).sin_port);
}

std::optional<std::intptr_t> Listener::accept() const
{
	const Socket newcomer = ::accept(static_cast<Socket>(socket_), nullptr, nullptr);
	if (newcomer == kNoSocket) {
		return std::nullopt;
	}
	const int yes = 1;
	setsockopt(newcomer, IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char *>(&yes), sizeof(yes));
	if (!makeOurs(newcomer)) {
		closeSocket(newcomer);
		return std::nullopt;
	}
	return static_cast<std::intptr_t>(newcomer);
}

void Listener::close(std::intptr_t socket)
{
	closeSocket(static_cast<Socket>(socket));
}

std::size_t raiseFileLimit(std::size_t wanted)
{
#ifdef _WIN32
	return wanted;
#else
	rlimit limit{};
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		return wanted;
	}
	const rlim_t needed = wanted + kOtherFiles;
	if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < needed) {
		rlimit raised = limit;
		raised.rlim_cur = limit.rlim_max == RLIM_INFINITY ? needed : std::min<rlim_t>(needed, limit.rlim_max);
		if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
			limit = raised;
		}
	}
	const std::size_t files = limit.rlim_cur == RLIM_INFINITY ? needed : static_cast<std::size_t>(limit.rlim_cur);
	return std::min(wanted, files - std::min(files / 2, kOtherFiles));
#endif
}

std::size_t queuedBytes(std::intptr_t socket)
{
#ifdef _WIN32
	u_long bytes = 0;
	const bool known = ioctlsocket(static_cast<Socket>(socket), FIONREAD, &bytes) == 0;
#else
	int bytes = 0;
	const bool known = ::ioctl(static_cast<Socket>(socket), FIONREAD, &bytes) == 0;
#endif
	return known ? static_cast<std::size_t>(bytes) : 0;
}

IpAddress peerAddress(std::intptr_t socket)
{
	sockaddr_storage peer{};
	socklen_t length = sizeof(peer);
	IpAddress address{};
	if (::getpeername(static_cast<Socket>(socket), reinterpret_cast<sockaddr *>(&peer), &length) != 0) {
		return address;
	}
	if (peer.ss_family == AF_INET6) {
		std::memcpy(address.data(), &reinterpret_cast<const sockaddr_in6 &>(peer).sin6_addr, address.size());
	} else if (peer.ss_family == AF_INET) {
		address[10] = address[11] = 0xff;
		std::memcpy(address.data() + 12, &reinterpret_cast<const sockaddr_in &>(peer).sin_addr, 4);
	}
	return address;
}

std::string httpUrl(const std::string &bind, std::uint16_t port, bool tls)
{
	const std::string address = bind == "0.0.0.0" ? "127.0.0.1" : bind == "::" ? "::1" : bind;
	const char *scheme = tls ? "https" : "http";
	return address.contains(':') ? std::format("{}://[{}]:{}/", scheme, address, port)
				     : std::format("{}://{}:{}/", scheme, address, port);
}

} // namespace pulseline::ingest
