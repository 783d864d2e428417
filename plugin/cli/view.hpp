// What `table` and `moments` have in common: a session counted into cells, seen through segments and targets.
#pragma once

#include "cli/verbs.hpp"
#include "core/counter.hpp"
#include "session/tables.hpp"

namespace pulseline::cli {

struct ViewOptions {
	std::string file;
	std::string output;
	std::vector<std::string> segments;
	std::optional<std::string> target;
	std::optional<std::int64_t> lag_ms, tick_ms, min_n;
	std::optional<std::string> base;
};

void addViewOptions(CLI::App &verb, ViewOptions &options);

struct Counted {
	session::File file;
	Counter counter;
	session::View view;
};

// A failure and the exit status it stands for.
struct Failure {
	std::string message;
	int status = kFailed;
};

// Opens and counts the session. Warns of segment values that nobody has.
std::expected<Counted, Failure> countFor(const ViewOptions &options);

// Writes a table of a counted session where the options say; gives the exit status.
int writeView(const ViewOptions &options,
	      const std::function<void(session::CsvWriter &, const Counted &counted)> &write);

} // namespace pulseline::cli
