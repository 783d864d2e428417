#include "session/watch.hpp"

#include <utility>

#ifndef _WIN32
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace pulseline::session {

#ifdef _WIN32

// What is open cannot be removed or moved.
Watch::Watch(std::string real)
	: name_(std::move(real))
{
}

Watch::~Watch() = default;

Watch::State Watch::state() const
{
	return State::here;
}

#else

Watch::Watch(std::string real)
	: name_(std::move(real))
{
	struct stat found = {};
#ifdef O_PATH
	file_ = ::open(name_.c_str(), O_PATH | O_CLOEXEC);
	const bool there = file_ >= 0 && ::fstat(file_, &found) == 0;
#else
	const bool there = ::stat(name_.c_str(), &found) == 0;
#endif
	if (there) {
		device_ = static_cast<std::uint64_t>(found.st_dev);
		number_ = static_cast<std::uint64_t>(found.st_ino);
	}
}

Watch::~Watch()
{
	if (file_ >= 0) {
		::close(file_);
	}
}

// Where the system has no O_PATH, what was removed counts as moved.
Watch::State Watch::state() const
{
	struct stat found = {};
	if (::stat(name_.c_str(), &found) == 0 && static_cast<std::uint64_t>(found.st_dev) == device_ &&
	    static_cast<std::uint64_t>(found.st_ino) == number_) {
		return State::here;
	}
	const bool removed = file_ >= 0 && ::fstat(file_, &found) == 0 && found.st_nlink == 0;
	return removed ? State::removed : State::moved;
}

#endif

Watch::Watch(Watch &&other) noexcept
	: name_(std::move(other.name_))
	, device_(other.device_)
	, number_(other.number_)
	, file_(std::exchange(other.file_, -1))
{
}

Watch &Watch::operator=(Watch &&other) noexcept
{
	std::swap(name_, other.name_);
	std::swap(device_, other.device_);
	std::swap(number_, other.number_);
	std::swap(file_, other.file_);
	return *this;
}

} // namespace pulseline::session
