// The layouts. Each is one file with one function, which turns what is to be shown into a scene, and one line in
// layouts.cpp, from which the settings follow. Pure: any thread.
#pragma once

#include "overlay/areas.hpp"
#include "overlay/legend.hpp"

#include <span>

namespace pulseline::overlay {

struct Target {
	std::uint32_t index = 0;
	std::string name;
};

// What there is to show, and where. The card is in the scene already.
struct Stage {
	const Snapshot &snapshot;
	const View &view;
	const Instant &instant;
	const Words &words;
	const TextMetrics &metrics;
	std::vector<Target> targets; // at least one
	std::vector<Pick> picks;     // the segments
	Areas areas;
	std::size_t missing = 0; // targets and segments that do not fit

	bool several() const { return targets.size() > 1; }
	// Leaves out what is more.
	void keepTargets(std::size_t most);
	void keepPicks(std::size_t most);
};

struct LayoutKind {
	std::string_view name; // in the settings
	const char *label;     // key of its name for people
	void (*add)(Scene &scene, Stage &stage);
	bool course = true;  // of a measure over time; else of responses now, at the playhead, whatever `reveal` says
	bool curves = false; // with bands and smoothing
	float (*key)(const Stage &) = nullptr; // how wide it is, where nothing can be read without it
};

// The first one is the default.
std::span<const LayoutKind> layouts();
const LayoutKind *findLayout(std::string_view name); // null: there is none
const LayoutKind &layoutOf(const View &view);

// What several layouts do alike.

// The plot, whose sides are known by now, becomes a time axis under which a layer moves.
void openAxis(Scene &scene, const Stage &stage, float gap);
// Of all values: less when they are stale.
float strengthOf(const Stage &stage);
// The plot, or a bar: less is not enough to see a line's course, or shares.
bool isNarrow(float width, const Areas &areas);
// The card: its header is not shared with labels, and names have more of its width.
bool isNarrowCard(const Areas &areas);
// The widest of the targets' names, with the room to what follows; 0 for a single target, which is not named.
float targetColumn(const Stage &stage);
// The name beside its panel.
void addTargetName(Scene &scene, const Stage &stage, const Target &target, const Rect &panel);
// Says so if no figure can be shown although there are responses.
void noteWhetherShown(Scene &scene, bool shown);

void addLines(Scene &scene, Stage &stage);
void addHeat(Scene &scene, Stage &stage);
void addBars(Scene &scene, Stage &stage);
float barsKey(const Stage &stage);

} // namespace pulseline::overlay
