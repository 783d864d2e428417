// Responses that were measured elsewhere, from CSV into a session file (docs: README.md here).
#pragma once

#include "session/store.hpp"

namespace pulseline::session {

// `wide`: a row for each participant, a column for each second. `tall` (in the command `long`): a row for each
// response.
enum class Layout { wide, tall };

struct ImportOptions {
	Layout layout = Layout::wide;
	std::string participants; // path of a table of attributes; "" without one
	// Of a new session: by default wide is latched on 0:100:50, tall is reset on -1:1:0. A session that is there
	// must agree with what is given.
	std::optional<Mode> mode;
	std::optional<Scale> scale;
	std::optional<std::int64_t> tick_ms;
	std::optional<std::string> title; // default: the file's name
	bool hold = false;                // repeat a value once a tick until the participant's next or last row
	std::function<void(double)> progress;
};

struct Imported {
	std::uint64_t responses = 0;    // written
	std::uint64_t ignored = 0;      // there already, the same in everything
	std::size_t participants = 0;   // new ones
	std::size_t keptAttributes = 0; // participants who keep other attributes than the table gives them
};

// What a new session would be. Fails on options that make no sense.
Result<Settings> settingsFor(const ImportOptions &options, const std::string &session);

// All or nothing: on an error the session is as it was, or not there. `csv` may be "-", standard input.
Result<Imported> importCsv(const std::string &csv, const std::string &session, const ImportOptions &options);

} // namespace pulseline::session
