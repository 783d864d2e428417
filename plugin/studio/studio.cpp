#include "studio/studio.hpp"

#include "session/paths.hpp"
#include "studio/review.hpp"
#include "studio/running.hpp"

#include <algorithm>
#include <thread>

namespace pulseline::studio {

Result<Settings> settingsOf(const std::string &path)
{
	if (!session::exists(path)) {
		return Settings{};
	}
	const Result<session::File> file = session::File::open(path, session::Access::read);
	if (!file) {
		return std::unexpected(file.error());
	}
	return file->settings();
}

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

Studio::Studio() = default;

Studio::~Studio()
{
	shutdown();
}

std::int64_t Studio::steady_ms()
{
	return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

Result<Started> Studio::start(const StartOptions &options)
{
	const std::lock_guard control(control_);
	if (options.path.empty()) {
		return fail("a session needs a file; give a path that ends in .pulse");
	}
	if (const std::optional<Error> error = check(options.settings)) {
		return std::unexpected(*error);
	}
	if (isRunning()) {
		return fail("a session is running already; stop it first");
	}
	forget();
	const bool existed = session::exists(options.path);
	const auto publish = [this](std::shared_ptr<const Snapshot> snapshot) { this->publish(std::move(snapshot)); };
	Result<std::shared_ptr<Running>> running = Running::prepare(options, publish);
	if (!running) {
		return std::unexpected(running.error());
	}
	for (const auto &[name, expression] : wanted_) {
		if (Result<Segment> segment = parseSegment(name, expression, (*running)->settings().attributes)) {
			(*running)->wantSegment(std::move(*segment));
		}
	}
	if (const Result<void> opened = (*running)->open(options); !opened) {
		std::ignore = (*running)->close();
		forget();
		if (!existed) {
			session::removeFile(options.path); // nobody was ever let in
		}
		return std::unexpected(opened.error());
	}
	Status status;
	(*running)->fill(status);
	follower_ = running->get();
	const std::lock_guard lock(mutex_);
	running_ = *running;
	return Started{status.url, status.joinUrls, status.code, running_->keys()};
}

std::shared_ptr<Running> Studio::running() const
{
	const std::lock_guard lock(mutex_);
	return running_;
}

Result<void> Studio::stop()
{
	const std::lock_guard control(control_);
	std::shared_ptr<Running> running;
	{
		const std::lock_guard lock(mutex_);
		running = std::exchange(running_, nullptr);
	}
	if (!running) {
		return fail("no session is running");
	}
	follower_ = nullptr;
	while (inPlaybackChanged_ != 0) {
		std::this_thread::yield(); // a few instructions of the graphics thread
	}
	Status status;
	running->fill(status);
	const Result<void> written = running->close();
	running.reset();
	const Result<void> reviewed = review(status.path);
	return written ? reviewed : written;
}

Result<void> Studio::open(const std::string &path)
{
	const std::lock_guard control(control_);
	if (isRunning()) {
		return fail("a session is running; stop it before opening another");
	}
	return review(path);
}

Result<void> Studio::review(const std::string &path)
{
	Result<std::unique_ptr<Review>> review = Review::open(path);
	if (!review) {
		return std::unexpected(review.error());
	}
	std::shared_ptr<const Snapshot> snapshot;
	{
		const std::lock_guard lock(mutex_);
		for (const auto &[name, expression] : wanted_) {
			if (Result<Segment> segment =
				    parseSegment(name, expression, (*review)->settings().attributes)) {
				(*review)->add(*segment);
			}
		}
		review_ = std::move(*review);
		snapshot = review_->snapshot();
	}
	publish(std::move(snapshot));
	return {};
}

Result<void> Studio::close()
{
	const std::lock_guard control(control_);
	{
		const std::lock_guard lock(mutex_);
		if (running_) {
			return fail("a session is running; stop it instead");
		}
		if (!review_) {
			return fail("no session is open");
		}
	}
	forget();
	return {};
}

void Studio::forget()
{
	{
		const std::lock_guard lock(mutex_);
		review_.reset();
	}
	publish(nullptr);
}

void Studio::shutdown()
{
	if (isRunning()) {
		std::ignore = stop();
	}
	const std::lock_guard control(control_);
	forget();
}

Result<void> Studio::reloadTls()
{
	const std::lock_guard control(control_);
	std::shared_ptr<Running> running;
	{
		const std::lock_guard lock(mutex_);
		running = running_;
	}
	return running ? running->reloadTls() : fail("no session is running");
}

Result<void> Studio::setPlayback(PlaybackState state, std::optional<std::int64_t> position_ms)
{
	const std::lock_guard control(control_); // the session stays while it is asked
	const std::shared_ptr<Running> running = this->running();
	return running ? running->setPlayback(state, position_ms) : fail("no session is running");
}

void Studio::playbackChanged(const PlaybackChange &change, std::int64_t duration_ms)
{
	++inPlaybackChanged_;
	if (Running *running = follower_) {
		running->playbackChanged(change, duration_ms);
	}
	--inPlaybackChanged_;
}

Status Studio::status() const
{
	const std::lock_guard lock(mutex_);
	Status status;
	status.snapshot = snapshot_;
	if (running_) {
		running_->fill(status);
	} else if (review_) {
		status.state = Status::State::review;
		status.path = snapshot_ ? snapshot_->path : "";
		status.code = review_->code();
		status.participants = review_->participants();
		status.out = review_->out();
		status.counted = review_->responses();
		status.stored = review_->responses();
	}
	return status;
}

std::shared_ptr<const Snapshot> Studio::snapshot() const
{
	const std::lock_guard lock(mutex_);
	return snapshot_;
}

std::shared_ptr<Reader> Studio::reader(std::function<void()> onNew)
{
	auto reader = std::make_shared<Reader>();
	reader->onNew = std::move(onNew);
	const std::lock_guard lock(mutex_);
	reader->box.put(snapshot_);
	std::erase_if(readers_, [](const std::weak_ptr<Reader> &old) { return old.expired(); });
	readers_.push_back(reader);
	return reader;
}

Result<void> Studio::wantSegment(const std::string &name, const std::string &expression)
{
	const std::lock_guard control(control_);
	std::shared_ptr<const Snapshot> renewed;
	{
		const std::lock_guard lock(mutex_);
		wanted_[name] = expression;
		if (!snapshot_) {
			return {};
		}
		Result<Segment> segment = parseSegment(name, expression, snapshot_->settings->attributes);
		if (!segment) {
			return std::unexpected(segment.error());
		}
		if (running_) {
			running_->wantSegment(std::move(*segment));
		} else if (review_) {
			if (!review_->add(*segment)) {
				return fail("there is another segment named '" + name + "'");
			}
			renewed = review_->snapshot();
		}
	}
	if (renewed) {
		publish(std::move(renewed));
	}
	return {};
}

// Called by the network thread of a running session, and by whoever opens or closes one.
void Studio::publish(std::shared_ptr<const Snapshot> snapshot)
{
	const std::lock_guard lock(mutex_);
	snapshot_ = std::move(snapshot);
	for (const std::weak_ptr<Reader> &reader : readers_) {
		if (const std::shared_ptr<Reader> alive = reader.lock()) {
			alive->box.put(snapshot_);
			if (alive->onNew) {
				alive->onNew();
			}
		}
	}
}

} // namespace pulseline::studio
