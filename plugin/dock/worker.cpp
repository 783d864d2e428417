#include "dock/worker.hpp"

namespace pulseline::dock {

Worker::~Worker()
{
	if (thread_.joinable()) {
		thread_.join();
	}
}

void Worker::start(std::function<Outcome()> job)
{
	thread_ = std::thread([this, job = std::move(job)] {
		const Outcome outcome = job();
		const auto finish = [this, outcome] {
			thread_.join();
			outcome();
		};
		QMetaObject::invokeMethod(this, finish, Qt::QueuedConnection);
	});
}

} // namespace pulseline::dock
