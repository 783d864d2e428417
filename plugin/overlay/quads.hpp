// How single quads are written. Used by the overlay's mesh builders only.
#pragma once

#include "overlay/mesh.hpp"

namespace pulseline::overlay {

std::uint32_t packed(Color color);
void addVertex(Quads &quads, Point point, float z, std::uint32_t color, const Four &extra);
void addSheet(Quads &quads, const Rect &rect);
void addBox(Quads &quads, const Box &box, float shift);
// The quads that `add` adds.
template <typename Add>
QuadSpan spanOf(const Quads &quads, Add &&add)
{
	const std::uint32_t first = quads.count();
	add();
	return {first, quads.count() - first};
}

// How far a piece of a line is drawn beyond its ends; to the sides as far as at its end.
struct Caps {
	float begin = 0;
	float end = 0;
};
void addPiece(Quads &quads, Point from, Point to, float z, std::uint32_t color, Caps caps);

// How far from a line's middle it is drawn, its edge included.
float reachOf(const Curve &curve);
// How curves are drawn: where the layer's 0, 0 lies, the unit of distance, and the `phase` of cutDashes().
struct Inking {
	Point shift;
	float reach = 1;
	double phase = 0;
};
void addCurve(Quads &quads, const Curve &curve, std::uint32_t channel, const Inking &inking);

} // namespace pulseline::overlay
