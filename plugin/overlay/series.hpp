// From cells to the lines' points: the figures of a segment over the painted passage. Used by the scene's builders
// only.
#pragma once

#include "overlay/scene.hpp"

namespace pulseline::overlay {

// What the vertical scale shows.
struct Range {
	double top = 1;
	double bottom = -1;
	std::optional<double> neutral;

	float y(const Rect &plot, double value) const;
};

Range rangeOf(Measure measure, const Scale &scale);

struct SeriesInput {
	const Snapshot &snapshot;
	const View &view;
	std::uint32_t target = 0;
	Range range;
	Ruler ruler;
	Rect panel; // where the scale stands; as wide as the ruler's plot
};

struct Series {
	std::vector<Run> runs;
	std::vector<Band> bands; // of closed ticks
};

// The unbroken runs of a segment within the painted passage: a tick without a shown figure breaks the line. Where
// ticks are narrower than half a pixel, each pixel keeps the first, the least, the greatest and the last value; where
// they are narrower than one and a half, a band keeps the mean of its edges in every three pixels.
Series seriesOf(const SeriesInput &input, std::size_t segment);

// The figure that a measure shows, in the units of its scale.
std::optional<double> valueOf(const Figures &figures, Measure measure);
// How many people stand behind it.
std::uint32_t peopleBehind(const Figures &figures, Measure measure);
inline constexpr std::uint32_t kSolidN = 30; // from so many people on, a value is drawn as sure

// How many of the last shown values the smoothing takes the mean of; 1: none.
std::int64_t smoothingTicks(const View &view, std::int64_t tick_ms);
// The band belongs to the mean as it was counted.
bool hasBand(const View &view, std::int64_t tick_ms);

} // namespace pulseline::overlay
