#include "overlay/header.hpp"

#include "overlay/axis.hpp"
#include "overlay/style.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

struct Chip {
	std::string text;
	Color ground;
	Color ink;
	std::string brief = {}; // the same in fewer letters; empty: there are none
	bool yields = false;    // to the title
};

struct Title {
	std::string text;
	std::string brief; // where it has no room
};

Title measureTitle(const View &view, const Words &words)
{
	switch (view.measure) {
	case Measure::mean:
		return {words.mean, words.mean_brief};
	case Measure::net:
		return view.base == Base::active ? Title{words.net_active, words.net_active_brief}
						 : Title{words.net_present, words.net_present_brief};
	case Measure::activity:
		return {words.activity, words.activity_brief};
	case Measure::sd:
		return {words.sd, words.sd_brief};
	}
	return {};
}

Title titleOf(const Stage &stage)
{
	const Words &words = stage.words;
	Title title =
		layoutOf(stage.view).course ? measureTitle(stage.view, words) : Title{words.shares, words.shares_brief};
	if (stage.targets.size() == 1 && stage.snapshot.settings->targets.size() > 1) {
		const std::string &whose = stage.targets.front().name;
		title.text += ": " + whose;
		title.brief += ": " + whose;
	}
	return title;
}

std::optional<Chip> stateChip(const Stage &stage)
{
	const Words &words = stage.words;
	const Theme &theme = stage.view.theme;
	switch (stage.instant.state) {
	case State::paused:
		return Chip{words.paused, theme.ink, theme.card.withAlpha(1)};
	case State::stopped:
		return Chip{words.stopped, theme.chip, theme.ink};
	case State::ended:
		return Chip{words.ended, theme.chip, theme.ink};
	case State::stale:
		return Chip{fillIn(words.stale, timeText(stage.instant.silent_since_ms)), theme.alarm, theme.alarm_ink,
			    words.stale_brief};
	default:
		return std::nullopt;
	}
}

std::vector<Chip> chipsOf(const Stage &stage)
{
	const Words &words = stage.words;
	const Theme &theme = stage.view.theme;
	std::vector<Chip> chips;
	if (stage.snapshot.simulated) {
		chips.push_back({words.simulated, theme.warning, theme.warning_ink, words.simulated_brief});
	}
	if (const auto chip = stateChip(stage)) {
		chips.push_back(*chip);
	}
	if (stage.instant.no_media) {
		chips.push_back({words.no_media, theme.alarm, theme.alarm_ink, words.no_media_brief});
	} else if (stage.instant.approximate) {
		chips.push_back({words.approximate, theme.chip, theme.ink, words.approximate_brief});
	}
	if (const std::int64_t lag_ms = stage.snapshot.settings->lag_ms; lag_ms != 0) {
		const std::string seconds = numberText(static_cast<double>(lag_ms) / 1000, false);
		chips.push_back({fillIn(words.lag, seconds), theme.chip, theme.ink});
	}
	if (stage.missing > 0) {
		const std::string count = std::to_string(stage.missing);
		chips.push_back({fillIn(words.missing, count), theme.chip, theme.ink,
				 fillIn(words.missing_brief, count), true});
	}
	return chips;
}

float widthOf(const Chip &chip, const Areas &areas, const TextMetrics &metrics)
{
	return metrics.width(chip.text, Face::bold, areas.text) + areas.pad + areas.text * 0.8F;
}

void shorten(Chip &chip)
{
	chip.text = chip.brief.empty() ? chip.text : chip.brief;
}

// All of them, in few letters as far as there is no room beside a title of this width, and beside what else is wanted
// if that can be had so, the least important first; else those that have room, the most important first. How many lines
// are not shown is less than what is shown.
std::vector<Chip> fitting(std::vector<Chip> chips, const Areas &areas, float room, float title, float wanted,
			  const TextMetrics &metrics)
{
	const auto together = [&](const std::vector<Chip> &some) {
		float all = title;
		for (const Chip &chip : some) {
			all += widthOf(chip, areas, metrics);
		}
		return all;
	};
	std::vector<Chip> brief = chips;
	std::ranges::for_each(brief, shorten);
	const float left = together(brief) + wanted <= room ? room - wanted : room;
	for (auto chip = chips.rbegin(); chip != chips.rend() && together(chips) > left; ++chip) {
		shorten(*chip);
	}
	float used = 0;
	std::size_t count = 0;
	for (; count < chips.size(); ++count) {
		used += widthOf(chips[count], areas, metrics);
		if (count > 0 && used + (chips[count].yields ? title : 0) > room) {
			break;
		}
	}
	chips.resize(count);
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
		const Rect rect{right - width, std::round(areas.signs - height / 2), width, height};
		scene.boxes.push_back({rect, std::round(areas.text * 0.22F), chip->ground});
		scene.texts.push_back(
			{chip->text, Face::bold, areas.text, rect.x + inside, areas.signs, Align::left, chip->ink});
		right = rect.x - areas.pad;
	}
	return right;
}

} // namespace

std::string smoothingNote(const Stage &stage)
{
	const std::int64_t tick_ms = stage.snapshot.settings->tick_ms;
	const std::int64_t ticks = smoothingTicks(stage.view, tick_ms);
	const auto seconds = static_cast<double>(ticks * tick_ms) / 1000;
	return ticks > 1 ? fillIn(stage.words.smoothed, numberText(seconds, false)) : "";
}

float leastHeader(const Stage &stage)
{
	const Areas &areas = stage.areas;
	float width = stage.metrics.width(titleOf(stage).brief, Face::bold, areas.text) + areas.pad;
	for (Chip &chip : chipsOf(stage)) {
		shorten(chip);
		width += widthOf(chip, areas, stage.metrics);
	}
	return width;
}

void makeHeader(Stage &stage)
{
	Areas &areas = stage.areas;
	auto *const key = layoutOf(stage.view).key;
	const float least = leastHeader(stage) + (key ? key(stage) : 0);
	const bool crowded = least > areas.card.width - 2 * areas.pad;
	if (crowded && areas.plot.height - areas.row >= areas.text * style::kLowestPlot) {
		areas.signs += areas.row;
		areas.plot.y += areas.row;
		areas.plot.height -= areas.row;
	}
}

HeaderRoom addHeader(Scene &scene, const Stage &stage, float beside)
{
	const Areas &areas = stage.areas;
	// Where there is nobody to be shown, it has no title.
	const Title title = stage.targets.empty() ? Title{} : titleOf(stage);
	const auto wide = [&](const std::string &text) { return stage.metrics.width(text, Face::bold, areas.text); };
	const bool apart = areas.signs != areas.header;
	const float left = std::round(areas.card.x + areas.pad);
	const float all = areas.headerRight - left;
	const float least = apart ? 0 : wide(title.brief) + areas.pad;
	const std::vector<Chip> chips = fitting(chipsOf(stage), areas, all, least, apart ? 0 : beside, stage.metrics);
	const float end = addChips(scene, areas, chips, areas.headerRight, stage.metrics) - areas.pad;
	const float right = apart ? areas.headerRight : end;
	const float room = right - left;
	const bool kept = wide(title.brief) + beside <= room;
	const bool whole = wide(title.text) + (kept ? beside : 0) <= room;
	const std::string shown = elided(whole ? title.text : title.brief, Face::bold, areas.text, room, stage.metrics);
	scene.texts.push_back({shown, Face::bold, areas.text, left, areas.header, Align::left, stage.view.theme.ink});
	return {std::round(left + wide(shown) + areas.text * 0.7F), right};
}

void addNotes(Scene &scene, const Stage &stage, HeaderRoom room, const std::vector<std::string> &notes)
{
	const float text = stage.areas.text;
	for (const std::string &note : notes) {
		const float width = stage.metrics.width(note, Face::regular, text);
		if (note.empty() || room.from + width > room.to) {
			continue;
		}
		scene.texts.push_back(
			{note, Face::regular, text, room.from, stage.areas.header, Align::left, stage.view.theme.dim});
		room.from = std::round(room.from + width + text * 0.7F);
	}
}

namespace {

bool touches(const Text &text, const Rect &rect, const TextMetrics &metrics)
{
	const float width = metrics.width(text.text, text.face, text.size);
	const float left = text.x - (text.align == Align::right ? width : text.align == Align::center ? width / 2 : 0);
	return left < rect.right() && left + width > rect.x && text.y + text.size / 2 > rect.y &&
	       text.y - text.size / 2 < rect.bottom();
}

} // namespace

void addMessage(Scene &scene, const Areas &areas, const Theme &theme, const Rect &where, const std::string &message,
		const TextMetrics &metrics, bool plate)
{
	const float inside = areas.text * 0.6F;
	const std::string text = elided(message, Face::bold, areas.text, where.width - 2 * inside, metrics);
	const float width = std::ceil(metrics.width(text, Face::bold, areas.text)) + 2 * inside;
	const float x = std::round(where.x + where.width / 2);
	const float y = std::round(where.y + where.height / 2);
	if (plate) {
		const float half = std::round(areas.row * 0.62F);
		const Rect under{std::round(x - width / 2), y - half, width, 2 * half};
		std::erase_if(scene.texts, [&](const Text &one) { return touches(one, under, metrics); });
		scene.boxes.push_back({under, std::round(areas.text * 0.3F), theme.card.withAlpha(1)});
		scene.written.insert(std::ranges::upper_bound(scene.written, under.y, {}, &Rect::y), under);
	}
	scene.texts.push_back({text, Face::bold, areas.text, x, y, Align::center, theme.ink});
}

} // namespace pulseline::overlay
