// Sessions that are counted from their file for views: closed ones that a view looks at, and those that a view wants
// counted by another lag or tick than their own, running or not. On a thread of its own, each once for all views that
// want the same; of one that is running the responses that have come since are added once a second.
#pragma once

#include "core/recut.hpp"
#include "studio/studio.hpp"

#include <condition_variable>
#include <thread>

namespace pulseline::studio {

// What a view wants to see counted.
struct Cut {
	std::string path; // "": the session that the studio has
	Recut recut;

	bool operator==(const Cut &) const = default;
	// The studio's own snapshot is what is wanted.
	bool isOf(const Snapshot *snapshot) const;
};

class Review;

class Recounts {
public:
	explicit Recounts(Studio &studio); // outlives it
	Recounts(const Recounts &) = delete;
	Recounts &operator=(const Recounts &) = delete;
	~Recounts(); // stop()

	// Joins; nothing is counted any more.
	void stop();
	// Any thread, without waiting for a file. Null comes while the studio's own snapshot is what is wanted, or
	// there is no session; else a snapshot that says `recounting`, what was counted, or a snapshot with a
	// `problem`.
	std::shared_ptr<Reader> open(const Cut &cut);
	// Any thread: sums this segment in later snapshots of it. What cannot be had is left out.
	void want(const Cut &cut, const std::string &name, const std::string &expression);

private:
	struct Count;

	void run();
	bool wait(bool again); // for news, or `again` for a while; false: it is over
	std::vector<std::shared_ptr<Count>> wanted();
	std::shared_ptr<Count> find(const Cut &cut); // with the mutex
	// True if there may be more to count soon.
	static bool update(Count &count, const std::shared_ptr<const Snapshot> &now);
	static Result<void> refresh(Count &count, const Snapshot &live);
	static void begin(Count &count, const std::string &path, const std::shared_ptr<const Snapshot> &now);

	// Also the studio's, which may still be telling of a snapshot when this is gone.
	struct Bell {
		std::mutex mutex; // of what follows and of counts_; held for moments
		std::condition_variable wake;
		bool news = false;
		bool stop = false;

		void ring();
	};

	Studio &studio_;
	const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
	std::vector<std::shared_ptr<Count>> counts_;
	std::shared_ptr<Reader> studioNews_;
	std::thread thread_; // last: it uses all the others
};

} // namespace pulseline::studio
