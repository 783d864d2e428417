// The row over the plot, which says what is shown and in which state it is, and the message where nothing can be shown.
// Used by the scene's builders only.
#pragma once

#include "overlay/layouts.hpp"

namespace pulseline::overlay {

// What is left of the row, between the title and the signs of state.
struct HeaderRoom {
	float from = 0;
	float to = 0;
};

// Gives the signs of state a row of their own below the title where one has no room for both, if the plot can spare it.
void makeHeader(Stage &stage);
// The width that title and signs need beside each other, in few letters.
float leastHeader(const Stage &stage);
// The title, with this room beside it if that can be had, and the signs. For a single target of several, the title says
// whose it is.
HeaderRoom addHeader(Scene &scene, const Stage &stage, float beside = 0);
// As many of these notes as fit, the most important first; empty ones are passed over.
void addNotes(Scene &scene, const Stage &stage, HeaderRoom room, const std::vector<std::string> &notes);

// That a curve is smoothed; empty if it is not.
std::string smoothingNote(const Stage &stage);

// In the middle of `where`; over a plot on a plate that keeps it apart from what is there.
void addMessage(Scene &scene, const Areas &areas, const Theme &theme, const Rect &where, const std::string &message,
		const TextMetrics &metrics, bool plate);

} // namespace pulseline::overlay
