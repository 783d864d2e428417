// Small jobs in the order in which they come, on a thread of their own: for callers that must not wait (hotkeys, which
// OBS calls under a lock; the network thread). What a job throws is logged.
#pragma once

#include <functional>
#include <memory>

namespace pulseline::obs {

class Errands {
public:
	Errands();
	Errands(const Errands &) = delete;
	Errands &operator=(const Errands &) = delete;
	~Errands(); // finish()

	// Any thread. After finish() nothing is done any more.
	void post(std::function<void()> job);
	// Does what was posted and joins.
	void finish();

private:
	struct Pool;
	std::unique_ptr<Pool> pool_;
};

} // namespace pulseline::obs
