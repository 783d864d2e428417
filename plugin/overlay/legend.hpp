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

// Those that the view asks for, in its order, at most as many as can be told apart.
std::vector<Pick> picksOf(const Snapshot &snapshot, const View &view);

struct Look {
	Color color;
	Dash dash;
	float width = 0;
};
Look lookOf(std::size_t index, float text);

struct Label {
	std::string name;
	std::string figures; // n, or why there is no line
	std::string shorter; // the same with what can be done without left out
	bool counts = false;
	Look look;
	std::optional<float> wish; // the height of the line's end
};

// What is written beside the name at the label's tick.
Label labelOf(const Snapshot &snapshot, const View &view, const Instant &instant, std::uint32_t target,
	      const Pick &pick, const Words &words, float text);

// The width that one column of these labels needs.
float labelWidth(const Snapshot &snapshot, const View &view, const std::vector<Pick> &picks, const Words &words,
		 const TextMetrics &metrics, float text);

// Writes the labels; the result is where each one begins. In one column they stand as near to their wishes as they
// can without touching; in several they stand in the order of their wishes.
std::vector<Point> addLegend(Scene &scene, const Areas &areas, const std::vector<Label> &labels,
			     const TextMetrics &metrics);

// The positions nearest to the wishes (least squares) that keep their order, lie at least `apart` apart and within
// [low, high]; if there is no room, closer together. The wishes must be in rising order.
std::vector<float> spread(std::vector<float> wishes, float apart, float low, float high);

// The longest beginning of the text that fits, with an ellipsis if it is cut.
std::string elided(const std::string &text, Face face, float size, float width, const TextMetrics &metrics);

} // namespace pulseline::overlay
