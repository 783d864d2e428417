#include "session/file.hpp"

#include "session/paths.hpp"
#include "session/schema.hpp"

#include <algorithm>
#include <utility>

namespace pulseline::session {
namespace {

constexpr int kFinish_ms = 2'000; // for others that read the file when it is closed

// SQLite calls it after each commit.
int noteLog(void *note, sqlite3 *, const char *, int pages)
{
	*static_cast<int *>(note) = pages;
	return SQLITE_OK;
}

Result<WriterLock> lockFor(const std::string &path)
{
	Result<std::optional<WriterLock>> lock = WriterLock::acquire(path, realPath(path));
	if (!lock) {
		return std::unexpected(lock.error());
	}
	if (!*lock) {
		return std::unexpected(inUse(path));
	}
	return std::move(**lock);
}

// One transaction: a crash leaves an empty file or a whole one. EXTRA: loss of power must not bring its journal back,
// which would undo it.
Sql<void> makeTables(Database &database, const Settings &settings)
{
	// Larger pages than SQLite's own: what is appended is written in fewer.
	const std::string begin =
		"PRAGMA page_size = 16384; PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE; PRAGMA application_id = " +
		std::to_string(kApplicationId) + "; PRAGMA user_version = " + std::to_string(kSchemaVersion);
	Sql<void> done = database.run(begin.c_str());
	if (done) {
		done = database.run(kSchema);
	}
	if (done) {
		done = database.run(kSince2);
	}
	if (done) {
		done = writeSettings(database, settings);
	}
	return done ? database.run("COMMIT") : done;
}

// A file of an older version gets the tables it lacks.
Sql<void> renewTables(Database &database)
{
	const Sql<std::string> version = database.ask("PRAGMA user_version");
	if (!version || *version != "1") {
		return version ? Sql<void>() : std::unexpected(version.error());
	}
	const std::string renew = std::string("BEGIN IMMEDIATE; ") + kSince2 +
				  "; PRAGMA user_version = " + std::to_string(kSchemaVersion) + "; COMMIT";
	const Sql<void> done = database.run(renew.c_str());
	if (!done && !sqlite3_get_autocommit(database.raw())) {
		(void)database.run("ROLLBACK");
	}
	return done;
}

Result<void> makeFile(const std::string &path, const Settings &settings)
{
	Sql<Database> database = Database::open(realPath(path), Database::Open::create);
	if (!database) {
		return std::unexpected(explain(path, database.error()));
	}
	const Sql<void> made = makeTables(*database, settings);
	database->close();
	if (!made) {
		removeFile(path);
		return std::unexpected(explain(path, made.error()));
	}
	return {};
}

} // namespace

File::Impl::Impl(std::string name)
	: path(std::move(name))
{
}

File::Impl::~Impl()
{
	(void)finish();
	database.close();
	if (rescued) {
		rescued->keep();
	}
	if (!lock && logged) {
		makeWhole(path); // in case its writer left before us
	}
}

// In vain on a full disk, or where a reader still is: then the log stays beside the file, complete.
Result<bool> File::Impl::finish()
{
	inserts.reset();
	if (!std::exchange(writing, false)) {
		return true;
	}
	if (!sqlite3_get_autocommit(database.raw())) {
		(void)database.run("ROLLBACK");
	}
	undo();
	sqlite3_busy_timeout(database.raw(), kFinish_ms);
	// This also works while others merely have the file open; the change of mode does not.
	if (const Sql<void> complete = emptyLog(database); !complete) {
		return fail(path + " is complete only together with " + path +
			    "-wal, keep both: " + explain(path, complete.error()).message);
	}
	return makeWhole(database).has_value();
}

Result<std::unique_ptr<File::Impl>> File::Impl::load(const std::string &path, std::optional<WriterLock> lock)
{
	auto impl = std::make_unique<Impl>(path);
	impl->lock = std::move(lock);
	if (impl->lock) {
		if (const Result<void> claimed = impl->lock->claim(path, realPath(path)); !claimed) {
			return std::unexpected(claimed.error());
		}
	}
	Result<Opened> opened = openForReading(path, impl->lock.has_value());
	if (!opened) {
		return std::unexpected(opened.error());
	}
	impl->database = std::move(opened->database);
	impl->content = std::move(opened->content);
	impl->logged = opened->logged;
	if (impl->lock) {
		Sql<std::string> extent = impl->extent();
		if (!extent) {
			return std::unexpected(explain(path, extent.error()));
		}
		impl->known = std::move(*extent);
	}
	return impl;
}

Result<void> File::Impl::startWriting()
{
	if (writing) {
		return {};
	}
	if (!lock) {
		return fail(path + " was opened for reading");
	}
	Sql<Database> opened = Database::open(realPath(path), Database::Open::write);
	if (!opened) {
		return std::unexpected(explain(path, opened.error()));
	}
	if (patience_ms) {
		sqlite3_busy_timeout(opened->raw(), static_cast<int>(*patience_ms));
	}
	if (Result<void> same = watchFile(*opened); !same) {
		return same;
	}
	database = std::move(*opened);
	const Sql<std::string> mode = database.ask("PRAGMA journal_mode = WAL");
	if (!mode) {
		return std::unexpected(explain(path, mode.error()));
	}
	if (*mode != "wal") {
		return fail(path + " cannot be written safely where it is; keep it on a local disk");
	}
	if (const Sql<void> renewed = renewTables(database); !renewed) {
		return std::unexpected(explain(path, renewed.error()));
	}
	writing = true;
	version.clear();
	content.lastResponse = INT64_MAX;                     // from here on, all of them are ours
	sqlite3_wal_hook(database.raw(), noteLog, &logPages); // instead of its own, which shortens it within a commit
	return take(database.run("PRAGMA synchronous = FULL"));
}

// What is opened must be what was open before.
Result<void> File::Impl::watchFile(Database &opened)
{
	if (!watched) {
		watched = Watched{Watch(realPath(path)), {}, {}};
	}
	int moved = 0;
	sqlite3_file_control(opened.raw(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved ? fail(path + " was moved or removed just now; put it back") : look();
}

void File::Impl::watchLog()
{
	if (!watched->log) {
		const std::string real = realPath(path);
		watched->log.emplace(real + "-wal");
		watched->index.emplace(real + "-shm");
	}
}

Result<void> File::Impl::prepareInserts()
{
	if (inserts) {
		return {};
	}
	struct Pair {
		Query *statement;
		std::string_view sql;
	};
	Inserts made;
	responses.content = &content;
	if (Result<void> known = take(responses.makeKnown(database)); !known) {
		return known;
	}
	const Pair pairs[] = {
		{&made.stratum, "INSERT INTO stratum VALUES (?, ?)"},
		{&made.participant, "INSERT INTO participant VALUES (?, ?, ?, ?)"},
		{&made.alike, ResponseRows::kAlike},
		{&made.mixed, ResponseRows::kMixed},
		{&made.playback, "INSERT INTO playback VALUES (?, ?, ?, ?, ?)"},
		{&made.note, "INSERT OR REPLACE INTO session VALUES (?, ?)"},
		{&made.cell, "INSERT OR REPLACE INTO cell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
		{&made.clearCells, "DELETE FROM cell WHERE upstream = ?"},
		{&made.ticket, "INSERT OR REPLACE INTO ticket VALUES (?, ?)"},
		{&made.takeOut, "INSERT OR IGNORE INTO taken_out VALUES (?)"},
		{&made.putBack, "DELETE FROM taken_out WHERE participant = ?"},
	};
	for (const Pair &pair : pairs) {
		Sql<Query> statement = database.prepare(pair.sql);
		if (!statement) {
			return std::unexpected(explain(path, statement.error()));
		}
		*pair.statement = std::move(*statement);
	}
	inserts = std::move(made);
	return {};
}

Result<void> File::Impl::inTransaction() const
{
	// SQLite ends a transaction by itself on some failures; what came then would be committed line by line.
	if (!transaction || sqlite3_get_autocommit(database.raw())) {
		return fail(path + ": nothing can be added without a transaction");
	}
	return {};
}

Result<void> File::Impl::take(const Sql<void> &done) const
{
	if (!done) {
		return std::unexpected(explain(path, done.error()));
	}
	return {};
}

void File::Impl::keepSettings()
{
	if (!transaction->settings) {
		transaction->settings = content.settings;
		transaction->notes = content.notes;
	}
}

void File::Impl::undo()
{
	if (!transaction) {
		return;
	}
	for (const auto &[participant, out] : transaction->moved) {
		content.participants[participant].out = out;
	}
	content.participants.resize(transaction->participants);
	content.strata.resize(transaction->strata);
	if (transaction->settings) {
		content.settings = std::move(*transaction->settings);
		content.notes = std::move(*transaction->notes);
		for (Stratum &stratum : content.strata) {
			stratum.resize(content.settings.attributes.size());
		}
	}
	transaction.reset();
}

File::File(std::unique_ptr<Impl> impl)
	: impl_(std::move(impl))
{
}

File::File(File &&) noexcept = default;
File &File::operator=(File &&) noexcept = default;
File::~File() = default;

Result<File> File::create(const std::string &path, const Settings &settings)
{
	if (const std::optional<Error> error = check(settings)) {
		return std::unexpected(*error);
	}
	Result<WriterLock> lock = lockFor(path);
	if (!lock) {
		return std::unexpected(lock.error());
	}
	if (exists(path)) {
		return fail(path + " exists already; give another name");
	}
	if (const Result<void> made = makeFile(path, settings); !made) {
		return std::unexpected(made.error());
	}
	Result<std::unique_ptr<Impl>> impl = Impl::load(path, std::move(*lock));
	if (!impl) {
		return std::unexpected(impl.error());
	}
	return File(std::move(*impl));
}

Result<File> File::open(const std::string &path, Access access)
{
	std::optional<WriterLock> lock;
	if (access == Access::write && exists(path)) {
		Result<WriterLock> taken = lockFor(path);
		if (!taken) {
			return std::unexpected(taken.error());
		}
		lock = std::move(*taken);
	}
	Result<std::unique_ptr<Impl>> impl = Impl::load(path, std::move(lock));
	if (!impl) {
		return std::unexpected(impl.error());
	}
	return File(std::move(*impl));
}

Result<bool> File::finish()
{
	return impl_->finish();
}

const std::string &File::path() const
{
	return impl_->path;
}

const Settings &File::settings() const
{
	return impl_->content.settings;
}

const std::vector<Stratum> &File::strata() const
{
	return impl_->content.strata;
}

const std::vector<Participant> &File::participants() const
{
	return impl_->content.participants;
}

bool File::simulated() const
{
	return !note("simulated").empty() || std::ranges::any_of(participants(), &Participant::simulated);
}

std::string File::note(const std::string &key) const
{
	const auto found = impl_->content.notes.find(key);
	return found == impl_->content.notes.end() ? std::string() : found->second;
}

} // namespace pulseline::session
