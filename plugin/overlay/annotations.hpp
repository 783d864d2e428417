// What stands on the time axis beside the responses: markers, statements, and above the plot the words that are being
// said. Used by the scene's builders only.
#pragma once

#include "overlay/layouts.hpp"

namespace pulseline::overlay {

// Takes from the plot what they need, before a layout divides it.
void makeRoom(Stage &stage);
// Once a layout has placed the plot and its times.
void addAnnotations(Scene &scene, const Stage &stage);

// The text in at most so many lines of this width, cut at spaces; what is more is elided.
std::vector<std::string> wrapped(const std::string &text, Face face, float size, float width, std::size_t most,
				 const TextMetrics &metrics);

} // namespace pulseline::overlay
