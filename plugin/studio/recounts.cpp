#include "studio/recounts.hpp"

#include "session/paths.hpp"
#include "studio/review.hpp"

#include <algorithm>

namespace pulseline::studio {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kRefreshEvery{1};

std::shared_ptr<const Snapshot> inWords(const std::string &path, std::string problem)
{
	auto snapshot = std::make_shared<Snapshot>();
	snapshot->settings = std::make_shared<const Settings>();
	snapshot->path = path;
	snapshot->problem = std::move(problem);
	return snapshot;
}

// Its frame without figures, while they are being counted.
std::shared_ptr<const Snapshot> unfinished(const std::string &path, const Cut &cut, Settings settings,
					   const Snapshot *live)
{
	auto snapshot = std::make_shared<Snapshot>();
	snapshot->sums = Cells(static_cast<std::uint32_t>(settings.targets.size()));
	snapshot->duration_ms = settings.duration_ms;
	snapshot->settings = std::make_shared<const Settings>(cut.recut.applied(std::move(settings)));
	snapshot->path = path;
	snapshot->recounting = true;
	snapshot->blind = live && live->blind;
	return snapshot;
}

} // namespace

bool Cut::isOf(const Snapshot *snapshot) const
{
	return snapshot && (path.empty() || path == snapshot->path) && recut.isOf(*snapshot->settings);
}

struct Recounts::Count {
	Cut cut;
	// Under the mutex.
	std::vector<std::weak_ptr<Reader>> readers;
	std::vector<std::pair<std::string, std::string>> segments; // name, expression

	// The thread's own, until `shown`.
	std::unique_ptr<Review> review;
	std::string path;                        // of what is counted, or could not be
	std::shared_ptr<const Settings> session; // the studio's, when it was counted
	std::uint64_t revision = 0;              // of the studio's snapshot when the file was last read
	steady_clock::time_point read{};         // then
	std::size_t segmentsTaken = 0;
	std::mutex mutex;
	std::shared_ptr<const Snapshot> shown; // under this mutex, with the readers' boxes

	void publish(std::shared_ptr<const Snapshot> snapshot)
	{
		const std::lock_guard lock(mutex);
		shown = std::move(snapshot);
		for (const std::weak_ptr<Reader> &reader : readers) {
			if (const std::shared_ptr<Reader> alive = reader.lock()) {
				alive->box.put(shown);
			}
		}
	}
	// Those that were asked for since the last time; false: none.
	bool addSegments()
	{
		const std::lock_guard lock(mutex);
		const bool any = segmentsTaken < segments.size();
		for (; segmentsTaken < segments.size(); ++segmentsTaken) {
			const auto &[name, expression] = segments[segmentsTaken];
			if (const auto segment = parseSegment(name, expression, review->settings().attributes)) {
				review->add(*segment);
			}
		}
		return any;
	}
	void forget()
	{
		review.reset();
		path.clear();
		if (shown) {
			publish(nullptr);
		}
	}
};

void Recounts::Bell::ring()
{
	news = true;
	wake.notify_one();
}

Recounts::Recounts(Studio &studio)
	: studio_(studio)
	, studioNews_(studio.reader([bell = bell_] {
		const std::lock_guard lock(bell->mutex);
		bell->ring();
	}))
	, thread_([this] { run(); })
{
}

Recounts::~Recounts()
{
	stop();
}

void Recounts::stop()
{
	{
		const std::lock_guard lock(bell_->mutex);
		bell_->stop = true;
		bell_->ring();
	}
	if (thread_.joinable()) {
		thread_.join();
	}
}

std::shared_ptr<Recounts::Count> Recounts::find(const Cut &cut)
{
	const auto found = std::ranges::find_if(counts_, [&](const auto &count) { return count->cut == cut; });
	if (found != counts_.end()) {
		return *found;
	}
	counts_.push_back(std::make_shared<Count>());
	counts_.back()->cut = cut;
	return counts_.back();
}

std::shared_ptr<Reader> Recounts::open(const Cut &cut)
{
	auto reader = std::make_shared<Reader>();
	const std::lock_guard lock(bell_->mutex);
	const std::shared_ptr<Count> count = find(cut);
	{
		const std::lock_guard box(count->mutex);
		count->readers.push_back(reader);
		reader->box.put(count->shown);
	}
	bell_->ring();
	return reader;
}

void Recounts::want(const Cut &cut, const std::string &name, const std::string &expression)
{
	const std::lock_guard lock(bell_->mutex);
	const std::shared_ptr<Count> count = find(cut);
	const std::lock_guard box(count->mutex);
	if (!std::ranges::contains(count->segments, std::pair(name, expression))) {
		count->segments.emplace_back(name, expression);
		bell_->ring();
	}
}

// Those that somebody still looks at.
std::vector<std::shared_ptr<Recounts::Count>> Recounts::wanted()
{
	const std::lock_guard lock(bell_->mutex);
	std::erase_if(counts_, [](const std::shared_ptr<Count> &count) {
		const std::lock_guard box(count->mutex);
		std::erase_if(count->readers, [](const auto &reader) { return reader.expired(); });
		return count->readers.empty();
	});
	return counts_;
}

bool Recounts::wait(bool again)
{
	std::unique_lock lock(bell_->mutex);
	const auto ready = [this] { return bell_->news || bell_->stop; };
	if (again) {
		bell_->wake.wait_for(lock, kRefreshEvery, ready);
	} else {
		bell_->wake.wait(lock, ready);
	}
	bell_->news = false;
	return !bell_->stop;
}

void Recounts::run()
{
	bool again = false;
	while (wait(again)) {
		again = false;
		const std::shared_ptr<const Snapshot> now = studio_.snapshot();
		for (const std::shared_ptr<Count> &count : wanted()) {
			// One view's fault must not be the end of the others, or of OBS.
			try {
				again = update(*count, now) || again;
			} catch (const std::exception &error) {
				count->review.reset();
				count->publish(inWords(count->path, error.what()));
			}
		}
	}
}

void Recounts::begin(Count &count, const std::string &path, const std::shared_ptr<const Snapshot> &now)
{
	count.review.reset();
	count.path = path;
	count.session = now ? now->settings : nullptr;
	count.revision = now ? now->revision : 0;
	count.read = steady_clock::now();
	count.segmentsTaken = 0;
	Result<Settings> settings = settingsOf(path);
	if (settings) {
		count.publish(unfinished(path, count.cut, *settings, now.get()));
	}
	Result<std::unique_ptr<Review>> review = Review::open(path, count.cut.recut);
	if (!review) {
		count.publish(inWords(path, review.error().message));
		return;
	}
	count.review = std::move(*review);
}

Result<void> Recounts::refresh(Count &count, const Snapshot &live)
{
	// What comes in is on disk a moment later than it is in the studio's snapshot: it is looked for all the time.
	const bool due =
		live.running ? steady_clock::now() - count.read >= kRefreshEvery : live.revision != count.revision;
	if (!due) {
		return {};
	}
	count.revision = live.revision;
	count.read = steady_clock::now();
	return count.review->refresh();
}

bool Recounts::update(Count &count, const std::shared_ptr<const Snapshot> &now)
{
	// By another name it may be blind, too.
	const bool here = now && (count.cut.path.empty() || count.cut.path == now->path ||
				  session::sameFile(count.cut.path, now->path));
	const std::string path = count.cut.path.empty() ? (now ? now->path : "") : count.cut.path;
	if (path.empty() || count.cut.isOf(now.get())) {
		count.forget();
		return false;
	}
	const std::shared_ptr<const Snapshot> live = here ? now : nullptr;
	// Another session under this name; one that only stopped is the same.
	const bool another = live && live->running && live->settings != count.session;
	if (count.path != path || another) {
		begin(count, path, live);
	}
	if (!count.review) {
		return false; // the problem was told
	}
	// One that a crash ended, or that runs elsewhere, may be revealed or end.
	const bool hidden = !live && count.shown && count.shown->blind;
	const bool again = hidden && steady_clock::now() - count.read >= kRefreshEvery;
	if (again) {
		count.read = steady_clock::now();
	}
	const Result<void> looked = again ? count.review->refresh() : Result<void>{};
	if (const Result<void> read = live ? refresh(count, *live) : looked; !read) {
		count.review.reset();
		count.publish(inWords(path, read.error().message));
		return false;
	}
	const bool more = count.addSegments();
	const bool shown = count.shown && count.shown->path == path && !count.shown->recounting;
	if (live || more || again || !shown) {
		count.publish(count.review->snapshot(live.get()));
	}
	return live ? live->running : count.shown->blind;
}

} // namespace pulseline::studio
