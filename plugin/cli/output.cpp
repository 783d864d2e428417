#include "cli/output.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <iostream>

#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

namespace pulseline::cli {
namespace {

constexpr std::chrono::milliseconds kMoment{300};
constexpr std::chrono::milliseconds kBetween{100};

bool isTerminalFile(int descriptor)
{
#ifdef _WIN32
	return _isatty(descriptor) != 0;
#else
	return isatty(descriptor) != 0;
#endif
}

} // namespace

Result<Output> Output::open(const std::string &path)
{
	Output output;
	output.path_ = path;
	if (path.empty() || path == "-") {
		return output;
	}
	std::error_code ignored;
	const std::filesystem::file_status status = std::filesystem::status(session::pathOf(path), ignored);
	if (std::filesystem::is_directory(status)) {
		return fail(path + " is a folder; name a file in it");
	}
	if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status)) {
		output.draft_ = std::make_unique<session::Draft>(path);
	}
	const std::string name = output.draft_ ? output.draft_->path() : path;
	output.file_ = std::make_unique<std::ofstream>(session::pathOf(name), std::ios::binary | std::ios::trunc);
	if (!*output.file_) {
		return fail(path + " cannot be written; check its folder and permissions");
	}
	return output;
}

std::ostream &Output::stream()
{
	return file_ ? *file_ : std::cout;
}

bool Output::isTerminal() const
{
	return !file_ && isTerminalFile(1);
}

Result<void> Output::finish()
{
	stream().flush();
	if (file_) {
		file_->close();
	}
	if (!stream()) {
		return fail((file_ ? path_ : std::string("standard output")) + " could not be written to its end");
	}
	return draft_ ? draft_->replace() : Result<void>();
}

bool isPartOf(const std::string &output, const std::string &session)
{
	const std::string real = session::realPath(session);
	return std::ranges::any_of(std::array{"-wal", "-shm", "-journal", "-lock"},
				   [&](const char *part) { return session::realPath(output) == real + part; });
}

bool wouldHarm(const std::string &output, const std::string &session)
{
	std::error_code ignored;
	return !output.empty() &&
	       (std::filesystem::equivalent(session::pathOf(output), session::pathOf(session), ignored) ||
		isPartOf(output, session));
}

Progress::Progress(std::string what, bool enabled)
	: what_(std::move(what))
	, enabled_(enabled && isTerminalFile(2))
	, next_(std::chrono::steady_clock::now() + kMoment)
{
}

Progress::~Progress()
{
	if (shown_) {
		std::cerr << "\r" << std::string(what_.size() + 8, ' ') << "\r" << std::flush;
	}
}

void Progress::show(double share)
{
	const auto now = std::chrono::steady_clock::now();
	if (enabled_ && now >= next_) {
		next_ = now + kBetween;
		shown_ = true;
		std::cerr << "\r" << what_ << " " << std::lround(100 * share) << " %" << std::flush;
	}
}

} // namespace pulseline::cli
