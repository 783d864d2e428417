// What happened to a session between two snapshots of the studio, for those who are told of events instead of looking.
// Pure: any thread.
#pragma once

#include "core/snapshot.hpp"

#include <variant>

namespace pulseline::studio {

struct SessionStarted {
	std::string path, title;
};
struct SessionStopped {
	std::string path;
};
struct TickClosed {
	std::int64_t tick = 0, start_ms = 0, end_ms = 0;
};
struct MarkerAdded {
	Marker marker;
};
using SessionEvent = std::variant<SessionStarted, SessionStopped, TickClosed, MarkerAdded>;

// In the order in which they happened; null: no session. Snapshots between the two may have been passed over. What a
// session had when it was first seen did not happen now. Of a jump over more than kMostTicks ticks the last ones are
// told.
inline constexpr std::int64_t kMostTicks = 1'000;
std::vector<SessionEvent> eventsBetween(const Snapshot *before, const Snapshot *after);

} // namespace pulseline::studio
