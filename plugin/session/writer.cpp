#include "session/store.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
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
using Entry = std::variant<Stratum, Participant, StoredResponse, PlaybackChange, Note>;

constexpr auto kGroup = 50ms;          // how long a commit waits for company
constexpr std::size_t kPrompt = 5'000; // entries that do not wait any longer
constexpr std::chrono::milliseconds kFirstRetry = 250ms;
constexpr std::chrono::milliseconds kLastRetry = 5'000ms;
constexpr int kTriesAtTheEnd = 3;

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
		Result<void> operator()(const Note &note) const { return file.setNote(note.key, note.value); }
	};
	return std::visit(Visitor{file}, entry);
}

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

} // namespace

struct Writer::Impl {
	Impl(File opened, std::function<void(std::uint64_t)> onDurable, std::function<void(std::string)> onFailed)
		: file(std::move(opened))
		, durable(std::move(onDurable))
		, failed(std::move(onFailed))
	{
	}

	std::uint64_t add(Entry entry);
	void run();
	bool waitForBatch();
	bool writeBatch();
	bool mayRetry(int tries);

	File file; // the thread's alone
	std::function<void(std::uint64_t)> durable;
	std::function<void(std::string)> failed;
	std::vector<Entry> batch; // the thread's alone: what is being written
	std::string problem;      // the thread's alone: why the last try failed, "" if it did not

	mutable std::mutex mutex; // guards what follows
	std::condition_variable changed;
	std::vector<Entry> queue;
	std::size_t writing = 0; // entries in `batch`
	std::uint64_t last = 0;  // ticket
	bool stopping = false;

	std::atomic<std::uint64_t> written = 0;
	std::thread thread;
};

std::uint64_t Writer::Impl::add(Entry entry)
{
	std::uint64_t ticket = 0;
	bool wake = false;
	{
		const std::lock_guard lock(mutex);
		queue.push_back(std::move(entry));
		ticket = ++last;
		wake = queue.size() == 1 || queue.size() == kPrompt;
	}
	if (wake) {
		changed.notify_one();
	}
	return ticket;
}

void Writer::Impl::run()
{
	while (waitForBatch() && writeBatch()) {
	}
}

// False: there is nothing left to do.
bool Writer::Impl::waitForBatch()
{
	std::unique_lock lock(mutex);
	changed.wait(lock, [this] { return stopping || !queue.empty(); });
	changed.wait_for(lock, kGroup, [this] { return stopping || queue.size() >= kPrompt; });
	std::swap(queue, batch);
	writing = batch.size();
	return !batch.empty();
}

// False: it cannot be written, and there is no more time. Those who wait for it will send it again.
bool Writer::Impl::writeBatch()
{
	for (int tries = 1;; ++tries) {
		const Result<void> done = writeAll(file, batch);
		if (done) {
			break;
		}
		if (done.error().message != problem) {
			problem = done.error().message;
			failed(problem);
		}
		if (!mayRetry(tries)) {
			return false;
		}
	}
	const std::uint64_t ticket = written + batch.size();
	batch.clear();
	{
		const std::lock_guard lock(mutex);
		writing = 0;
	}
	written = ticket;
	if (!problem.empty()) {
		problem.clear();
		failed("");
	}
	durable(ticket);
	return true;
}

// Waits a little longer each time. False: it is time to give up.
bool Writer::Impl::mayRetry(int tries)
{
	const auto pause = std::min(kFirstRetry * (1 << std::min(tries - 1, 5)), kLastRetry);
	std::unique_lock lock(mutex);
	if (!stopping) {
		changed.wait_for(lock, pause, [this] { return stopping; });
		return true;
	}
	const bool again = tries < kTriesAtTheEnd;
	if (again) {
		changed.wait_for(lock, kFirstRetry, [] { return false; });
	}
	return again;
}

Writer::Writer(File file, std::function<void(std::uint64_t ticket)> durable, std::function<void(std::string)> failed)
	: impl_(std::make_unique<Impl>(std::move(file), std::move(durable), std::move(failed)))
{
	impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

Writer::~Writer()
{
	std::ignore = close();
}

Result<void> Writer::close()
{
	{
		const std::lock_guard lock(impl_->mutex);
		impl_->stopping = true;
	}
	impl_->changed.notify_one();
	if (impl_->thread.joinable()) {
		impl_->thread.join();
	}
	const std::size_t lost = impl_->batch.size() + impl_->queue.size();
	if (lost == 0) {
		return {};
	}
	return fail(std::to_string(lost) + " entries, never acknowledged, could not be written: " + impl_->problem);
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

std::uint64_t Writer::note(const std::string &key, const std::string &value)
{
	return impl_->add(Note{key, value});
}

std::uint64_t Writer::last() const
{
	const std::lock_guard lock(impl_->mutex);
	return impl_->last;
}

std::uint64_t Writer::written() const
{
	return impl_->written;
}

std::size_t Writer::queued() const
{
	const std::lock_guard lock(impl_->mutex);
	return impl_->queue.size() + impl_->writing;
}

} // namespace pulseline::session
