#include "overlay/axis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <format>

namespace pulseline::overlay {
namespace {

constexpr float kHalvedPanel = 1.8F; // in text heights: a lower one is crowded with lines between those of its scale

constexpr std::array<std::int64_t, 15> kSteps_s{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400};

void addGridLine(Scene &scene, const Rect &panel, float y, float thickness, Color color)
{
	// On whole pixels, so that it stays sharp.
	const float top = std::round(y - thickness / 2);
	scene.boxes.push_back({{panel.x, top, panel.width, thickness}, 0, color});
}

std::int64_t stepFor(double pixels_per_ms, float apart)
{
	for (const std::int64_t step : kSteps_s) {
		if (static_cast<double>(step * 1000) * pixels_per_ms >= static_cast<double>(apart)) {
			return step * 1000;
		}
	}
	return kSteps_s.back() * 1000;
}

} // namespace

std::string numberText(double value, bool sign)
{
	const bool small = std::abs(value) < 0.01; // a scale may be of any size
	const double rounded = small ? value : std::round(value * 1000) / 1000;
	const std::string digits =
		small ? std::format("{:.3g}", std::abs(value)) : std::format("{}", std::abs(rounded));
	if (rounded < 0) {
		return "\u2212" + digits;
	}
	return sign && rounded > 0 ? "+" + digits : digits;
}

std::string timeText(std::int64_t position_ms)
{
	const std::int64_t seconds = position_ms / 1000;
	if (seconds >= 3600) {
		return std::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
	}
	return std::format("{}:{:02}", seconds / 60, seconds % 60);
}

std::vector<ScaleMark> scaleMarks(const Range &range, Measure measure, const Words &words, bool brief)
{
	const bool percent = measure == Measure::net || measure == Measure::activity;
	const bool sign = range.bottom < 0;
	const auto text = [&](double value) { return numberText(value, sign) + (percent ? "%" : ""); };
	std::vector<ScaleMark> marks;
	if (!range.neutral || *range.neutral < range.top) {
		marks.push_back({range.top, text(range.top), false});
	}
	if (range.neutral) {
		const std::string number = numberText(*range.neutral, sign);
		marks.push_back({*range.neutral, brief ? number : words.neutral + " " + number, true});
	}
	if (!range.neutral || *range.neutral > range.bottom) {
		marks.push_back({range.bottom, text(range.bottom), false});
	}
	return marks;
}

void addScale(Scene &scene, const Areas &areas, const Theme &theme, const Rect &panel, const Range &range,
	      const std::vector<ScaleMark> &marks)
{
	const auto y = [&](double value) { return range.y(panel, value); };
	const double middle = range.neutral.value_or((range.top + range.bottom) / 2);
	std::vector<double> values{range.top, range.bottom};
	if (panel.height >= areas.text * kHalvedPanel) {
		values.insert(values.end(), {(range.top + middle) / 2, (range.bottom + middle) / 2});
	}
	for (const double value : values) {
		if (!range.neutral || std::abs(y(value) - y(*range.neutral)) > areas.text / 4) {
			addGridLine(scene, panel, y(value), areas.hair, theme.grid);
		}
	}
	if (!range.neutral) {
		addGridLine(scene, panel, y(middle), areas.hair, theme.grid);
	} else {
		addGridLine(scene, panel, y(*range.neutral), areas.hair + 1, theme.axis);
	}
	// The outer labels stay beside the plot; one that would touch the neutral one is left out.
	const float inset = areas.text * 0.34F;
	const auto place = [&](double value) {
		return std::clamp(y(value), panel.y + inset, std::max(panel.y, panel.bottom() - inset));
	};
	for (const ScaleMark &mark : marks) {
		const bool touches = range.neutral && !mark.neutral &&
				     std::abs(place(mark.value) - place(*range.neutral)) < areas.text;
		if (!touches) {
			scene.texts.push_back({mark.text, Face::regular, areas.text, panel.x - areas.pad,
					       place(mark.value), Align::right, mark.neutral ? theme.ink : theme.dim});
		}
	}
}

void addTimeAxis(Scene &scene, const Areas &areas, const Theme &theme, const TextMetrics &metrics)
{
	const Ruler &ruler = scene.outline.ruler;
	const Passage &passage = ruler.passage;
	const float widest = metrics.width(timeText(passage.to_ms), Face::regular, areas.text);
	const std::int64_t step = stepFor(ruler.pixelsPerMs(), widest * 1.6F);
	const float room = ruler.x(static_cast<double>(passage.to_ms)) + scene.margin;
	for (std::int64_t at = (passage.from_ms + step - 1) / step * step; at <= passage.to_ms; at += step) {
		const float x = ruler.x(static_cast<double>(at));
		const float tick = std::round(areas.text * 0.14F);
		scene.moving_boxes.push_back(
			{{std::round(x - areas.hair / 2), scene.floor, areas.hair, tick}, 0, theme.axis});
		const std::string text = timeText(at);
		if (x + metrics.width(text, Face::regular, areas.text) / 2 <= room) {
			scene.moving_texts.push_back(
				{text, Face::regular, areas.text, x, areas.axis, Align::center, theme.dim});
		}
	}
}

} // namespace pulseline::overlay
