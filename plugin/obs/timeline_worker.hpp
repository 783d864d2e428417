// A timeline source's worker: opens the session that the settings name, and makes pictures. The graphics thread gives
// orders and takes results without ever waiting; what it is done with goes back, to be freed here.
#pragma once

#include "core/mailbox.hpp"
#include "obs/timeline_feed.hpp"
#include "obs/timeline_settings.hpp"
#include "overlay/picture.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <semaphore>
#include <thread>

namespace pulseline::obs {

// What a picture shall show.
struct Order {
	std::shared_ptr<const Snapshot> snapshot; // null: no session
	std::shared_ptr<const TimelineSettings> settings;
	overlay::Instant instant;
};

class TimelineWorker {
public:
	// `onProblems`: told on the worker's thread when problems() or targets() has changed.
	TimelineWorker(std::shared_ptr<TimelineFeed> feed, overlay::Words words, std::function<void()> onProblems);
	TimelineWorker(const TimelineWorker &) = delete;
	TimelineWorker &operator=(const TimelineWorker &) = delete;
	~TimelineWorker(); // joins

	// Any one thread at a time, wait-free; a later call replaces what was not begun yet.
	void connect(std::shared_ptr<const TimelineSettings> settings);
	void order(Order order);
	void giveBack(std::unique_ptr<overlay::Picture> picture);

	// Wait-free, each for one reading thread. Null: nothing new.
	std::unique_ptr<std::shared_ptr<TimelineReader>> takeReader() { return readers_.take(); }
	std::unique_ptr<overlay::Outline> takeOutline() { return outlines_.take(); }
	// Each must be painted: the one after it holds only what has changed since.
	std::unique_ptr<overlay::Picture> takePicture();

	// Any thread but the graphics thread: what in the settings does not fit the session, a line each; "": all does.
	std::string problems() const;
	// The same of the targets of the session that is shown.
	std::vector<std::string> targets() const;

private:
	void run();
	void open(const TimelineSettings &settings);
	void make(const Order &order);
	void wantSegments(const Order &order);
	void openTranscript(const Order &order);
	std::vector<std::string> problemsOf(const Order &order) const;
	void findProblems(const Order &order);

	std::shared_ptr<TimelineFeed> feed_;
	const overlay::Words words_;
	const std::function<void()> onProblems_;
	mutable std::mutex mutex_; // of these two
	std::string problems_;
	std::vector<std::string> targets_;

	std::counting_semaphore<> wake_{0};
	std::atomic<bool> stop_{false};
	Mailbox<std::shared_ptr<const TimelineSettings>> connections_;
	Mailbox<Order> orders_;
	Mailbox<std::unique_ptr<overlay::Picture>> used_;
	Mailbox<std::shared_ptr<TimelineReader>> readers_;
	Mailbox<overlay::Outline> outlines_;
	Mailbox<std::unique_ptr<overlay::Picture>> pictures_;

	// The worker's own.
	std::string session_, follow_;
	Recut recut_;
	std::shared_ptr<TimelineReader> reader_;
	std::vector<std::shared_ptr<TimelineReader>> retired_; // until the graphics thread has let go of them
	std::shared_ptr<const Settings> wanted_of_;            // the session whose segments were asked for …
	std::shared_ptr<const TimelineSettings> wanted_by_;    // … by these settings
	std::string transcribed_;                              // the session that has been given …
	std::optional<std::string> transcript_;                // … this transcript, once there was a session …
	std::string untranscribed_;                            // … or why not
	overlay::Pictures made_;
	std::thread thread_; // last: it uses all the others
};

} // namespace pulseline::obs
