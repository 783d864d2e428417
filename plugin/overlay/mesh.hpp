// From the scene to quads for the effect `overlay.effect`. Pure: any thread.
//
// Every vertex has a position, a colour and four numbers whose meaning depends on the technique that draws it:
//   Box    colour; the pixel's place from the rectangle's centre (2), half its size (2); z: radius of the corners, or
//          less than 0: from stripe to stripe of a hatching
//   Text, GroundText: colour; place in the atlas (2)
//   Band   colour; y of the upper and the lower edge, and how steep each is: distance across / vertical distance
//   Stroke colour: which of four channels; in Meshes::reach: the pixel's place as seen from the begin of the piece,
//   along
//          and across, the length of the piece, and how strong it is, 1 or less where it is thinner than the line
//   Resolve, Plain, Compose: nothing but the position
//   Trace  colour; both ends of the piece (4); z: half its width
#pragma once

#include "overlay/patches.hpp"

#include <array>
#include <span>

namespace pulseline::overlay {

struct alignas(16) Four {
	float x = 0;
	float y = 0;
	float z = 0;
	float w = 0;
};

// Four vertices a quad, in the order upper left, upper right, lower left, lower right.
struct Quads {
	std::vector<Four> points;
	std::vector<std::uint32_t> colors; // bytes r, g, b, a
	std::vector<Four> extras;

	std::uint32_t count() const { return static_cast<std::uint32_t>(points.size() / 4); }
	void clear();
	void reserve(std::size_t quads);
};

struct QuadSpan {
	std::uint32_t first = 0;
	std::uint32_t count = 0;
};

inline constexpr std::size_t kMaxLanes = 3; // of which each holds a group
// Up to four curves whose strokes are drawn at once, each into a channel of its own, so that no pixel of a line is
// blended twice.
struct StrokeGroup {
	QuadSpan strokes;
	std::size_t curves = 0;
	std::array<Color, 4> colors{};
	std::array<float, 4> halves{}; // half the line's width
};

struct Meshes {
	Quads quads;
	QuadSpan sheet;               // all of the moving layer, and of the lanes
	QuadSpan curvesSheet;         // the plot's part of the moving layer
	QuadSpan patches;             // fixed layer: where something was that no ground will cover
	QuadSpan ground, groundTexts; // fixed layer; the ground has one colour everywhere
	Color groundColor;
	QuadSpan boxes, texts;             // fixed layer
	QuadSpan movingBoxes, movingTexts; // moving layer, whose x begins `margin` before the passage
	QuadSpan bands;                    // moving layer
	std::vector<StrokeGroup> strokes;  // moving layer, from back to front
	std::size_t lanes = 1;             // so many groups lie beneath each other
	float lane = 0;                    // from one to the next, whole pixels
	float drop = 0;                    // how much further down the first one is drawn
	float reach = 1;                   // how far from a line's middle its strokes are drawn

	float lanesHeight() const { return lane * static_cast<float>(lanes); }
};

// A text's picture in the atlas, and where its left upper corner lies as seen from the left end of the text and the
// middle of its capitals.
struct TextPlace {
	Rect atlas;
	Point offset;
	float advance = 0;
};

// The places in the order of the scene's texts and moving_texts. Boxes of the fixed layer are cut off at the patches;
// texts lie within them or beside all.
Meshes buildMeshes(const Scene &scene, std::span<const TextPlace> texts, std::span<const TextPlace> moving_texts,
		   const Patches &patches = Patches::whole());

// The width of the dark edge that keeps crossing lines apart.
float casing(float line_width);

// What is made in every frame: which parts of the source show the fixed layer alone and which both layers, and what
// moves with the playhead: its line, a dot at the end of each line, the leaders to the labels (technique Trace).
struct FrameQuads {
	Quads quads;
	QuadSpan plain, composed, traces;
	QuadSpan bars, words; // and what is written over them
	QuadSpan card;        // all of it
};
inline constexpr std::size_t kMaxFrameQuads = 160;

// A picture that comes gently over the one before.
struct Mixing {
	const Scene *before = nullptr;
	double share = 1;     // how much of the new one is seen
	double window_ms = 0; // how much of the speech is seen; 0: what the scene says

	// `progress`: 0 to 1.
	static Mixing at(const Scene &before, const Scene &after, double progress);
};

// Replaces what is in `frame`; does not allocate where kMaxFrameQuads are reserved.
void buildFrame(const Scene &scene, double position_ms, FrameQuads &frame, const Mixing &mixing = {});

// Pieces of a line that are left by a dash pattern. `phase` is where the line's x = 0 lies in the pattern, so that the
// pattern stands still on the time axis. Exposed for tests.
std::vector<std::vector<Point>> cutDashes(std::span<const Point> line, const Dash &dash, float width, double phase);

} // namespace pulseline::overlay
