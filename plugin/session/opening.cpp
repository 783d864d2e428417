#include "session/opening.hpp"

#include "session/lock.hpp"
#include "session/paths.hpp"
#include "session/schema.hpp"

namespace pulseline::session {
namespace {

namespace fs = std::filesystem;

bool hasContent(const std::string &real, const char *suffix)
{
	std::error_code error;
	const std::uintmax_t size = fs::file_size(pathOf(real + suffix), error);
	return !error && size > 0;
}

Result<void> checkKind(const std::string &path)
{
	std::error_code error;
	const fs::file_status status = fs::status(pathOf(path), error);
	if (status.type() == fs::file_type::not_found) {
		return fail(path + " does not exist");
	}
	if (fs::is_directory(status)) {
		return fail(path + " is a folder, not a Pulseline session");
	}
	if (!fs::is_regular_file(status)) {
		return fail(path + " is not a Pulseline session");
	}
	return {};
}

// A log, or a transaction half done: what is in use has it, and what a crash left.
bool hasLog(const std::string &real)
{
	return hasContent(real, "-wal") || hasContent(real, "-journal");
}

// While nobody writes. A damaged file stays as it is: its log is not put into it.
void recover(const std::string &path, const std::string &real)
{
	Sql<Database> database = Database::open(real, Database::Open::write);
	if (!database) {
		return;
	}
	sqlite3_db_config(database->raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
	if (readContent(path, *database)) {
		// In vain on a full disk, or where another reader still is: then the log stays, and is read with the
		// file.
		(void)makeWhole(*database);
	}
}

Result<Opened> openAs(const std::string &path, const std::string &real, Database::Open how)
{
	Sql<Database> database = Database::open(real, how);
	if (!database) {
		return std::unexpected(explain(path, database.error()));
	}
	if (how == Database::Open::alone) {
		if (const Sql<void> alone = database->run("PRAGMA locking_mode = EXCLUSIVE"); !alone) {
			return std::unexpected(explain(path, alone.error()));
		}
	}
	Result<Content> content = readContent(path, *database);
	if (!content) {
		return std::unexpected(content.error());
	}
	return Opened{std::move(*database), std::move(*content), false};
}

} // namespace

Result<Opened> openForReading(const std::string &path, bool locked)
{
	if (const Result<void> kind = checkKind(path); !kind) {
		return std::unexpected(kind.error());
	}
	const std::string real = realPath(path);
	Result<Header> header = readHeader(path, real);
	if (header && hasLog(real)) {
		if (locked) {
			recover(path, real);
		} else {
			makeWhole(path);
		}
		header = readHeader(path, real);
	}
	if (!header) {
		return std::unexpected(header.error());
	}
	const bool inUse = !locked && WriterLock::isHeld(real);
	const bool log = hasLog(real);
	if (!header->whole && !log && !inUse) {
		return std::unexpected(damaged(path, "its end is missing"));
	}
	if (header->logged && !inUse && !log) {
		// Marked as WAL but without a log: SQLite would make one, even for a reader.
		return openAs(path, real, Database::Open::immutable);
	}
	Result<Opened> opened = openAs(path, real, Database::Open::read);
	if (!opened && log && !inUse) {
		// A log on read-only media, whose index cannot be made beside it.
		if (Result<Opened> alone = openAs(path, real, Database::Open::alone)) {
			opened = std::move(alone);
		}
	}
	if (opened) {
		opened->logged = inUse || log;
	}
	return opened;
}

// Without the writer's lock, so that a writer who comes meanwhile is not told that somebody writes: SQLite's own locks
// keep the two apart.
void makeWhole(const std::string &path)
{
	const std::string real = realPath(path);
	if ((hasLog(real) || exists(real + "-wal")) && !WriterLock::isHeld(real)) {
		recover(path, real);
	}
}

Sql<void> emptyLog(Database &database)
{
	Sql<Query> checkpoint = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
	const Sql<bool> done = checkpoint ? checkpoint->step() : std::unexpected(checkpoint.error());
	if (!done) {
		return std::unexpected(done.error());
	}
	const bool busy = checkpoint->integer(0) != 0;
	if (busy && checkpoint->integer(1) != checkpoint->integer(2)) { // pages in the log, and of these in the file
		return std::unexpected(SqlError{SQLITE_BUSY, "somebody reads it"});
	}
	return {};
}

Sql<void> makeWhole(Database &database)
{
	const Sql<std::string> mode = database.ask("PRAGMA journal_mode = DELETE");
	if (!mode) {
		return std::unexpected(mode.error());
	}
	if (*mode != "delete") {
		return std::unexpected(SqlError{SQLITE_BUSY, "somebody reads it"});
	}
	return {};
}

} // namespace pulseline::session
