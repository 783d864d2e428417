#include "overlay/instant.hpp"

#include "overlay/layouts.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

using std::chrono::milliseconds;

// The whole length of what there is to show. A closed session that was not told how long the speech is goes on as long
// as the media does.
std::int64_t length_ms(const Snapshot &snapshot, const Clock &clock)
{
	const std::int64_t counted_ms = snapshot.sums.ticks() * snapshot.settings->tick_ms;
	const bool told = snapshot.running || snapshot.settings->duration_ms;
	if (told && snapshot.duration_ms && *snapshot.duration_ms > 0) {
		return *snapshot.duration_ms;
	}
	if (!snapshot.running) {
		return std::max<std::int64_t>({snapshot.duration_ms.value_or(0), snapshot.furthest_ms, counted_ms,
					       clock.duration_ms, snapshot.settings->tick_ms});
	}
	return growingLength_ms(std::max(snapshot.furthest_ms, counted_ms));
}

Passage passageOf(const Snapshot &snapshot, const View &view, const Clock &clock)
{
	const double position_ms = clock.position_ms;
	const std::int64_t whole = length_ms(snapshot, clock);
	if (view.window_ms <= 0 || view.window_ms >= whole) {
		return {0, whole, whole};
	}
	const std::int64_t step = std::max<std::int64_t>(view.window_ms / 8, 1);
	const double start = position_ms - static_cast<double>(view.window_ms) * playheadShare(view.reveal);
	const double last_start = static_cast<double>(whole - view.window_ms);
	const auto first = static_cast<std::int64_t>(std::clamp(start, 0.0, last_start)) / step * step;
	// The next passage is due after a step; while it is painted, this one goes on for half a step more.
	return {first, std::min(first + view.window_ms + step + step / 2, whole), view.window_ms};
}

// The last tick that is over at this position; the first one while it is still open.
std::int64_t labelTick(const Snapshot &snapshot, const View &view, double position_ms)
{
	if (snapshot.sums.ticks() == 0) {
		return -1;
	}
	const std::int64_t tick_ms = snapshot.settings->tick_ms;
	std::int64_t over = snapshot.closedTicks;
	if (view.reveal || !layoutOf(view).course) {
		const bool at_end = snapshot.duration_ms && position_ms >= static_cast<double>(*snapshot.duration_ms);
		const auto shown = static_cast<std::int64_t>(position_ms) / tick_ms;
		over = std::min(over, at_end ? over : shown);
	}
	return std::max<std::int64_t>(over, 1) - 1;
}

std::int64_t seenTick(const Snapshot &snapshot, const View &view, double position_ms)
{
	const std::int64_t last = snapshot.closedTicks - 1;
	const auto shown = static_cast<std::int64_t>(position_ms) / snapshot.settings->tick_ms;
	return view.reveal ? std::min(last, shown) : last;
}

// The last one that began, of those that still run; statements stand in the order of their starts, and one may lie
// within another one.
std::size_t statementAt(const Snapshot &snapshot, const View &view, double position_ms)
{
	constexpr std::ptrdiff_t kMostAtOnce = 32; // this is looked up in every frame
	const std::vector<Statement> &all = snapshot.annotations->statements;
	const auto position = static_cast<std::int64_t>(position_ms);
	const auto after = std::ranges::upper_bound(all, position, {}, &Statement::start_ms);
	const auto first = after - std::min(after - all.begin(), kMostAtOnce);
	for (auto one = after; view.show_words && one != first;) {
		if ((--one)->end_ms > position) {
			return static_cast<std::size_t>(one - all.begin());
		}
	}
	return kNoStatement;
}

std::int64_t markedUntil_ms(const Snapshot &snapshot, const View &view, double position_ms)
{
	const std::vector<Marker> &all = snapshot.annotations->markers;
	const auto reached = view.reveal ? std::ranges::upper_bound(all, static_cast<std::int64_t>(position_ms), {},
								    &Marker::position_ms)
					 : all.end();
	return view.show_markers && reached != all.begin() ? std::prev(reached)->position_ms : -1;
}

bool isStale(const Snapshot &snapshot, SteadyTime now)
{
	// Silence counts only while the speech was playing.
	const SteadyTime since = std::max(snapshot.lastResponse.value_or(snapshot.playbackAt), snapshot.playbackAt);
	return now - since > milliseconds(staleAfter_ms(snapshot.settings->tick_ms));
}

std::int64_t silentSince_ms(const Snapshot &snapshot)
{
	const auto played = std::chrono::duration_cast<milliseconds>(
		std::max(snapshot.lastResponse.value_or(snapshot.playbackAt), snapshot.playbackAt) -
		snapshot.playbackAt);
	const double position = static_cast<double>(snapshot.playback.position_ms) +
				static_cast<double>(played.count()) * snapshot.playback.rate;
	return static_cast<std::int64_t>(position / 1000) * 1000;
}

State stateOf(const Snapshot &snapshot, const Clock &clock, SteadyTime now)
{
	if (snapshot.blind) {
		return State::blind;
	}
	if (snapshot.recounting) {
		return State::recounting;
	}
	if (snapshot.sums.ticks() == 0) {
		const bool silent = clock.state == PlaybackState::playing && isStale(snapshot, now);
		return !snapshot.running ? State::empty : silent ? State::no_input : State::waiting;
	}
	switch (clock.state) {
	case PlaybackState::paused:
		return State::paused;
	case PlaybackState::stopped:
		return snapshot.running ? State::stopped : State::review;
	case PlaybackState::ended:
		return snapshot.running ? State::ended : State::review;
	case PlaybackState::playing:
		break;
	}
	if (!snapshot.running) {
		return State::review;
	}
	return isStale(snapshot, now) ? State::stale : State::live;
}

} // namespace

Clock ownClock(const Snapshot &snapshot, SteadyTime now)
{
	return {snapshot.playback.state, static_cast<double>(snapshot.position_ms(now)), true, false};
}

std::string_view toText(State state)
{
	switch (state) {
	case State::no_session:
		return "no_session";
	case State::blind:
		return "blind";
	case State::recounting:
		return "recounting";
	case State::waiting:
		return "waiting";
	case State::no_input:
		return "no_input";
	case State::empty:
		return "empty";
	case State::too_few:
		return "too_few";
	case State::stopped:
		return "stopped";
	case State::live:
		return "live";
	case State::paused:
		return "paused";
	case State::ended:
		return "ended";
	case State::stale:
		return "stale";
	case State::review:
		return "review";
	}
	return {};
}

std::int64_t growingLength_ms(std::int64_t furthest_ms)
{
	std::int64_t length = 10 * 60 * 1000;
	while (furthest_ms >= length / 10 * 9) {
		length += length / 2;
	}
	return length;
}

std::int64_t staleAfter_ms(std::int64_t tick_ms)
{
	return std::max<std::int64_t>(2 * tick_ms, 10'000);
}

Instant instantOf(const Snapshot *snapshot, const View &view, const Clock &clock, SteadyTime now)
{
	Instant instant;
	if (!snapshot || !snapshot->problem.empty()) {
		return instant;
	}
	instant.state = stateOf(*snapshot, clock, now);
	instant.approximate = clock.approximate;
	instant.no_media = !clock.found;
	instant.label_tick = labelTick(*snapshot, view, clock.position_ms);
	instant.seen_tick = seenTick(*snapshot, view, clock.position_ms);
	instant.passage = passageOf(*snapshot, view, clock);
	instant.statement = statementAt(*snapshot, view, clock.position_ms);
	instant.marked_ms = markedUntil_ms(*snapshot, view, clock.position_ms);
	if (instant.state == State::stale || instant.state == State::no_input) {
		instant.silent_since_ms = silentSince_ms(*snapshot);
	}
	return instant;
}

} // namespace pulseline::overlay
