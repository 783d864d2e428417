// Every letter is as wide as every other: texts whose widths a test can work out.
#pragma once

#include "overlay/scene.hpp"

#include <algorithm>

namespace pulseline::test {

class EvenMetrics final : public overlay::TextMetrics {
public:
	float width(const std::string &text, overlay::Face, float size) const override
	{
		const auto letters = std::ranges::count_if(
			text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
		return static_cast<float>(letters) * size * 0.5F;
	}
};

} // namespace pulseline::test
