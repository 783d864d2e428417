// The labels at the lines' ends: who, and how many. Used by the scene's builders only.
#pragma once

#include "overlay/areas.hpp"
#include "overlay/series.hpp"

namespace pulseline::overlay {

// A segment that is shown, or asked for and not there.
struct Pick {
	std::string name;
	std::optional<std::size_t> segment;
	std::size_t look = 0; // which colour and dash; 0 is everybody's
};

// Those that the view asks for, in its order.
std::vector<Pick> picksOf(const Snapshot &snapshot, const View &view);

struct Look {
	Color color;
	Dash dash;   // where it is sure
	Dash unsure; // where there are few people
	float width = 0;
};
Look lookOf(std::size_t index, const Theme &theme, float text);

struct Label {
	std::string name;
	std::string figures; // n, or why there is no line
	std::string shorter; // the same with what can be done without left out
	bool counts = false; // there are enough people
	bool few = false;    // but not many
	Look look;
	std::optional<float> wish; // the height of the line's end
};

// Room for the labels of one panel.
struct LegendBox {
	Rect area; // all its columns
	int columns = 1;
	float column = 0;   // width of one
	float between = 0;  // in rows
	bool brief = false; // for brief figures
};

// What is written beside the name at the label's tick: n, or that it is too few.
Label labelOf(const Snapshot &snapshot, const View &view, const Instant &instant, std::uint32_t target,
	      const Pick &pick, const Words &words, float text);

// The width that the figures and one column of whole labels need: for everybody's number now, so that the plot keeps
// its size when it comes. `brief`: the shorter figures.
float figuresWidth(const Snapshot &snapshot, const View &view, const std::vector<Pick> &picks, const Words &words,
		   const TextMetrics &metrics, float text, bool brief = false);
float labelWidth(const Snapshot &snapshot, const View &view, const std::vector<Pick> &picks, const Words &words,
		 const TextMetrics &metrics, float text, bool brief = false);

// Writes the labels; the result is where each one begins. In one column they stand as near to their wishes as they
// can without touching; in several, which no line can lead to, each one keeps its place.
std::vector<Point> addLegend(Scene &scene, const LegendBox &box, const Areas &areas, const Theme &theme,
			     const std::vector<Label> &labels, const TextMetrics &metrics);

// The same in rows from left to right, beginning with whose they are, unless that is empty.
std::vector<Point> addRows(Scene &scene, const LegendBox &box, const Areas &areas, const Theme &theme,
			   const std::vector<Label> &labels, const std::string &whose, const TextMetrics &metrics);

// The positions nearest to the wishes (least squares) that keep their order, lie at least `apart` apart and within
// [low, high]; if there is no room, closer together. The wishes must be in rising order.
std::vector<float> spread(std::vector<float> wishes, float apart, float low, float high);

float widestName(const std::vector<Pick> &picks, const TextMetrics &metrics, float text);

// How many bytes at the beginning of the text, whole characters, are no wider than this with `end` behind them.
std::size_t fitting(const std::string &text, const std::string &end, Face face, float size, float width,
		    const TextMetrics &metrics);
// The longest beginning of the text that fits, with an ellipsis if it is cut.
std::string elided(const std::string &text, Face face, float size, float width, const TextMetrics &metrics);

} // namespace pulseline::overlay
