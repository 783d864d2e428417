// What `File` does where others removed or moved its parts while it writes. Everything that was written can still be
// read through what is open, until it is closed.
#include "session/file.hpp"

#include "session/copy.hpp"

namespace pulseline::session {

Result<void> File::look() const
{
	return impl_->look();
}

Result<void> File::Impl::look() const
{
	if (rescued) {
		return fail(path + " was removed while it was in use");
	}
	if (watched) {
		switch (watched->file.state()) {
		case Watch::State::removed:
			return fail(path + " was removed while it was in use");
		case Watch::State::moved:
			return fail(path + " was moved while it was in use; put it back");
		case Watch::State::here:
			break;
		}
		if (!logIsHere()) {
			return fail(path + "-wal or -shm was removed while it was in use");
		}
	}
	if (lock && !lock->isCurrent()) {
		return fail(path + "-lock was removed while it was in use");
	}
	return {};
}

bool File::Impl::logIsHere() const
{
	return !watched->log ||
	       (watched->log->state() == Watch::State::here && watched->index->state() == Watch::State::here);
}

// The last of each: what comes next continues what is kept in memory.
Sql<std::string> File::Impl::extent()
{
	return database.ask("SELECT (SELECT ifnull(max(rowid), 0) FROM response) || '/' || "
			    "(SELECT ifnull(max(rowid), 0) FROM participant) || '/' || "
			    "(SELECT ifnull(max(id), 0) FROM stratum)");
}

Result<void> File::Impl::isOurs()
{
	const Sql<std::string> mark = database.ask("PRAGMA data_version"); // changes when another connection commits
	if (mark && *mark == version) {
		return {};
	}
	const Sql<std::string> found = extent();
	if (!mark || !found) {
		return std::unexpected(explain(path, (mark ? found : mark).error()));
	}
	if (*found != known) {
		return fail(path +
			    " was changed by another program while it was in use; stop the session and start it again");
	}
	version = *mark;
	return {};
}

Result<void> File::mend()
{
	Impl &impl = *impl_;
	if (impl.transaction) {
		return fail(impl.path + ": a transaction is open");
	}
	if (impl.rescued || (impl.watched && impl.watched->file.state() == Watch::State::removed)) {
		return impl.restore();
	}
	if (impl.watched && impl.watched->file.state() == Watch::State::moved) {
		// Should it not come back, it shall be whole where it is; and whoever takes its name must not find a
		// log.
		if (impl.writing) {
			(void)impl.database.run("PRAGMA wal_checkpoint(TRUNCATE)");
		}
		return impl.look();
	}
	if (impl.lock) {
		if (Result<void> locked = impl.lock->renew(impl.path); !locked) {
			return locked;
		}
	}
	if (impl.watched && !impl.logIsHere()) {
		return impl.renewLog();
	}
	return {};
}

// The log goes into the file, and the next transaction begins a new one.
Result<void> File::Impl::renewLog()
{
	inserts.reset();
	if (const Sql<void> whole = makeWhole(database); !whole) {
		return fail(path + "-wal or -shm was removed while it was in use; close other programs that read it");
	}
	watched->log.reset();
	watched->index.reset();
	writing = false;
	return {};
}

// Takes a copy of what is open at once, and gives it the name as soon as that is free.
Result<void> File::Impl::restore()
{
	const auto cannot = [this](const std::string &why) {
		return fail(path + " was removed while it was in use, and cannot be put back: " + why);
	};
	if (!rescued) {
		inserts.reset();
		auto draft = std::make_unique<Draft>(path, ".rescued-");
		if (const Result<void> copied = copyTo(*draft, database, path); !copied) {
			return cannot(copied.error().message);
		}
		rescued = std::move(draft);
		abandon();
	}
	if (const Result<void> locked = lock->renew(path); !locked) {
		return cannot(locked.error().message);
	}
	if (const Result<void> claimed = lock->claim(path, rescued->path()); !claimed) {
		return cannot(claimed.error().message);
	}
	const std::string real = realPath(path);
	if (exists(real) || exists(real + "-wal")) {
		return cannot("another file has its name; move that away (all that was written is in " +
			      rescued->path() + ")");
	}
	if (const Result<void> placed = rescued->place(); !placed) {
		return cannot(placed.error().message);
	}
	rescued.reset();
	return {};
}

// Of a file without a name SQLite leaves the log where it is: beside another file it would be taken for that one's.
void File::Impl::abandon()
{
	database.close();
	writing = false;
	const std::string real = realPath(path);
	if (watched->log && watched->log->state() == Watch::State::here) {
		removeFile(real + "-wal");
	}
	if (watched->index && watched->index->state() == Watch::State::here) {
		removeFile(real + "-shm");
	}
	watched.reset();
}

} // namespace pulseline::session
