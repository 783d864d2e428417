#include "overlay/bars_grid.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

constexpr float kLowestRow = 1.12F; // in text heights
constexpr float kNarrowestBar = 9;  // in text heights, beside its figures
constexpr float kBetween = 1.2F;    // columns, in text heights
constexpr float kNameShare = 0.24F; // of a column, or of the card where all columns share the names
constexpr float kNameNarrow = 0.3F; // of a narrow card
constexpr std::size_t kMaxBlocks = 3;
constexpr float kBandGap = 0.3F; // in text heights

float nameWidth(const Stage &stage)
{
	const float text = stage.areas.text;
	const float name = widestName(stage.picks, stage.metrics, text);
	const float most = stage.areas.plot.width * (isNarrowCard(stage.areas) ? kNameNarrow : kNameShare);
	return std::ceil(std::min(name, most)) + std::round(text * 0.6F);
}

float figuresOf(const Stage &stage, bool pooled, bool brief)
{
	const float text = stage.areas.text;
	const std::string most = fillIn(stage.words.n_at_least, "888");
	return std::ceil(
		std::max(figuresWidth(stage.snapshot, stage.view, stage.picks, stage.words, stage.metrics, text, brief),
			 pooled ? stage.metrics.width(most, Face::regular, text) : 0));
}

// How many bars with their figures fit beside each other.
std::size_t barsThatFit(const Stage &stage, float width, float figures)
{
	const float text = stage.areas.text;
	return rowsThatFit(width, text * kNarrowestBar + figures, std::round(text * kBetween));
}

// The blocks of several targets.
void placeTargets(Grid &grid, Stage &stage)
{
	const Areas &areas = stage.areas;
	const float lowest = areas.text * kLowestRow;
	grid.gap = std::round(areas.text * kBandGap);
	const std::size_t fit = barsThatFit(stage, areas.plot.width - grid.names, grid.figures);
	stage.keepTargets(fit * rowsThatFit(grid.area.height, areas.row + lowest, grid.gap));
	grid.bands = (stage.targets.size() + fit - 1) / fit;
	grid.columns = (stage.targets.size() + grid.bands - 1) / grid.bands;
	const float band = stacked(grid.area, grid.bands, grid.gap).front().height;
	stage.keepPicks(rowsThatFit(band - areas.row, lowest, 0));
	grid.rows = stage.picks.size();
}

// The columns of a single target.
void placeSegments(Grid &grid, Stage &stage)
{
	const Areas &areas = stage.areas;
	const std::size_t fit = rowsThatFit(grid.area.height, areas.text * kLowestRow, 0);
	const float narrowest = grid.names + areas.text * kNarrowestBar + grid.figures;
	const std::size_t blocks =
		std::min(kMaxBlocks, rowsThatFit(areas.plot.width, narrowest, std::round(areas.text * kBetween)));
	stage.keepPicks(fit * blocks);
	grid.columns = std::max<std::size_t>(1, (stage.picks.size() + fit - 1) / fit);
	grid.rows = (stage.picks.size() + grid.columns - 1) / grid.columns;
}

Grid place(Stage &stage, bool pooled, bool brief)
{
	const Areas &areas = stage.areas;
	const float between = std::round(areas.text * kBetween);
	Grid grid;
	grid.brief = brief;
	grid.names = nameWidth(stage);
	grid.figures = figuresOf(stage, pooled, brief);
	grid.area = areas.plot;
	grid.area.height = areas.card.bottom() - areas.pad - grid.area.y;
	if (stage.several()) {
		placeTargets(grid, stage);
	}
	const bool several = stage.several(); // still
	if (!several) {
		placeSegments(grid, stage);
	}
	grid.names = nameWidth(stage); // of those that are left
	const float shared = several ? grid.names : 0;
	const float own = several ? 0 : grid.names;
	grid.step = std::floor((grid.area.width - shared + between) / static_cast<float>(grid.columns));
	grid.column = grid.step - between - own;
	grid.first = grid.area.x + shared + own;
	return grid;
}

} // namespace

Grid gridOf(Stage &stage, bool pooled)
{
	Stage trial = stage;
	const Grid whole = place(trial, pooled, false);
	const bool crowded =
		trial.missing > stage.missing || whole.bands > 1 || isNarrow(whole.column - whole.figures, stage.areas);
	return place(stage, pooled, crowded);
}

} // namespace pulseline::overlay
