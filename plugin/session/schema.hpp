// The tables of a session file (docs: README.md here), and whether a file is one.
#pragma once

#include "session/database.hpp"

namespace pulseline::session {

inline constexpr std::uint32_t kApplicationId = 0x50554C53; // "PULS"
inline constexpr std::uint32_t kSchemaVersion = 2;

extern const char *const kSchema;
// What a file of version 1 lacks. Until it is written to it stays as it is.
extern const char *const kSince2;

// What the first bytes of the file say, before SQLite looks at it.
struct Header {
	bool logged = false; // the file is in WAL mode
	bool whole = false;  // it ends where a page ends
};

// Fails with one line on what is not a session file or comes from a newer program. Reads the file through SQLite's own
// handle and takes no lock: opening and closing the file otherwise would drop the locks of a writer in this process.
Result<Header> readHeader(const std::string &path, const std::string &real);

// Whether SQLite finds the file's pages in order.
Sql<void> checkPages(Database &database);

} // namespace pulseline::session
