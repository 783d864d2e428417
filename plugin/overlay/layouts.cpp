#include "overlay/layouts.hpp"

#include "overlay/style.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace pulseline::overlay {
namespace {

constexpr std::array kLayouts{
	LayoutKind{.name = "lines", .label = "Timeline.Layout.Lines", .add = addLines, .curves = true},
	LayoutKind{.name = "heat", .label = "Timeline.Layout.Heat", .add = addHeat},
	LayoutKind{.name = "bars", .label = "Timeline.Layout.Bars", .add = addBars, .course = false, .key = barsKey},
};

// The share of the card's width that names of targets may have, and that of a narrow one.
constexpr float kTargetShare = 0.16F;
constexpr float kTargetNarrow = 0.23F;
constexpr float kNarrow = 12;     // in text heights
constexpr float kNarrowCard = 32; // in text heights

} // namespace

std::span<const LayoutKind> layouts()
{
	return kLayouts;
}

const LayoutKind *findLayout(std::string_view name)
{
	const auto *const found = std::ranges::find(kLayouts, name, &LayoutKind::name);
	return found == kLayouts.end() ? nullptr : found;
}

const LayoutKind &layoutOf(const View &view)
{
	const LayoutKind *const found = findLayout(view.layout);
	return found ? *found : layouts().front();
}

void Stage::keepTargets(std::size_t most)
{
	if (targets.size() > most) {
		missing += targets.size() - most;
		targets.resize(most);
	}
}

void Stage::keepPicks(std::size_t most)
{
	if (picks.size() > most) {
		missing += picks.size() - most;
		picks.resize(most);
	}
}

void openAxis(Scene &scene, const Stage &stage, float gap)
{
	Ruler &ruler = scene.outline.ruler;
	ruler = {stage.areas.plot, stage.instant.passage, stage.view.reveal};
	scene.drawn = true;
	scene.ahead = stage.view.reveal ? 0 : style::kAhead;
	scene.strength = strengthOf(stage);
	scene.rim = std::ceil(stage.areas.text * 0.16F);
	scene.floor = ruler.plot.bottom() + scene.rim + stage.areas.strip;
	scene.playhead_width = std::max(2.0F, std::round(stage.areas.text * 0.1F));
	scene.leader = stage.view.theme.onLight() ? 0.7F : 0.32F;
	scene.label_gap = gap;
	// Where times are written beyond the plot's edges; half of one, at least.
	scene.margin = std::floor(std::max(gap * 0.75F, stage.areas.text * 1.3F));
	scene.moving_width = std::ceil(ruler.x(static_cast<double>(ruler.passage.to_ms))) + 2 * scene.margin;
}

float strengthOf(const Stage &stage)
{
	const float weak = stage.view.theme.onLight() ? style::kStaleOnLight : style::kStale;
	return stage.instant.state == State::stale ? weak : 1;
}

bool isNarrow(float width, const Areas &areas)
{
	return width < areas.text * kNarrow;
}

bool isNarrowCard(const Areas &areas)
{
	return areas.card.width < areas.text * kNarrowCard;
}

float targetColumn(const Stage &stage)
{
	if (!stage.several()) {
		return 0;
	}
	float widest = 0;
	for (const Target &target : stage.targets) {
		widest = std::max(widest, stage.metrics.width(target.name, Face::bold, stage.areas.text));
	}
	const float most = stage.areas.card.width * (isNarrowCard(stage.areas) ? kTargetNarrow : kTargetShare);
	return std::ceil(std::min(widest, most)) + std::round(stage.areas.text * 0.7F);
}

void addTargetName(Scene &scene, const Stage &stage, const Target &target, const Rect &panel)
{
	const Areas &areas = stage.areas;
	const float room = targetColumn(stage) - std::round(areas.text * 0.7F);
	scene.texts.push_back({elided(target.name, Face::bold, areas.text, room + 1, stage.metrics), Face::bold,
			       areas.text, areas.card.x + areas.pad, std::round(panel.y + panel.height / 2),
			       Align::left, stage.view.theme.ink});
}

void noteWhetherShown(Scene &scene, bool shown)
{
	const State state = scene.outline.state;
	if (!shown && (state == State::live || state == State::review || state == State::stale)) {
		scene.outline.state = State::too_few;
	}
}

} // namespace pulseline::overlay
