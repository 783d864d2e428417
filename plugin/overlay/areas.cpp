#include "overlay/areas.hpp"

#include "overlay/style.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

// The share of the card that one, two or three columns of labels may take.
constexpr std::array<float, 3> kLegendShare{0.28F, 0.42F, 0.54F};

} // namespace

Areas areasOf(std::uint32_t width, std::uint32_t height, std::size_t labels)
{
	const auto w = static_cast<float>(width);
	const auto h = static_cast<float>(height);
	Areas areas;
	areas.text = std::max(style::kMinText, std::round(std::min(h * style::kTextShare, w * style::kTextWide)));
	areas.row = std::round(areas.text * style::kRow);
	areas.pad = std::round(areas.text * style::kPad);
	areas.hair = std::max(1.0F, std::round(areas.text / 16));

	const float side = std::round(w * style::kSafe);
	const float below = std::round(std::min(w * 9 / 16 * style::kSafe, h * 0.18F));
	const float above = std::round(std::min(h * 0.03F, below));
	areas.card = {side, above, w - 2 * side, h - above - below};
	areas.header = areas.card.y + std::round(areas.pad * 0.6F + areas.row / 2);
	areas.axis = areas.card.bottom() - std::round(areas.pad * 0.4F + areas.row / 2);
	areas.plot.y = areas.header + std::round(areas.row / 2 + areas.pad * 0.5F);
	areas.plot.height = areas.axis - std::round(areas.row / 2 + areas.pad * 0.2F) - areas.plot.y;

	// Labels stand below the header, or beside it where they need the room.
	const auto count = static_cast<int>(std::max<std::size_t>(labels, 1));
	const float bottom = areas.card.bottom() - areas.pad / 2;
	areas.legend.y = areas.header + std::round(areas.row / 2);
	areas.rows = std::max(1, static_cast<int>((bottom - areas.legend.y) / areas.row));
	areas.headerRight = areas.card.right() - areas.pad;
	if (count > areas.rows) {
		areas.legend.y = areas.card.y + areas.pad / 2;
		areas.rows = std::max(1, static_cast<int>((bottom - areas.legend.y) / areas.row));
		areas.headerRight = 0; // where the plot ends
	}
	areas.legend.height = bottom - areas.legend.y;
	areas.columns = std::clamp((count + areas.rows - 1) / areas.rows, 1, static_cast<int>(kLegendShare.size()));
	return areas;
}

void fitPlot(Areas &areas, float scale, float label)
{
	const auto columns = static_cast<float>(areas.columns);
	const float share = kLegendShare[static_cast<std::size_t>(areas.columns - 1)];
	const float between = areas.text;
	// A narrow picture gives labels more of itself: a name that is cut off says nothing.
	const float room =
		std::max(areas.card.width * share, std::min(areas.text * 14.5F * columns, areas.card.width * 0.5F));
	areas.column = std::floor(std::min(std::ceil(label), (room - between) / columns - between));
	areas.legend.width = areas.column * columns + between * (columns - 1);
	areas.legend.x = areas.card.right() - areas.pad - areas.legend.width;
	areas.plot.x = areas.card.x + areas.pad + std::ceil(scale) + areas.pad;
	areas.plot.width = std::floor(areas.legend.x - areas.text * 1.75F) - areas.plot.x;
	areas.headerRight = std::max(areas.headerRight, areas.plot.right());
}

} // namespace pulseline::overlay
