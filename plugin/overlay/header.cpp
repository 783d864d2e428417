#include "overlay/header.hpp"

#include "overlay/axis.hpp"
#include "overlay/legend.hpp"
#include "overlay/style.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

struct Chip {
	std::string text;
	Color ground;
	Color ink;
};

std::string titleOf(const View &view, const Words &words)
{
	switch (view.measure) {
	case Measure::mean:
		return words.mean;
	case Measure::net:
		return view.base == Base::active ? words.net_active : words.net_present;
	case Measure::activity:
		return words.activity;
	case Measure::sd:
		return words.sd;
	}
	return {};
}

std::optional<Chip> stateChip(const Instant &instant, const Words &words)
{
	switch (instant.state) {
	case State::paused:
		return Chip{words.paused, style::kInk, style::kDarkInk};
	case State::stopped:
		return Chip{words.stopped, style::kChip, style::kInk};
	case State::ended:
		return Chip{words.ended, style::kChip, style::kInk};
	case State::stale:
		return Chip{fillIn(words.stale, timeText(instant.silent_since_ms)), style::kAlarm, style::kInk};
	default:
		return std::nullopt;
	}
}

std::vector<Chip> chipsOf(const Snapshot &snapshot, const Instant &instant, const Words &words)
{
	std::vector<Chip> chips;
	if (snapshot.simulated) {
		chips.push_back({words.simulated, style::kWarning, style::kDarkInk});
	}
	if (const auto chip = stateChip(instant, words)) {
		chips.push_back(*chip);
	}
	if (instant.no_media) {
		chips.push_back({words.no_media, style::kAlarm, style::kInk});
	} else if (instant.approximate) {
		chips.push_back({words.approximate, style::kChip, style::kInk});
	}
	if (snapshot.settings->lag_ms != 0) {
		const std::string seconds = numberText(static_cast<double>(snapshot.settings->lag_ms) / 1000, false);
		chips.push_back({fillIn(words.lag, seconds), style::kChip, style::kInk});
	}
	return chips;
}

// From the right; the result is where the leftmost begins.
float addChips(Scene &scene, const Areas &areas, const std::vector<Chip> &chips, float right,
	       const TextMetrics &metrics)
{
	const float height = std::round(areas.row * 0.86F);
	const float inside = std::round(areas.text * 0.4F);
	for (auto chip = chips.rbegin(); chip != chips.rend(); ++chip) {
		const float width = std::ceil(metrics.width(chip->text, Face::bold, areas.text)) + 2 * inside;
		const Rect rect{right - width, std::round(areas.header - height / 2), width, height};
		scene.boxes.push_back({rect, std::round(areas.text * 0.22F), chip->ground});
		scene.texts.push_back(
			{chip->text, Face::bold, areas.text, rect.x + inside, areas.header, Align::left, chip->ink});
		right = rect.x - areas.pad;
	}
	return right;
}

std::string notesOf(const Snapshot &snapshot, const View &view, const Words &words)
{
	const std::int64_t tick_ms = snapshot.settings->tick_ms;
	const std::int64_t smoothing = smoothingTicks(view, tick_ms);
	if (smoothing > 1) {
		const auto seconds = static_cast<double>(smoothing * tick_ms) / 1000;
		return fillIn(words.smoothed, numberText(seconds, false));
	}
	return hasBand(view, tick_ms) ? words.band : "";
}

} // namespace

void addHeader(Scene &scene, const Areas &areas, const Snapshot *snapshot, const View &view, const Instant &instant,
	       const Words &words, const TextMetrics &metrics)
{
	const float left = areas.card.x + areas.pad;
	float right = std::max(areas.headerRight, areas.plot.right());
	if (snapshot) {
		right = addChips(scene, areas, chipsOf(*snapshot, instant, words), right, metrics) - areas.pad;
	}
	std::string title = titleOf(view, words);
	if (snapshot && snapshot->settings->targets.size() > 1) {
		const std::vector<std::string> &targets = snapshot->settings->targets;
		title += ": " + (view.target.empty() ? targets.front() : view.target);
	}
	title = elided(title, Face::bold, areas.text, right - left, metrics);
	scene.texts.push_back(
		{title, Face::bold, areas.text, std::round(left), areas.header, Align::left, style::kInk});
	if (!snapshot || !scene.drawn) {
		return;
	}
	const std::string notes = notesOf(*snapshot, view, words);
	const float notes_x = left + metrics.width(title, Face::bold, areas.text) + areas.text * 0.7F;
	if (!notes.empty() && notes_x + metrics.width(notes, Face::regular, areas.text) <= right) {
		scene.texts.push_back({notes, Face::regular, areas.text, std::round(notes_x), areas.header, Align::left,
				       style::kDim});
	}
}

void addMessage(Scene &scene, const Areas &areas, const Rect &where, const std::string &message,
		const TextMetrics &metrics)
{
	const float inside = areas.text * 0.6F;
	const std::string text = elided(message, Face::bold, areas.text, where.width - 2 * inside, metrics);
	const float width = std::ceil(metrics.width(text, Face::bold, areas.text)) + 2 * inside;
	const float x = std::round(where.x + where.width / 2);
	const float y = std::round(where.y + where.height / 2);
	if (scene.drawn) {
		const float half = std::round(areas.row * 0.62F);
		scene.boxes.push_back({{std::round(x - width / 2), y - half, width, 2 * half},
				       std::round(areas.text * 0.3F),
				       style::kCard});
	}
	scene.texts.push_back({text, Face::bold, areas.text, x, y, Align::center, style::kInk});
}

} // namespace pulseline::overlay
