// The inside of `File`, shared by the source files that implement it.
#pragma once

#include "session/lock.hpp"
#include "session/opening.hpp"
#include "session/paths.hpp"
#include "session/response_rows.hpp"
#include "session/watch.hpp"

namespace pulseline::session {

struct File::Impl {
	struct Inserts {
		Query stratum, participant, alike, mixed, playback, note, cell, clearCells, ticket, takeOut, putBack;
	};
	// What the open transaction changed here, to be undone with it.
	struct Undo {
		std::size_t strata = 0;
		std::size_t participants = 0;
		std::map<std::uint32_t, bool> moved; // who went out or came back, and how it was before
		std::optional<Settings> settings;
		std::optional<std::map<std::string, std::string>> notes;
	};

	// A writer's files, as they were opened.
	struct Watched {
		Watch file;
		std::optional<Watch> log, index; // from the first transaction on
	};

	explicit Impl(std::string path);
	Impl(const Impl &) = delete;
	Impl &operator=(const Impl &) = delete;
	~Impl();

	// Fails as File::open does. With a lock: for writing.
	static Result<std::unique_ptr<Impl>> load(const std::string &path, std::optional<WriterLock> lock);
	Result<void> startWriting();
	Result<bool> finish(); // as File::finish()
	Result<void> watchFile(Database &opened);
	void watchLog();
	Result<void> prepareInserts();
	Result<void> look() const;
	bool logIsHere() const;
	Result<void> renewLog();
	Result<void> restore();
	// In a transaction: whether nobody else has added to what this object knows, or taken from it.
	Result<void> isOurs();
	Sql<std::string> extent();
	void abandon();
	// The statement for an entry, if a transaction is open.
	Result<void> inTransaction() const;
	bool makesSense(const StoredResponse &stored) const;
	Result<void> take(const Sql<void> &done) const;
	void keepSettings();
	void undo();

	std::string path;               // as the caller wrote it
	std::optional<WriterLock> lock; // a writer's
	ResponseRows responses;         // on their way into the file
	mutable Database database;      // reading it steps statements
	Content content;
	bool logged = false;  // a reader's: the file was in WAL mode
	bool writing = false; // the connection may write
	int logPages = 0;     // in its log after the last commit
	std::optional<std::int64_t> patience_ms;
	std::optional<Watched> watched;
	std::string known;              // the file's extent(), as this object knows it
	std::string version;            // SQLite's mark of the last change by others that did no harm
	std::unique_ptr<Draft> rescued; // a copy of what was removed, until the name is free
	std::optional<Inserts> inserts;
	std::optional<Undo> transaction;
};

} // namespace pulseline::session
