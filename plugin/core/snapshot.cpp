#include "core/snapshot.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline {

std::int64_t Snapshot::position_ms(SteadyTime now) const
{
	double position = static_cast<double>(playback.position_ms);
	if (playback.state == PlaybackState::playing) {
		const std::chrono::duration<double, std::milli> since = now - playbackAt;
		position += std::max(0.0, since.count()) * playback.rate;
	}
	const auto shown = static_cast<std::int64_t>(std::floor(position));
	return duration_ms ? std::min(shown, *duration_ms) : shown;
}

Figures Snapshot::figuresAt(std::size_t segment, std::uint32_t target, std::int64_t tick, Base base,
			    std::uint32_t min_n) const
{
	return figures(sums.at(static_cast<std::uint32_t>(segment), target, tick), base, min_n);
}

std::optional<std::size_t> Snapshot::findSegment(std::string_view name) const
{
	const auto found = std::ranges::find(segments, name, &Segment::name);
	if (found == segments.end()) {
		return std::nullopt;
	}
	return static_cast<std::size_t>(found - segments.begin());
}

std::optional<std::uint32_t> Snapshot::findTarget(std::string_view name) const
{
	const std::vector<std::string> &targets = settings->targets;
	const auto found = name.empty() ? targets.begin() : std::ranges::find(targets, name);
	if (found == targets.end()) {
		return std::nullopt;
	}
	return static_cast<std::uint32_t>(found - targets.begin());
}

} // namespace pulseline
