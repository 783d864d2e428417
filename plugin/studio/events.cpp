#include "studio/events.hpp"

#include <algorithm>

namespace pulseline::studio {
namespace {

// What was there is still there, in the same order.
void addNew(const std::vector<Marker> &before, const std::vector<Marker> &after, std::vector<SessionEvent> &events)
{
	auto old = before.begin();
	for (const Marker &marker : after) {
		if (old != before.end() && *old == marker) {
			++old;
		} else {
			events.emplace_back(MarkerAdded{marker});
		}
	}
}

} // namespace

std::vector<SessionEvent> eventsBetween(const Snapshot *before, const Snapshot *after)
{
	std::vector<SessionEvent> events;
	const bool ran = before && before->running;
	const bool runs = after && after->running;
	const bool goes_on = ran && runs && before->settings == after->settings;
	const bool reviewed = before && after && !ran && !runs && before->path == after->path;
	if (ran && !goes_on) {
		events.emplace_back(SessionStopped{before->path});
	}
	if (runs && !goes_on) {
		events.emplace_back(SessionStarted{after->path, after->settings->title});
	}
	if ((goes_on || reviewed) && before->annotations != after->annotations) {
		addNew(before->annotations->markers, after->annotations->markers, events);
	}
	const std::int64_t first = goes_on ? std::max(before->closedTicks, after->closedTicks - kMostTicks) : 0;
	for (std::int64_t tick = first; goes_on && tick < after->closedTicks; ++tick) {
		const std::int64_t tick_ms = after->settings->tick_ms;
		events.emplace_back(TickClosed{tick, tick * tick_ms, (tick + 1) * tick_ms});
	}
	return events;
}

} // namespace pulseline::studio
