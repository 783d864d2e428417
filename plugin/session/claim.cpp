#include "session/claim.hpp"

#include <tuple>
#include <utility>

#ifdef __linux__
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#endif

namespace pulseline::session {

#ifdef __linux__

namespace {

std::pair<std::uint64_t, std::uint64_t> identityOf(const std::string &real)
{
	struct stat found = {};
	if (::stat(real.c_str(), &found) != 0) {
		return {};
	}
	return {static_cast<std::uint64_t>(found.st_dev), static_cast<std::uint64_t>(found.st_ino)};
}

} // namespace

// Not a lock of the file: one needs a descriptor of it, and closing that would drop SQLite's own locks on it. A
// socket's name without a place in the file system can be had once, and goes with the socket.
std::optional<Claim> Claim::make(const std::string &real)
{
	Claim claim;
	std::tie(claim.device_, claim.number_) = identityOf(real);
	if (claim.number_ == 0) {
		return claim;
	}
	sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
	const int length = std::snprintf(address.sun_path + 1, sizeof address.sun_path - 1,
					 "pulseline-writer-%llx-%llx", static_cast<unsigned long long>(claim.device_),
					 static_cast<unsigned long long>(claim.number_));
	const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + static_cast<unsigned>(length));
	claim.socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (claim.socket_ >= 0 && ::bind(claim.socket_, reinterpret_cast<const sockaddr *>(&address), size) != 0 &&
	    errno == EADDRINUSE) {
		return std::nullopt;
	}
	return claim;
}

bool Claim::isOf(const std::string &real) const
{
	return number_ != 0 && identityOf(real) == std::pair(device_, number_);
}

Claim::~Claim()
{
	if (socket_ >= 0) {
		::close(socket_);
	}
}

#else

std::optional<Claim> Claim::make(const std::string &)
{
	return Claim();
}

bool Claim::isOf(const std::string &) const
{
	return false;
}

Claim::~Claim() = default;

#endif

Claim::Claim(Claim &&other) noexcept
	: device_(other.device_)
	, number_(other.number_)
	, socket_(std::exchange(other.socket_, -1))
{
}

Claim &Claim::operator=(Claim &&other) noexcept
{
	std::swap(device_, other.device_);
	std::swap(number_, other.number_);
	std::swap(socket_, other.socket_);
	return *this;
}

} // namespace pulseline::session
