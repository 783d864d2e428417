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
	float signs = 0;  // of the row of the signs of state: the same, or below it
	float headerRight = 0;
	float axis = 0;  // middle of the time axis' row
	Rect words;      // of the running statement, below the header; without height: they are not shown
	float strip = 0; // height of the statements' strip under the plot; 0: none
	Rect plot; // between header or words and axis or strip; as wide as the card until a layout makes room beside it
};

// The source spans the canvas, or nearly so: at the canvas' edges the card keeps clear what screens may cut off.
Areas areasOf(std::uint32_t width, std::uint32_t height, Place place);

// As many rectangles beneath each other, with gaps between them.
std::vector<Rect> stacked(const Rect &all, std::size_t count, float gap);
// How many of at least this height fit.
std::size_t rowsThatFit(float height, float row, float gap);

} // namespace pulseline::overlay
