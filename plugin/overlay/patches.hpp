// Rectangles of a picture, in whole pixels: what must be painted anew where things stand still and change one by one.
// Pure: any thread.
#pragma once

#include "overlay/scene.hpp"

#include <span>

namespace pulseline::overlay {

// No two of them overlap: those that would are one.
class Patches {
public:
	static Patches whole();

	bool empty() const { return all_.empty(); }
	bool isWhole() const { return *this == whole(); }
	std::span<const Rect> all() const { return all_; }
	void add(const Rect &rect); // and what of the pixels at its edges it does not cover
	void add(const Patches &other);
	bool meet(const Rect &rect) const;
	bool operator==(const Patches &) const = default;

private:
	std::vector<Rect> all_;
};

// What both have; without any width or height where they do not meet.
Rect common(const Rect &one, const Rect &other);

// What a box or a text covers, or more.
Rect rectOf(const Box &box);
Rect rectOf(const Text &text, const TextMetrics &metrics);

} // namespace pulseline::overlay
