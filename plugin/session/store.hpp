// The session file `*.pulse` (contract §4; the schema is described in README.md here). Everything here does I/O and may
// block: never on the network or graphics thread.
#pragma once

#include "core/cells.hpp"
#include "core/segment.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <span>

namespace pulseline::session {

struct Participant {
	std::string id;            // opaque
	std::uint32_t stratum = 0; // index
	bool simulated = false;
	// SHA-256 in hex of the token to resume with; "" without one, and in a File for whom it has added since.
	std::string tokenHash;
	bool out = false; // of the count; what they said stays in the file
};

// A single-use ticket. The file knows its code by the hash alone.
struct Ticket {
	std::string hash;        // SHA-256 in hex
	std::string participant; // who came in with it; "" until somebody has
};

struct StoredResponse {
	Response response; // participant and target are indexes
	std::int64_t received_ms = 0;
	Stamp stamp = Stamp::client;
};

// The last that an upstream said of a cell. Its sums are kept as plain doubles.
struct StoredCell {
	std::string upstream; // its name in the file
	std::uint32_t stratum = 0, target = 0;
	std::int64_t tick = 0; // with the session's tick and lag
	Cell cell;
};

struct Totals {
	std::uint64_t responses = 0;
	std::int64_t furthest_ms = 0; // the highest position of a response
	std::int64_t last = 0;        // the last one's number in the file, where responses were read one by one
	std::uint64_t out = 0; // of the responses, of participants who are out of the count; File::totals() alone
};

enum class Access { read, write };

// An open file. One thread at a time. Indexes of strata, participants and targets are their order of creation.
// A reader sees what was there when it opened the file, however long a writer goes on elsewhere. A writer's file stays
// as it is until the first begin(). Closing (destroying) a writer checkpoints and sets the file back to a rollback
// journal: one file. Hold a reader no longer than it takes to read: where one has a file open that is in use, the file
// becomes one only when the last of the two closes.
class File {
public:
	// Fails if `path` exists. `settings` have been checked.
	static Result<File> create(const std::string &path, const Settings &settings);
	// Fails with one line on a missing, foreign, damaged or newer file, and if it is open for writing elsewhere;
	// none of them is touched.
	static Result<File> open(const std::string &path, Access access);
	File(File &&) noexcept;
	File &operator=(File &&) noexcept;
	~File();

	const std::string &path() const;
	const Settings &settings() const;
	const std::vector<Stratum> &strata() const;
	const std::vector<Participant> &participants() const;
	// What the file says beside the settings: join code, hashes of keys, times. "" if unknown.
	std::string note(const std::string &key) const;
	// Some participant is, or what was brought by a machine that knows its people alone.
	bool simulated() const;
	Result<std::vector<Segment>> segments() const; // the stored ones, "All" not among them
	Result<std::vector<PlaybackChange>> playback() const;
	// In order of arrival, those after the one with this number; stops early if `each` returns false.
	Result<void> responses(const std::function<bool(const StoredResponse &)> &each, std::int64_t after = 0) const;
	// The number of the last one that was there when the file was opened.
	std::int64_t lastResponse() const;
	Result<Totals> totals() const;
	Result<Annotations> annotations() const;
	Result<std::vector<Ticket>> tickets() const; // in order of creation
	// Of upstreams, as they are now; stops early if `each` returns false.
	Result<void> cells(const std::function<bool(const StoredCell &)> &each) const;

	// Writers. They take effect at commit(); rollback() and a failed commit() undo them, also in this object.
	Result<void> begin();
	Result<void> commit();
	Result<void> rollback();
	// Between transactions, for who commits many: moves a long log into the file itself, and if it is not calm only
	// one that is far too long. What was committed is durable before and after.
	void shortenLog(bool calm);
	// Between transactions: whether what was written is still under its name, with its log beside it. begin() and
	// commit() look too.
	Result<void> look() const;
	// Puts right what look() found: what was removed is put back, from what is still open; what was moved away is
	// made whole where it is, and must be brought back by who moved it. Fails as long as it is not right.
	Result<void> mend();
	// Ends the writing: everything goes into the file itself, which becomes one again. False: it is complete, but
	// another program has it open and keeps it in WAL mode. Fails if it is not complete without its log.
	Result<bool> finish();
	void setPatience(std::int64_t ms); // how long begin() waits for other programs; 10 s if not set
	Result<std::uint32_t> addTarget(const std::string &name);
	// Adds attributes and values, or changes labels; those that are there stay, in their order. Strata get "" for
	// what is new.
	Result<void> setAttributes(const std::vector<Attribute> &attributes);
	Result<std::uint32_t> addStratum(const Stratum &stratum);
	Result<std::uint32_t> addParticipant(const Participant &participant);
	Result<void> addResponses(std::span<const StoredResponse> responses);
	Result<void> addPlayback(const PlaybackChange &change);
	Result<void> addMarker(const Marker &marker);
	Result<void> setStatements(const std::vector<Statement> &statements); // instead of those that are there
	Result<void> addCell(const StoredCell &cell);                         // replaces the one in its place
	Result<void> clearCells(const std::string &upstream);
	Result<void> addTicket(const Ticket &ticket); // replaces the one with this hash
	Result<void> setOut(std::string_view participant, bool out);
	Result<void> setNote(const std::string &key, const std::string &value);

	// A whole copy of a file that may be in use (SQLite's backup), as one file. Fails if `to` exists. `progress` is
	// told the share that is done, 0..1.
	static Result<void> copy(const std::string &from, const std::string &to,
				 const std::function<void(double)> &progress = {});

private:
	struct Impl;
	explicit File(std::unique_ptr<Impl> impl);
	std::unique_ptr<Impl> impl_;
};

struct WriterOptions {
	std::size_t mostQueued = 256 << 20; // bytes that may wait in memory
	std::int64_t lastTry_ms = 5'000;    // how long close() tries to write what cannot be written
};

// Plain counts, for whoever watches.
struct WriterStats {
	// Upper bounds of the latency's buckets; one more is for what took longer.
	static constexpr std::array<std::uint64_t, 11> kBounds_ms{1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 5'000};

	std::uint64_t queued = 0;      // entries that wait, or are being written
	std::uint64_t queuedBytes = 0; // what they take, about
	std::uint64_t commits = 0;
	std::uint64_t failures = 0; // commits that failed; each is tried again
	// Of the commits that went well, from the first insert to the disk's answer, each in its bucket alone.
	std::array<std::uint64_t, kBounds_ms.size() + 1> latency{};
	std::uint64_t latencySum_us = 0;
};

// Appends on a thread of its own, in groups of about 50 ms, each one transaction. While it cannot write it keeps what
// is queued, says why, and tries again until it can. At least every second it looks whether the file is still in its
// place, and mends that (File::mend).
class Writer {
public:
	// `durable` is called on the writer thread after each commit, with the ticket of the last entry in it; `failed`
	// when writing fails, with the reason, and with "" when it works again.
	Writer(File file, std::function<void(std::uint64_t ticket)> durable, std::function<void(std::string)> failed,
	       WriterOptions options = {});
	~Writer(); // close(), then closes the file

	// Writes what is queued, joins and finishes the file (File::finish); no more add() after this. An error if
	// something could not be written, or the file is not where it was or not complete.
	Result<bool> close();

	// Any thread, in order, never blocks on the disk. Strata and participants are numbered by the caller, in order.
	std::uint64_t add(const Stratum &stratum);
	std::uint64_t add(const Participant &participant);
	std::uint64_t add(const StoredResponse &response);
	// The ticket is that of the last one. Not empty.
	std::uint64_t add(std::span<const StoredResponse> responses);
	std::uint64_t add(const PlaybackChange &change);
	std::uint64_t add(const Marker &marker);
	std::uint64_t setStatements(std::vector<Statement> statements);
	std::uint64_t add(const StoredCell &cell); // replaces the one in its place
	std::uint64_t clearCells(const std::string &upstream);
	std::uint64_t add(const Ticket &ticket); // replaces the one with this hash
	std::uint64_t setOut(const std::string &participant, bool out);
	std::uint64_t note(const std::string &key, const std::string &value);
	// The ticket of the last entry: for what was written before and must be acknowledged again.
	std::uint64_t last() const;
	std::uint64_t written() const; // the ticket up to which all is on disk
	// Until what has this ticket is on disk. Fails with why it is not yet, after so long; it is tried again
	// nevertheless. Any thread but the writer's.
	Result<void> wait(std::uint64_t ticket, std::int64_t patience_ms) const;
	std::size_t queued() const;
	// As much waits in memory as may: the caller takes nothing more, and says `not_writable`. It is not enforced,
	// since what was promised by then must still be taken. Never blocks.
	bool full() const;
	std::string problem() const; // why it is not writing now, "" if all is well
	WriterStats stats() const;   // never blocks

private:
	struct Impl;
	std::unique_ptr<Impl> impl_;
};

// 32 hex digits from the system's random source (128 bits), for tokens and keys.
std::string randomToken();
// SHA-256 in hex.
std::string sha256(std::string_view text);
// Whether two hashes are equal, in a time that does not tell where they differ. "" is none and equals nothing.
bool sameHash(std::string_view a, std::string_view b);
// A join code: six characters without 0 O 1 I L.
std::string randomCode();
// The code of a single-use ticket: 16 characters of the same kind.
std::string randomTicket();
// An opaque participant id of 12 characters.
std::string randomId();

} // namespace pulseline::session
