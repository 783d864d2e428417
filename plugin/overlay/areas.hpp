// Where the parts of the picture lie. Used by the scene's builders only.
#pragma once

#include "overlay/scene.hpp"

namespace pulseline::overlay {

struct Areas {
	float text = 0; // size of the font
	float row = 0;  // height of a line of text
	float pad = 0;
	float hair = 0; // a thin line
	Rect card;
	float header = 0; // middle of the header's row
	float headerRight = 0;
	float axis = 0; // middle of the time axis' row
	Rect plot;
	Rect legend;      // all its columns
	int columns = 1;  // of labels
	int rows = 1;     // of labels, in a column
	float column = 0; // width of one
};

// Text, card, rows, and how many labels stand above each other. The source is thought to span the canvas and to stand
// on its lower edge, where such a strip is put: sides and lower edge keep clear what screens may cut off.
Areas areasOf(std::uint32_t width, std::uint32_t height, std::size_t labels);

// Takes the plot's sides from what stands beside it: the widest text of the scale and the widest label.
void fitPlot(Areas &areas, float scale, float label);

} // namespace pulseline::overlay
