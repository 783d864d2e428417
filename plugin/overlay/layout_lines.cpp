// `lines`: one line a segment over time, with its band and a label at its end; several targets in panels beneath each
// other, on one time axis.
#include "overlay/axis.hpp"
#include "overlay/header.hpp"
#include "overlay/lines_legend.hpp"
#include "overlay/style.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

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

// One target's part of the picture.
struct Panel {
	const Target &target;
	Rect plot;
	const Legend &legend;
};

// The panel's labels, and where each one begins.
std::vector<Point> addLabels(Scene &scene, const Stage &stage, const Panel &panel, const std::vector<Label> &labels)
{
	const Areas &areas = stage.areas;
	const Theme &theme = stage.view.theme;
	LegendBox box = panel.legend.box;
	if (panel.legend.kind == Legend::Kind::above) {
		box.area.y = panel.plot.y - panel.legend.rows;
		return addRows(scene, box, areas, theme, labels, stage.several() ? panel.target.name : "",
			       stage.metrics);
	}
	if (stage.several()) {
		box.area.y = panel.plot.y;
		box.area.height = panel.plot.height;
	}
	return addLegend(scene, box, areas, theme, labels, stage.metrics);
}

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
		curve.leader = panel.legend.kind == Legend::Kind::beside && panel.legend.box.columns == 1;
		labels.back().wish =
			heightAt(curve, scene.outline.ruler, stage.instant, stage.snapshot.settings->tick_ms);
		label_of.push_back(labels.size() - 1);
		scene.curves.push_back(std::move(curve));
	}
	std::vector<Point> slots(labels.size());
	if (panel.legend.kind != Legend::Kind::table) {
		slots = addLabels(scene, stage, panel, labels);
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
			scene.texts.push_back({legend.box.brief ? label.shorter : label.figures, Face::regular,
					       areas.text, right, slots[i].y, Align::right, theme.dim});
		}
	}
}

// The target's names, scales and curves; true if any figure could be shown.
bool addPanels(Scene &scene, const Stage &stage, const Legend &legend, const Range &range,
	       const std::vector<ScaleMark> &marks, float gap)
{
	const std::vector<Rect> plots = panelsOf(stage, legend, gap);
	const bool above = legend.kind == Legend::Kind::above;
	bool shown = false;
	for (std::size_t i = 0; i < plots.size(); ++i) {
		const Panel panel{stage.targets[i], plots[i], legend};
		if (stage.several() && !above) {
			addTargetName(scene, stage, panel.target, plots[i]);
		} else if (i > 0) {
			scene.written.push_back({plots[i].x, plots[i].y - legend.rows, plots[i].width, legend.rows});
		}
		addScale(scene, stage.areas, stage.view.theme, plots[i], range, marks);
		shown = addPanel(scene, stage, panel, range) || shown;
	}
	if (legend.kind == Legend::Kind::table) {
		addTable(scene, stage, legend);
	}
	return shown;
}

float widestMark(const Stage &stage, const std::vector<ScaleMark> &marks)
{
	float widest = 0;
	for (const ScaleMark &mark : marks) {
		widest = std::max(widest, stage.metrics.width(mark.text, Face::regular, stage.areas.text));
	}
	return widest;
}

} // namespace

void addLines(Scene &scene, Stage &stage)
{
	Areas &areas = stage.areas;
	const float gap = std::round(std::clamp(areas.plot.height * 0.05F, areas.text * 0.4F, areas.text));
	const Range range = rangeOf(stage.view.measure, stage.snapshot.settings->scale);
	std::vector<ScaleMark> marks = scaleMarks(range, stage.view.measure, stage.words);
	const Legend legend = placeLegend(stage, gap, widestMark(stage, marks));
	if (isNarrow(areas.plot.width, areas)) {
		marks = scaleMarks(range, stage.view.measure, stage.words, true);
		fitScale(stage, legend, widestMark(stage, marks));
	}
	const bool above = legend.kind == Legend::Kind::above;
	openAxis(scene, stage, above ? areas.text * 1.3F : legend.box.area.x - areas.plot.right());
	scene.outline.value_top = range.top;
	scene.outline.value_bottom = range.bottom;
	addTimeAxis(scene, areas, stage.view.theme, stage.metrics);
	noteWhetherShown(scene, addPanels(scene, stage, legend, range, marks, gap));
	// The first one of the list is the most important: it lies in front.
	std::ranges::reverse(scene.curves);
	const HeaderRoom room = addHeader(scene, stage);
	const bool band = hasBand(stage.view, stage.snapshot.settings->tick_ms);
	addNotes(scene, stage, room, {smoothingNote(stage), band ? stage.words.band : ""});
}

} // namespace pulseline::overlay
