// A QR code as modules: what a phone's camera reads an address from. A value; any thread.
#pragma once

#include <cstddef>
#include <vector>

namespace pulseline {

struct Qr {
	int size = 0;           // modules in a row and in a column; 0: none
	std::vector<bool> dark; // size * size, row by row, without the quiet zone
	// The light border that readers need, in modules (ISO/IEC 18004).
	static constexpr int kQuiet = 4;

	// Light outside, so that the quiet zone needs no special case.
	bool at(int x, int y) const
	{
		const bool inside = x >= 0 && y >= 0 && x < size && y < size;
		return inside && dark[static_cast<std::size_t>(y * size + x)];
	}
	bool operator==(const Qr &) const = default;
};

} // namespace pulseline
