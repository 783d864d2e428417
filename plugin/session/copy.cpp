#include "session/opening.hpp"
#include "session/paths.hpp"

namespace pulseline::session {
namespace {

constexpr int kPagesAtOnce = 1'000;

struct Finish {
	void operator()(sqlite3_backup *backup) const { sqlite3_backup_finish(backup); }
};

Sql<void> backUp(Database &from, Database &to, const std::function<void(double)> &progress)
{
	// Held open throughout, so that a writer elsewhere cannot make the copy start over.
	if (Sql<void> begun = from.run("BEGIN; SELECT count(*) FROM sqlite_schema"); !begun) {
		return begun;
	}
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
	backup.reset();
	// The copy carries the mark of the original's log.
	return makeWhole(to);
}

} // namespace

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
	Sql<Database> target = Database::open(draft.path(), Database::Open::create);
	if (!target) {
		return std::unexpected(explain(to, target.error()));
	}
	if (const Sql<void> copied = backUp(source->database, *target, progress); !copied) {
		return std::unexpected(explain(to, copied.error()));
	}
	target->close();
	source->database.close();
	if (source->logged) {
		makeWhole(from);
	}
	return draft.replace();
}

} // namespace pulseline::session
