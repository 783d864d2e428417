#include "session/schema.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace pulseline::session {

// Responses are appended plain: no key, no index (with a composite key SQLite takes a fifteenth as many a second), and
// no NOT NULL, of which seven took a twentieth of an insert; whoever reads them refuses a NULL but in `value`.
const char *const kSchema = R"sql(
CREATE TABLE session (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE target (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE attribute (position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, label TEXT NOT NULL,
                        "values" TEXT NOT NULL);
CREATE TABLE stratum (id INTEGER PRIMARY KEY, attributes TEXT NOT NULL);
CREATE TABLE participant (id TEXT NOT NULL PRIMARY KEY, stratum INTEGER NOT NULL REFERENCES stratum (id),
                          simulated INTEGER NOT NULL, token_hash TEXT);
CREATE TABLE response (participant TEXT REFERENCES participant (id),
                       target TEXT REFERENCES target (id), seq INTEGER, pass INTEGER,
                       position_ms INTEGER, value REAL, received_ms INTEGER, stamp TEXT);
CREATE TABLE playback (at_ms INTEGER NOT NULL, state TEXT NOT NULL, position_ms INTEGER NOT NULL, rate REAL NOT NULL,
                       pass INTEGER NOT NULL);
CREATE TABLE cell (upstream TEXT NOT NULL, stratum INTEGER NOT NULL REFERENCES stratum (id),
                   target TEXT NOT NULL REFERENCES target (id), tick INTEGER NOT NULL, present INTEGER NOT NULL,
                   n INTEGER NOT NULL, likes INTEGER NOT NULL, dislikes INTEGER NOT NULL, sum REAL NOT NULL,
                   sum_sq REAL NOT NULL, PRIMARY KEY (upstream, stratum, target, tick));
CREATE TABLE segment (name TEXT NOT NULL PRIMARY KEY, expression TEXT NOT NULL);
CREATE TABLE statement (start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE marker (position_ms INTEGER NOT NULL, text TEXT NOT NULL);
)sql";

const char *const kSince2 = R"sql(
CREATE TABLE ticket (hash TEXT NOT NULL PRIMARY KEY, participant TEXT REFERENCES participant (id));
CREATE TABLE taken_out (participant TEXT NOT NULL PRIMARY KEY REFERENCES participant (id));
)sql";

namespace {

// SQLite's file format (sqlite.org/fileformat2.html, "The Database Header"); numbers are big-endian.
constexpr std::size_t kHeaderBytes = 100;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kPageSize = 16;    // two bytes; 1: 65,536
constexpr std::size_t kReadVersion = 19; // 2: WAL
constexpr std::size_t kUserVersion = 60;
constexpr std::size_t kApplication = 68;

struct Bytes {
	std::array<unsigned char, kHeaderBytes> first{};
	std::int64_t fileSize = 0;
};

std::uint32_t number(const std::array<unsigned char, kHeaderBytes> &bytes, std::size_t at)
{
	return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
	       bytes[at + 3];
}

Result<Bytes> firstBytes(const std::string &path, const std::string &real)
{
	const Sql<Database> database = Database::open(real, Database::Open::read);
	if (!database) {
		return std::unexpected(explain(path, database.error()));
	}
	sqlite3_file *file = nullptr;
	sqlite3_file_control(database->raw(), "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void *>(&file));
	Bytes bytes;
	sqlite3_int64 size = 0;
	if (!file || !file->pMethods || file->pMethods->xFileSize(file, &size) != SQLITE_OK) {
		return fail(path + " cannot be read");
	}
	bytes.fileSize = size;
	if (size < static_cast<sqlite3_int64>(kHeaderBytes)) {
		return fail(path + " is not a Pulseline session");
	}
	if (file->pMethods->xRead(file, bytes.first.data(), static_cast<int>(kHeaderBytes), 0) != SQLITE_OK) {
		return fail(path + ": the disk reports an error; check it");
	}
	return bytes;
}

} // namespace

Result<Header> readHeader(const std::string &path, const std::string &real)
{
	const Result<Bytes> bytes = firstBytes(path, real);
	if (!bytes) {
		return std::unexpected(bytes.error());
	}
	const auto &first = bytes->first;
	if (std::memcmp(first.data(), kMagic.data(), kMagic.size()) != 0 ||
	    number(first, kApplication) != kApplicationId) {
		return fail(path + " is not a Pulseline session");
	}
	const std::uint32_t version = number(first, kUserVersion);
	if (version > kSchemaVersion) {
		return fail(path + " was made by a newer Pulseline (schema " + std::to_string(version) +
			    ", this one reads " + std::to_string(kSchemaVersion) + "); update Pulseline to open it");
	}
	if (version == 0) {
		return std::unexpected(damaged(path, "it has no schema version"));
	}
	const std::uint32_t size = number(first, kPageSize) >> 16;
	const std::int64_t pageSize = size == 1 ? 65'536 : std::max(size, 1U);
	return Header{first[kReadVersion] == 2, bytes->fileSize % pageSize == 0};
}

Sql<void> checkPages(Database &database)
{
	const Sql<std::string> verdict = database.ask("PRAGMA quick_check(1)");
	if (!verdict) {
		return std::unexpected(verdict.error());
	}
	if (*verdict != "ok") {
		// "*** in database main ***", and what is wrong there on the next line.
		const std::size_t line = verdict->find('\n');
		return std::unexpected(
			SqlError{SQLITE_CORRUPT, line == std::string::npos ? *verdict : verdict->substr(line + 1)});
	}
	return {};
}

} // namespace pulseline::session
