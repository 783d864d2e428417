// `heat`: a strip a segment over time, a cell a tick, coloured by its value; several targets beneath each other.
#include "overlay/axis.hpp"
#include "overlay/header.hpp"
#include "overlay/layouts.hpp"
#include "overlay/style.hpp"
#include "overlay/tint.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

constexpr float kLowestStrip = 0.88F; // in text heights: its name must stand beside it
constexpr float kNameShare = 0.2F;    // of the card's width
constexpr float kNameNarrow = 0.3F;   // of a narrow one's
constexpr float kNarrowest = 2;       // pixels; narrower ticks share a cell

// One segment's strip of one target.
struct Strip {
	std::uint32_t target = 0;
	std::size_t segment = 0;
	Rect rect;
};

// What one cell shows: a tick, or several that are too narrow, each weighing as many as answered.
struct Tile {
	double weighted = 0;
	double weights = 0;
	std::uint32_t people = 0; // of the tick with the most
	std::uint32_t n = 0;
	bool open = false;
};

class StripPainter {
public:
	StripPainter(Scene &scene, const Stage &stage, const Strip &strip, const Range &range)
		: scene_(scene)
		, stage_(stage)
		, strip_(strip)
		, range_(range)
		, tick_ms_(stage.snapshot.settings->tick_ms)
	{
	}

	// True if any value could be shown.
	bool paint()
	{
		const Ruler &ruler = scene_.outline.ruler;
		const double width = ruler.pixelsPerMs() * static_cast<double>(tick_ms_);
		const auto together =
			std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(kNarrowest / width - 0.01)));
		const std::int64_t first =
			std::max<std::int64_t>(0, ruler.passage.from_ms / tick_ms_ - 1) / together * together;
		const std::int64_t last =
			std::min(stage_.snapshot.sums.ticks() - 1, ruler.passage.to_ms / tick_ms_ + 1);
		for (std::int64_t tick = first; tick <= last; tick += together) {
			addCell(tick, std::min(tick + together, last + 1));
		}
		return shown_;
	}

private:
	Tile collect(std::int64_t from, std::int64_t to)
	{
		Tile cell;
		for (std::int64_t tick = from; tick < to; ++tick) {
			const Figures figures = stage_.snapshot.figuresAt(strip_.segment, strip_.target, tick,
									  stage_.view.base, stage_.view.min_n);
			cell.n = std::max(cell.n, figures.n);
			cell.open = cell.open || tick >= stage_.snapshot.closedTicks;
			if (const auto value = valueOf(figures, stage_.view.measure)) {
				const std::uint32_t people = peopleBehind(figures, stage_.view.measure);
				cell.weighted += *value * people;
				cell.weights += people;
				cell.people = std::max(cell.people, people);
			}
		}
		return cell;
	}

	void addCell(std::int64_t from, std::int64_t to)
	{
		const Tile cell = collect(from, to);
		// On whole pixels, so that neighbours meet without a seam.
		const auto edge = [&](std::int64_t tick) {
			return std::round(scene_.outline.ruler.x(static_cast<double>(tick * tick_ms_)));
		};
		Rect rect{edge(from), strip_.rect.y, edge(to) - edge(from), strip_.rect.height};
		if (rect.width >= 6) {
			rect.width -= std::max(1.0F, std::round(stage_.areas.text / 24)); // ticks can be told apart
		}
		const Theme &theme = stage_.view.theme;
		if (cell.weights > 0) {
			shown_ = true;
			const Color color = tintOf(theme, range_, cell.weighted / cell.weights);
			if (cell.open) { // lower: it may change
				const float less = std::round(rect.height * 0.3F);
				rect = {rect.x, rect.y + less, rect.width, rect.height - 2 * less};
			}
			add(rect, faded(color, strengthOf(cell.people, stage_.view.min_n)), 0);
		} else if (cell.n > 0) {
			add(rect, faded(theme.dim, 0.55), hatchOf(stage_.areas.text));
		} else if (!cell.open) {
			const float line = std::max(2.0F, stage_.areas.hair);
			add({rect.x, std::round(rect.y + (rect.height - line) / 2), rect.width, line},
			    faded(theme.dim, 0.35), 0);
		}
	}

	static Color faded(Color color, double strength)
	{
		return color.withAlpha(static_cast<double>(color.a) / 255 * strength);
	}

	// A hatching goes on over neighbours: all stripes have one raster.
	void add(const Rect &rect, Color color, float hatch) { scene_.moving_boxes.push_back({rect, 0, color, hatch}); }

	Scene &scene_;
	const Stage &stage_;
	const Strip &strip_;
	const Range &range_;
	std::int64_t tick_ms_;
	bool shown_ = false;
};

void addStripLabels(Scene &scene, const Stage &stage, const Pick &pick, const Target &target, const Rect &strip,
		    float name_x, float name_width, bool brief)
{
	const Areas &areas = stage.areas;
	const Theme &theme = stage.view.theme;
	const Label label =
		labelOf(stage.snapshot, stage.view, stage.instant, target.index, pick, stage.words, areas.text);
	const float y = std::round(strip.y + strip.height / 2);
	scene.texts.push_back({elided(label.name, Face::bold, areas.text, name_width, stage.metrics), Face::bold,
			       areas.text, name_x, y, Align::left, label.counts ? theme.ink : theme.dim});
	scene.texts.push_back({brief ? label.shorter : label.figures, Face::regular, areas.text,
			       areas.card.right() - areas.pad, y, Align::right, theme.dim});
}

// What the colours mean: the scale's lower end, the neutral, the upper end; each with a ramp to the next one.
struct Key {
	std::vector<ScaleMark> marks;
	float ramp = 0;
	float gap = 0;
	float width = 0;
};

Key keyOf(const Stage &stage, const Range &range, bool brief)
{
	const float text = stage.areas.text;
	Key key{scaleMarks(range, stage.view.measure, stage.words, brief), std::round(text * (brief ? 1.4F : 2.6F)),
		std::round(text * 0.3F), 0};
	key.width = (key.ramp + 2 * key.gap) * static_cast<float>(key.marks.size() - 1);
	for (const ScaleMark &mark : key.marks) {
		key.width += stage.metrics.width(mark.text, Face::regular, text);
	}
	return key;
}

void addRamp(Scene &scene, const Stage &stage, const Range &range, const Rect &where, double from, double to)
{
	constexpr int kSteps = 13;
	for (int k = 0; k < kSteps; ++k) {
		const double value = from + (to - from) * (k + 0.5) / kSteps;
		const float left = std::round(where.x + where.width * static_cast<float>(k) / kSteps);
		const float right = std::round(where.x + where.width * static_cast<float>(k + 1) / kSteps);
		scene.boxes.push_back(
			{{left, where.y, right - left, where.height}, 0, tintOf(stage.view.theme, range, value)});
	}
}

void addKey(Scene &scene, const Stage &stage, const Range &range, HeaderRoom room)
{
	const Areas &areas = stage.areas;
	Key key = keyOf(stage, range, false);
	if (room.from + key.width > room.to) {
		key = keyOf(stage, range, true);
	}
	if (room.from + key.width > room.to) {
		return;
	}
	const float height = std::round(areas.text * 0.6F);
	float x = room.from;
	for (std::size_t i = key.marks.size(); i-- > 0;) {
		const ScaleMark &mark = key.marks[i];
		scene.texts.push_back({mark.text, Face::regular, areas.text, std::round(x), areas.header, Align::left,
				       stage.view.theme.dim});
		x += stage.metrics.width(mark.text, Face::regular, areas.text) + key.gap;
		if (i > 0) {
			addRamp(scene, stage, range, {x, std::round(areas.header - height / 2), key.ramp, height},
				mark.value, key.marks[i - 1].value);
		}
		x += key.ramp + key.gap;
	}
}

// Divides the width between names, plot and figures; true if there is room for these in few letters only.
bool fitPlot(Stage &stage, float names, float beside)
{
	Areas &areas = stage.areas;
	areas.plot.x = areas.card.x + areas.pad + targetColumn(stage) + names + beside;
	for (const bool brief : {false, true}) {
		const float figures = std::ceil(figuresWidth(stage.snapshot, stage.view, stage.picks, stage.words,
							     stage.metrics, areas.text, brief));
		areas.plot.width = std::floor(areas.card.right() - areas.pad - figures - beside - areas.plot.x);
		if (!isNarrow(areas.plot.width, areas)) {
			return brief;
		}
	}
	return true;
}

} // namespace

void addHeat(Scene &scene, Stage &stage)
{
	Areas &areas = stage.areas;
	const Theme &theme = stage.view.theme;
	const float gap = std::max(2.0F, std::round(areas.text * 0.1F));
	const float apart = stage.several() ? std::round(areas.text * 0.35F) : gap; // between targets
	const std::size_t rows = rowsThatFit(areas.plot.height, areas.text * kLowestStrip, gap);
	stage.keepTargets(rows);
	stage.keepPicks(std::max<std::size_t>(1, rows / stage.targets.size()));

	const float share = isNarrowCard(areas) ? kNameNarrow : kNameShare;
	const float name =
		std::ceil(std::min(widestName(stage.picks, stage.metrics, areas.text), areas.card.width * share));
	const float name_x = areas.card.x + areas.pad + targetColumn(stage);
	const float beside = std::round(areas.text * 0.7F);
	const bool brief = fitPlot(stage, name, beside);
	openAxis(scene, stage, beside);
	const Range range = rangeOf(stage.view.measure, stage.snapshot.settings->scale);
	scene.outline.value_top = range.top;
	scene.outline.value_bottom = range.bottom;
	addTimeAxis(scene, areas, theme, stage.metrics);

	const std::vector<Rect> panels = stacked(areas.plot, stage.targets.size(), apart);
	bool shown = false;
	for (std::size_t t = 0; t < panels.size(); ++t) {
		const Target &target = stage.targets[t];
		if (stage.several()) {
			addTargetName(scene, stage, target, panels[t]);
		}
		const std::vector<Rect> strips = stacked(panels[t], stage.picks.size(), gap);
		for (std::size_t i = 0; i < strips.size(); ++i) {
			const Pick &pick = stage.picks[i];
			scene.boxes.push_back({strips[i], 0, theme.track});
			addStripLabels(scene, stage, pick, target, strips[i], name_x, name, brief);
			if (pick.segment) {
				const Strip strip{target.index, *pick.segment, strips[i]};
				shown = StripPainter(scene, stage, strip, range).paint() || shown;
			}
		}
	}
	noteWhetherShown(scene, shown);
	const float key = keyOf(stage, range, true).width + areas.text;
	addKey(scene, stage, range, addHeader(scene, stage, key));
}

} // namespace pulseline::overlay
