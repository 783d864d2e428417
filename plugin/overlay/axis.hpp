// Scale labels, time labels and how numbers are written. Used by the scene's builders only.
#pragma once

#include "overlay/areas.hpp"
#include "overlay/series.hpp"

namespace pulseline::overlay {

std::string numberText(double value, bool sign); // the shortest, with a real minus
std::string timeText(std::int64_t position_ms);  // 0:05, 12:00, 1:02:30

// The texts of the vertical scale, from top to bottom; the neutral one is named, `brief`: only numbers.
struct ScaleMark {
	double value = 0;
	std::string text;
	bool neutral = false;
};
std::vector<ScaleMark> scaleMarks(const Range &range, Measure measure, const Words &words, bool brief = false);

// Grid, neutral line and scale labels of a panel.
void addScale(Scene &scene, const Areas &areas, const Theme &theme, const Rect &panel, const Range &range,
	      const std::vector<ScaleMark> &marks);
// Time labels, into the moving layer.
void addTimeAxis(Scene &scene, const Areas &areas, const Theme &theme, const TextMetrics &metrics);

} // namespace pulseline::overlay
