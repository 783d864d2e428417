#include "session/lock.hpp"

#include <thread>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <filesystem>
#include <windows.h>
#else
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace pulseline::session {
namespace {

constexpr std::string_view kSuffix = "-lock";

std::string lockFile(const std::string &real)
{
	return real + std::string(kSuffix);
}

Error notWritable(const std::string &path)
{
	return {path + " cannot be written: its folder is missing, read-only or full"};
}

} // namespace

Error inUse(const std::string &path)
{
	return {path + " is in use by another program that writes to it; stop that session first"};
}

#ifdef _WIN32

// The file is opened for this process alone and vanishes with its handle.
struct WriterLock::Handle {
	HANDLE file = INVALID_HANDLE_VALUE;

	static bool isCurrent() { return true; } // while it is open it cannot be removed

	~Handle()
	{
		if (file != INVALID_HANDLE_VALUE) {
			CloseHandle(file);
		}
	}
};

namespace {

std::wstring wide(const std::string &utf8)
{
	return std::filesystem::path(std::u8string(utf8.begin(), utf8.end())).wstring();
}

} // namespace

Result<std::optional<WriterLock>> WriterLock::acquire(const std::string &path, const std::string &real)
{
	auto handle = std::make_unique<Handle>();
	handle->file = CreateFileW(wide(lockFile(real)).c_str(), GENERIC_READ | GENERIC_WRITE | DELETE, 0, nullptr,
				   OPEN_ALWAYS, FILE_ATTRIBUTE_HIDDEN | FILE_FLAG_DELETE_ON_CLOSE, nullptr);
	if (handle->file != INVALID_HANDLE_VALUE) {
		return WriterLock(std::move(handle));
	}
	if (GetLastError() == ERROR_SHARING_VIOLATION) {
		return std::nullopt;
	}
	return std::unexpected(notWritable(path));
}

bool WriterLock::isHeld(const std::string &real)
{
	Handle handle;
	handle.file =
		CreateFileW(wide(lockFile(real)).c_str(), GENERIC_READ,
			    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING, 0, nullptr);
	return handle.file == INVALID_HANDLE_VALUE && GetLastError() == ERROR_SHARING_VIOLATION;
}

Result<void> WriterLock::renew(const std::string &)
{
	return {};
}

#else

// flock() belongs to the open file, not to the process: a second writer in the same process is kept out too.
struct WriterLock::Handle {
	std::string file;
	int descriptor = -1;
	bool owned = false;

	~Handle()
	{
		if (owned) {
			::unlink(file.c_str());
		}
		if (descriptor >= 0) {
			::close(descriptor);
		}
	}

	// Whether the name still stands for the file that is open: its last holder may have removed it in between.
	bool isCurrent() const
	{
		struct stat mine = {};
		struct stat named = {};
		return ::fstat(descriptor, &mine) == 0 && ::stat(file.c_str(), &named) == 0 &&
		       mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
	}
};

Result<std::optional<WriterLock>> WriterLock::acquire(const std::string &path, const std::string &real)
{
	constexpr int kTries = 1'000; // each lost to a writer that just closed, or to somebody who looked
	for (int i = 0; i < kTries; ++i) {
		auto handle = std::make_unique<Handle>();
		handle->file = lockFile(real);
		handle->descriptor = ::open(handle->file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		if (handle->descriptor < 0) {
			return std::unexpected(notWritable(path));
		}
		if (::flock(handle->descriptor, LOCK_EX | LOCK_NB) == 0) {
			if (handle->isCurrent()) {
				handle->owned = true;
				return WriterLock(std::move(handle));
			}
		} else if (errno != EWOULDBLOCK) {
			return fail(path + " cannot be locked: its file system has no locks; keep it on a local disk");
		} else if (::flock(handle->descriptor, LOCK_SH | LOCK_NB) != 0) {
			return std::nullopt; // a writer's; isHeld() shares
		}
		std::this_thread::yield();
	}
	return std::nullopt;
}

bool WriterLock::isHeld(const std::string &real)
{
	Handle handle;
	handle.file = lockFile(real);
	handle.descriptor = ::open(handle.file.c_str(), O_RDONLY | O_CLOEXEC);
	if (handle.descriptor < 0) {
		return errno != ENOENT; // one that may not be looked at is somebody's
	}
	if (::flock(handle.descriptor, LOCK_SH | LOCK_NB) != 0) {
		return true;
	}
	handle.owned = handle.isCurrent(); // a crash left it
	return false;
}

Result<void> WriterLock::renew(const std::string &path)
{
	if (isCurrent()) {
		return {};
	}
	Result<std::optional<WriterLock>> fresh =
		acquire(path, handle_->file.substr(0, handle_->file.size() - kSuffix.size()));
	if (!fresh) {
		return std::unexpected(fresh.error());
	}
	if (!*fresh) {
		return std::unexpected(inUse(path));
	}
	handle_->owned = false; // the name is the new one's
	handle_ = std::move((*fresh)->handle_);
	return {};
}

#endif

WriterLock::WriterLock(std::unique_ptr<Handle> handle)
	: handle_(std::move(handle))
{
}

Result<void> WriterLock::claim(const std::string &path, const std::string &real)
{
	if (claim_.isOf(real)) {
		return {};
	}
	std::optional<Claim> claim = Claim::make(real);
	if (!claim) {
		return std::unexpected(inUse(path));
	}
	claim_ = std::move(*claim);
	return {};
}

bool WriterLock::isCurrent() const
{
	return handle_->isCurrent();
}

WriterLock::WriterLock(WriterLock &&) noexcept = default;
WriterLock &WriterLock::operator=(WriterLock &&) noexcept = default;
WriterLock::~WriterLock() = default;

} // namespace pulseline::session
