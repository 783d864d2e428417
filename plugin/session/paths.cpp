#include "session/paths.hpp"

#include "session/store.hpp"

namespace pulseline::session {

namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40; // as Linux has it

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

Draft::Draft(const std::string &path)
	: path_(realPath(path))
	, draft_(path_ + ".part-" + randomId())
{
}

Draft::~Draft()
{
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

} // namespace pulseline::session
