#include "overlay/quads.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace pulseline::overlay {
namespace {

// On whole pixels, so that it stays sharp.
Rect rectOf(const Text &text, const TextPlace &place, float shift)
{
	const float share = text.align == Align::left ? 0 : text.align == Align::center ? 0.5F : 1;
	return {std::round(text.x + shift - place.advance * share) + place.offset.x,
		std::round(text.y) + place.offset.y, place.atlas.width, place.atlas.height};
}

void addText(Quads &quads, const Text &text, const TextPlace &place, float shift)
{
	const Rect rect = rectOf(text, place, shift);
	for (const Point corner : {Point{0, 0}, Point{1, 0}, Point{0, 1}, Point{1, 1}}) {
		const float dx = corner.x * rect.width;
		const float dy = corner.y * rect.height;
		addVertex(quads, {rect.x + dx, rect.y + dy}, 0, packed(text.color),
			  {place.atlas.x + dx, place.atlas.y + dy, 0, 0});
	}
}

void addTexts(Quads &quads, std::span<const Text> all, std::span<const TextPlace> places, float shift)
{
	for (std::size_t i = 0; i < std::min(all.size(), places.size()); ++i) {
		addText(quads, all[i], places[i], shift);
	}
}

void addBandPiece(Quads &quads, const BandPoint &from, const BandPoint &to, std::uint32_t color, float shift)
{
	const float run = std::max(to.x - from.x, 1e-3F);
	const auto across = [run](float rise) { return run / std::sqrt(run * run + rise * rise); };
	const float steep_high = across(to.high - from.high);
	const float steep_low = across(to.low - from.low);
	// Room for the soft edge, measured straight up and down.
	const float above = std::min(from.high, to.high) - 1 / steep_high - 1;
	const float below = std::max(from.low, to.low) + 1 / steep_low + 1;
	for (const float y : {above, below}) {
		for (const BandPoint *end : {&from, &to}) {
			addVertex(quads, {end->x + shift, y}, 0, color, {end->high, end->low, steep_high, steep_low});
		}
	}
}

void addBand(Quads &quads, const Band &band, Color color, float half_width, float shift)
{
	if (band.size() == 1) {
		const BandPoint &only = band.front();
		addBandPiece(quads, {only.x - half_width, only.high, only.low},
			     {only.x + half_width, only.high, only.low}, packed(color), shift);
	}
	for (std::size_t i = 1; i < band.size(); ++i) {
		addBandPiece(quads, band[i - 1], band[i], packed(color), shift);
	}
}

void addBoxPart(Quads &quads, const Box &box, const Rect &part)
{
	if (part.width <= 0 || part.height <= 0) {
		return;
	}
	const Point center{box.rect.x + box.rect.width / 2, box.rect.y + box.rect.height / 2};
	const float z = box.hatch > 0 ? -box.hatch : box.radius;
	for (const Point corner : {Point{part.x, part.y}, Point{part.right(), part.y}, Point{part.x, part.bottom()},
				   Point{part.right(), part.bottom()}}) {
		addVertex(quads, corner, z, packed(box.color),
			  {corner.x - center.x, corner.y - center.y, box.rect.width / 2, box.rect.height / 2});
	}
}

// What of a large box is all one colour, in whole pixels.
Rect insideOf(const Box &box)
{
	const float more = std::ceil(box.radius) + 1;
	const Point from{std::ceil(box.rect.x + more), std::ceil(box.rect.y + more)};
	return {from.x, from.y, std::max(0.0F, std::floor(box.rect.right() - more) - from.x),
		std::max(0.0F, std::floor(box.rect.bottom() - more) - from.y)};
}

// As far as it lies within one of the patches.
void addBoxPart(Quads &quads, const Box &box, const Rect &part, const Patches &patches)
{
	for (const Rect &patch : patches.all()) {
		addBoxPart(quads, box, common(part, patch));
	}
}

// What is around the inside.
void addFrame(Quads &quads, const Box &box, const Rect &inside, const Patches &patches)
{
	const Rect outer = rectOf(box);
	const auto add = [&](const Rect &part) { addBoxPart(quads, box, part, patches); };
	add({outer.x, outer.y, outer.width, inside.y - outer.y});
	add({outer.x, inside.y, inside.x - outer.x, inside.height});
	add({inside.right(), inside.y, outer.right() - inside.right(), inside.height});
	add({outer.x, inside.bottom(), outer.width, outer.bottom() - inside.bottom()});
}

// Those that have nothing but the ground around them, and the others.
void addFixedTexts(Meshes &meshes, const Scene &scene, std::span<const TextPlace> places, const Rect &ground)
{
	std::vector<Rect> rects;
	for (std::size_t i = 0; i < std::min(scene.texts.size(), places.size()); ++i) {
		rects.push_back(rectOf(scene.texts[i], places[i], 0));
	}
	const auto alone = [&](std::size_t i) {
		const auto meets = [&](const Rect &other) {
			const Rect both = common(rects[i], other);
			return both.width > 0 && both.height > 0;
		};
		return common(rects[i], ground) == rects[i] && std::ranges::count_if(rects, meets) == 1 &&
		       std::ranges::none_of(std::span(scene.boxes).subspan(1),
					    [&](const Box &box) { return meets(rectOf(box)); });
	};
	std::vector<bool> grounded(rects.size());
	for (std::size_t i = 0; i < rects.size(); ++i) {
		grounded[i] = alone(i);
	}
	const auto add = [&](bool which) {
		return spanOf(meshes.quads, [&] {
			for (std::size_t i = 0; i < rects.size(); ++i) {
				if (grounded[i] == which) {
					addText(meshes.quads, scene.texts[i], places[i], 0);
				}
			}
		});
	};
	meshes.groundTexts = add(true);
	meshes.texts = add(false);
}

// What stands still: the card, which is large and cheaper where it has no edge, what lies on it, and what is written.
void addFixed(Meshes &meshes, const Scene &scene, std::span<const TextPlace> texts, const Patches &patches)
{
	Quads &quads = meshes.quads;
	const std::span<const Box> boxes = scene.boxes;
	const bool grounded = !boxes.empty() && boxes[0].hatch == 0;
	const Rect inside = grounded ? insideOf(boxes[0]) : Rect{};
	meshes.patches = spanOf(quads, [&] {
		for (const Rect &patch : patches.all()) {
			if (!patches.isWhole() && common(patch, inside) != patch) {
				addSheet(quads, patch);
			}
		}
	});
	meshes.ground = spanOf(quads, [&] {
		if (grounded) {
			meshes.groundColor = boxes[0].color;
			addBoxPart(quads, boxes[0], inside, patches);
		}
	});
	meshes.boxes = spanOf(quads, [&] {
		if (grounded) {
			addFrame(quads, boxes[0], inside, patches);
		}
		for (const Box &box : boxes.subspan(grounded ? 1 : 0)) {
			addBoxPart(quads, box, rectOf(box), patches);
		}
	});
	addFixedTexts(meshes, scene, texts, inside);
}

} // namespace

std::uint32_t packed(Color color)
{
	return std::bit_cast<std::uint32_t>(std::array<std::uint8_t, 4>{color.r, color.g, color.b, color.a});
}

void addVertex(Quads &quads, Point point, float z, std::uint32_t color, const Four &extra)
{
	quads.points.push_back({point.x, point.y, z, 0});
	quads.colors.push_back(color);
	quads.extras.push_back(extra);
}

void addBox(Quads &quads, const Box &box, float shift)
{
	Box shifted = box;
	shifted.rect.x += shift;
	addBoxPart(quads, shifted, rectOf(shifted));
}

void addSheet(Quads &quads, const Rect &rect)
{
	for (const Point corner : {Point{rect.x, rect.y}, Point{rect.right(), rect.y}, Point{rect.x, rect.bottom()},
				   Point{rect.right(), rect.bottom()}}) {
		addVertex(quads, corner, 0, 0, {});
	}
}

void Quads::clear()
{
	points.clear();
	colors.clear();
	extras.clear();
}

void Quads::reserve(std::size_t quads)
{
	points.reserve(4 * quads);
	colors.reserve(4 * quads);
	extras.reserve(4 * quads);
}

namespace {

// Quads, unless many dashes are short.
std::size_t aboutHowMany(const Scene &scene)
{
	std::size_t count =
		8 + scene.boxes.size() + scene.texts.size() + scene.moving_boxes.size() + scene.moving_texts.size();
	for (const Curve &curve : scene.curves) {
		for (const Run &run : curve.runs) {
			count += run.points.size();
		}
		for (const Band &band : curve.bands) {
			count += band.size();
		}
	}
	return count;
}

// Groups of curves beneath each other, as far as a texture may be so high; the next ones begin at its top again.
void addStrokes(Meshes &meshes, const Scene &scene)
{
	constexpr float kMaxHeight = 4096; // every graphics card has textures of this size
	for (const Curve &curve : scene.curves) {
		meshes.reach = std::max(meshes.reach, reachOf(curve));
	}
	const Rect &plot = scene.outline.ruler.plot;
	const float top = std::floor(plot.y - scene.rim);
	const float apart = 2 * std::ceil(meshes.reach); // what stands out of the plot stays in its lane
	meshes.drop = -top;
	meshes.lane = std::ceil(plot.bottom() + scene.rim) - top + apart;
	const std::size_t groups = (scene.curves.size() + 3) / 4;
	const auto fit = static_cast<std::size_t>(kMaxHeight / meshes.lane);
	meshes.lanes = std::max<std::size_t>(1, std::min({groups, fit, kMaxLanes}));
	for (std::size_t i = 0; i < groups; ++i) {
		StrokeGroup &group = meshes.strokes.emplace_back();
		group.curves = std::min<std::size_t>(4, scene.curves.size() - 4 * i);
		const float down = meshes.drop + meshes.lane * static_cast<float>(i % meshes.lanes);
		const Inking inking{{scene.margin, down}, meshes.reach, scene.outline.ruler.origin()};
		group.strokes = spanOf(meshes.quads, [&] {
			for (std::size_t k = 0; k < group.curves; ++k) {
				const Curve &curve = scene.curves[4 * i + k];
				group.colors[k] = curve.color;
				group.halves[k] = curve.width / 2;
				addCurve(meshes.quads, curve, 0xFFU << (8 * k), inking);
			}
		});
	}
}

} // namespace

Meshes buildMeshes(const Scene &scene, std::span<const TextPlace> texts, std::span<const TextPlace> moving_texts,
		   const Patches &patches)
{
	Meshes meshes;
	Quads &quads = meshes.quads;
	quads.reserve(aboutHowMany(scene));
	const auto span = [&quads](auto &&add) { return spanOf(quads, add); };
	const float shift = scene.margin;
	const Rect &plot = scene.outline.ruler.plot;
	meshes.curvesSheet = span(
		[&] { addSheet(quads, {0, plot.y - scene.rim, scene.moving_width, plot.height + 2 * scene.rim}); });
	addFixed(meshes, scene, texts, patches);
	meshes.movingBoxes = span(
		[&] { std::ranges::for_each(scene.moving_boxes, [&](const Box &box) { addBox(quads, box, shift); }); });
	meshes.movingTexts = span([&] { addTexts(quads, scene.moving_texts, moving_texts, shift); });
	meshes.bands = span([&] {
		for (const Curve &curve : scene.curves) {
			for (const Band &band : curve.bands) {
				addBand(quads, band, curve.shade, curve.width, shift);
			}
		}
	});
	addStrokes(meshes, scene);
	const float height = std::max(static_cast<float>(scene.height), meshes.lanesHeight());
	meshes.sheet = span([&] { addSheet(quads, {0, 0, scene.moving_width, height}); });
	return meshes;
}

} // namespace pulseline::overlay
