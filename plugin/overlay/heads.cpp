// What moves with the playhead: computed in every frame, so it looks up and does not build.
#include "overlay/quads.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

struct Head {
	Point at;
	const Curve *curve = nullptr;
	bool open = false; // of a tick that may still change
};

// Where the line ends, or is cut off by the playhead, at `x` in the moving layer.
std::optional<Head> endOf(const Curve &curve, float x)
{
	const auto behind =
		std::ranges::upper_bound(curve.runs, x, {}, [](const Run &run) { return run.points.front().x; });
	if (behind == curve.runs.begin()) {
		return std::nullopt;
	}
	const Run &run = *std::prev(behind);
	const auto next = std::ranges::upper_bound(run.points, x, {}, &Point::x);
	const Point &last = *std::prev(next);
	const bool whole = next == run.points.end();
	const auto index = static_cast<std::size_t>(next - run.points.begin()) - (whole ? 1 : 0);
	const float share = whole ? 0 : (x - last.x) / (next->x - last.x);
	const Point at = whole ? last : Point{x, last.y + (next->y - last.y) * share};
	return Head{at, &curve, index >= run.firm};
}

void addTrace(Quads &quads, Point from, Point to, float width, Color color)
{
	const float reach = width / 2 + 1;
	addPiece(quads, from, to, width / 2, packed(color), {reach, reach});
}

void addLeader(Quads &quads, const Head &head, const Scene &scene)
{
	const Curve &curve = *head.curve;
	const float width = std::max(1.0F, curve.width * 0.35F);
	const Color color = curve.color.withAlpha(static_cast<double>(scene.leader * scene.strength));
	const float turn = std::max(head.at.x, scene.outline.ruler.plot.right());
	addTrace(quads, head.at, {turn, head.at.y}, width, color);
	addTrace(quads, {turn, head.at.y}, {curve.slot.x - scene.label_gap * 0.25F, curve.slot.y}, width, color);
}

// Where no curve can be seen, the fixed layer is all there is; drawing it alone costs half as much.
void addSheets(const Scene &scene, float playhead, FrameQuads &frame)
{
	Quads &quads = frame.quads;
	const Rect &card = scene.card;
	frame.composed = {};
	if (!scene.drawn) {
		frame.plain = spanOf(quads, [&] { addSheet(quads, card); });
		return;
	}
	const Rect &plot = scene.outline.ruler.plot;
	const float left = plot.x - scene.margin;
	const float right = plot.right() + scene.margin;
	const float top = plot.y - scene.rim;
	const float axis = scene.floor;
	const float seen = scene.ahead > 0 ? right : std::min(right, std::ceil(playhead + 1));
	frame.plain = spanOf(quads, [&] {
		addSheet(quads, {card.x, card.y, card.width, top - card.y});
		addSheet(quads, {card.x, top, left - card.x, card.bottom() - top});
		addSheet(quads, {right, top, card.right() - right, card.bottom() - top});
		addSheet(quads, {seen, top, right - seen, axis - top});
	});
	frame.composed = spanOf(quads, [&] {
		addSheet(quads, {left, top, seen - left, axis - top});
		addSheet(quads, {left, axis, right - left, card.bottom() - axis});
	});
}

} // namespace

Mixing Mixing::at(const Scene &before, const Scene &after, double progress)
{
	const double eased = progress * progress * (3 - 2 * progress);
	Mixing mixing{&before, eased, 0};
	const Passage &from = before.outline.ruler.passage;
	const Passage &to = after.outline.ruler.passage;
	if (!from.rolls() && !to.rolls() && from.from_ms == to.from_ms && from.window_ms > 0 && to.window_ms > 0) {
		mixing.window_ms =
			static_cast<double>(from.window_ms) *
			std::pow(static_cast<double>(to.window_ms) / static_cast<double>(from.window_ms), eased);
	}
	return mixing;
}

namespace {

// The heads of a scene's lines, as the frame sees them.
class Heads {
public:
	Heads(const Scene &scene, double position_ms, double window_ms)
		: scene_(scene)
		, sight_(sightOf(scene.outline.ruler, position_ms, window_ms))
	{
		const Ruler &ruler = scene.outline.ruler;
		// What lies ahead is seen when it is not hidden: then the lines end where the data do.
		const float end = ruler.reveal ? sight_.playhead : ruler.plot.right();
		limit_ = (end - ruler.plot.x) * sight_.stretch + sight_.scroll;
	}

	float playhead() const { return sight_.playhead; }
	std::optional<Head> of(const Curve &curve) const
	{
		auto head = curve.counts ? endOf(curve, limit_) : std::nullopt;
		if (!head || head->at.x < sight_.scroll) {
			return std::nullopt;
		}
		head->at.x = (head->at.x - sight_.scroll) / sight_.stretch + scene_.outline.ruler.plot.x;
		return head;
	}

private:
	const Scene &scene_;
	Sight sight_;
	float limit_ = 0;
};

Point between(Point from, Point to, float share)
{
	return {from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share};
}

// The same segment's of the same target; null if it was not there.
const Curve *sameLine(const Scene &scene, const Curve &curve)
{
	const auto found = std::ranges::find_if(scene.curves, [&](const Curve &one) {
		return one.segment == curve.segment && one.target == curve.target;
	});
	return found == scene.curves.end() ? nullptr : &*found;
}

// Each bar from where it was to where it is.
void addBars(const Scene &scene, FrameQuads &frame, const Mixing &mixing)
{
	Quads &quads = frame.quads;
	const bool alike = mixing.before && mixing.before->bars.size() == scene.bars.size();
	const auto share = static_cast<float>(mixing.share);
	frame.bars = spanOf(quads, [&] {
		for (std::size_t i = 0; i < scene.bars.size(); ++i) {
			Box bar = scene.bars[i];
			if (alike && mixing.before->bars[i].rect.y == bar.rect.y) {
				// On whole pixels, so that neighbours meet without a seam.
				const Rect &was = mixing.before->bars[i].rect;
				const float left = std::round(std::lerp(was.x, bar.rect.x, share));
				const float right = std::round(std::lerp(was.right(), bar.rect.right(), share));
				bar.rect.x = left;
				bar.rect.width = right - left;
			}
			addBox(quads, bar, 0);
		}
	});
	frame.words = spanOf(quads, [&] { addSheet(quads, scene.card); });
}

void addPlayhead(Quads &quads, const Scene &scene, float x)
{
	const Rect &plot = scene.outline.ruler.plot;
	const float thick = scene.playhead_width;
	const auto line = [&](float from, float to) { addTrace(quads, {x, from}, {x, to}, thick, scene.playhead); };
	float from = plot.y;
	for (const Rect &row : scene.written) {
		if (x + thick > row.x && x - thick < row.right()) {
			if (row.y - thick > from) {
				line(from, row.y - thick);
			}
			from = std::max(from, row.bottom() + thick);
		}
	}
	if (from < plot.bottom()) {
		line(from, plot.bottom());
	}
	addTrace(quads, {x, plot.bottom()}, {x, plot.bottom()}, thick * 3, scene.playhead);
}

} // namespace

void buildFrame(const Scene &scene, double position_ms, FrameQuads &frame, const Mixing &mixing)
{
	Quads &quads = frame.quads;
	quads.clear();
	const Heads heads(scene, position_ms, mixing.window_ms);
	const Heads earlier(mixing.before ? *mixing.before : scene, position_ms, mixing.window_ms);
	const float playhead = heads.playhead();
	addSheets(scene, playhead, frame);
	frame.bars = frame.words = {};
	frame.card = spanOf(quads, [&] { addSheet(quads, scene.card); });
	frame.traces = {quads.count(), 0};
	if (!scene.drawn) {
		if (!scene.bars.empty()) {
			addBars(scene, frame, mixing);
		}
		return;
	}
	const auto each_head = [&](auto &&use) {
		for (const Curve &curve : scene.curves) {
			auto head = heads.of(curve);
			const Curve *const was = head && mixing.before ? sameLine(*mixing.before, curve) : nullptr;
			if (const auto from = was ? earlier.of(*was) : std::nullopt) { // the line's end moves gently
				head->at = between(from->at, head->at, static_cast<float>(mixing.share));
			}
			if (head) {
				use(*head);
			}
		}
	};
	each_head([&](const Head &head) {
		if (head.curve->leader) {
			addLeader(quads, head, scene);
		}
	});
	addPlayhead(quads, scene, playhead);
	each_head([&](const Head &head) {
		const float width = head.curve->width;
		addTrace(quads, head.at, head.at, width * 2.3F + 2 * casing(width), scene.edge);
		addTrace(quads, head.at, head.at, width * 2.3F,
			 head.curve->color.withAlpha(static_cast<double>(scene.strength)));
		if (head.open) { // a ring
			addTrace(quads, head.at, head.at, width * 1.1F, scene.edge.withAlpha(1));
		}
	});
	frame.traces.count = quads.count() - frame.traces.first;
}

} // namespace pulseline::overlay
