// Sessions made up for the overlay's tests.
#pragma once

#include "core/snapshot.hpp"

#include <cmath>
#include <functional>

namespace pulseline::test {

// `n` people of whom so many like and dislike; the scale is -1, 0, 1.
inline void setCell(Snapshot &snapshot, std::uint32_t segment, std::int64_t tick, std::uint32_t present,
		    std::uint32_t likes, std::uint32_t dislikes, std::uint32_t neutrals = 0, std::uint32_t target = 0)
{
	Cell &cell = snapshot.sums.edit(segment, target, tick);
	cell = {};
	cell.present = present;
	cell.n = likes + dislikes + neutrals;
	cell.likes = likes;
	cell.dislikes = dislikes;
	cell.sum.add(static_cast<double>(likes) - static_cast<double>(dislikes));
	cell.sum_sq.add(static_cast<double>(likes + dislikes));
}

struct SampleOptions {
	std::vector<std::string> segments{"All"};
	std::int64_t tick_ms = 5000;
	std::optional<std::int64_t> duration_ms = 60'000;
	std::vector<std::string> targets{"main"};
};

// A running session, playing, at 0, with nothing counted.
inline std::shared_ptr<Snapshot> emptySession(const SampleOptions &options = {})
{
	auto snapshot = std::make_shared<Snapshot>();
	auto settings = std::make_shared<Settings>();
	settings->tick_ms = options.tick_ms;
	settings->targets = options.targets;
	settings->duration_ms = options.duration_ms;
	snapshot->settings = settings;
	snapshot->running = true;
	snapshot->revision = 1;
	snapshot->sums = Cells(static_cast<std::uint32_t>(options.targets.size()));
	for (const std::string &name : options.segments) {
		snapshot->segments.push_back({name, "", {}});
		snapshot->segmentParticipants.push_back(80);
	}
	snapshot->playback.state = PlaybackState::playing;
	snapshot->playbackAt = SteadyTime{} + std::chrono::hours(1);
	snapshot->duration_ms = options.duration_ms;
	return snapshot;
}

// `ticks` ticks in which every segment goes its own way for each target, smoothly and with a little unrest, always the
// same.
inline std::shared_ptr<Snapshot> sampleSession(const SampleOptions &options, std::int64_t ticks)
{
	const std::shared_ptr<Snapshot> snapshot = emptySession(options);
	std::uint32_t noise = 12345;
	for (std::uint32_t row = 0; row < options.segments.size() * options.targets.size(); ++row) {
		const auto segment = row % static_cast<std::uint32_t>(options.segments.size());
		const auto target = row / static_cast<std::uint32_t>(options.segments.size());
		const std::uint32_t people = segment == 0 ? 300 : 40 + 17 * segment;
		snapshot->segmentParticipants[segment] = people + people / 4;
		for (std::int64_t tick = 0; tick < ticks; ++tick) {
			noise = noise * 1664525U + 1013904223U;
			const double unrest = static_cast<double>(noise >> 16U) / 65536 - 0.5;
			const double phase = 6.3 * static_cast<double>(tick) / static_cast<double>(ticks);
			const double wave = std::sin(phase * (1 + 0.3 * segment) + 0.9 * segment + 2.1 * target);
			const double drift = segment % 2 == 0 ? 0.1 : -0.25;
			const double mean = std::clamp(0.6 * wave + drift + 0.25 * unrest, -0.95, 0.95);
			const auto active = static_cast<std::uint32_t>(people * (0.6 + 0.3 * unrest));
			const auto likes = static_cast<std::uint32_t>(active * (1 + mean) / 2);
			setCell(*snapshot, segment, tick, people, likes, active - likes, 0, target);
		}
	}
	snapshot->closedTicks = ticks;
	snapshot->playback.position_ms = ticks * options.tick_ms;
	snapshot->furthest_ms = snapshot->playback.position_ms;
	snapshot->lastResponse = snapshot->playbackAt;
	return snapshot;
}

// What a picture must be honest about: an open tick, few people, too few, none, and made-up participants. For at least
// four segments and eight ticks.
inline void makeDifficult(Snapshot &snapshot)
{
	snapshot.simulated = true;
	snapshot.closedTicks = snapshot.sums.ticks() - 1;
	for (std::uint32_t target = 0; target < snapshot.sums.targets(); ++target) {
		for (const std::int64_t tick : {2, 3, 4, 5}) {
			setCell(snapshot, 1, tick, 30, 9, static_cast<std::uint32_t>(tick), 5, target);
		}
		for (const std::int64_t tick : {3, 4}) {
			setCell(snapshot, 2, tick, 9, 2, 1, 0, target);
		}
		setCell(snapshot, 2, 5, 0, 0, 0, 0, target);
		setCell(snapshot, 3, snapshot.closedTicks - 1, 9, 1, 2, 0, target);
	}
}

} // namespace pulseline::test
