// What a running session is asked by other threads and must answer. Of this room alone.
#pragma once

#include "ingest/server.hpp"

#include <future>

namespace pulseline::studio {

// Runs `task` on the network thread and waits for what it returns.
template <typename T>
Result<T> onNetwork(ingest::Server &server, std::function<Result<T>()> task)
{
	const auto job = std::make_shared<std::packaged_task<Result<T>()>>(std::move(task));
	std::future<Result<T>> done = job->get_future();
	server.post([job] { (*job)(); });
	return done.get();
}

} // namespace pulseline::studio
