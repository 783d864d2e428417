// How the picture looks: colours and proportions, all lengths in text heights, so that it is the same picture at any
// size. Used by the scene's builders only.
#pragma once

#include "overlay/scene.hpp"

#include <array>

namespace pulseline::overlay::style {

inline constexpr Color kCard{11, 15, 23, 255};
inline constexpr Color kInk{255, 255, 255, 255};
inline constexpr Color kDim{196, 204, 214, 255};
inline constexpr Color kGrid{255, 255, 255, 15};
inline constexpr Color kNeutral{255, 255, 255, 64};
inline constexpr Color kChip{255, 255, 255, 46};
inline constexpr Color kWarning{230, 159, 0, 255};
inline constexpr Color kAlarm{213, 94, 0, 255};
inline constexpr Color kDarkInk{11, 15, 23, 255};

// Everybody is white. Segments: Okabe and Ito's colours without black, the darkest last.
inline constexpr Color kEverybody{245, 247, 250, 255};
inline constexpr std::array<Color, 7> kSegments{{{230, 159, 0, 255},
						 {86, 180, 233, 255},
						 {0, 158, 115, 255},
						 {240, 228, 66, 255},
						 {204, 121, 167, 255},
						 {213, 94, 0, 255},
						 {0, 114, 178, 255}}};

// Strokes and gaps in line widths; a number of patterns that has no divisor in common with that of the colours, so that
// 35 segments differ in colour or pattern.
inline constexpr std::array<std::array<float, 4>, 5> kDashes{
	{{0, 0, 0, 0}, {5, 2.5F, 5, 2.5F}, {2.2F, 2, 2.2F, 2}, {5, 2, 1, 2}, {1, 1.6F, 1, 1.6F}}};

inline constexpr std::size_t kMaxCurves = 16;

inline constexpr float kSafe = 0.05F;     // of the canvas on each side: EBU R 95, graphics
inline constexpr float kTextShare = 0.1F; // of the height
inline constexpr float kTextWide = 1.0F / 58;
inline constexpr float kMinText = 15;
inline constexpr float kRow = 1.24F;
inline constexpr float kPad = 0.42F;
inline constexpr float kLine = 0.13F;
inline constexpr float kEverybodyLine = 1.35F; // times a line
inline constexpr float kSwatch = 1.8F;
inline constexpr float kStale = 0.4F;
inline constexpr float kAhead = 0.3F;

} // namespace pulseline::overlay::style
