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

// What a text's letters cover, by these metrics.
inline overlay::Rect lettersOf(const overlay::Text &text)
{
	using overlay::Align;
	const float length = EvenMetrics().width(text.text, text.face, text.size);
	const float share = text.align == Align::left ? 0 : text.align == Align::right ? 1 : 0.5F;
	return {text.x - length * share, text.y - text.size * 0.42F, length, text.size * 0.84F};
}

} // namespace pulseline::test
