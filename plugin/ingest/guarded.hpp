// How a network thread runs what others give it. Of this room alone.
#pragma once

#include <exception>

namespace pulseline::ingest {

// The thread outlives whatever goes wrong in one task: out of memory, most likely, and the next beat tries again.
template <typename Task>
void guarded(const Task &task) noexcept
{
	try {
		task();
	} catch (const std::exception &) {
		return;
	}
}

} // namespace pulseline::ingest
