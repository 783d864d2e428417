// Where the labels of lines stand, and what room is left to the plot. Used by the layout `lines` only.
#pragma once

#include "overlay/layouts.hpp"

namespace pulseline::overlay {

// How the labels stand: beside each panel; where that is too low for them once for all panels, as a table with a column
// of n for each target; where the picture is too narrow for either, in rows above each panel.
struct Legend {
	enum class Kind { beside, table, above };

	Kind kind = Kind::beside;
	LegendBox box;
	float figures = 0; // the width of the table's columns
	float rows = 0;    // the height of the rows above a panel; 0: there are none
};

// Keeps the targets and segments that have room, with panels so far apart, and divides the width between names of
// targets, a scale of this width, plot and labels.
Legend placeLegend(Stage &stage, float gap, float scale);
// The plot's width where the scale is another one.
void fitScale(Stage &stage, const Legend &legend, float scale);
// The panels of the targets.
std::vector<Rect> panelsOf(const Stage &stage, const Legend &legend, float gap);

} // namespace pulseline::overlay
