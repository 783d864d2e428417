#include "overlay/areas.hpp"

#include "overlay/style.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {

Areas areasOf(std::uint32_t width, std::uint32_t height, Place place)
{
	const auto w = static_cast<float>(width);
	const auto h = static_cast<float>(height);
	Areas areas;
	// As high as the canvas, it has both edges, and room for larger texts.
	const bool full = place == Place::full || h > w * 0.5F;
	const float widest = full ? style::kTextFull : style::kTextWide;
	areas.text = std::max(style::kMinText, std::round(std::min(h * style::kTextShare, w * widest)));
	areas.row = std::round(areas.text * style::kRow);
	areas.pad = std::round(areas.text * style::kPad);
	areas.hair = std::max(1.0F, std::round(areas.text / 16));

	const float side = std::round(w * style::kSafe);
	const float edge = std::round(std::min(w * 9 / 16 * style::kSafe, h * 0.18F));
	const float inner = std::round(std::min(h * 0.03F, edge));
	const float above = full || place == Place::top ? edge : inner;
	const float below = full || place == Place::bottom ? edge : inner;
	areas.card = {side, above, w - 2 * side, h - above - below};
	areas.header = areas.card.y + std::round(areas.pad * 0.6F + areas.row / 2);
	areas.signs = areas.header;
	areas.headerRight = areas.card.right() - areas.pad;
	areas.axis = areas.card.bottom() - std::round(areas.pad * 0.4F + areas.row / 2);
	areas.plot.x = areas.card.x + areas.pad;
	areas.plot.width = areas.card.width - 2 * areas.pad;
	areas.plot.y = areas.header + std::round(areas.row / 2 + areas.pad * 0.5F);
	areas.plot.height = areas.axis - std::round(areas.row / 2 + areas.pad * 0.2F) - areas.plot.y;
	return areas;
}

std::vector<Rect> stacked(const Rect &all, std::size_t count, float gap)
{
	std::vector<Rect> rects;
	const auto parts = static_cast<float>(count);
	const float step = (all.height + gap) / parts;
	for (std::size_t i = 0; i < count; ++i) {
		// On whole pixels, so that edges stay sharp.
		const float top = std::round(all.y + step * static_cast<float>(i));
		const float bottom = std::round(all.y + step * static_cast<float>(i + 1) - gap);
		rects.push_back({all.x, top, all.width, bottom - top});
	}
	return rects;
}

std::size_t rowsThatFit(float height, float row, float gap)
{
	return static_cast<std::size_t>(std::max(1.0F, std::floor((height + gap) / (row + gap) + 0.01F)));
}

} // namespace pulseline::overlay
