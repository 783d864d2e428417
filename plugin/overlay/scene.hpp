// The picture as plain geometry: what is where, in pixels of the source, in which colour. Made from a snapshot, the
// view and an instant; the same input gives the same scene. Pure: any thread.
//
// A scene has a fixed layer (card, scale, labels, state) and a moving one (curves, cells, time axis), which slides
// under the plot when a window rolls. Coordinates of the moving layer count from Ruler::origin().
#pragma once

#include "overlay/instant.hpp"

namespace pulseline::overlay {

struct Point {
	float x = 0;
	float y = 0;

	bool operator==(const Point &) const = default;
};

struct Rect {
	float x = 0;
	float y = 0;
	float width = 0;
	float height = 0;

	float right() const { return x + width; }
	float bottom() const { return y + height; }
	bool operator==(const Rect &) const = default;
};

// A filled rectangle with round corners, or a hatched one with square corners.
struct Box {
	Rect rect;
	float radius = 0;
	Color color;
	float hatch = 0; // from stripe to stripe, a power of two; 0: filled

	bool operator==(const Box &) const = default;
};

enum class Face { regular, bold };
enum class Align { left, center, right };

struct Text {
	std::string text;
	Face face = Face::regular;
	float size = 0; // of the font, in pixels
	float x = 0;    // of the edge or the centre that `align` names
	float y = 0;    // of the middle of the capitals
	Align align = Align::left;
	Color color;

	bool operator==(const Text &) const = default;
};

// Lengths of stroke and gap in turn, in pixels along the time axis; empty: solid. A stroke as long as the line is wide
// is a dot.
using Dash = std::vector<float>;

// The band of confidence at one x.
struct BandPoint {
	float x = 0;
	float high = 0; // the upper edge, so the smaller y
	float low = 0;

	bool operator==(const BandPoint &) const = default;
};
using Band = std::vector<BandPoint>;

// An unbroken stretch of a segment's line: one point in the middle of each tick.
struct Run {
	std::vector<Point> points;
	std::vector<bool> few; // of each point: fewer than kSolidN people
	std::size_t firm = 0;  // points before this one are of closed ticks; the others may still change

	bool operator==(const Run &) const = default;
};

struct Curve {
	std::size_t segment = 0; // index into the snapshot's segments
	std::uint32_t target = 0;
	Color color;
	Color shade;     // of its bands
	float width = 0; // of the line
	Dash dash;       // of a line that is sure
	Dash unsure;     // where there are few people
	std::vector<Run> runs;
	std::vector<Band> bands;
	Point slot;          // where its label begins, in the fixed layer
	bool counts = false; // the label shows figures: enough people at the label's tick
	bool leader = false; // a thin line leads from the line's end to the label
};

// Where positions lie on the picture.
struct Ruler {
	Rect plot;
	Passage passage;
	bool reveal = true;

	double pixelsPerMs() const;
	// The pixel of the endless time axis at which the moving layer begins: the same moment falls on the same part
	// of a pixel, and of a hatching, in every passage that is painted.
	double origin() const;
	// Where a position lies in the moving layer.
	float x(double position_ms) const;
	// The first position that is seen while `position_ms` is on screen.
	double viewStart_ms(double position_ms) const;
	// How far the moving layer is shifted to the left then.
	float scroll(double position_ms) const;
	// Within the plot.
	float playhead(double position_ms) const;
};

// How the moving layer is seen in one frame. While an axis grows, another window is seen than was painted.
struct Sight {
	float scroll = 0;
	float stretch = 1; // pixels of the layer in one of the source
	float playhead = 0;
};
Sight sightOf(const Ruler &ruler, double position_ms, double window_ms);

// What tells where a moment and a value lie on the picture.
struct Outline {
	State state = State::no_session;
	Ruler ruler;
	double value_top = 1; // at the plot's upper edge
	double value_bottom = -1;
};

struct Scene {
	std::uint32_t width = 0;
	std::uint32_t height = 0;
	Outline outline;
	bool drawn = false;     // there is a plot with a time axis
	bool motion = false;    // it may come gently over the one before
	std::int64_t tick = -1; // whose figures it shows
	float ahead = 0;        // how much is seen of the curves right of the playhead
	float strength = 1;     // of all curves: less when they are stale
	float margin = 0;       // the moving layer goes on for so much on both sides of the passage
	float moving_width = 0; // with both margins
	float rim = 0;          // how far a line may stand out of the plot
	float floor = 0;        // down to here the moving layer is hidden or dimmed ahead of the playhead
	float leader = 0.32F;   // how strong the thin lines to the labels are
	float label_gap = 0;    // between the plot and the labels
	Rect card;
	std::vector<Box> boxes;    // fixed layer, from back to front
	std::vector<Text> texts;   // fixed layer, over the boxes
	std::vector<Rect> written; // in the plot, from top to bottom: what is written there no line crosses out
	std::vector<Box> moving_boxes;
	std::vector<Text> moving_texts;
	std::vector<Curve> curves; // from back to front
	std::vector<Box> bars;     // where nothing slides: they grow over the fixed layer, under `moving_texts`
	float playhead_width = 2;
	Color playhead;
	Color edge; // around lines and dots
};

// How large a text will be; for the layout.
class TextMetrics {
public:
	virtual ~TextMetrics() = default;
	virtual float width(const std::string &text, Face face, float size) const = 0;
	// All that its letters may cover, as seen from its left end and the middle of its capitals.
	virtual Rect extent(const std::string &text, Face face, float size) const
	{
		return {-size, -size, width(text, face, size) + 2 * size, 2 * size};
	}
};

Scene buildScene(const Snapshot *snapshot, const View &view, const Instant &instant, const Words &words,
		 const TextMetrics &metrics);

// Whether one can fade into the other: all that is common to both lies in the same place.
bool sameShape(const Scene &one, const Scene &other);
// The axis of a speech of unknown length.
bool grows(const Scene &from, const Scene &to);

// What GetLayout answers, of one frame.
struct LayoutInfo {
	std::int64_t x = 0; // of the plot, in pixels of the source
	std::int64_t y = 0;
	std::int64_t width = 0;
	std::int64_t height = 0;
	std::int64_t start_ms = 0; // at its left edge
	std::int64_t end_ms = 0;   // at its right edge
	std::int64_t position_ms = 0;
	std::string_view state = toText(State::no_session);
	double value_top = 1; // at its upper edge; a tick's value stands in the middle of the tick
	double value_bottom = -1;
};

// `window_ms`: as in Sight, of an axis that grows; 0: as it was painted.
LayoutInfo layoutInfo(const Outline &outline, double position_ms, double window_ms = 0);

} // namespace pulseline::overlay
