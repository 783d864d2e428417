#include "session/database.hpp"

#include "core/utf8.hpp"

#include <cctype>

namespace pulseline::session {
namespace {

// A reader that scans a closed file keeps a writer waiting; never for long.
constexpr int kBusy_ms = 10'000;
constexpr int kLongest = 64 << 20; // of a text, in bytes

SqlError lastError(sqlite3 *handle)
{
	return {sqlite3_extended_errcode(handle), sqlite3_errmsg(handle)};
}

#ifdef _WIN32
constexpr bool kWindows = true;
#else
constexpr bool kWindows = false;
#endif

// "file:" with everything but the plainest characters as %XX, so that no path can carry a parameter of its own.
std::string uriOf(const std::string &path, std::string_view parameters)
{
	constexpr std::string_view kHex = "0123456789ABCDEF";
	std::string uri = kWindows ? "file:///" : path.starts_with('/') ? "file://" : "file:";
	for (const char c : path) {
		const auto byte = static_cast<unsigned char>(c);
		if (kWindows && c == '\\') {
			uri += '/';
		} else if (byte < 0x80 &&
			   (std::isalnum(byte) || c == '/' || c == '.' || c == '-' || c == '_' || c == ':')) {
			uri += c;
		} else {
			uri += {'%', kHex[byte >> 4], kHex[byte & 15]};
		}
	}
	return uri.append(parameters);
}

struct How {
	std::string_view parameters;
	int flags;
};

How howTo(Database::Open open)
{
	switch (open) {
	case Database::Open::read:
		return {"?mode=ro", SQLITE_OPEN_READONLY};
	case Database::Open::immutable:
		return {"?mode=ro&immutable=1", SQLITE_OPEN_READONLY};
	case Database::Open::alone:
		return {kWindows ? "?mode=ro&vfs=win32-none" : "?mode=ro&vfs=unix-none", SQLITE_OPEN_READONLY};
	case Database::Open::write:
		return {"?mode=rw", SQLITE_OPEN_READWRITE};
	case Database::Open::create:
		return {"?mode=rwc", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
	}
	return {};
}

} // namespace

// Some of the detail may be the file's own words.
Error damaged(const std::string &path, std::string_view detail)
{
	return {path + " is damaged (" + printable(detail) + "); use a copy of it"};
}

Error explain(const std::string &path, const SqlError &error)
{
	switch (error.primary()) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
		return damaged(path, error.text);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return {path + " is in use by another program; close it there and try again"};
	case SQLITE_FULL:
		return {path + ": the disk is full; free some space"};
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return {path + " cannot be written: it or its folder is read-only"};
	case SQLITE_CANTOPEN:
		return {path + " cannot be opened; check its permissions and its folder's"};
	case SQLITE_IOERR:
		return {path + ": the disk reports an error; check it and its free space"};
	default:
		return {path + ": " + printable(error.text)};
	}
}

Query &Query::bind(int parameter, std::int64_t value)
{
	sqlite3_bind_int64(statement_.get(), parameter, value);
	return *this;
}

Query &Query::bind(int parameter, double value)
{
	sqlite3_bind_double(statement_.get(), parameter, value);
	return *this;
}

Query &Query::bind(int parameter, std::string_view value)
{
	// An empty view may have no address, which SQLite takes for NULL.
	sqlite3_bind_text64(statement_.get(), parameter, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC,
			    SQLITE_UTF8);
	return *this;
}

Query &Query::bindNull(int parameter)
{
	sqlite3_bind_null(statement_.get(), parameter);
	return *this;
}

Sql<bool> Query::step()
{
	switch (sqlite3_step(statement_.get())) {
	case SQLITE_ROW:
		return true;
	case SQLITE_DONE:
		return false;
	default:
		return std::unexpected(lastError(sqlite3_db_handle(statement_.get())));
	}
}

Sql<void> Query::run()
{
	const Sql<bool> stepped = step();
	sqlite3_reset(statement_.get());
	if (!stepped) {
		return std::unexpected(stepped.error());
	}
	return {};
}

bool Query::isNull(int column) const
{
	return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

bool Query::isInteger(int column) const
{
	return sqlite3_column_type(statement_.get(), column) == SQLITE_INTEGER;
}

bool Query::isNumber(int column) const
{
	return isInteger(column) || sqlite3_column_type(statement_.get(), column) == SQLITE_FLOAT;
}

bool Query::isText(int column) const
{
	return sqlite3_column_type(statement_.get(), column) == SQLITE_TEXT;
}

std::int64_t Query::integer(int column) const
{
	return sqlite3_column_int64(statement_.get(), column);
}

double Query::number(int column) const
{
	return sqlite3_column_double(statement_.get(), column);
}

std::string_view Query::text(int column) const
{
	// As a blob: the bytes where they lie. As text, SQLite would copy each to end it with a zero.
	const void *bytes = sqlite3_column_blob(statement_.get(), column);
	const int size = sqlite3_column_bytes(statement_.get(), column);
	return bytes ? std::string_view(static_cast<const char *>(bytes), static_cast<std::size_t>(size))
		     : std::string_view();
}

Sql<Database> Database::open(const std::string &path, Open how)
{
	const How options = howTo(how);
	sqlite3 *handle = nullptr;
	const int flags = options.flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
	const int code = sqlite3_open_v2(uriOf(path, options.parameters).c_str(), &handle, flags, nullptr);
	Database database;
	database.handle_.reset(handle);
	if (code != SQLITE_OK) {
		return std::unexpected(handle ? lastError(handle) : SqlError{code, sqlite3_errstr(code)});
	}
	sqlite3_extended_result_codes(handle, 1);
	sqlite3_busy_timeout(handle, kBusy_ms);
	sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kLongest);
	// A file may come from anywhere: nothing in its schema is run.
	for (const int off :
	     {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA}) {
		sqlite3_db_config(handle, off, 0, nullptr);
	}
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
	if (const Sql<void> checked = database.run("PRAGMA cell_size_check = ON"); !checked) {
		return std::unexpected(checked.error());
	}
	return database;
}

Sql<void> Database::run(const char *sql)
{
	if (sqlite3_exec(raw(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
		return std::unexpected(lastError(raw()));
	}
	return {};
}

Sql<Query> Database::prepare(std::string_view sql)
{
	sqlite3_stmt *statement = nullptr;
	if (sqlite3_prepare_v3(raw(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
			       nullptr) != SQLITE_OK) {
		return std::unexpected(lastError(raw()));
	}
	return Query(statement);
}

Sql<std::string> Database::ask(std::string_view sql)
{
	Sql<Query> statement = prepare(sql);
	if (!statement) {
		return std::unexpected(statement.error());
	}
	const Sql<bool> row = statement->step();
	if (!row) {
		return std::unexpected(row.error());
	}
	return *row ? std::string(statement->text(0)) : std::string();
}

} // namespace pulseline::session
