#include "overlay/annotations.hpp"

#include "overlay/style.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pulseline::overlay {
namespace {

constexpr float kStrip = 0.24F;  // of statements, in text heights
constexpr float kTallPlot = 14;  // in text heights: here words may have two lines
constexpr float kLeastLabel = 4; // in text heights: a marker's text that is cut shorter says nothing

// Where a marker stands on the axis, in the moving layer.
struct Taken {
	float from = 0;
	float to = 0;
};

// Markers that fall on the same few pixels, the first of them and how many.
struct Pin {
	const Marker *marker;
	std::ptrdiff_t count;
};

// Those that have been reached and may be seen, from left to right: however many a session has, so many as there is
// room for, and some on both sides, for where a text stands depends on its neighbours. The axis is divided from its
// beginning, so that a marker is counted to the same pin in every passage.
std::vector<Pin> pinsOf(const Stage &stage, const Scene &scene, float side)
{
	constexpr int kNeighbours = 16;
	const std::vector<Marker> &all = stage.snapshot.annotations->markers;
	const Ruler &ruler = scene.outline.ruler;
	const auto ms = [&](float pixels) { return std::llround(pixels / ruler.pixelsPerMs()); };
	const std::int64_t width_ms = std::max<std::int64_t>(ms(side), 1);
	const auto end = std::ranges::upper_bound(all, stage.instant.marked_ms, {}, &Marker::position_ms);
	const auto from = [&](std::int64_t position_ms) {
		return std::ranges::lower_bound(all.begin(), end, position_ms, {}, &Marker::position_ms);
	};
	auto one = from(ruler.passage.from_ms - ms(scene.margin));
	for (int i = 0; i < kNeighbours && one != all.begin(); ++i) {
		one = from(std::prev(one)->position_ms / width_ms * width_ms);
	}
	std::vector<Pin> pins;
	for (int beyond = 0; one != end && beyond < kNeighbours;) {
		const auto next = from((one->position_ms / width_ms + 1) * width_ms);
		pins.push_back({&*one, next - one});
		beyond += one->position_ms > ruler.passage.to_ms + ms(scene.margin);
		one = next;
	}
	return pins;
}

std::string textOf(const Pin &pin)
{
	const bool more = pin.count > 1 && !pin.marker->text.empty();
	return pin.marker->text + (more ? " +" + std::to_string(pin.count - 1) : "");
}

// Places the markers' texts on the time axis: beside their pins where there is room, never over one another.
class MarkerRow {
public:
	MarkerRow(Scene &scene, const Stage &stage)
		: scene_(scene)
		, stage_(stage)
		, text_(stage.areas.text)
		, gap_(std::round(stage.areas.text * 0.45F))
		, side_(std::round(stage.areas.text * 0.3F))
	{
		const Ruler &ruler = scene.outline.ruler;
		const bool rolls = ruler.passage.rolls();
		end_ = rolls ? std::numeric_limits<float>::max() : ruler.x(static_cast<double>(ruler.passage.to_ms));
		// At the edge where it comes in, a text that stands before its pin is seen at once.
		before_first_ = rolls && ruler.reveal;
		last_ = ruler.x(0);
	}

	void add()
	{
		const std::vector<Pin> pins = pinsOf(stage_, scene_, side_);
		for (std::size_t i = 0; i < pins.size(); ++i) {
			const float x = at(pins[i]);
			const float next = i + 1 < pins.size() ? at(pins[i + 1]) : end_ + gap_;
			addPin(x);
			addLabel(pins[i], x, next);
		}
		// Times give way to them, and to pins as long as these leave most times.
		std::vector<Text> &times = scene_.moving_texts;
		std::erase_if(times, [&](const Text &time) { return touches(time, taken_); });
		const auto pinned =
			std::ranges::count_if(times, [&](const Text &time) { return touches(time, pins_); });
		if (2 * static_cast<std::size_t>(pinned) <= times.size()) {
			std::erase_if(times, [&](const Text &time) { return touches(time, pins_); });
		}
		scene_.moving_texts.insert(scene_.moving_texts.end(), labels_.begin(), labels_.end());
	}

private:
	bool touches(const Text &time, const std::vector<Taken> &all) const
	{
		const float half = stage_.metrics.width(time.text, time.face, time.size) / 2 + gap_;
		return std::ranges::any_of(
			all, [&](const Taken &one) { return time.x + half > one.from && time.x - half < one.to; });
	}
	float at(const Pin &pin) const { return scene_.outline.ruler.x(static_cast<double>(pin.marker->position_ms)); }
	bool seen(float from, float to) const
	{
		const Passage &passage = scene_.outline.ruler.passage;
		return to >= scene_.outline.ruler.x(static_cast<double>(passage.from_ms)) - scene_.margin &&
		       from <= scene_.outline.ruler.x(static_cast<double>(passage.to_ms)) + scene_.margin;
	}

	void addPin(float x)
	{
		const Areas &areas = stage_.areas;
		const Theme &theme = stage_.view.theme;
		if (!seen(x - side_, x + side_)) {
			return;
		}
		const float left = std::round(x - areas.hair / 2);
		float top = scene_.outline.ruler.plot.y;
		// Within the plot it is hidden with what lies ahead.
		const auto lineTo = [&](float bottom) {
			scene_.moving_boxes.push_back({{left, top, areas.hair, bottom - top}, 0, theme.axis});
		};
		for (const Rect &row : scene_.written) {
			lineTo(row.y);
			top = row.bottom();
		}
		lineTo(scene_.floor);
		// So low that it ends above the times, however many there are.
		scene_.moving_boxes.push_back(
			{{std::round(x - side_ / 2), scene_.floor, side_, std::round(side_ * 0.6F)},
			 std::round(side_ * 0.25F),
			 theme.ink});
		pins_.push_back({x - side_ / 2, x + side_ / 2});
	}

	void addLabel(const Pin &pin, float x, float next)
	{
		const float room_before = x - gap_ - last_;
		const float room_after = std::min(next - gap_, end_) - (x + gap_);
		if (room_before <= 0 && room_after <= 0) {
			last_ = std::max(last_, x + gap_);
			return; // measured are only texts that may be written
		}
		const std::string text = textOf(pin);
		const float width = stage_.metrics.width(text, Face::bold, text_);
		const auto after = [&](const std::string &shown, float wide) { write(shown, x + gap_, wide); };
		const auto before = [&] { write(text, x - gap_ - width, width); };
		last_ = std::max(last_, x + gap_);
		if (width <= room_before && (before_first_ || width > room_after)) {
			before();
		} else if (width <= room_after) {
			after(text, width);
		} else if (room_after >= text_ * kLeastLabel) {
			const std::string cut = elided(text, Face::bold, text_, room_after, stage_.metrics);
			after(cut, stage_.metrics.width(cut, Face::bold, text_));
		}
	}

	void write(const std::string &text, float left, float width)
	{
		last_ = std::max(last_, left + width + gap_);
		if (text.empty() || !seen(left, left + width)) {
			return;
		}
		taken_.push_back({left, left + width});
		labels_.push_back(
			{text, Face::bold, text_, left, stage_.areas.axis, Align::left, stage_.view.theme.ink});
	}

	Scene &scene_;
	const Stage &stage_;
	const float text_, gap_, side_;
	float end_ = 0;
	bool before_first_ = false;
	float last_ = 0; // up to here it is written already
	std::vector<Taken> taken_, pins_;
	std::vector<Text> labels_;
};

// A thin strip under the plot: each statement a piece, neighbours a little different. Those that begin within the same
// few pixels are one, so that there are no more than there is room for; these are counted from the axis' beginning, so
// that a piece is the same in every passage.
void addStrip(Scene &scene, const Stage &stage)
{
	constexpr double kNarrow = 3;
	const Ruler &ruler = scene.outline.ruler;
	const Color color = stage.view.theme.dim;
	const float top = scene.floor - stage.areas.strip;
	const float height = std::max(2.0F, std::round(stage.areas.strip * 0.7F));
	const std::vector<Statement> &all = stage.snapshot.annotations->statements;
	const auto pixels = [&](std::int64_t at_ms) { return std::round(ruler.x(static_cast<double>(at_ms))); };
	const auto narrow_ms =
		std::max<std::int64_t>(1, std::llround(kNarrow / static_cast<double>(ruler.pixelsPerMs())));
	for (std::size_t i = 0; i < all.size() && all[i].start_ms <= ruler.passage.to_ms;) {
		const std::size_t first = i;
		const std::int64_t beyond_ms = (all[i].start_ms / narrow_ms + 1) * narrow_ms;
		std::int64_t end_ms = 0;
		for (; i < all.size() && all[i].start_ms < beyond_ms; ++i) {
			end_ms = std::max(end_ms, all[i].end_ms);
		}
		if (end_ms >= ruler.passage.from_ms) {
			const float left = pixels(all[first].start_ms);
			const float width = std::max(1.0F, pixels(end_ms) - left);
			scene.moving_boxes.push_back(
				{{left, top, width, height}, 0, color.withAlpha(first % 2 == 0 ? 0.75 : 0.45)});
		}
	}
}

void addWords(Scene &scene, const Stage &stage)
{
	const auto &statements = stage.snapshot.annotations->statements;
	const Areas &areas = stage.areas;
	if (areas.words.height <= 0 || stage.instant.statement >= statements.size()) {
		return;
	}
	// Beside the labels, which may begin at the same height.
	const float width = areas.plot.right() - areas.words.x;
	const auto rows = static_cast<std::size_t>(std::lround(areas.words.height / areas.row));
	float y = areas.words.y + areas.row / 2;
	for (const std::string &line :
	     wrapped(statements[stage.instant.statement].text, Face::regular, areas.text, width, rows, stage.metrics)) {
		scene.texts.push_back({line, Face::regular, areas.text, areas.words.x, std::round(y), Align::left,
				       stage.view.theme.ink});
		y += areas.row;
	}
}

} // namespace

void makeRoom(Stage &stage)
{
	Areas &areas = stage.areas;
	const bool statements = !stage.snapshot.annotations->statements.empty();
	const auto take = [&](float height) {
		const bool room = areas.plot.height - height >= areas.text * style::kLowestPlot;
		areas.plot.height -= room ? height : 0;
		return room ? height : 0;
	};
	if (stage.view.show_words && statements) {
		const float rows = areas.plot.height > areas.text * kTallPlot ? 2 : 1;
		areas.words = {areas.card.x + areas.pad, areas.signs + areas.row / 2, 0, take(rows * areas.row)};
		areas.plot.y += areas.words.height;
	}
	if (stage.view.show_statements && statements && layoutOf(stage.view).course) {
		areas.strip = take(std::max(4.0F, std::round(areas.text * kStrip)));
	}
}

void addAnnotations(Scene &scene, const Stage &stage)
{
	addWords(scene, stage);
	if (!scene.drawn) {
		return;
	}
	if (stage.areas.strip > 0) {
		addStrip(scene, stage);
	}
	if (stage.view.show_markers) {
		MarkerRow(scene, stage).add();
	}
}

std::vector<std::string> wrapped(const std::string &text, Face face, float size, float width, std::size_t most,
				 const TextMetrics &metrics)
{
	std::vector<std::string> lines;
	std::string rest = text;
	while (lines.size() + 1 < most && metrics.width(rest, face, size) > width) {
		const std::size_t cut = rest.rfind(' ', fitting(rest, "", face, size, width, metrics));
		if (cut == std::string::npos) {
			break; // one long word
		}
		lines.push_back(rest.substr(0, cut));
		rest.erase(0, cut + 1);
	}
	lines.push_back(elided(rest, face, size, width, metrics));
	return lines;
}

} // namespace pulseline::overlay
