// The picture's proportions, all lengths in text heights, so that it is the same picture at any size; and the patterns
// of its lines. Used by the scene's builders only.
#pragma once

#include "overlay/scene.hpp"

#include <array>

namespace pulseline::overlay::style {

// Strokes and gaps in line widths. Fewer than thirty people are drawn with gaps as long as the strokes; what tells
// segments apart besides their colours are small notches in a line that stays a line. Their number has no divisor in
// common with that of the colours, so that 35 segments differ in one or the other.
inline constexpr std::array<std::array<float, 6>, 5> kNotches{
	{{}, {18, 1.4F}, {14, 1.4F, 3, 1.4F}, {9, 1.4F}, {14, 1.4F, 3, 1.4F, 3, 1.4F}}};
inline constexpr std::array<float, 2> kUnsure{3.2F, 2.6F};

inline constexpr std::size_t kMaxCurves = 16; // of one target
inline constexpr std::size_t kMaxHeads = 24;  // of all targets
inline constexpr std::size_t kMaxBars = 150;  // parts of bars that grow in every frame

inline constexpr float kSafe = 0.05F;         // of the canvas on each side: EBU R 95, graphics
inline constexpr float kTextShare = 0.13F;    // of the height, at most
inline constexpr float kTextWide = 1.0F / 60; // of the width, at most
inline constexpr float kTextFull = 1.0F / 48; // the same where the picture fills the canvas
inline constexpr float kMinText = 15;
inline constexpr float kRow = 1.24F;
inline constexpr float kPad = 0.42F;
inline constexpr float kLine = 0.13F;
inline constexpr float kEverybodyLine = 1.35F; // times a line
inline constexpr float kSwatch = 1.8F;
inline constexpr float kSwatchBrief = 1.3F; // beside brief figures
inline constexpr float kLowestPlot = 2.4F;  // what is left to a plot at least by what is written above it
inline constexpr float kStale = 0.4F;
inline constexpr float kStaleOnLight = 0.65F; // light adds up linearly: on a light card less of it is as weak
inline constexpr float kAhead = 0.3F;
inline constexpr float kFaint = 0.3F; // a value of the fewest people that are shown

} // namespace pulseline::overlay::style
