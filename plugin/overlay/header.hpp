// The row over the plot, which says what is shown and in which state it is, and the message where nothing can be shown.
// Used by the scene's builders only.
#pragma once

#include "overlay/areas.hpp"

namespace pulseline::overlay {

// `snapshot` may be null.
void addHeader(Scene &scene, const Areas &areas, const Snapshot *snapshot, const View &view, const Instant &instant,
	       const Words &words, const TextMetrics &metrics);

// In the middle of `where`; over a plot on a plate that keeps it apart from the grid.
void addMessage(Scene &scene, const Areas &areas, const Rect &where, const std::string &message,
		const TextMetrics &metrics);

} // namespace pulseline::overlay
