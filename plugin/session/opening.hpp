// Getting at a session file in whatever state it was left: closed, in use, after a crash, on read-only media.
#pragma once

#include "session/content.hpp"

namespace pulseline::session {

struct Opened {
	Database database; // for reading
	Content content;
	bool logged = false; // in WAL mode: it is in use, or could not be made whole
};

// Fails with one line on a missing, foreign, damaged or newer file and leaves it as it was. What a crash left in the
// write-ahead log is put into the file first, if nobody writes to it and it can be written. `locked`: the caller holds
// the writer's lock.
Result<Opened> openForReading(const std::string &path, bool locked);

// Puts the write-ahead log, maybe an empty one, into the file and makes it one file again, if nobody writes to it and
// it can be done.
void makeWhole(const std::string &path);

// Puts the log into the file, for a connection that may write. Fails if some of it could not be.
Sql<void> emptyLog(Database &database);

// And makes it one file again.
Sql<void> makeWhole(Database &database);

} // namespace pulseline::session
