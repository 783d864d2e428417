#include "playback/history.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::playback {
namespace {

// Where the playback is at `at_ms` if nothing changes, its end not known.
std::int64_t reached(const PlaybackChange &change, std::int64_t at_ms)
{
	if (change.state != PlaybackState::playing) {
		return change.position_ms;
	}
	return change.position_ms + std::llround(change.rate * static_cast<double>(at_ms - change.at_ms));
}

// The furthest that this change shows from its own moment to `at_ms`.
std::int64_t shown(const PlaybackChange &change, std::int64_t at_ms)
{
	return change.state == PlaybackState::stopped ? 0 : std::max(change.position_ms, reached(change, at_ms));
}

constexpr std::int64_t kJump_ms = 1'000; // less is an estimate that was set right

} // namespace

void History::add(const PlaybackChange &change)
{
	PlaybackChange added = change;
	if (changes_.empty()) {
		furthest_ms_.push_back(0);
		jump(0, added.position_ms);
	} else {
		added.at_ms = std::max(added.at_ms, changes_.back().at_ms);
		// From `added.at_ms` on the new one stands.
		const std::int64_t last_ms = std::max(changes_.back().at_ms, added.at_ms - 1);
		furthest_ms_.push_back(std::max(furthest_ms_.back(), shown(changes_.back(), last_ms)));
		played_ms_ = std::max(played_ms_, shown(changes_.back(), last_ms));
		jump(reached(changes_.back(), added.at_ms), added.position_ms);
	}
	changes_.push_back(added);
}

void History::jump(std::int64_t from_ms, std::int64_t to_ms)
{
	while (!jumps_.empty() && to_ms < jumps_.back().to_ms) {
		from_ms = jumps_.back().from_ms;
		played_ms_ = jumps_.back().played_ms;
		jumps_.pop_back();
	}
	if (to_ms > from_ms + kJump_ms) {
		jumps_.push_back({from_ms, to_ms, played_ms_});
	}
}

std::size_t History::count(std::int64_t at_ms) const
{
	const auto after = std::ranges::upper_bound(changes_, at_ms, {}, &PlaybackChange::at_ms);
	return static_cast<std::size_t>(after - changes_.begin());
}

std::int64_t History::capped(std::int64_t position_ms) const
{
	return std::min(position_ms, duration_ms_.value_or(kMaxPosition_ms));
}

PlaybackChange History::at(std::int64_t at_ms) const
{
	const std::size_t known = count(at_ms);
	if (known == 0) {
		return {.at_ms = at_ms};
	}
	PlaybackChange result = changes_[known - 1];
	result.position_ms = capped(reached(result, at_ms));
	result.at_ms = at_ms;
	return result;
}

std::int64_t History::furthest_ms(std::int64_t at_ms) const
{
	const std::size_t known = count(at_ms);
	if (known == 0) {
		return 0;
	}
	return capped(std::max(furthest_ms_[known - 1], shown(changes_[known - 1], at_ms)));
}

std::int64_t History::played_ms(std::int64_t at_ms) const
{
	return changes_.empty() ? 0 : capped(std::max(played_ms_, shown(changes_.back(), at_ms)));
}

} // namespace pulseline::playback
