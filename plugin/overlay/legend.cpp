#include "overlay/legend.hpp"

#include "overlay/style.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace pulseline::overlay {
namespace {

// From the label's left edge: a piece of the line, then the name.
float swatchLength(float text, bool brief)
{
	return std::round(text * (brief ? style::kSwatchBrief : style::kSwatch));
}

float nameOffset(float text, bool brief)
{
	return std::round(swatchLength(text, brief) + text * 0.4F);
}

bool ofPresent(const View &view)
{
	return view.measure == Measure::activity || (view.measure == Measure::net && view.base == Base::present);
}

std::string figuresText(const View &view, const Words &words, std::uint32_t n, std::optional<std::uint32_t> present)
{
	if (present && ofPresent(view)) {
		return fillIn(words.n_of, std::to_string(n), std::to_string(*present));
	}
	return fillIn(words.n, std::to_string(n));
}

void addSwatch(Scene &scene, const Label &label, Point at, float length)
{
	const Look &look = label.look;
	const float y = std::round(at.y - look.width / 2);
	const Color color = look.color.withAlpha(label.counts ? 1.0 : 0.4);
	const Dash &dash = label.few ? look.unsure : look.dash;
	float x = at.x;
	for (std::size_t i = 0; !dash.empty() && x + look.width <= at.x + length; i = (i + 2) % dash.size()) {
		const float stroke = std::min(dash[i], at.x + length - x);
		scene.boxes.push_back({{x, y, stroke, look.width}, look.width / 2, color});
		x += dash[i] + dash[i + 1];
	}
	if (dash.empty()) {
		scene.boxes.push_back({{at.x, y, length, look.width}, look.width / 2, color});
	}
}

// What a label needs to be written.
struct Pen {
	const LegendBox &box;
	const Theme &theme;
	const TextMetrics &metrics;
	float text;
	float pad;
};

float roomForName(const std::string &figures, const Pen &pen)
{
	const float width = figures.empty() ? 0 : pen.metrics.width(figures, Face::regular, pen.text) + pen.pad;
	return pen.box.column - nameOffset(pen.text, pen.box.brief) - width;
}

// The name comes first: it may cost what can be done without.
bool isCut(const Label &label, const Pen &pen)
{
	return pen.metrics.width(label.name, Face::bold, pen.text) > roomForName(label.figures, pen);
}

// Of those that are shown, all say as much as each can.
bool areCut(const std::vector<Label> &labels, const Pen &pen)
{
	return std::ranges::any_of(labels, [&](const Label &label) { return label.counts && isCut(label, pen); });
}

void addLabel(Scene &scene, const Label &label, Point at, const Pen &pen, bool cut)
{
	const float offset = nameOffset(pen.text, pen.box.brief);
	addSwatch(scene, label, at, swatchLength(pen.text, pen.box.brief));
	const std::string &figures = (cut && label.counts) || isCut(label, pen) ? label.shorter : label.figures;
	const std::string name = elided(label.name, Face::bold, pen.text, roomForName(figures, pen), pen.metrics);
	scene.texts.push_back({name, Face::bold, pen.text, at.x + offset, at.y, Align::left,
			       label.counts ? pen.theme.ink : pen.theme.dim});
	if (!figures.empty()) {
		scene.texts.push_back(
			{figures, Face::regular, pen.text, at.x + pen.box.column, at.y, Align::right, pen.theme.dim});
	}
}

// Where the labels stand, in their order: near their wishes, or in columns.
std::vector<float> heightsOf(const LegendBox &box, std::vector<float> wishes, float row)
{
	const float low = box.area.y + row / 2;
	const float high = std::max(low, box.area.bottom() - row / 2);
	if (box.columns == 1) {
		return spread(std::move(wishes), row, low, high);
	}
	const auto columns = static_cast<std::size_t>(box.columns);
	const std::size_t rows = (wishes.size() + columns - 1) / columns;
	const float step = std::min(row, (high - low) / static_cast<float>(std::max<std::size_t>(rows, 2) - 1));
	const float first = (low + high - step * static_cast<float>(rows - 1)) / 2;
	for (std::size_t k = 0; k < wishes.size(); ++k) {
		wishes[k] = first + step * static_cast<float>(k % rows);
	}
	return wishes;
}

} // namespace

std::vector<Pick> picksOf(const Snapshot &snapshot, const View &view)
{
	std::vector<Pick> picks;
	const auto add = [&](std::string name, std::optional<std::size_t> segment, std::size_t look) {
		picks.push_back({std::move(name), segment, look});
	};
	if (view.segments.empty()) {
		for (std::size_t i = 0; i < snapshot.segments.size(); ++i) {
			add(snapshot.segments[i].name, i, i);
		}
		return picks;
	}
	for (const SegmentChoice &choice : view.segments) {
		const std::optional<std::size_t> found = findChoice(snapshot, choice);
		add(choice.name, found, found.value_or(snapshot.segments.size() + picks.size()));
	}
	return picks;
}

Look lookOf(std::size_t index, const Theme &theme, float text)
{
	const float width = std::max(2.0F, text * style::kLine);
	Look look{theme.segments[0], {}, {}, width * style::kEverybodyLine};
	if (index > 0) {
		const std::size_t others = theme.segments.size() - 1;
		look.color = theme.segments[1 + (index - 1) % others];
		look.width = width;
		for (const float length : style::kNotches[(index - 1) % style::kNotches.size()]) {
			if (length > 0) {
				look.dash.push_back(length * width);
			}
		}
	}
	for (const float length : style::kUnsure) {
		look.unsure.push_back(length * look.width);
	}
	return look;
}

Label labelOf(const Snapshot &snapshot, const View &view, const Instant &instant, std::uint32_t target,
	      const Pick &pick, const Words &words, float text)
{
	Label label{pick.name, "", "", false, false, lookOf(pick.look, view.theme, text), {}};
	if (!pick.segment) {
		label.figures = label.shorter = words.unknown_segment;
		return label;
	}
	if (instant.label_tick < 0) {
		return label;
	}
	const Figures figures = snapshot.figuresAt(*pick.segment, target, instant.label_tick, view.base, view.min_n);
	label.counts = !figures.suppressed();
	label.few = peopleBehind(figures, view.measure) < kSolidN;
	const std::string n = view.show_n ? figuresText(view, words, figures.n, figures.present) : "";
	if (label.counts) {
		label.figures = n;
		label.shorter = view.show_n ? fillIn(words.n, std::to_string(figures.n)) : "";
	} else {
		// That a label and its line are weak says it too.
		label.shorter = n.empty() ? words.too_few : fillIn(words.n, std::to_string(figures.n));
		label.figures = n.empty() ? words.too_few : n + " " + words.too_few;
	}
	return label;
}

float figuresWidth(const Snapshot &snapshot, const View &view, const std::vector<Pick> &picks, const Words &words,
		   const TextMetrics &metrics, float text, bool brief)
{
	float widest = 0;
	const auto widen = [&](const std::string &figures) {
		widest = std::max(widest, metrics.width(figures, Face::regular, text));
	};
	for (const Pick &pick : picks) {
		if (!pick.segment) {
			widen(words.unknown_segment);
			continue;
		}
		const std::size_t people = *pick.segment < snapshot.segmentParticipants.size()
						   ? snapshot.segmentParticipants[*pick.segment]
						   : 0;
		auto most = static_cast<std::uint32_t>(std::max<std::size_t>(people, 100));
		most = static_cast<std::uint32_t>(std::pow(10, std::ceil(std::log10(most + 1)))) / 10 * 8;
		const std::string few = figuresText(view, words, std::max(view.min_n, 1U) - 1, {});
		if (view.show_n) {
			widen(brief ? fillIn(words.n, std::to_string(most)) : figuresText(view, words, most, most));
			widen(brief ? few : few + " " + words.too_few);
		} else {
			widen(words.too_few);
		}
	}
	return widest;
}

float labelWidth(const Snapshot &snapshot, const View &view, const std::vector<Pick> &picks, const Words &words,
		 const TextMetrics &metrics, float text, bool brief)
{
	return nameOffset(text, brief) + widestName(picks, metrics, text) + std::round(text * style::kPad) +
	       figuresWidth(snapshot, view, picks, words, metrics, text, brief);
}

std::vector<Point> addLegend(Scene &scene, const LegendBox &box, const Areas &areas, const Theme &theme,
			     const std::vector<Label> &labels, const TextMetrics &metrics)
{
	const float middle = box.area.y + box.area.height / 2;
	std::vector<std::size_t> order(labels.size());
	std::iota(order.begin(), order.end(), 0);
	const auto wish = [&](std::size_t i) { return labels[i].wish.value_or(middle); };
	if (box.columns == 1) {
		std::ranges::stable_sort(order, {}, wish);
	}
	std::vector<float> wishes(labels.size());
	std::ranges::transform(order, wishes.begin(), wish);
	const std::vector<float> ys = heightsOf(box, std::move(wishes), areas.row);

	const Pen pen{box, theme, metrics, areas.text, areas.pad};
	const bool cut = areCut(labels, pen);
	std::vector<Point> slots(labels.size());
	float x = box.area.x;
	for (std::size_t k = 0; k < order.size(); ++k) {
		if (box.columns > 1 && k > 0 &&
		    (ys[k] < ys[k - 1] || labels.size() <= static_cast<std::size_t>(box.columns))) {
			x += box.column + areas.text;
		}
		slots[order[k]] = {x, std::round(ys[k])};
		addLabel(scene, labels[order[k]], slots[order[k]], pen, cut);
	}
	return slots;
}

std::vector<Point> addRows(Scene &scene, const LegendBox &box, const Areas &areas, const Theme &theme,
			   const std::vector<Label> &labels, const std::string &whose, const TextMetrics &metrics)
{
	std::size_t taken = 0;
	const auto next = [&] {
		const auto columns = static_cast<std::size_t>(box.columns);
		const auto column = static_cast<float>(taken % columns);
		const auto row = static_cast<float>(taken / columns);
		++taken;
		return Point{std::round(box.area.x + column * (box.column + box.between)),
			     std::round(box.area.y + areas.row * (row + 0.5F))};
	};
	if (!whose.empty()) {
		const Point at = next();
		scene.texts.push_back({elided(whose, Face::bold, areas.text, box.column, metrics), Face::bold,
				       areas.text, at.x, at.y, Align::left, theme.ink});
	}
	const Pen pen{box, theme, metrics, areas.text, areas.pad};
	const bool cut = areCut(labels, pen);
	std::vector<Point> slots;
	for (const Label &label : labels) {
		slots.push_back(next());
		addLabel(scene, label, slots.back(), pen, cut);
	}
	return slots;
}

std::vector<float> spread(std::vector<float> wishes, float apart, float low, float high)
{
	const auto count = wishes.size();
	if (count == 0) {
		return wishes;
	}
	if (static_cast<float>(count - 1) * apart > high - low) {
		apart = count > 1 ? (high - low) / static_cast<float>(count - 1) : 0;
	}
	// Less its rank's distance, each position may be equal to the one before but not less: a monotone regression,
	// solved by joining neighbours that are out of order (pool adjacent violators).
	struct Block {
		float sum;
		float size;
	};
	std::vector<Block> blocks;
	for (std::size_t i = 0; i < count; ++i) {
		blocks.push_back({wishes[i] - apart * static_cast<float>(i), 1});
		while (blocks.size() > 1) {
			const Block last = blocks.back();
			Block &before = blocks[blocks.size() - 2];
			if (before.sum / before.size <= last.sum / last.size) {
				break;
			}
			before = {before.sum + last.sum, before.size + last.size};
			blocks.pop_back();
		}
	}
	std::vector<float> placed;
	const float last_start = high - apart * static_cast<float>(count - 1);
	for (const Block &block : blocks) {
		const float start = std::clamp(block.sum / block.size, low, std::max(low, last_start));
		for (int k = 0; k < static_cast<int>(block.size); ++k) {
			placed.push_back(start + apart * static_cast<float>(placed.size()));
		}
	}
	return placed;
}

float widestName(const std::vector<Pick> &picks, const TextMetrics &metrics, float text)
{
	float widest = 0;
	for (const Pick &pick : picks) {
		widest = std::max(widest, metrics.width(pick.name, Face::bold, text));
	}
	return widest;
}

std::size_t fitting(const std::string &text, const std::string &end, Face face, float size, float width,
		    const TextMetrics &metrics)
{
	// A text may be of any length; so much of it at least is wider, with eight letters as wide as one is high.
	const auto most = static_cast<std::size_t>(std::max(0.0F, width) / size * 32) + 32;
	std::vector<std::size_t> ends; // of whole UTF-8 characters
	for (std::size_t i = 1; i <= std::min(text.size(), most); ++i) {
		if (i == text.size() || (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) {
			ends.push_back(i);
		}
	}
	const auto beyond = std::ranges::partition_point(ends, [&](std::size_t bytes) {
		return metrics.width(text.substr(0, bytes) + end, face, size) <= width;
	});
	return beyond == ends.begin() ? 0 : *std::prev(beyond);
}

std::string elided(const std::string &text, Face face, float size, float width, const TextMetrics &metrics)
{
	constexpr const char *kEllipsis = "\u2026";
	if (metrics.width(text, face, size) <= width) {
		return text;
	}
	std::string cut = text.substr(0, fitting(text, kEllipsis, face, size, width, metrics));
	cut.resize(cut.find_last_not_of(' ') + 1);
	return cut.empty() ? "" : cut + kEllipsis;
}

} // namespace pulseline::overlay
