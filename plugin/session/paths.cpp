#include "session/paths.hpp"

#include "session/store.hpp"

#ifndef _WIN32
#include <fcntl.h>
#include <unistd.h>
#endif

namespace pulseline::session {

namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40; // as Linux has it

// So that the names in it survive a loss of power.
bool syncFolder(const fs::path &folder)
{
#ifdef _WIN32
	return true; // NTFS logs them
#else
	const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const bool synced = file >= 0 && ::fsync(file) == 0;
	if (file >= 0) {
		::close(file);
	}
	return synced;
#endif
}

} // namespace

fs::path pathOf(const std::string &utf8)
{
	return fs::path(std::u8string(utf8.begin(), utf8.end()));
}

bool exists(const std::string &path)
{
	std::error_code error;
	return fs::exists(pathOf(path), error);
}

bool sameFile(const std::string &one, const std::string &other)
{
	std::error_code error;
	return fs::equivalent(pathOf(one), pathOf(other), error);
}

std::string realPath(const std::string &path)
{
	// weakly_canonical() takes a link to what is not there yet for the file itself.
	fs::path named = pathOf(path);
	std::error_code error;
	for (int links = 0; links < kMostLinks && fs::is_symlink(named, error); ++links) {
		named = named.parent_path() / fs::read_symlink(named, error);
	}
	const fs::path real = fs::weakly_canonical(named, error);
	if (error) {
		return path;
	}
	const std::u8string text = real.u8string();
	return {text.begin(), text.end()};
}

void removeFile(const std::string &path)
{
	std::error_code ignored;
	fs::remove(pathOf(path), ignored);
}

Draft::Draft(const std::string &path, std::string_view mark)
	: path_(realPath(path))
	, draft_(path_ + std::string(mark) + randomId())
{
}

Draft::~Draft()
{
	if (draft_.empty()) {
		return;
	}
	for (const char *suffix : {"", "-wal", "-shm", "-journal"}) { // a database's, if it could not be closed well
		removeFile(draft_ + suffix);
	}
}

Error Draft::named(Error error) const
{
	for (std::size_t at = error.message.find(draft_); at != std::string::npos; at = error.message.find(draft_)) {
		error.message.replace(at, draft_.size(), path_);
	}
	return error;
}

Result<void> Draft::replace()
{
	std::error_code error;
	fs::rename(pathOf(draft_), pathOf(path_), error);
	if (error) {
		return fail(path_ + " cannot be written: " + error.message());
	}
	return {};
}

Result<void> Draft::place()
{
	const fs::path from = pathOf(draft_);
	const fs::path to = pathOf(path_);
	std::error_code error;
	// A link fails where the name is taken; renaming would replace it. Some file systems have no links.
	fs::create_hard_link(from, to, error);
	if (!error) {
		fs::remove(from, error);
	} else if (!exists(path_)) {
		fs::rename(from, to, error);
	}
	if (error || !syncFolder(to.parent_path())) {
		return fail(error ? error.message() : "its folder cannot be written");
	}
	return {};
}

} // namespace pulseline::session
