#include "overlay/scene.hpp"

#include "overlay/axis.hpp"
#include "overlay/header.hpp"
#include "overlay/legend.hpp"
#include "overlay/style.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

// What is said in the plot's place, or over it.
std::string messageOf(const Scene &scene, const View &view, const Words &words)
{
	switch (scene.outline.state) {
	case State::no_session:
		return words.no_session;
	case State::blind:
		return words.blind;
	case State::waiting:
		return words.waiting;
	case State::empty:
		return words.empty;
	case State::too_few:
		return fillIn(words.all_too_few, std::to_string(view.min_n));
	default:
		return {};
	}
}

// Nothing of the audience may be seen in these.
bool nothingToDraw(State state)
{
	return state == State::no_session || state == State::blind;
}

// Opacity as it is seen: at 0.8, white behind the card comes through as a fifth of white on screen. Light adds up
// linearly, so of its light far less than a fifth may pass.
void addCard(Scene &scene, const Areas &areas, double opacity)
{
	const double through = std::clamp(1 - opacity, 0.0, 1.0);
	const double light = through <= 0.04045 ? through / 12.92 : std::pow((through + 0.055) / 1.055, 2.4);
	if (through < 1) {
		scene.boxes.push_back({areas.card, std::round(areas.text * 0.35F), style::kCard.withAlpha(1 - light)});
	}
}

Curve curveOf(const SeriesInput &input, const Pick &pick, std::size_t curves, float text)
{
	const Look look = lookOf(pick.look, text);
	// The more bands lie over each other, the thinner each one is.
	const double shade = std::clamp(0.24 / std::sqrt(static_cast<double>(curves)), 0.06, 0.2);
	Series series = seriesOf(input, *pick.segment);
	Curve curve;
	curve.segment = *pick.segment;
	curve.color = look.color;
	curve.shade = look.color.withAlpha(shade);
	// Where ticks are narrow, a thick line would hide its own turns.
	const double tick = input.ruler.pixelsPerMs() * static_cast<double>(input.snapshot.settings->tick_ms);
	curve.width = look.width * static_cast<float>(std::clamp(tick / 6, 0.72, 1.0));
	curve.dash = look.dash;
	curve.runs = std::move(series.runs);
	curve.bands = std::move(series.bands);
	return curve;
}

// Where the line stands at its end, or where it stood last.
std::optional<float> heightAt(const Curve &curve, const Ruler &ruler, const Instant &instant, std::int64_t tick_ms)
{
	const double end_ms = static_cast<double>((instant.seen_tick + 1) * tick_ms - ruler.passage.from_ms);
	const auto end = static_cast<float>(end_ms * ruler.pixelsPerMs());
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

void addCurves(Scene &scene, const Areas &areas, const SeriesInput &input, const Instant &instant,
	       const std::vector<Pick> &picks, const Words &words, const TextMetrics &metrics)
{
	std::vector<Label> labels;
	std::vector<std::optional<std::size_t>> curve_of(picks.size());
	for (std::size_t i = 0; i < picks.size(); ++i) {
		labels.push_back(
			labelOf(input.snapshot, input.view, instant, input.target, picks[i], words, areas.text));
		if (!picks[i].segment) {
			continue;
		}
		Curve curve = curveOf(input, picks[i], picks.size(), areas.text);
		curve.counts = labels[i].counts;
		labels[i].wish = heightAt(curve, scene.outline.ruler, instant, input.snapshot.settings->tick_ms);
		curve_of[i] = scene.curves.size();
		scene.curves.push_back(std::move(curve));
	}
	const std::vector<Point> slots = addLegend(scene, areas, labels, metrics);
	for (std::size_t i = 0; i < picks.size(); ++i) {
		if (curve_of[i]) {
			scene.curves[*curve_of[i]].slot = slots[i];
			scene.curves[*curve_of[i]].leader = areas.columns == 1;
		}
	}
	const bool nothing = std::ranges::all_of(scene.curves, [](const Curve &curve) { return curve.runs.empty(); });
	const bool running = scene.outline.state == State::live || scene.outline.state == State::review ||
			     scene.outline.state == State::stale;
	if (nothing && running) {
		scene.outline.state = State::too_few;
	}
	// The first one of the list is the most important: it lies in front.
	std::ranges::reverse(scene.curves);
}

void addPlot(Scene &scene, Areas &areas, const Snapshot &snapshot, const View &view, const Instant &instant,
	     std::uint32_t target, const std::vector<Pick> &picks, const Words &words, const TextMetrics &metrics)
{
	const Range range = rangeOf(view.measure, snapshot.settings->scale);
	const std::vector<ScaleMark> marks = scaleMarks(range, view.measure, words);
	float scale = 0;
	for (const ScaleMark &mark : marks) {
		scale = std::max(scale, metrics.width(mark.text, Face::regular, areas.text));
	}
	fitPlot(areas, scale, labelWidth(snapshot, view, picks, words, metrics, areas.text));

	scene.drawn = true;
	scene.outline.value_top = range.top;
	scene.outline.value_bottom = range.bottom;
	scene.outline.ruler = {areas.plot, instant.passage, view.reveal};
	scene.ahead = view.reveal ? 0 : style::kAhead;
	scene.strength = instant.state == State::stale ? style::kStale : 1;
	scene.rim = std::ceil(areas.text * 0.16F);
	scene.label_gap = areas.legend.x - areas.plot.right();
	scene.margin = std::floor(scene.label_gap * 0.75F);
	const double passage = static_cast<double>(instant.passage.to_ms - instant.passage.from_ms);
	scene.moving_width =
		std::ceil(static_cast<float>(passage * scene.outline.ruler.pixelsPerMs())) + 2 * scene.margin;
	addScale(scene, areas, range, marks);
	addTimeAxis(scene, areas, metrics);
	addCurves(scene, areas, {snapshot, view, target, range, scene.outline.ruler}, instant, picks, words, metrics);
}

} // namespace

double Ruler::pixelsPerMs() const
{
	return passage.window_ms > 0 ? static_cast<double>(plot.width) / static_cast<double>(passage.window_ms) : 0;
}

double Ruler::viewStart_ms(double position_ms) const
{
	const double scale = pixelsPerMs();
	if (scale <= 0) {
		return 0;
	}
	const auto from = static_cast<double>(passage.from_ms);
	const double spare = static_cast<double>(passage.to_ms - passage.from_ms - passage.window_ms);
	const double wish = position_ms - static_cast<double>(passage.window_ms) * playheadShare(reveal) - from;
	return from + std::round(std::clamp(wish, 0.0, std::max(0.0, spare)) * scale) / scale;
}

float Ruler::scroll(double position_ms) const
{
	return static_cast<float>(
		std::round((viewStart_ms(position_ms) - static_cast<double>(passage.from_ms)) * pixelsPerMs()));
}

float Ruler::playhead(double position_ms) const
{
	const double x = (position_ms - viewStart_ms(position_ms)) * pixelsPerMs();
	return plot.x + static_cast<float>(std::clamp(x, 0.0, static_cast<double>(plot.width)));
}

Scene buildScene(const Snapshot *snapshot, const View &view, const Instant &instant, const Words &words,
		 const TextMetrics &metrics)
{
	Scene scene;
	scene.width = view.width;
	scene.height = view.height;
	scene.outline.state = snapshot ? instant.state : State::no_session;
	scene.playhead = view.playhead;
	const bool hidden = nothingToDraw(scene.outline.state);
	const std::vector<Pick> picks = hidden ? std::vector<Pick>{} : picksOf(*snapshot, view);
	const std::optional<std::uint32_t> target = hidden ? std::nullopt : snapshot->findTarget(view.target);
	Areas areas = areasOf(view.width, view.height, picks.size());
	scene.card = areas.card;
	addCard(scene, areas, view.background_opacity);
	std::string message;
	if (target) {
		addPlot(scene, areas, *snapshot, view, instant, *target, picks, words, metrics);
		message = messageOf(scene, view, words);
	} else {
		message = hidden ? messageOf(scene, view, words) : fillIn(words.unknown_target, view.target);
	}
	addHeader(scene, areas, snapshot, view, instant, words, metrics);
	if (!message.empty()) {
		const Rect below{areas.card.x, areas.header + areas.row / 2, areas.card.width,
				 areas.card.bottom() - areas.header - areas.row};
		addMessage(scene, areas, scene.drawn ? areas.plot : below, message, metrics);
	}
	return scene;
}

LayoutInfo layoutInfo(const Outline &outline, double position_ms)
{
	LayoutInfo info;
	const Ruler &ruler = outline.ruler;
	info.x = std::llround(ruler.plot.x);
	info.y = std::llround(ruler.plot.y);
	info.width = std::llround(ruler.plot.width);
	info.height = std::llround(ruler.plot.height);
	const double start = ruler.viewStart_ms(position_ms);
	info.start_ms = std::llround(start);
	info.end_ms = std::llround(start + static_cast<double>(ruler.passage.window_ms));
	info.position_ms = std::llround(position_ms);
	info.state = toText(outline.state);
	info.value_top = outline.value_top;
	info.value_bottom = outline.value_bottom;
	return info;
}

} // namespace pulseline::overlay
