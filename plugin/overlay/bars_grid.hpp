// Where bars stand, their names and their figures. Used by the layout `bars` only.
#pragma once

#include "overlay/layouts.hpp"

namespace pulseline::overlay {

// Rows of bars: for a single target as many columns as its segments need; of several each has a block of rows, in bands
// of so many beside each other.
struct Grid {
	Rect area;
	std::size_t columns = 1;
	std::size_t bands = 1;
	float gap = 0;        // between bands
	std::size_t rows = 1; // of a block
	float names = 0;      // width of the names, once for all targets of a band, else in each column
	float figures = 0;    // width of the figures
	bool brief = false;   // they are the shorter ones
	float column = 0;
	float step = 0; // from column to column
	float first = 0;
};

// Keeps the targets and segments that have room. `pooled`: the figures may be those of several ticks.
Grid gridOf(Stage &stage, bool pooled);

} // namespace pulseline::overlay
