// `lines`: one line a segment over time, with its band and a label at its end; several targets in panels beneath each
// other, on one time axis.
#include "overlay/axis.hpp"
#include "overlay/header.hpp"
#include "overlay/layouts.hpp"
#include "overlay/style.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

// The share of the card that one, two or three columns of labels may take.
constexpr std::array<float, 3> kLegendShare{0.28F, 0.42F, 0.54F};
constexpr float kTableShare = 0.46F;
constexpr float kLowestPanel = 1.7F; // in text heights
constexpr float kCutName = 1.6F;     // in text heights: a name that is cut shorter says nothing
constexpr float kTableName = 3.6F;   // the same in a table, where there are more

// How the labels stand: beside each panel, or, where that is too low for them, once for all panels, as a table with a
// column of n for each target.
struct Legend {
	LegendBox box;
	bool table = false;
	float figures = 0; // the width of the table's columns
};

Curve curveOf(const SeriesInput &input, const Pick &pick, std::size_t curves, float text)
{
	const Look look = lookOf(pick.look, input.view.theme, text);
	// The more bands lie over each other, the thinner each one is.
	const double shade = std::clamp(0.24 / std::sqrt(static_cast<double>(curves)), 0.06, 0.2) *
			     (input.view.theme.onLight() ? 1.8 : 1);
	Series series = seriesOf(input, *pick.segment);
	Curve curve;
	curve.segment = *pick.segment;
	curve.target = input.target;
	curve.color = look.color;
	curve.shade = look.color.withAlpha(shade);
	// Where ticks are narrow, a thick line would hide its own turns.
	const double tick = input.ruler.pixelsPerMs() * static_cast<double>(input.snapshot.settings->tick_ms);
	curve.width = look.width * static_cast<float>(std::clamp(tick / 6, 0.72, 1.0));
	curve.dash = look.dash;
	curve.unsure = look.unsure;
	curve.runs = std::move(series.runs);
	curve.bands = std::move(series.bands);
	return curve;
}

// Where the line goes to at its end, or where it stood last.
std::optional<float> heightAt(const Curve &curve, const Ruler &ruler, const Instant &instant, std::int64_t tick_ms)
{
	const float end = ruler.x((static_cast<double>(instant.seen_tick) + 1.75) * static_cast<double>(tick_ms));
	std::optional<float> height;
	for (const Run &run : curve.runs) {
		for (const Point &point : run.points) {
			if (point.x > end) {
				return height;
			}
			height = point.y;
		}
	}
	return height;
}

// The width of one of so many columns of labels, at most. A narrow picture gives labels more of itself: a name that is
// cut off says nothing.
float columnRoom(const Areas &areas, float share, int columns)
{
	const auto count = static_cast<float>(columns);
	const float room =
		std::max(areas.card.width * share, std::min(areas.text * 14.5F * count, areas.card.width * 0.5F));
	return (room - areas.text) / count - areas.text;
}

// Figures beside which nothing is left to a name need more room, or fewer columns.
int mostColumns(const Stage &stage)
{
	const float text = stage.areas.text;
	const float whole = labelWidth(stage.snapshot, stage.view, stage.picks, stage.words, stage.metrics, text);
	const float name = widestName(stage.picks, stage.metrics, text);
	const float least = whole - name + std::min(name, text * kCutName);
	auto columns = static_cast<int>(kLegendShare.size());
	while (columns > 1 &&
	       columnRoom(stage.areas, kLegendShare[static_cast<std::size_t>(columns - 1)], columns) < least) {
		--columns;
	}
	return columns;
}

// The width of one of a table's columns.
float tableColumn(const Stage &stage)
{
	const float text = stage.areas.text;
	return figuresWidth(stage.snapshot, stage.view, stage.picks, stage.words, stage.metrics, text) +
	       std::round(text * 0.8F);
}

// The width of a table of one target.
float tableWidth(const Stage &stage)
{
	const float text = stage.areas.text;
	return labelWidth(stage.snapshot, stage.view, stage.picks, stage.words, stage.metrics, text) +
	       std::round(text * 0.8F);
}

// Whether a table of so many rows has room for all targets, if need be with names that are cut.
bool hasRoomForTable(const Stage &stage, std::size_t rows)
{
	Stage first = stage;
	first.keepPicks(rows);
	const float text = stage.areas.text;
	const float name = widestName(first.picks, stage.metrics, text);
	const float width = tableWidth(first) - name + std::min(name, text * kTableName) +
			    tableColumn(first) * static_cast<float>(stage.targets.size() - 1);
	return width <= columnRoom(stage.areas, kTableShare, 1);
}

// A single panel's labels may begin below the header, or beside it where they need the room; so may a table.
Legend legendOf(Stage &stage, const Rect &panel)
{
	Areas &areas = stage.areas;
	const auto count = static_cast<int>(std::max<std::size_t>(stage.picks.size(), 1));
	const float bottom = areas.card.bottom() - areas.pad / 2;
	Legend legend;
	Rect &area = legend.box.area;
	const auto rows = [&] { return std::max(1, static_cast<int>(area.height / areas.row + 0.01F)); };
	const auto begin = [&](float top, float end) {
		area.y = top;
		area.height = end - top;
	};
	if (stage.several()) {
		begin(panel.y, panel.bottom());
		legend.table = count > rows();
	}
	if (!stage.several() || legend.table) {
		begin(areas.header + std::round(areas.row / 2), bottom);
	}
	// Rather some segments of all targets than all segments of some.
	if (legend.table && !hasRoomForTable(stage, static_cast<std::size_t>(rows()))) {
		legend.table = false;
		begin(panel.y, panel.bottom());
	}
	if (legend.table || (count > rows() && !stage.several())) {
		areas.headerRight = 0; // where the plot ends
	}
	if (!stage.several() && count > rows()) {
		begin(areas.card.y + areas.pad / 2, bottom);
	}
	if (legend.table || stage.several()) {
		stage.keepPicks(static_cast<std::size_t>(rows()));
	} else {
		const int most = mostColumns(stage);
		legend.box.columns = std::clamp((count + rows() - 1) / rows(), 1, most);
		stage.keepPicks(static_cast<std::size_t>(rows() * most));
	}
	return legend;
}

// The width that the labels would like to have.
float wishOf(const Stage &stage, Legend &legend)
{
	if (!legend.table) {
		return labelWidth(stage.snapshot, stage.view, stage.picks, stage.words, stage.metrics,
				  stage.areas.text);
	}
	legend.figures = tableColumn(stage);
	return tableWidth(stage) + legend.figures * static_cast<float>(stage.targets.size() - 1);
}

// Divides the width between names of targets, scale, plot and labels.
void fitPlot(Stage &stage, float scale, Legend &legend)
{
	Areas &areas = stage.areas;
	LegendBox &box = legend.box;
	const auto columns = static_cast<float>(box.columns);
	const float share = legend.table ? kTableShare : kLegendShare[static_cast<std::size_t>(box.columns - 1)];
	const float between = areas.text;
	box.column = std::floor(std::min(std::ceil(wishOf(stage, legend)), columnRoom(areas, share, box.columns)));
	box.area.width = box.column * columns + between * (columns - 1);
	box.area.x = areas.card.right() - areas.pad - box.area.width;
	areas.plot.x = areas.card.x + areas.pad + targetColumn(stage) + std::ceil(scale) + areas.pad;
	areas.plot.width = std::floor(box.area.x - areas.text * 1.75F) - areas.plot.x;
	areas.headerRight = std::max(areas.headerRight, areas.plot.right());
}

// One target's part of the picture.
struct Panel {
	const Target &target;
	Rect plot;
	LegendBox box;
	bool labelled = true; // by labels of its own
};

bool addPanel(Scene &scene, const Stage &stage, const Panel &panel, const Range &range)
{
	const SeriesInput input{stage.snapshot, stage.view, panel.target.index, range, scene.outline.ruler, panel.plot};
	const std::size_t first = scene.curves.size();
	std::vector<Label> labels;
	std::vector<std::size_t> label_of;
	for (const Pick &pick : stage.picks) {
		labels.push_back(labelOf(stage.snapshot, stage.view, stage.instant, panel.target.index, pick,
					 stage.words, stage.areas.text));
		if (!pick.segment) {
			continue;
		}
		Curve curve = curveOf(input, pick, stage.picks.size(), stage.areas.text);
		curve.counts = labels.back().counts;
		curve.leader = panel.labelled && panel.box.columns == 1;
		labels.back().wish =
			heightAt(curve, scene.outline.ruler, stage.instant, stage.snapshot.settings->tick_ms);
		label_of.push_back(labels.size() - 1);
		scene.curves.push_back(std::move(curve));
	}
	std::vector<Point> slots(labels.size());
	if (panel.labelled) {
		slots = addLegend(scene, panel.box, stage.areas, stage.view.theme, labels, stage.metrics);
	}
	bool shown = false;
	for (std::size_t i = 0; i < label_of.size(); ++i) {
		scene.curves[first + i].slot = slots[label_of[i]];
		shown = shown || !scene.curves[first + i].runs.empty();
	}
	return shown;
}

// Names once, and each target's n in a column of its own, under its name.
void addTable(Scene &scene, const Stage &stage, const Legend &legend)
{
	const Areas &areas = stage.areas;
	const Theme &theme = stage.view.theme;
	LegendBox names = legend.box;
	const auto columns = static_cast<float>(stage.targets.size());
	names.column -= legend.figures * columns;
	std::vector<Label> labels;
	for (const Pick &pick : stage.picks) {
		Label label = labelOf(stage.snapshot, stage.view, stage.instant, stage.targets.front().index, pick,
				      stage.words, areas.text);
		label.figures = label.shorter = "";
		label.counts = pick.segment.has_value();
		label.few = false;
		labels.push_back(std::move(label));
	}
	const std::vector<Point> slots = addLegend(scene, names, areas, theme, labels, stage.metrics);
	for (std::size_t t = 0; t < stage.targets.size(); ++t) {
		const Target &target = stage.targets[t];
		const float right = legend.box.area.right() - legend.figures * (columns - 1 - static_cast<float>(t));
		const float room = legend.figures - std::round(areas.text * 0.5F);
		scene.texts.push_back({elided(target.name, Face::bold, areas.text, room, stage.metrics), Face::bold,
				       areas.text, right, areas.header, Align::right, theme.ink});
		for (std::size_t i = 0; i < stage.picks.size(); ++i) {
			const Label label = labelOf(stage.snapshot, stage.view, stage.instant, target.index,
						    stage.picks[i], stage.words, areas.text);
			scene.texts.push_back(
				{label.figures, Face::regular, areas.text, right, slots[i].y, Align::right, theme.dim});
		}
	}
}

// The target's names, scales and curves; true if any figure could be shown.
bool addPanels(Scene &scene, const Stage &stage, const Legend &legend, const Range &range,
	       const std::vector<ScaleMark> &marks, float gap)
{
	const std::vector<Rect> plots = stacked(stage.areas.plot, stage.targets.size(), gap);
	bool shown = false;
	for (std::size_t i = 0; i < plots.size(); ++i) {
		Panel panel{stage.targets[i], plots[i], legend.box, !legend.table};
		if (stage.several()) {
			panel.box.area.y = plots[i].y;
			panel.box.area.height = plots[i].height;
			addTargetName(scene, stage, panel.target, plots[i]);
		}
		addScale(scene, stage.areas, stage.view.theme, plots[i], range, marks);
		shown = addPanel(scene, stage, panel, range) || shown;
	}
	if (legend.table) {
		addTable(scene, stage, legend);
	}
	return shown;
}

} // namespace

void addLines(Scene &scene, Stage &stage)
{
	Areas &areas = stage.areas;
	const float gap = std::round(std::clamp(areas.plot.height * 0.05F, areas.text * 0.4F, areas.text));
	stage.keepTargets(std::min(rowsThatFit(areas.plot.height, areas.text * kLowestPanel, gap), style::kMaxHeads));
	stage.keepPicks(std::min(style::kMaxCurves, style::kMaxHeads / stage.targets.size()));
	Legend legend = legendOf(stage, stacked(areas.plot, stage.targets.size(), gap).front());

	const Range range = rangeOf(stage.view.measure, stage.snapshot.settings->scale);
	const std::vector<ScaleMark> marks = scaleMarks(range, stage.view.measure, stage.words);
	float scale = 0;
	for (const ScaleMark &mark : marks) {
		scale = std::max(scale, stage.metrics.width(mark.text, Face::regular, areas.text));
	}
	fitPlot(stage, scale, legend);
	openAxis(scene, stage, legend.box.area.x - areas.plot.right());
	scene.outline.value_top = range.top;
	scene.outline.value_bottom = range.bottom;
	addTimeAxis(scene, areas, stage.view.theme, stage.metrics);
	noteWhetherShown(scene, addPanels(scene, stage, legend, range, marks, gap));
	// The first one of the list is the most important: it lies in front.
	std::ranges::reverse(scene.curves);
	const HeaderRoom room = addHeader(scene, stage, titleOf(stage, measureTitle(stage.view, stage.words)),
					  measureBrief(stage.view, stage.words));
	const bool band = hasBand(stage.view, stage.snapshot.settings->tick_ms);
	addNotes(scene, stage, room, {smoothingNote(stage), band ? stage.words.band : ""});
}

} // namespace pulseline::overlay
