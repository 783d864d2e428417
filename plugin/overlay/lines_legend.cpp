#include "overlay/lines_legend.hpp"

#include "overlay/header.hpp"
#include "overlay/style.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace pulseline::overlay {
namespace {

// The share of the card that one, two or three columns of labels may take.
constexpr std::array<float, 3> kLegendShare{0.28F, 0.42F, 0.54F};
constexpr float kTableShare = 0.46F;
constexpr float kLowestPanel = 1.7F; // in text heights
constexpr float kCutName = 1.6F;     // in text heights: a name that is cut shorter says nothing
constexpr std::size_t kLowPanel = 3; // labels: what has room for more has rather these than a table of short figures
constexpr float kTableName = 3.6F;   // the same in a table, where there are more
constexpr float kBetweenRows = 0.6F; // labels of a row, in text heights
constexpr float kUnderRows = 0.3F;   // in text heights
constexpr float kRowsShare = 0.5F;   // of a panel with its rows of labels
// The share that labels may have if they need it, of a card with a long header and with a short one.
constexpr float kMostWide = 0.5F;
constexpr float kMostNarrow = 0.58F;

float nameWidth(const Stage &stage)
{
	return widestName(stage.picks, stage.metrics, stage.areas.text);
}

float wholeLabel(const Stage &stage, bool brief)
{
	return labelWidth(stage.snapshot, stage.view, stage.picks, stage.words, stage.metrics, stage.areas.text, brief);
}

// The width of one of so many columns of labels, at most. A narrow picture gives labels more of itself: a name that is
// cut off says nothing.
float columnRoom(const Areas &areas, float share, int columns)
{
	const auto count = static_cast<float>(columns);
	const float most = isNarrowCard(areas) ? kMostNarrow : kMostWide;
	const float room =
		std::max(areas.card.width * share, std::min(areas.text * 14.5F * count, areas.card.width * most));
	return (room - areas.text) / count - areas.text;
}

// Figures beside which nothing is left to a name need more room, or fewer columns.
int mostColumns(const Stage &stage)
{
	const float name = nameWidth(stage);
	const float least = wholeLabel(stage, false) - name + std::min(name, stage.areas.text * kCutName);
	auto columns = static_cast<int>(kLegendShare.size());
	while (columns > 1 &&
	       columnRoom(stage.areas, kLegendShare[static_cast<std::size_t>(columns - 1)], columns) < least) {
		--columns;
	}
	return columns;
}

// The width of one of a table's columns.
float tableColumn(const Stage &stage, bool brief)
{
	const float text = stage.areas.text;
	return figuresWidth(stage.snapshot, stage.view, stage.picks, stage.words, stage.metrics, text, brief) +
	       std::round(text * 0.8F);
}

// The width of a table of all targets.
float tableWidth(const Stage &stage, bool brief)
{
	return wholeLabel(stage, brief) + std::round(stage.areas.text * 0.8F) +
	       tableColumn(stage, brief) * static_cast<float>(stage.targets.size() - 1);
}

// Whether a table of so many rows has room for all targets, if need be with names that are cut.
bool hasRoomForTable(const Stage &stage, std::size_t rows, bool brief)
{
	Stage first = stage;
	first.keepPicks(rows);
	const float name = nameWidth(first);
	const float width = tableWidth(first, brief) - name + std::min(name, stage.areas.text * kTableName);
	return width <= columnRoom(stage.areas, kTableShare, 1);
}

// And no more lines than can be drawn.
void keepTargets(Stage &stage, std::size_t most)
{
	stage.keepTargets(std::min(most, style::kMaxHeads));
	stage.keepPicks(std::min(style::kMaxCurves, style::kMaxHeads / stage.targets.size()));
}

std::size_t rowsIn(const Rect &area, const Areas &areas)
{
	return rowsThatFit(area.height, areas.row, 0);
}

// Where several panels are too low for more than so many labels, a table, if it has room.
bool placeTable(Stage &stage, Legend &legend, std::size_t labels)
{
	Areas &areas = stage.areas;
	Rect area;
	area.y = areas.signs + std::round(areas.row / 2);
	area.height = areas.card.bottom() - areas.pad / 2 - area.y;
	const std::size_t rows = rowsIn(area, areas);
	const bool brief = !hasRoomForTable(stage, rows, false);
	// Rather some segments of all targets than all segments of some.
	if (brief && (labels >= kLowPanel || !hasRoomForTable(stage, rows, true))) {
		return false;
	}
	legend.box.brief = brief;
	legend.kind = Legend::Kind::table;
	legend.box.area = area;
	areas.headerRight = 0; // where the plot ends
	stage.keepPicks(rows);
	return true;
}

// A single panel's labels may begin below the header, or beside it where they need the room.
void placeColumns(Stage &stage, Legend &legend, bool shared)
{
	Areas &areas = stage.areas;
	Rect &area = legend.box.area;
	const float bottom = areas.card.bottom() - areas.pad / 2;
	area.y = areas.signs + std::round(areas.row / 2);
	if (stage.picks.size() > rowsThatFit(bottom - area.y, areas.row, 0) && shared) {
		areas.headerRight = 0;
		area.y = areas.card.y + areas.pad / 2;
	}
	area.height = bottom - area.y;
	const std::size_t rows = rowsIn(area, areas);
	const auto most = static_cast<std::size_t>(mostColumns(stage));
	legend.box.columns = static_cast<int>(std::clamp<std::size_t>((stage.picks.size() + rows - 1) / rows, 1, most));
	stage.keepPicks(rows * most);
}

// `shared`: the labels may have a part of the header.
Legend placeBeside(Stage &stage, float gap, float scale, bool shared)
{
	Areas &areas = stage.areas;
	keepTargets(stage, rowsThatFit(areas.plot.height, areas.text * kLowestPanel, gap));
	const Rect panel = stacked(areas.plot, stage.targets.size(), gap).front();
	Legend legend;
	LegendBox &box = legend.box;
	const std::size_t rows = rowsIn(panel, areas);
	if (!stage.several()) {
		placeColumns(stage, legend, shared);
	} else if (stage.picks.size() <= rows || !shared || !placeTable(stage, legend, rows)) {
		box.area.y = panel.y;
		box.area.height = panel.height;
		stage.keepPicks(rows);
	}
	const bool table = legend.kind == Legend::Kind::table;
	const auto columns = static_cast<float>(box.columns);
	const float share = table ? kTableShare : kLegendShare[static_cast<std::size_t>(box.columns - 1)];
	const float wish = table ? tableWidth(stage, legend.box.brief) : wholeLabel(stage, false);
	legend.figures = table ? tableColumn(stage, legend.box.brief) : 0;
	box.column = std::floor(std::min(std::ceil(wish), columnRoom(areas, share, box.columns)));
	box.area.width = box.column * columns + areas.text * (columns - 1);
	box.area.x = areas.card.right() - areas.pad - box.area.width;
	fitScale(stage, legend, scale);
	areas.headerRight = std::max(areas.headerRight, areas.plot.right());
	return legend;
}

// In rows above each panel stand its labels, behind its target's name where there are several.
struct Rows {
	float column = 0; // the width of a label
	std::size_t columns = 1;
	std::size_t least = 1; // that a panel needs

	// `name`: the width of names, at most.
	Rows(const Stage &stage, float name)
	{
		const float all = stage.areas.card.width - 2 * stage.areas.pad;
		const float widest = nameWidth(stage);
		column = std::min(std::ceil(wholeLabel(stage, true) - widest + std::min(widest, name)), all);
		columns = rowsThatFit(all, column, std::round(stage.areas.text * kBetweenRows));
		least = stage.several() && columns == 1 ? 2 : 1;
	}
};

// With names that are cut where more labels fit beside each other then, and whole ones would cost too much height.
Rows rowsOf(const Stage &stage)
{
	const Rows whole(stage, std::numeric_limits<float>::max());
	const Rows cut(stage, stage.areas.text * kTableName);
	const std::size_t labels = stage.picks.size() + (stage.several() ? 1 : 0);
	const float panel = stage.areas.plot.height / static_cast<float>(stage.targets.size());
	const std::size_t room = rowsThatFit(panel * kRowsShare, stage.areas.row, 0) * whole.columns;
	return cut.columns > whole.columns && room < labels ? cut : whole;
}

bool hasRoomAbove(const Stage &stage)
{
	const Areas &areas = stage.areas;
	const auto least = static_cast<float>(rowsOf(stage).least);
	return areas.plot.height >= areas.row * least + areas.text * (kLowestPanel + kUnderRows);
}

Legend placeAbove(Stage &stage, float gap, float scale)
{
	Areas &areas = stage.areas;
	const Rows rows = rowsOf(stage);
	const float under = std::round(areas.text * kUnderRows);
	const float lowest = areas.row * static_cast<float>(rows.least) + under + areas.text * kLowestPanel;
	keepTargets(stage, rowsThatFit(areas.plot.height, lowest, gap));
	const std::size_t named = stage.several() ? 1 : 0;
	const float panel = stacked(areas.plot, stage.targets.size(), gap).front().height;
	const std::size_t most = std::max(rows.least, rowsThatFit(panel * kRowsShare, areas.row, 0));
	const std::size_t count = std::min(most, (stage.picks.size() + named + rows.columns - 1) / rows.columns);
	stage.keepPicks(count * rows.columns - named);

	Legend legend;
	legend.kind = Legend::Kind::above;
	legend.rows = areas.row * static_cast<float>(count) + under;
	legend.box.columns = static_cast<int>(rows.columns);
	legend.box.column = rows.column;
	legend.box.brief = true;
	legend.box.between = std::round(areas.text * kBetweenRows);
	legend.box.area = {areas.card.x + areas.pad, areas.plot.y, areas.card.width - 2 * areas.pad, legend.rows};
	areas.plot.y += legend.rows;
	areas.plot.height -= legend.rows;
	fitScale(stage, legend, scale);
	return legend;
}

} // namespace

void fitScale(Stage &stage, const Legend &legend, float scale)
{
	Areas &areas = stage.areas;
	const bool above = legend.kind == Legend::Kind::above;
	// Above, half of the last time stands beyond the plot.
	const float right =
		above ? areas.card.right() - areas.pad - areas.text * 1.3F : legend.box.area.x - areas.text * 1.75F;
	areas.plot.x = areas.card.x + areas.pad + (above ? 0 : targetColumn(stage)) + std::ceil(scale) + areas.pad;
	areas.plot.width = std::floor(right) - areas.plot.x;
}

Legend placeLegend(Stage &stage, float gap, float scale)
{
	Stage beside = stage;
	placeBeside(beside, gap, scale, !isNarrowCard(stage.areas));
	if (isNarrow(beside.areas.plot.width, beside.areas) && hasRoomAbove(stage)) {
		return placeAbove(stage, gap, scale);
	}
	const Areas &areas = beside.areas;
	const bool all =
		areas.signs == areas.header && leastHeader(beside) <= areas.headerRight - areas.card.x - areas.pad;
	return placeBeside(stage, gap, scale, all && !isNarrowCard(areas));
}

std::vector<Rect> panelsOf(const Stage &stage, const Legend &legend, float gap)
{
	return stacked(stage.areas.plot, stage.targets.size(), gap + legend.rows);
}

} // namespace pulseline::overlay
