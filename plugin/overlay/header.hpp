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

// `brief`: what is written where the title has no room; empty: the title cut short.
HeaderRoom addHeader(Scene &scene, const Stage &stage, const std::string &title, const std::string &brief = "");
// As many of these notes as fit, the most important first; empty ones are passed over.
void addNotes(Scene &scene, const Stage &stage, HeaderRoom room, const std::vector<std::string> &notes);

std::string measureTitle(const View &view, const Words &words);
// The same in few letters, where it must not be cut: of whom the net is a share. Empty: it may be.
std::string measureBrief(const View &view, const Words &words);
// What is shown; for a single target of several, whose it is.
std::string titleOf(const Stage &stage, const std::string &shown);
// That a curve is smoothed; empty if it is not.
std::string smoothingNote(const Stage &stage);

// In the middle of `where`; over a plot on a plate that keeps it apart from what is there.
void addMessage(Scene &scene, const Areas &areas, const Theme &theme, const Rect &where, const std::string &message,
		const TextMetrics &metrics, bool plate);

} // namespace pulseline::overlay
