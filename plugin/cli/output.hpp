// Where a verb's table goes, and how it shows that it is at work.
#pragma once

#include "session/paths.hpp"

#include <chrono>
#include <fstream>
#include <memory>

namespace pulseline::cli {

// Standard output, or a file that appears whole or not at all.
class Output {
public:
	// `path`: "" or "-" is standard output. Fails where the file cannot be made.
	static Result<Output> open(const std::string &path);
	std::ostream &stream();
	bool isTerminal() const;
	// After the last row. Fails if not all of it could be written.
	Result<void> finish();

private:
	std::string path_;
	std::unique_ptr<session::Draft> draft_; // none for what is not a plain file, such as /dev/null
	std::unique_ptr<std::ofstream> file_;   // none: standard output
};

// Whether `output` is a name that SQLite or the writer's lock has for a file beside the session.
bool isPartOf(const std::string &output, const std::string &session);
// Whether `output` would be written over the session or what is beside it.
bool wouldHarm(const std::string &output, const std::string &session);

// "importing 42 %" on a terminal, for work that takes longer than a moment.
class Progress {
public:
	explicit Progress(std::string what, bool enabled = true);
	Progress(const Progress &) = delete;
	Progress &operator=(const Progress &) = delete;
	~Progress(); // takes the line away

	void show(double share);

private:
	std::string what_;
	bool enabled_;
	bool shown_ = false;
	std::chrono::steady_clock::time_point next_;
};

} // namespace pulseline::cli
