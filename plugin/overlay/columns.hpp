// What of a picture must be painted anew when another one takes its place: columns of its two layers. A tick that
// closes touches a few of them, whatever the length of the speech. Pure: any thread.
#pragma once

#include "overlay/scene.hpp"

#include <limits>

namespace pulseline::overlay {

// All that lies between two x.
struct Columns {
	float from = std::numeric_limits<float>::infinity();
	float to = -std::numeric_limits<float>::infinity();

	static constexpr Columns whole()
	{
		return {-std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()};
	}
	bool empty() const { return !(from < to); }
	// All between the outermost ones.
	void add(const Columns &other);
	bool meet(const Columns &other) const { return from < other.to && other.from < to; }
	bool operator==(const Columns &) const = default;
};

struct Damage {
	Columns fixed;  // in pixels of the source
	Columns moving; // in those of the moving layer

	static constexpr Damage whole() { return {Columns::whole(), Columns::whole()}; }
	void add(const Damage &other);
	bool operator==(const Damage &) const = default;
};

// Where the textures of the two differ, or more.
Damage differenceOf(const Scene &before, const Scene &after, const TextMetrics &metrics);

// What there is to paint of a scene in these columns, with enough beside them that they come out as if it were whole.
// Nothing else of it is kept.
Scene cutTo(const Scene &scene, const Damage &damage, const TextMetrics &metrics);

} // namespace pulseline::overlay
