#include "overlay/scene.hpp"

#include "overlay/annotations.hpp"
#include "overlay/axis.hpp"
#include "overlay/header.hpp"
#include "overlay/invitation_card.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

// What is said in the plot's place, or over it.
std::string messageOf(State state, const View &view, const Instant &instant, const Words &words)
{
	switch (state) {
	case State::recounting:
		return words.recounting;
	case State::waiting:
		return words.waiting;
	case State::no_input:
		return fillIn(words.no_input, timeText(instant.silent_since_ms));
	case State::empty:
		return words.empty;
	case State::too_few:
		return fillIn(words.all_too_few, std::to_string(view.min_n));
	default:
		return {};
	}
}

// Why there is no session, without the folder of this machine that it was looked for in: everybody sees it.
std::string reasonOf(const Snapshot &snapshot)
{
	std::string reason = snapshot.problem;
	const std::string folder = snapshot.path.substr(0, snapshot.path.find_last_of("/\\") + 1);
	for (std::size_t at = reason.find(folder); !folder.empty() && at != std::string::npos;
	     at = reason.find(folder)) {
		reason.erase(at, folder.size());
	}
	return reason;
}

// Opacity as it is seen: at 0.8, white behind the card comes through as a fifth of white on screen. Light adds up
// linearly, so of its light far less than a fifth may pass.
void addCard(Scene &scene, const Areas &areas, const Theme &theme)
{
	const double through = std::clamp(1 - theme.opacity, 0.0, 1.0);
	const double light = through <= 0.04045 ? through / 12.92 : std::pow((through + 0.055) / 1.055, 2.4);
	if (through < 1) {
		scene.boxes.push_back({areas.card, std::round(areas.text * 0.35F), theme.card.withAlpha(1 - light)});
	}
}

std::vector<Target> targetsOf(const Snapshot &snapshot, const View &view)
{
	const std::vector<std::string> &names = snapshot.settings->targets;
	std::vector<Target> targets;
	for (std::uint32_t i = 0; i < names.size(); ++i) {
		if (view.target.empty() || view.target == names[i]) {
			targets.push_back({i, names[i]});
		}
	}
	return targets;
}

} // namespace

double Ruler::pixelsPerMs() const
{
	return passage.window_ms > 0 ? static_cast<double>(plot.width) / static_cast<double>(passage.window_ms) : 0;
}

double Ruler::origin() const
{
	// So many pixels hold whole hatchings of any period.
	constexpr double kStep = 64;
	return std::floor(static_cast<double>(passage.from_ms) * pixelsPerMs() / kStep) * kStep;
}

float Ruler::x(double position_ms) const
{
	return static_cast<float>(position_ms * pixelsPerMs() - origin());
}

double Ruler::viewStart_ms(double position_ms) const
{
	const auto from = static_cast<double>(passage.from_ms);
	const double spare = static_cast<double>(passage.to_ms - passage.from_ms - passage.window_ms);
	const double wish = position_ms - static_cast<double>(passage.window_ms) * playheadShare(reveal) - from;
	return from + std::clamp(wish, 0.0, std::max(0.0, spare));
}

float Ruler::scroll(double position_ms) const
{
	return x(viewStart_ms(position_ms));
}

float Ruler::playhead(double position_ms) const
{
	const double x = (position_ms - viewStart_ms(position_ms)) * pixelsPerMs();
	return plot.x + static_cast<float>(std::clamp(x, 0.0, static_cast<double>(plot.width)));
}

Sight sightOf(const Ruler &ruler, double position_ms, double window_ms)
{
	const auto painted = static_cast<double>(ruler.passage.window_ms);
	if (window_ms == painted || window_ms <= 0) {
		return {ruler.scroll(position_ms), 1, ruler.playhead(position_ms)};
	}
	const auto from = static_cast<double>(ruler.passage.from_ms);
	const double x = (position_ms - from) / window_ms * static_cast<double>(ruler.plot.width);
	const float within = static_cast<float>(std::clamp(x, 0.0, static_cast<double>(ruler.plot.width)));
	return {ruler.x(from), static_cast<float>(window_ms / painted), ruler.plot.x + within};
}

bool sameShape(const Scene &one, const Scene &other)
{
	return one.width == other.width && one.height == other.height && one.drawn == other.drawn &&
	       one.card == other.card && one.outline.ruler.plot == other.outline.ruler.plot &&
	       one.outline.ruler.reveal == other.outline.ruler.reveal;
}

bool grows(const Scene &from, const Scene &to)
{
	const Passage &one = from.outline.ruler.passage;
	const Passage &other = to.outline.ruler.passage;
	return one.window_ms != other.window_ms && !one.rolls() && !other.rolls();
}

Scene buildScene(const Snapshot *snapshot, const View &view, const Instant &instant, const Words &words,
		 const TextMetrics &metrics)
{
	Scene scene;
	scene.width = view.width;
	scene.height = view.height;
	scene.outline.state = snapshot ? instant.state : State::no_session;
	scene.motion = view.motion;
	scene.tick = instant.label_tick;
	scene.playhead = view.theme.playhead;
	scene.edge = view.theme.edge;
	const bool inviting = snapshot && invites(*snapshot, view);
	if (scene.outline.state == State::blind && !inviting) {
		return scene; // nothing at all, so that nobody on screen or in the hall knows that there is something
	}
	const Areas areas = areasOf(view.width, view.height, view.place);
	scene.card = areas.card;
	addCard(scene, areas, view.theme);
	if (inviting) {
		addInvitation(scene, areas, view.theme, *snapshot, metrics);
		return scene;
	}
	const Rect below{areas.card.x, areas.header + areas.row / 2, areas.card.width,
			 areas.card.bottom() - areas.header - areas.row};
	const auto say = [&](const std::string &message, const Rect &where, bool plate) {
		if (!message.empty()) {
			addMessage(scene, areas, view.theme, where, message, metrics, plate);
		}
	};
	if (scene.outline.state == State::no_session) {
		const bool why = snapshot && !snapshot->problem.empty();
		say(why ? reasonOf(*snapshot) : words.no_session, below, false);
		return scene;
	}
	Stage stage{*snapshot, view, instant, words, metrics, targetsOf(*snapshot, view), picksOf(*snapshot, view),
		    areas};
	if (stage.targets.empty()) {
		addHeader(scene, stage);
		say(fillIn(words.unknown_target, view.target), below, false);
		return scene;
	}
	makeHeader(stage);
	makeRoom(stage);
	layoutOf(view).add(scene, stage);
	addAnnotations(scene, stage);
	// Where there are no lines, each segment says by itself that it has too few people.
	if (scene.outline.state != State::too_few || !scene.curves.empty()) {
		say(messageOf(scene.outline.state, view, instant, words), stage.areas.plot, true);
	}
	return scene;
}

LayoutInfo layoutInfo(const Outline &outline, double position_ms, double window_ms)
{
	LayoutInfo info;
	const Ruler &ruler = outline.ruler;
	info.x = std::llround(ruler.plot.x);
	info.y = std::llround(ruler.plot.y);
	info.width = std::llround(ruler.plot.width);
	info.height = std::llround(ruler.plot.height);
	const double start = ruler.viewStart_ms(position_ms);
	info.start_ms = std::llround(start);
	info.end_ms = std::llround(start + (window_ms > 0 ? window_ms : static_cast<double>(ruler.passage.window_ms)));
	info.position_ms = std::llround(position_ms);
	info.state = toText(outline.state);
	info.value_top = outline.value_top;
	info.value_bottom = outline.value_bottom;
	return info;
}

} // namespace pulseline::overlay
