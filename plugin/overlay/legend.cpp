#include "overlay/legend.hpp"

#include "overlay/style.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pulseline::overlay {
namespace {

// From the label's left edge: a piece of the line, then the name.
float nameOffset(float text)
{
	return std::round(text * (style::kSwatch + 0.4F));
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

void addSwatch(Scene &scene, const Look &look, Point at, float text, double alpha)
{
	const float length = std::round(text * style::kSwatch);
	const float y = std::round(at.y - look.width / 2);
	const Color color = look.color.withAlpha(alpha);
	if (look.dash.empty()) {
		scene.boxes.push_back({{at.x, y, length, look.width}, look.width / 2, color});
		return;
	}
	float x = at.x;
	for (std::size_t i = 0; x + look.width <= at.x + length; i = (i + 2) % look.dash.size()) {
		const float stroke = std::min(look.dash[i], at.x + length - x);
		scene.boxes.push_back({{x, y, stroke, look.width}, look.width / 2, color});
		x += look.dash[i] + look.dash[i + 1];
	}
}

void addLabel(Scene &scene, const Areas &areas, const Label &label, Point at, const TextMetrics &metrics)
{
	addSwatch(scene, label.look, at, areas.text, label.counts ? 1.0 : 0.4);
	const float name_x = at.x + nameOffset(areas.text);
	const auto room = [&](const std::string &figures) {
		const float width = figures.empty() ? 0 : metrics.width(figures, Face::regular, areas.text) + areas.pad;
		return areas.column - nameOffset(areas.text) - width;
	};
	// The name comes first: it may cost what can be done without.
	const bool cut = metrics.width(label.name, Face::bold, areas.text) > room(label.figures);
	const std::string &figures = cut ? label.shorter : label.figures;
	const std::string name = elided(label.name, Face::bold, areas.text, room(figures), metrics);
	scene.texts.push_back({name, Face::bold, areas.text, name_x, at.y, Align::left,
			       label.counts ? style::kInk : style::kDim.withAlpha(0.75)});
	if (!figures.empty()) {
		scene.texts.push_back(
			{figures, Face::regular, areas.text, at.x + areas.column, at.y, Align::right, style::kDim});
	}
}

} // namespace

std::vector<Pick> picksOf(const Snapshot &snapshot, const View &view)
{
	std::vector<Pick> picks;
	const auto add = [&](std::string name, std::optional<std::size_t> segment, std::size_t look) {
		if (picks.size() < style::kMaxCurves) {
			picks.push_back({std::move(name), segment, look});
		}
	};
	if (view.segments.empty()) {
		for (std::size_t i = 0; i < snapshot.segments.size(); ++i) {
			add(snapshot.segments[i].name, i, i);
		}
		return picks;
	}
	for (const SegmentChoice &choice : view.segments) {
		const std::optional<std::size_t> found = snapshot.findSegment(choice.name);
		add(choice.name, found, found.value_or(snapshot.segments.size() + picks.size()));
	}
	return picks;
}

Look lookOf(std::size_t index, float text)
{
	const float width = std::max(2.0F, text * style::kLine);
	if (index == 0) {
		return {style::kEverybody, {}, width * style::kEverybodyLine};
	}
	Look look{style::kSegments[(index - 1) % style::kSegments.size()], {}, width};
	const auto &pattern = style::kDashes[(index - 1) % style::kDashes.size()];
	if (pattern[1] > 0) {
		for (const float length : pattern) {
			look.dash.push_back(length * width);
		}
	}
	return look;
}

Label labelOf(const Snapshot &snapshot, const View &view, const Instant &instant, std::uint32_t target,
	      const Pick &pick, const Words &words, float text)
{
	Label label{pick.name, "", "", false, lookOf(pick.look, text), {}};
	if (!pick.segment) {
		label.figures = label.shorter = words.unknown_segment;
		return label;
	}
	if (instant.label_tick < 0) {
		return label;
	}
	const Figures figures = snapshot.figuresAt(*pick.segment, target, instant.label_tick, view.base, view.min_n);
	label.counts = !figures.suppressed();
	const std::string n = view.show_n ? figuresText(view, words, figures.n, figures.present) : "";
	if (label.counts) {
		label.figures = n;
		label.shorter = view.show_n ? fillIn(words.n, std::to_string(figures.n)) : "";
	} else {
		label.figures = label.shorter = n.empty() ? words.too_few : n + " " + words.too_few;
	}
	return label;
}

float labelWidth(const Snapshot &snapshot, const View &view, const std::vector<Pick> &picks, const Words &words,
		 const TextMetrics &metrics, float text)
{
	float name = 0;
	float figures = 0;
	for (const Pick &pick : picks) {
		name = std::max(name, metrics.width(pick.name, Face::bold, text));
		if (!pick.segment) {
			figures = std::max(figures, metrics.width(words.unknown_segment, Face::regular, text));
			continue;
		}
		// Room for everybody's number now, so that the plot keeps its size when it comes.
		const std::size_t people = *pick.segment < snapshot.segmentParticipants.size()
						   ? snapshot.segmentParticipants[*pick.segment]
						   : 0;
		auto most = static_cast<std::uint32_t>(std::max<std::size_t>(people, 100));
		most = static_cast<std::uint32_t>(std::pow(10, std::ceil(std::log10(most + 1)))) / 10 * 8;
		const std::string n = view.show_n ? figuresText(view, words, most, most) : "";
		const std::string few =
			figuresText(view, words, std::max(view.min_n, 1U) - 1, {}) + " " + words.too_few;
		figures = std::max({figures, metrics.width(n, Face::regular, text),
				    metrics.width(view.show_n ? few : words.too_few, Face::regular, text)});
	}
	return nameOffset(text) + name + std::round(text * style::kPad) + figures;
}

std::vector<Point> addLegend(Scene &scene, const Areas &areas, const std::vector<Label> &labels,
			     const TextMetrics &metrics)
{
	const float middle = areas.plot.y + areas.plot.height / 2;
	std::vector<std::size_t> order(labels.size());
	std::iota(order.begin(), order.end(), 0);
	std::ranges::stable_sort(order, {}, [&](std::size_t i) { return labels[i].wish.value_or(middle); });

	const float low = areas.legend.y + areas.row / 2;
	const float high = areas.legend.bottom() - areas.row / 2;
	std::vector<float> ys;
	if (areas.columns == 1) {
		for (const std::size_t i : order) {
			ys.push_back(labels[i].wish.value_or(middle));
		}
		ys = spread(std::move(ys), areas.row, low, high);
	} else {
		const auto rows = (labels.size() + static_cast<std::size_t>(areas.columns) - 1) /
				  static_cast<std::size_t>(areas.columns);
		const float step =
			std::min(areas.row, (high - low) / static_cast<float>(std::max<std::size_t>(rows, 2) - 1));
		const float first = (low + high - step * static_cast<float>(rows - 1)) / 2;
		for (std::size_t k = 0; k < order.size(); ++k) {
			ys.push_back(first + step * static_cast<float>(k % rows));
		}
	}
	std::vector<Point> slots(labels.size());
	float x = areas.legend.x;
	for (std::size_t k = 0; k < order.size(); ++k) {
		if (areas.columns > 1 && k > 0 && ys[k] < ys[k - 1]) {
			x += areas.column + areas.text;
		}
		slots[order[k]] = {x, std::round(ys[k])};
		addLabel(scene, areas, labels[order[k]], slots[order[k]], metrics);
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

std::string elided(const std::string &text, Face face, float size, float width, const TextMetrics &metrics)
{
	if (metrics.width(text, face, size) <= width) {
		return text;
	}
	std::string cut = text;
	while (!cut.empty()) {
		// Whole UTF-8 characters.
		while (!cut.empty() && (static_cast<unsigned char>(cut.back()) & 0xC0U) == 0x80U) {
			cut.pop_back();
		}
		if (!cut.empty()) {
			cut.pop_back();
		}
		while (!cut.empty() && cut.back() == ' ') {
			cut.pop_back();
		}
		if (metrics.width(cut + "\u2026", face, size) <= width) {
			return cut.empty() ? "" : cut + "\u2026";
		}
	}
	return "";
}

} // namespace pulseline::overlay
