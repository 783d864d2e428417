#include "session/store.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <tuple>
#include <variant>

namespace pulseline::session {
namespace {

using namespace std::chrono_literals;

struct Note {
	std::string key, value;
};
struct CellsOf {
	std::string upstream; // to be cleared
};
struct Out {
	std::string participant;
	bool out = false;
};
using Entry = std::variant<Stratum, Participant, StoredResponse, PlaybackChange, StoredCell, CellsOf, Note, Marker,
			   std::vector<Statement>, Ticket, Out>;
using Chunk = std::vector<Entry>;

constexpr auto kGroup = 50ms;           // how long a commit waits for company
constexpr std::size_t kPrompt = 20'000; // entries that do not wait any longer
constexpr std::size_t kChunk = 1'000;   // entries
constexpr std::size_t kAtOnce = 50;     // chunks in one transaction, when there is much to catch up
constexpr auto kLook = 1'000ms;         // how often it looks for the file when there is nothing to write
constexpr auto kFirstRetry = 100ms;
constexpr auto kLastRetry = 1'000ms;
constexpr std::int64_t kPatience_ms = 300; // for other programs that write; it tries again, but says so

std::size_t heapOf(const std::string &text)
{
	static const std::size_t kInside = std::string().capacity();
	return text.capacity() > kInside ? text.capacity() + 1 : 0;
}

// What an entry takes in memory, about.
std::size_t bytesOf(const Entry &entry)
{
	struct Visitor {
		std::size_t operator()(const Stratum &stratum) const
		{
			std::size_t bytes = stratum.capacity() * sizeof(std::string);
			for (const std::string &value : stratum) {
				bytes += heapOf(value);
			}
			return bytes;
		}
		std::size_t operator()(const Participant &person) const
		{
			return heapOf(person.id) + heapOf(person.tokenHash);
		}
		std::size_t operator()(const StoredResponse &) const { return 0; }
		std::size_t operator()(const PlaybackChange &) const { return 0; }
		std::size_t operator()(const StoredCell &cell) const { return heapOf(cell.upstream); }
		std::size_t operator()(const CellsOf &cells) const { return heapOf(cells.upstream); }
		std::size_t operator()(const Note &note) const { return heapOf(note.key) + heapOf(note.value); }
		std::size_t operator()(const Marker &marker) const { return heapOf(marker.text); }
		std::size_t operator()(const Ticket &ticket) const
		{
			return heapOf(ticket.hash) + heapOf(ticket.participant);
		}
		std::size_t operator()(const Out &out) const { return heapOf(out.participant); }
		std::size_t operator()(const std::vector<Statement> &statements) const
		{
			std::size_t bytes = statements.capacity() * sizeof(Statement);
			for (const Statement &statement : statements) {
				bytes += heapOf(statement.text);
			}
			return bytes;
		}
	};
	return sizeof(Entry) + std::visit(Visitor{}, entry);
}

Result<void> addTo(File &file, const Entry &entry)
{
	struct Visitor {
		File &file;

		static Result<void> plain(const Result<std::uint32_t> &result)
		{
			return result ? Result<void>() : std::unexpected(result.error());
		}
		Result<void> operator()(const Stratum &stratum) const { return plain(file.addStratum(stratum)); }
		Result<void> operator()(const Participant &person) const { return plain(file.addParticipant(person)); }
		Result<void> operator()(const StoredResponse &response) const { return file.addResponse(response); }
		Result<void> operator()(const PlaybackChange &change) const { return file.addPlayback(change); }
		Result<void> operator()(const StoredCell &cell) const { return file.addCell(cell); }
		Result<void> operator()(const CellsOf &cells) const { return file.clearCells(cells.upstream); }
		Result<void> operator()(const Note &note) const { return file.setNote(note.key, note.value); }
		Result<void> operator()(const Marker &marker) const { return file.addMarker(marker); }
		Result<void> operator()(const Ticket &ticket) const { return file.addTicket(ticket); }
		Result<void> operator()(const Out &out) const { return file.setOut(out.participant, out.out); }
		Result<void> operator()(const std::vector<Statement> &all) const { return file.setStatements(all); }
	};
	return std::visit(Visitor{file}, entry);
}

Result<void> writeAll(File &file, const std::vector<Chunk> &batch)
{
	if (Result<void> begun = file.begin(); !begun) {
		return begun;
	}
	for (const Chunk &chunk : batch) {
		for (const Entry &entry : chunk) {
			if (Result<void> added = addTo(file, entry); !added) {
				(void)file.rollback();
				return added;
			}
		}
	}
	return file.commit();
}

struct Counts {
	std::atomic<std::uint64_t> bytes = 0, commits = 0, failures = 0;
	std::array<std::atomic<std::uint64_t>, WriterStats::kBounds_ms.size() + 1> latency{};
	std::atomic<std::uint64_t> latencySum_us = 0;

	void took(std::chrono::steady_clock::duration time)
	{
		const auto us =
			static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
		const auto bucket = std::ranges::lower_bound(WriterStats::kBounds_ms, (us + 999) / 1'000);
		++latency[static_cast<std::size_t>(bucket - WriterStats::kBounds_ms.begin())];
		latencySum_us += us;
		++commits;
	}
};

} // namespace

struct Writer::Impl {
	Impl(File opened, std::function<void(std::uint64_t)> onDurable, std::function<void(std::string)> onFailed,
	     WriterOptions given)
		: options(given)
		, file(std::move(opened))
		, durable(std::move(onDurable))
		, failed(std::move(onFailed))
	{
		file.setPatience(kPatience_ms);
	}

	std::uint64_t add(Entry entry);
	void run();
	bool waitForBatch();
	bool writeBatch();
	bool insist(const std::function<Result<void>()> &step);
	Result<void> mend(const Error &found);
	bool mayRetry(int tries);
	void say(const std::string &reason);

	const WriterOptions options;
	File file; // the thread's alone
	std::function<void(std::uint64_t)> durable;
	std::function<void(std::string)> failed;
	std::vector<Chunk> batch;                                    // the thread's alone: what is being written
	std::optional<std::chrono::steady_clock::time_point> giveUp; // likewise

	mutable std::mutex mutex; // guards what follows
	std::condition_variable changed;
	std::deque<Chunk> queue;
	std::size_t waiting = 0; // entries in `queue`
	std::string problem;     // why the last try failed, "" if it did not
	bool stopping = false;

	Counts counts;
	std::atomic<std::uint64_t> written = 0; // tickets; read before `last`
	std::atomic<std::uint64_t> last = 0;
	std::thread thread;
};

std::uint64_t Writer::Impl::add(Entry entry)
{
	const std::size_t bytes = bytesOf(entry);
	std::uint64_t ticket = 0;
	bool wake = false;
	{
		const std::lock_guard lock(mutex);
		if (queue.empty() || queue.back().size() == kChunk) {
			queue.emplace_back().reserve(kChunk);
		}
		queue.back().push_back(std::move(entry));
		counts.bytes += bytes;
		ticket = ++last;
		++waiting;
		wake = waiting == 1 || waiting == kPrompt;
	}
	if (wake) {
		changed.notify_one();
	}
	return ticket;
}

void Writer::Impl::run()
{
	bool more = true;
	while (more) {
		more = waitForBatch();
		if (batch.empty()) {
			more = insist([this] { return file.look(); }) && more;
		} else {
			more = writeBatch() && more;
		}
	}
}

// For a group, or until it is time to look for the file. False: it was the last.
bool Writer::Impl::waitForBatch()
{
	std::unique_lock lock(mutex);
	changed.wait_for(lock, kLook, [this] { return stopping || waiting > 0; });
	if (waiting > 0) {
		changed.wait_for(lock, kGroup, [this] { return stopping || waiting >= kPrompt; });
	}
	while (!queue.empty() && batch.size() < kAtOnce) {
		waiting -= queue.front().size();
		batch.push_back(std::move(queue.front()));
		queue.pop_front();
	}
	return !stopping || waiting > 0;
}

// False: it cannot be written, and there is no more time. Those who wait for it will send it again.
bool Writer::Impl::writeBatch()
{
	const auto write = [this]() -> Result<void> {
		const auto begun = std::chrono::steady_clock::now();
		Result<void> done = writeAll(file, batch);
		if (done) {
			counts.took(std::chrono::steady_clock::now() - begun);
		} else {
			++counts.failures;
		}
		return done;
	};
	// What went into a file that lost its name in that moment is not safe yet.
	if (!insist(write) || !insist([this] { return file.look(); })) {
		return false;
	}
	std::size_t entries = 0;
	std::size_t bytes = 0;
	for (const Chunk &chunk : batch) {
		entries += chunk.size();
		for (const Entry &entry : chunk) {
			bytes += bytesOf(entry);
		}
	}
	batch.clear();
	counts.bytes -= bytes;
	durable(written += entries);
	return true;
}

// Until it is done. False: it cannot be, and there is no more time.
bool Writer::Impl::insist(const std::function<Result<void>()> &step)
{
	for (int tries = 1;; ++tries) {
		const Result<void> done = step();
		if (done) {
			say("");
			return true;
		}
		if (file.look()) {
			say(done.error().message);
		} else if (mend(done.error())) {
			continue;
		}
		if (!mayRetry(tries)) {
			return false;
		}
	}
}

Result<void> Writer::Impl::mend(const Error &found)
{
	if (problem.empty()) { // this thread alone changes it
		say(found.message);
	}
	Result<void> mended = file.mend();
	if (!mended) {
		say(mended.error().message);
	}
	return mended;
}

// Tells it once.
void Writer::Impl::say(const std::string &reason)
{
	{
		const std::lock_guard lock(mutex);
		if (problem == reason) {
			return;
		}
		problem = reason;
	}
	failed(reason);
}

// Waits a little longer each time. False: it is time to give up.
bool Writer::Impl::mayRetry(int tries)
{
	const auto pause = std::min<std::chrono::milliseconds>(kFirstRetry * (1 << std::min(tries - 1, 5)), kLastRetry);
	std::unique_lock lock(mutex);
	if (!stopping) {
		changed.wait_for(lock, pause, [this] { return stopping; });
		return true;
	}
	const auto now = std::chrono::steady_clock::now();
	if (!giveUp) {
		giveUp = now + std::chrono::milliseconds(options.lastTry_ms);
	}
	if (batch.empty() || now >= *giveUp) {
		return false;
	}
	changed.wait_for(lock, kFirstRetry, [] { return false; });
	return true;
}

Writer::Writer(File file, std::function<void(std::uint64_t ticket)> durable, std::function<void(std::string)> failed,
	       WriterOptions options)
	: impl_(std::make_unique<Impl>(std::move(file), std::move(durable), std::move(failed), options))
{
	impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

Writer::~Writer()
{
	std::ignore = close();
}

Result<bool> Writer::close()
{
	{
		const std::lock_guard lock(impl_->mutex);
		impl_->stopping = true;
	}
	impl_->changed.notify_one();
	if (impl_->thread.joinable()) {
		impl_->thread.join();
	}
	const Result<bool> finished = impl_->file.finish();
	const std::string reason = problem();
	if (const std::size_t lost = queued(); lost > 0) {
		return fail(std::to_string(lost) + " entries, never acknowledged, could not be written: " + reason);
	}
	return reason.empty() ? finished : fail(reason);
}

std::uint64_t Writer::add(const Stratum &stratum)
{
	return impl_->add(stratum);
}

std::uint64_t Writer::add(const Participant &participant)
{
	return impl_->add(participant);
}

std::uint64_t Writer::add(const StoredResponse &response)
{
	return impl_->add(response);
}

std::uint64_t Writer::add(const PlaybackChange &change)
{
	return impl_->add(change);
}

std::uint64_t Writer::add(const StoredCell &cell)
{
	return impl_->add(cell);
}

std::uint64_t Writer::add(const Marker &marker)
{
	return impl_->add(marker);
}

std::uint64_t Writer::setStatements(std::vector<Statement> statements)
{
	return impl_->add(std::move(statements));
}

std::uint64_t Writer::clearCells(const std::string &upstream)
{
	return impl_->add(CellsOf{upstream});
}

std::uint64_t Writer::add(const Ticket &ticket)
{
	return impl_->add(ticket);
}

std::uint64_t Writer::setOut(const std::string &participant, bool out)
{
	return impl_->add(Out{participant, out});
}

std::uint64_t Writer::note(const std::string &key, const std::string &value)
{
	return impl_->add(Note{key, value});
}

std::uint64_t Writer::last() const
{
	return impl_->last;
}

std::uint64_t Writer::written() const
{
	return impl_->written;
}

std::size_t Writer::queued() const
{
	const std::uint64_t written = impl_->written;
	return impl_->last - written;
}

bool Writer::full() const
{
	return impl_->counts.bytes >= impl_->options.mostQueued;
}

std::string Writer::problem() const
{
	const std::lock_guard lock(impl_->mutex);
	return impl_->problem;
}

WriterStats Writer::stats() const
{
	const Counts &counts = impl_->counts;
	WriterStats stats;
	stats.queued = queued();
	stats.queuedBytes = counts.bytes;
	stats.commits = counts.commits;
	stats.failures = counts.failures;
	std::ranges::copy(counts.latency, stats.latency.begin());
	stats.latencySum_us = counts.latencySum_us;
	return stats;
}

} // namespace pulseline::session
