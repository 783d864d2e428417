// Lines as quads: pieces that overlap, with round joins, whole or cut into dashes.
#include "overlay/quads.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pulseline::overlay {
namespace {

// What the strokes of one curve have in common.
struct Pen {
	std::uint32_t channel = 0;
	float reach = 0; // of this one
	Inking inking;
	float thinner = 0;
};

// Calls `add` with each corner of the quad around a piece and its place as seen from the piece: along it and across.
template <typename Add>
void eachCorner(Point from, Point to, Caps caps, Add &&add)
{
	Point along{to.x - from.x, to.y - from.y};
	const float length = std::hypot(along.x, along.y);
	along = length > 0 ? Point{along.x / length, along.y / length} : Point{1, 0};
	for (const float v : {-caps.end, caps.end}) {
		for (const float u : {-caps.begin, length + caps.end}) {
			add(Point{from.x + along.x * u - along.y * v, from.y + along.y * u + along.x * v}, Point{u, v},
			    length);
		}
	}
}

void addStrokePiece(Quads &quads, Point from, Point to, const Pen &pen, bool first)
{
	const float begin = first ? pen.reach : 0; // elsewhere the end of the piece before makes the join
	const float scale = 1 / pen.inking.reach;
	eachCorner(from, to, {begin, pen.reach}, [&](Point corner, Point seen, float length) {
		addVertex(quads, {corner.x + pen.inking.shift.x, corner.y + pen.inking.shift.y}, 0, pen.channel,
			  {seen.x * scale, seen.y * scale, length * scale, 1 - pen.thinner * scale});
	});
}

void addStroke(Quads &quads, std::span<const Point> line, const Pen &pen)
{
	// Not worth a quad. Each pixel begins anew, so that what is left out does not depend on what lies far away.
	const auto tooShort = [](Point from, Point to) {
		return std::floor(from.x) == std::floor(to.x) && std::hypot(to.x - from.x, to.y - from.y) < 0.25F;
	};
	if (line.size() == 1) {
		addStrokePiece(quads, line[0], line[0], pen, true);
		return;
	}
	Point from = line.empty() ? Point{} : line[0];
	bool first = true;
	for (std::size_t i = 1; i < line.size(); ++i) {
		const bool last = i + 1 == line.size();
		if (last || !tooShort(from, line[i])) {
			addStrokePiece(quads, from, line[i], pen, first);
			from = line[i];
			first = false;
		}
	}
}

// A stretch of a run that is drawn in one way.
struct Stretch {
	std::size_t first = 0;
	std::size_t last = 0;
	bool few = false;
	bool open = false;
};

// What joins two points is as unsure as the weaker of them.
std::vector<Stretch> stretchesOf(const Run &run)
{
	std::vector<Stretch> stretches;
	for (std::size_t i = 1; i < run.points.size(); ++i) {
		const bool few = run.few[i - 1] || run.few[i];
		const bool open = i >= run.firm;
		if (stretches.empty() || stretches.back().few != few || stretches.back().open != open) {
			stretches.push_back({i - 1, i, few, open});
		}
		stretches.back().last = i;
	}
	return stretches;
}

// The part of the line with x within [from, to].
std::vector<Point> clipped(std::span<const Point> line, std::size_t &start, float from, float to)
{
	const auto at = [&](std::size_t i, float x) {
		const Point &a = line[i];
		const Point &b = line[i + 1];
		const float share = b.x > a.x ? (x - a.x) / (b.x - a.x) : 0;
		return Point{x, a.y + (b.y - a.y) * std::clamp(share, 0.0F, 1.0F)};
	};
	while (start + 2 < line.size() && line[start + 1].x < from) {
		++start;
	}
	std::vector<Point> piece{at(start, std::max(from, line[start].x))};
	for (std::size_t i = start + 1; i < line.size(); ++i) {
		if (line[i].x >= to) {
			piece.push_back(at(i - 1, to));
			break;
		}
		if (line[i].x > piece.back().x) {
			piece.push_back(line[i]);
		}
	}
	return piece;
}

} // namespace

void addPiece(Quads &quads, Point from, Point to, float z, std::uint32_t color, Caps caps)
{
	eachCorner(from, to, caps, [&](Point corner, Point, float) {
		addVertex(quads, corner, z, color, {from.x, from.y, to.x, to.y});
	});
}

float casing(float line_width)
{
	return std::max(1.0F, line_width * 0.4F);
}

float reachOf(const Curve &curve)
{
	return curve.width / 2 + casing(curve.width) + 0.5F;
}

std::vector<std::vector<Point>> cutDashes(std::span<const Point> line, const Dash &dash, float width, double phase)
{
	std::vector<std::vector<Point>> pieces;
	if (line.size() < 2) {
		if (!line.empty()) {
			pieces.push_back({line[0]});
		}
		return pieces;
	}
	// Gaps stand still on the time axis, and are as long where the line is steep: there they are narrower. Round
	// ends stand out by half the width.
	const auto half_gap = [&](double middle, float gap) {
		const auto x = static_cast<float>(middle);
		const auto next = std::ranges::upper_bound(line.first(line.size() - 1), x, {}, &Point::x);
		const Point &to = *next;
		const Point &from = next == line.begin() ? line[0] : *std::prev(next);
		const float run = to.x - from.x;
		const float across = run > 0 ? run / std::hypot(run, to.y - from.y) : 1;
		return (gap + width) / 2 * across;
	};
	const double period = std::accumulate(dash.begin(), dash.end(), 0.0);
	const double first = std::floor((static_cast<double>(line.front().x) + phase) / period) * period - phase;
	std::size_t start = 0;
	double middle = first - static_cast<double>(dash.back()) / 2; // of the gap before
	float gap = dash.back();
	for (std::size_t i = 0; middle < static_cast<double>(line.back().x); i = (i + 2) % dash.size()) {
		const double next = middle + static_cast<double>((gap + dash[i + 1]) / 2 + dash[i]);
		const float from = static_cast<float>(middle) + half_gap(middle, gap);
		const float to = std::max(from, static_cast<float>(next) - half_gap(next, dash[i + 1]));
		if (to >= line.front().x && from <= line.back().x) {
			pieces.push_back(
				clipped(line, start, std::max(from, line.front().x), std::min(to, line.back().x)));
		}
		middle = next;
		gap = dash[i + 1];
	}
	return pieces;
}

void addCurve(Quads &quads, const Curve &curve, std::uint32_t channel, const Inking &inking)
{
	const Pen firm_pen{channel, reachOf(curve), inking, 0};
	const Pen open_pen{channel, reachOf(curve), inking, curve.width * 0.26F};
	for (const Run &run : curve.runs) {
		const std::span<const Point> points = run.points;
		if (points.size() == 1) {
			// Alone it is a dot, which must be seen.
			const float more = curve.width * 0.45F;
			addStroke(quads, points, {channel, reachOf(curve) + more, inking, -more});
			continue;
		}
		for (const Stretch &stretch : stretchesOf(run)) {
			const Pen &pen = stretch.open ? open_pen : firm_pen;
			const Dash &dash = stretch.few ? curve.unsure : curve.dash;
			const auto line = points.subspan(stretch.first, stretch.last - stretch.first + 1);
			if (dash.empty()) {
				addStroke(quads, line, pen);
				continue;
			}
			for (const std::vector<Point> &piece : cutDashes(line, dash, curve.width, inking.phase)) {
				addStroke(quads, piece, pen);
			}
		}
	}
}

} // namespace pulseline::overlay
