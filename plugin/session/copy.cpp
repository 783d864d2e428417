#include "session/copy.hpp"

#include "session/opening.hpp"

namespace pulseline::session {
namespace {

constexpr int kPagesAtOnce = 1'000;

struct Finish {
	void operator()(sqlite3_backup *backup) const { sqlite3_backup_finish(backup); }
};

Sql<void> copyPages(Database &from, Database &to, const std::function<void(double)> &progress)
{
	std::unique_ptr<sqlite3_backup, Finish> backup(sqlite3_backup_init(to.raw(), "main", from.raw(), "main"));
	if (!backup) {
		return std::unexpected(SqlError{sqlite3_extended_errcode(to.raw()), sqlite3_errmsg(to.raw())});
	}
	int code = SQLITE_OK;
	while (code == SQLITE_OK) {
		code = sqlite3_backup_step(backup.get(), kPagesAtOnce);
		const int pages = sqlite3_backup_pagecount(backup.get());
		if (progress && pages > 0) {
			progress(1 - static_cast<double>(sqlite3_backup_remaining(backup.get())) / pages);
		}
	}
	if (code != SQLITE_DONE) {
		return std::unexpected(SqlError{code, sqlite3_errstr(code)});
	}
	return {};
}

Sql<void> backUp(Database &from, Database &to, const std::function<void(double)> &progress)
{
	// Held open throughout, so that a writer elsewhere cannot make the copy start over.
	Sql<void> done = from.run("BEGIN; SELECT count(*) FROM sqlite_schema");
	if (done) {
		done = copyPages(from, to, progress);
		(void)from.run("ROLLBACK");
	}
	// The copy carries the mark of the original's log.
	return done ? makeWhole(to) : done;
}

} // namespace

Result<void> copyTo(const Draft &draft, Database &from, const std::string &path,
		    const std::function<void(double)> &progress)
{
	Sql<Database> target = Database::open(draft.path(), Database::Open::create);
	Sql<void> copied;
	if (target) {
		copied = target->run("PRAGMA synchronous = EXTRA");
	}
	if (target && copied) {
		copied = backUp(from, *target, progress);
	}
	if (!target || !copied) {
		return std::unexpected(explain(path, target ? copied.error() : target.error()));
	}
	return {};
}

Result<void> File::copy(const std::string &from, const std::string &to, const std::function<void(double)> &progress)
{
	Result<Opened> source = openForReading(from, false);
	if (!source) {
		return std::unexpected(source.error());
	}
	if (exists(to)) {
		return fail(to + " exists already; give another name");
	}
	Draft draft(to);
	if (Result<void> copied = copyTo(draft, source->database, to, progress); !copied) {
		return copied;
	}
	source->database.close();
	if (source->logged) {
		makeWhole(from);
	}
	return draft.replace();
}

} // namespace pulseline::session
