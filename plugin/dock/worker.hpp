// Runs one job at a time off the UI thread, and says on the UI thread what came of it. Made, asked and destroyed on the
// UI thread; destroying it waits for the job and drops its outcome.
#pragma once

#include "core/types.hpp"

#include <QObject>

#include <exception>
#include <functional>
#include <thread>
#include <utility>

namespace pulseline::dock {

class Worker final : public QObject {
public:
	~Worker() override;

	bool busy() const { return thread_.joinable(); }

	// `job` gives a Result and touches nothing of the UI; `done` gets it on the UI thread. Not while busy.
	template <typename Job, typename Done>
	void run(Job job, Done done)
	{
		start([job = std::move(job), done = std::move(done)]() -> Outcome {
			return [done, result = guarded(job)] { done(result); };
		});
	}

private:
	using Outcome = std::function<void()>;

	// An exception must not leave a thread: it would end the program.
	template <typename Job>
	static auto guarded(const Job &job) -> decltype(job())
	{
		try {
			return job();
		} catch (const std::exception &error) {
			return fail(error.what());
		}
	}

	void start(std::function<Outcome()> job);

	std::thread thread_;
};

} // namespace pulseline::dock
