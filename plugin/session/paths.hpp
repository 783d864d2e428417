// Paths as text in UTF-8, on every system.
#pragma once

#include "core/types.hpp"

#include <filesystem>

namespace pulseline::session {

std::filesystem::path pathOf(const std::string &utf8);
bool exists(const std::string &path);
// Under whatever names: by links of either kind, too. What is not there is the same as nothing.
bool sameFile(const std::string &one, const std::string &other);
// Without symbolic links, so that all names of a file share one lock.
std::string realPath(const std::string &path);
void removeFile(const std::string &path); // if it is there

// A file in the making: a name beside `path`, that takes its place when it is whole. Destroyed before that, it is gone.
class Draft {
public:
	// `mark` comes between the two parts of its name.
	explicit Draft(const std::string &path, std::string_view mark = ".part-");
	Draft(const Draft &) = delete;
	Draft &operator=(const Draft &) = delete;
	~Draft();

	const std::string &path() const { return draft_; }
	Result<void> replace();         // whatever `path` was is replaced at once
	Result<void> place();           // takes the name if that is free, and keeps it over a loss of power
	void keep() { draft_.clear(); } // leaves it where it is
	Error named(Error error) const; // what it says of the draft, said of the file

private:
	std::string path_;
	std::string draft_;
};

} // namespace pulseline::session
