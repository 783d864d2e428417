// One writer at a time: a lock on the file FILE-lock beside the session, held by the operating system, so that it ends
// with its process however that ends, and one on the session itself. Not SQLite's own lock: that one lets writers take
// turns.
#pragma once

#include "core/types.hpp"
#include "session/claim.hpp"

#include <memory>

namespace pulseline::session {

// What a second writer is told.
Error inUse(const std::string &path);

class WriterLock {
public:
	// `real` is the session's path without symbolic links. Empty: another writer holds it, here or in another
	// program. Fails if the folder cannot be written; `path` is as the user wrote it.
	static Result<std::optional<WriterLock>> acquire(const std::string &path, const std::string &real);
	// Takes away what a crash left of a lock.
	static bool isHeld(const std::string &real);

	// Locks the session itself too, in place of the one that was: `real`, which may have its name only later. Fails
	// if another writer has it under whatever name; `path` is as the user wrote it.
	Result<void> claim(const std::string &path, const std::string &real);

	// Whether FILE-lock is still there: without it another writer would not find the lock.
	bool isCurrent() const;
	// Makes it again. Fails if another writer came meanwhile; `path` is as the user wrote it.
	Result<void> renew(const std::string &path);

	WriterLock(WriterLock &&) noexcept;
	WriterLock &operator=(WriterLock &&) noexcept;
	~WriterLock(); // removes the file

private:
	struct Handle;
	explicit WriterLock(std::unique_ptr<Handle> handle);
	std::unique_ptr<Handle> handle_;
	Claim claim_; // let go of first: who gets FILE-lock next must get this one too
};

} // namespace pulseline::session
