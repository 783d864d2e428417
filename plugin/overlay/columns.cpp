#include "overlay/columns.hpp"

#include "overlay/quads.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <tuple>

namespace pulseline::overlay {
namespace {

constexpr float kSoft = 2; // of edges, and of what is put on whole pixels

// What joins two neighbouring points of a run, or its only one.
struct Link {
	Point from, to;
	bool few_from = false, few_to = false, open = false;

	bool operator==(const Link &) const = default;
};

// The same of a band.
struct BandLink {
	BandPoint from, to;

	bool operator==(const BandLink &) const = default;
};

// Calls `use` for each item that only one of the two has. Items that both have stand in the same order in both.
template <typename T, typename Use>
void eachDifference(const std::vector<T> &one, const std::vector<T> &other, Use &&use)
{
	constexpr std::size_t kFar = 64; // further apart, equal items are not looked for
	auto a = one.begin();
	auto b = other.begin();
	const auto resync = [&] {
		if (a == one.end() || b == other.end()) {
			return false;
		}
		for (std::size_t skipped = 1; skipped <= kFar; ++skipped) {
			for (std::size_t of_one = 0; of_one <= skipped; ++of_one) {
				const auto i = static_cast<std::ptrdiff_t>(of_one);
				const auto k = static_cast<std::ptrdiff_t>(skipped - of_one);
				if (i < one.end() - a && k < other.end() - b && a[i] == b[k]) {
					std::for_each(a, a + i, use);
					std::for_each(b, b + k, use);
					a += i;
					b += k;
					return true;
				}
			}
		}
		return false;
	};
	do {
		std::tie(a, b) = std::mismatch(a, one.end(), b, other.end());
	} while (resync());
	std::for_each(a, one.end(), use);
	std::for_each(b, other.end(), use);
}

Columns columnsOf(const Box &box)
{
	return {box.rect.x - kSoft, box.rect.right() + kSoft};
}

Columns columnsOf(const Text &text, const TextMetrics &metrics)
{
	const float width = metrics.width(text.text, text.face, text.size);
	const float share = text.align == Align::left ? 0 : text.align == Align::center ? 0.5F : 1;
	const float left = text.x - width * share;
	const float room = text.size / 2 + kSoft; // for what stands out of the letters' boxes
	return {left - room, left + width + room};
}

// How far from a line what is drawn depends on it: its ends are round, and where its slope changes, so do the ends of
// the dashes beside a gap. Where few people come and go, dashes of both kinds end there. A single point is a dot.
float influence(const Curve &curve, bool few, bool single)
{
	float gap = 0;
	const auto widen = [&](const Dash &dash) {
		for (std::size_t i = 1; i < dash.size(); i += 2) {
			gap = std::max(gap, dash[i] + curve.width);
		}
	};
	widen(curve.dash);
	if (few) {
		widen(curve.unsure);
	}
	const float dot = single ? curve.width / 2 : 0;
	return gap / 2 + dot + reachOf(curve) + kSoft / 2;
}

// From the first point on in which the two differ.
std::size_t firstDifference(const Run &one, const Run &other)
{
	const std::size_t least = std::min(one.points.size(), other.points.size());
	std::size_t same = 0;
	while (same < least && one.points[same] == other.points[same] && one.few[same] == other.few[same]) {
		++same;
	}
	return one.firm == other.firm ? same : std::min({same, one.firm, other.firm});
}

void addLinks(std::vector<Link> &links, const Run &run, std::size_t from)
{
	if (run.points.size() == 1) {
		links.push_back({run.points[0], run.points[0], run.few[0], run.few[0], false});
	}
	for (std::size_t i = std::max<std::size_t>(from, 1); i < run.points.size(); ++i) {
		links.push_back({run.points[i - 1], run.points[i], run.few[i - 1], run.few[i], i >= run.firm});
	}
}

void addLinks(std::vector<BandLink> &links, const Band &band, std::size_t from)
{
	if (band.size() == 1) {
		links.push_back({band[0], band[0]});
	}
	for (std::size_t i = std::max<std::size_t>(from, 1); i < band.size(); ++i) {
		links.push_back({band[i - 1], band[i]});
	}
}

std::size_t firstDifference(const Band &one, const Band &other)
{
	return static_cast<std::size_t>(std::ranges::mismatch(one, other).in1 - one.begin());
}

// The links of both that come after what is the same in both. Where one ends there, it was whole, or a single point.
template <typename LinkType, typename Part>
std::pair<std::vector<LinkType>, std::vector<LinkType>> restOf(const std::vector<Part> &one,
							       const std::vector<Part> &other)
{
	const auto [a, b] = std::ranges::mismatch(one, other);
	const std::size_t same = a != one.end() && b != other.end() ? firstDifference(*a, *b) : 0;
	std::pair<std::vector<LinkType>, std::vector<LinkType>> rest;
	const auto add = [&](std::vector<LinkType> &links, const std::vector<Part> &parts, auto first) {
		for (auto part = first; part != parts.end(); ++part) {
			addLinks(links, *part, part == first ? same : 0);
		}
	};
	add(rest.first, one, a);
	add(rest.second, other, b);
	return rest;
}

void addDifference(Stretches &stretches, const Curve &before, const Curve &after)
{
	const auto [links, links_after] = restOf<Link>(before.runs, after.runs);
	eachDifference(links, links_after, [&](const Link &link) {
		const float more = influence(after, link.few_from || link.few_to, link.from == link.to);
		stretches.add({link.from.x - more, link.to.x + more});
	});
	const auto [bands, bands_after] = restOf<BandLink>(before.bands, after.bands);
	eachDifference(bands, bands_after, [&](const BandLink &link) {
		const float more = after.width + kSoft;
		stretches.add({link.from.x - more, link.to.x + more});
	});
}

bool sameKind(const Curve &one, const Curve &other)
{
	return one.segment == other.segment && one.target == other.target && one.color == other.color &&
	       one.shade == other.shade && one.width == other.width && one.dash == other.dash &&
	       one.unsure == other.unsure;
}

// Whether what is equal in both lies in the same place of their moving layers.
bool sameGround(const Scene &one, const Scene &other)
{
	const Ruler &a = one.outline.ruler;
	const Ruler &b = other.outline.ruler;
	return one.drawn == other.drawn && a.plot == b.plot && a.passage == b.passage && one.margin == other.margin &&
	       one.moving_width == other.moving_width && one.rim == other.rim && one.edge == other.edge &&
	       one.bars.empty() == other.bars.empty() && std::ranges::equal(one.curves, other.curves, sameKind);
}

template <typename T, typename Places, typename Where>
std::vector<T> kept(const std::vector<T> &all, const Places &places, Where &&where)
{
	std::vector<T> some;
	std::ranges::copy_if(all, std::back_inserter(some), [&](const T &one) { return places.meet(where(one)); });
	return some;
}

// From one point to another one, both of them included.
struct Piece {
	std::size_t first = 0;
	std::size_t last = 0;
};

// The points that lie in the columns or `more` beside them, and one more at each side. No piece has a link of another
// one.
template <typename T>
std::vector<Piece> piecesOf(const std::vector<T> &points, const Stretches &stretches, float more)
{
	if (points.size() == 1) {
		return {{0, 0}};
	}
	std::vector<Piece> pieces;
	for (const Columns &columns : stretches.all()) {
		const auto first = std::ranges::lower_bound(points, columns.from - more, {}, &T::x);
		const auto last = std::ranges::upper_bound(first, points.end(), columns.to + more, {}, &T::x);
		Piece piece{static_cast<std::size_t>(first - points.begin()),
			    static_cast<std::size_t>(last - points.begin())};
		piece = {piece.first - std::min<std::size_t>(piece.first, 1), std::min(piece.last, points.size() - 1)};
		if (!pieces.empty() && piece.first < pieces.back().last) {
			pieces.back().last = std::max(pieces.back().last, piece.last);
		} else if (piece.first < piece.last) {
			pieces.push_back(piece);
		}
	}
	return pieces;
}

template <typename T>
std::vector<T> cutTo(const std::vector<T> &all, const Piece &piece)
{
	const auto begin = all.begin() + static_cast<std::ptrdiff_t>(piece.first);
	return {begin, begin + static_cast<std::ptrdiff_t>(piece.last - piece.first + 1)};
}

Curve cutTo(const Curve &curve, const Stretches &stretches)
{
	Curve cut;
	cut.color = curve.color;
	cut.shade = curve.shade;
	cut.width = curve.width;
	cut.dash = curve.dash;
	cut.unsure = curve.unsure;
	for (const Run &run : curve.runs) {
		const bool few = std::ranges::find(run.few, true) != run.few.end();
		const float more = influence(curve, few, run.points.size() == 1);
		for (const Piece &piece : piecesOf(run.points, stretches, more)) {
			cut.runs.push_back({cutTo(run.points, piece), cutTo(run.few, piece),
					    std::max(run.firm, piece.first) - piece.first});
		}
	}
	for (const Band &band : curve.bands) {
		for (const Piece &piece : piecesOf(band, stretches, curve.width + kSoft)) {
			cut.bands.push_back(cutTo(band, piece));
		}
	}
	return cut;
}

} // namespace

void Stretches::add(Columns columns)
{
	// Each one costs as much as some columns more.
	constexpr float kClose = 24;
	std::erase_if(all_, [&](const Columns &one) {
		const bool close = one.from < columns.to + kClose && columns.from < one.to + kClose;
		if (close) {
			columns = {std::min(one.from, columns.from), std::max(one.to, columns.to)};
		}
		return close;
	});
	all_.insert(std::ranges::lower_bound(all_, columns.from, {}, &Columns::from), columns);
}

void Stretches::add(const Stretches &other)
{
	for (const Columns &columns : other.all_) {
		add(columns);
	}
}

bool Stretches::meet(const Columns &columns) const
{
	return std::ranges::any_of(all_, [&](const Columns &one) { return one.meet(columns); });
}

void Damage::add(const Damage &other)
{
	fixed.add(other.fixed);
	moving.add(other.moving);
}

Damage differenceOf(const Scene &before, const Scene &after, const TextMetrics &metrics)
{
	if (before.width != after.width || before.height != after.height) {
		return Damage::whole();
	}
	Damage damage;
	eachDifference(before.boxes, after.boxes, [&](const Box &box) { damage.fixed.add(rectOf(box)); });
	eachDifference(before.texts, after.texts, [&](const Text &text) { damage.fixed.add(rectOf(text, metrics)); });
	if (!sameGround(before, after)) {
		damage.moving = Stretches::whole();
		return damage;
	}
	eachDifference(before.moving_boxes, after.moving_boxes,
		       [&](const Box &box) { damage.moving.add(columnsOf(box)); });
	eachDifference(before.moving_texts, after.moving_texts,
		       [&](const Text &text) { damage.moving.add(columnsOf(text, metrics)); });
	for (std::size_t i = 0; i < after.curves.size(); ++i) {
		addDifference(damage.moving, before.curves[i], after.curves[i]);
	}
	return damage;
}

void holdTexts(Patches &patches, const Scene &scene, const TextMetrics &metrics)
{
	if (patches.empty()) {
		return;
	}
	std::vector<Rect> outside;
	std::ranges::transform(scene.texts, std::back_inserter(outside),
			       [&](const Text &text) { return rectOf(text, metrics); });
	for (std::size_t before = outside.size() + 1; outside.size() < before;) {
		before = outside.size();
		std::erase_if(outside, [&](const Rect &rect) {
			const bool met = patches.meet(rect);
			if (met) {
				patches.add(rect);
			}
			return met;
		});
	}
}

Scene cutTo(const Scene &scene, const Damage &damage, const TextMetrics &metrics)
{
	const auto patch = [](const Box &one) { return rectOf(one); };
	const auto words = [&](const Text &one) { return rectOf(one, metrics); };
	const auto box = [](const Box &one) { return columnsOf(one); };
	const auto text = [&](const Text &one) { return columnsOf(one, metrics); };
	Scene cut;
	cut.width = scene.width;
	cut.height = scene.height;
	cut.outline = scene.outline;
	cut.margin = scene.margin;
	cut.moving_width = scene.moving_width;
	cut.rim = scene.rim;
	cut.boxes = kept(scene.boxes, damage.fixed, patch);
	cut.texts = kept(scene.texts, damage.fixed, words);
	cut.moving_boxes = kept(scene.moving_boxes, damage.moving, box);
	cut.moving_texts = kept(scene.moving_texts, damage.moving, text);
	if (!damage.moving.empty()) {
		for (const Curve &curve : scene.curves) {
			cut.curves.push_back(cutTo(curve, damage.moving));
		}
	}
	return cut;
}

} // namespace pulseline::overlay
