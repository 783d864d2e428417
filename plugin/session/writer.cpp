#include "session/entries.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <tuple>

namespace pulseline::session {
namespace {

using namespace std::chrono_literals;

constexpr auto kGroup = 50ms;            // how long a commit waits for company
constexpr std::size_t kPrompt = 20'000;  // tickets that do not wait any longer
constexpr std::size_t kLarge = 1'000;    // tickets that wait only while more keep coming,
constexpr auto kQuiet = 5ms;             // which they do if this long brings some
constexpr std::size_t kTogether = 1'000; // responses in one entry
constexpr std::size_t kAtOnce = 50'000;  // tickets in one transaction, or few more, when there is much to catch up
constexpr auto kLook = 1'000ms;          // how often it looks for the file when there is nothing to write
constexpr auto kFirstRetry = 100ms;
constexpr auto kLastRetry = 1'000ms;
constexpr std::int64_t kPatience_ms = 300; // for other programs that write; it tries again, but says so

Result<void> writeAll(File &file, const std::vector<Entry> &batch)
{
	if (Result<void> begun = file.begin(); !begun) {
		return begun;
	}
	for (const Entry &entry : batch) {
		if (Result<void> added = addTo(file, entry); !added) {
			(void)file.rollback();
			return added;
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
	std::uint64_t add(std::span<const StoredResponse> responses);
	std::uint64_t added(std::unique_lock<std::mutex> &lock, std::size_t tickets, std::size_t bytes);
	void run();
	bool waitForBatch();
	void waitForCompany(std::unique_lock<std::mutex> &lock);
	bool writeBatch();
	bool insist(const std::function<Result<void>()> &step);
	Result<void> mend(const Error &found);
	bool mayRetry(int tries);
	void say(const std::string &reason);

	const WriterOptions options;
	File file; // the thread's alone
	std::function<void(std::uint64_t)> durable;
	std::function<void(std::string)> failed;
	std::vector<Entry> batch;                                    // the thread's alone: what is being written
	std::optional<std::chrono::steady_clock::time_point> giveUp; // likewise

	mutable std::mutex mutex; // guards what follows
	std::condition_variable changed;
	std::condition_variable settled; // `written` has grown
	std::deque<Entry> queue;
	std::size_t waiting = 0; // tickets in `queue`
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
	std::unique_lock lock(mutex);
	queue.push_back(std::move(entry));
	return added(lock, 1, bytes);
}

std::uint64_t Writer::Impl::add(std::span<const StoredResponse> responses)
{
	std::size_t bytes = responses.size_bytes();
	std::unique_lock lock(mutex);
	for (std::span<const StoredResponse> rest = responses; !rest.empty();) {
		Responses *open = queue.empty() ? nullptr : std::get_if<Responses>(&queue.back());
		if (open == nullptr || open->size() >= kTogether) {
			open = &std::get<Responses>(queue.emplace_back(Responses()));
			bytes += sizeof(Entry);
		}
		const std::size_t room = std::min(rest.size(), kTogether - open->size());
		open->insert(open->end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(room));
		rest = rest.subspan(room);
	}
	return added(lock, responses.size(), bytes);
}

// Into the queue, just now. Lets go of the lock, and says so to the thread.
std::uint64_t Writer::Impl::added(std::unique_lock<std::mutex> &lock, std::size_t tickets, std::size_t bytes)
{
	counts.bytes += bytes;
	const std::uint64_t ticket = last += tickets;
	const bool wake = waiting == 0 || (waiting < kPrompt && waiting + tickets >= kPrompt);
	waiting += tickets;
	lock.unlock();
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
		waitForCompany(lock);
	}
	for (std::size_t taken = 0; !queue.empty() && taken < kAtOnce;) {
		taken += ticketsOf(queue.front());
		waiting -= ticketsOf(queue.front());
		batch.push_back(std::move(queue.front()));
		queue.pop_front();
	}
	return !stopping || waiting > 0;
}

// A commit costs about as much as a thousand responses: few wait for others, many only while others still come.
void Writer::Impl::waitForCompany(std::unique_lock<std::mutex> &lock)
{
	const auto prompt = [this] { return stopping || waiting >= kPrompt; };
	std::size_t before = 0;
	for (auto waited = 0ms; waited < kGroup && (waiting < kLarge || waiting > before); waited += kQuiet) {
		before = waiting;
		if (changed.wait_for(lock, kQuiet, prompt)) {
			return;
		}
	}
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
	std::size_t tickets = 0;
	std::size_t bytes = 0;
	for (const Entry &entry : batch) {
		tickets += ticketsOf(entry);
		bytes += bytesOf(entry);
	}
	batch.clear();
	counts.bytes -= bytes;
	bool calm = false;
	{
		const std::lock_guard lock(mutex);
		written += tickets;
		calm = waiting < kLarge;
	}
	settled.notify_all();
	durable(written);
	file.shortenLog(calm);
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
	return impl_->add(std::span(&response, 1));
}

std::uint64_t Writer::add(std::span<const StoredResponse> responses)
{
	return impl_->add(responses);
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

Result<void> Writer::wait(std::uint64_t ticket, std::int64_t patience_ms) const
{
	std::unique_lock lock(impl_->mutex);
	if (impl_->settled.wait_for(lock, std::chrono::milliseconds(patience_ms),
				    [&] { return impl_->written >= ticket; })) {
		return {};
	}
	return fail(impl_->problem.empty() ? "the disk is too slow" : impl_->problem);
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
