#include "obs/errands.hpp"

#include <util/base.h>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <exception>

namespace pulseline::obs {

struct Errands::Pool {
	boost::asio::thread_pool thread{1};
	std::atomic<bool> finished{false};
};

Errands::Errands()
	: pool_(std::make_unique<Pool>())
{
}

Errands::~Errands()
{
	finish();
}

void Errands::post(std::function<void()> job)
{
	if (pool_->finished) {
		return;
	}
	boost::asio::post(pool_->thread, [job = std::move(job)] {
		try {
			job();
		} catch (const std::exception &error) {
			blog(LOG_ERROR, "[pulseline] %s", error.what());
		}
	});
}

void Errands::finish()
{
	pool_->finished = true;
	pool_->thread.join();
}

} // namespace pulseline::obs
