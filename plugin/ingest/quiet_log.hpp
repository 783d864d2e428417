// What libwebsockets has to say, unheard. Of this room alone; includes libwebsockets.h.
#pragma once

#include <libwebsockets.h>

#include <mutex>

namespace pulseline::ingest {

// Give it to every context and virtual host (`info.log_cx`), and keep it longer than these. The library counts the
// users of a log without a lock, and by default all contexts of a process share one: two contexts on two threads then
// sooner or later fail its assertion.
class QuietLog {
public:
	QuietLog()
	{
		// Some messages go to the process's own log whatever one asks for, by default to stderr.
		static std::once_flag once;
		std::call_once(once, [] { lws_set_log_level(0, nullptr); });
	}
	QuietLog(const QuietLog &) = delete;
	QuietLog &operator=(const QuietLog &) = delete;

	lws_log_cx_t *get() { return &log_; }

private:
	lws_log_cx_t log_{};
};

} // namespace pulseline::ingest
