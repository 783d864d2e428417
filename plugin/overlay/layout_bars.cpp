// `bars`: now, for each segment, which share likes, is neutral and dislikes; several targets beside each other, and
// beneath each other where these have no room.
#include "overlay/axis.hpp"
#include "overlay/bars_grid.hpp"
#include "overlay/header.hpp"
#include "overlay/style.hpp"
#include "overlay/tint.hpp"

#include <algorithm>
#include <cmath>
#include <format>
#include <iterator>
#include <utility>

namespace pulseline::overlay {
namespace {

constexpr float kHighestBar = 0.35F; // of its width
constexpr float kLoosest = 2;        // rows, in heights of their bars

// What one bar shows.
struct Shares {
	std::uint32_t likes = 0;
	std::uint32_t neutrals = 0;
	std::uint32_t dislikes = 0;
	std::uint32_t n = 0; // of the tick with the most people, among those that are shown; else of any

	std::uint32_t all() const { return likes + neutrals + dislikes; }
};

// The ticks that count: the last one that is over, or those of the window that ends with it.
struct Ticks {
	std::int64_t from = 0;
	std::int64_t to = 0; // the one after the last

	bool pooled() const { return to - from > 1; }
};

Ticks ticksOf(const Stage &stage)
{
	const std::int64_t last = std::max<std::int64_t>(stage.instant.label_tick, 0);
	const std::int64_t tick_ms = stage.snapshot.settings->tick_ms;
	const std::int64_t count = std::max<std::int64_t>(1, (stage.view.window_ms + tick_ms / 2) / tick_ms);
	return {std::max<std::int64_t>(0, last + 1 - count), last + 1};
}

Shares sharesOf(const Stage &stage, std::size_t segment, std::uint32_t target, Ticks ticks)
{
	Shares shares;
	std::uint32_t most_hidden = 0;
	for (std::int64_t tick = ticks.from; tick < ticks.to; ++tick) {
		const Figures figures =
			stage.snapshot.figuresAt(segment, target, tick, stage.view.base, stage.view.min_n);
		if (figures.suppressed()) {
			most_hidden = std::max(most_hidden, figures.n);
			continue;
		}
		const std::uint32_t likes = figures.likes.value_or(0);
		const std::uint32_t dislikes = figures.dislikes.value_or(0);
		shares.likes += likes;
		shares.dislikes += dislikes;
		shares.neutrals += figures.n - likes - dislikes;
		shares.n = std::max(shares.n, figures.n);
	}
	if (shares.all() == 0) {
		shares.n = most_hidden;
	}
	return shares;
}

struct Part {
	std::uint32_t count;
	Color color;
	Color ink;
};

class BarPainter {
public:
	BarPainter(Scene &scene, const Stage &stage, const Grid &grid, bool pooled)
		: scene_(scene)
		, stage_(stage)
		, grid_(grid)
		, pooled_(pooled)
	{
	}

	// The bar, and its figures at the right end of `row`. Without shares: a segment that is not there.
	void paint(const Rect &row, const std::optional<Shares> &shares)
	{
		const Areas &areas = stage_.areas;
		const Theme &theme = stage_.view.theme;
		Rect bar = row;
		bar.width = std::round(row.width - grid_.figures - areas.text * 0.6F);
		const float highest = std::min(row.height * 0.5F, bar.width * kHighestBar);
		bar.height = std::round(std::min(row.height * 0.76F, std::max(areas.text * 2, highest)));
		bar.y = std::round(row.y + (row.height - bar.height) / 2);
		if (shares && shares->all() > 0) {
			addParts(bar, *shares);
		} else {
			scene_.boxes.push_back({bar, 0, theme.track});
		}
		if (shares && shares->all() == 0 && shares->n > 0) {
			scene_.boxes.push_back({bar, 0, theme.dim.withAlpha(0.3), hatchOf(areas.text)});
			addTooFew(bar);
		}
		scene_.texts.push_back({figuresOf(shares), Face::regular, areas.text, row.right(),
					std::round(row.y + row.height / 2), Align::right, theme.dim});
	}

private:
	std::string figuresOf(const std::optional<Shares> &shares) const
	{
		const Words &words = stage_.words;
		if (!shares) {
			return words.unknown_segment;
		}
		if (stage_.instant.label_tick < 0) {
			return "";
		}
		const std::string &pattern = pooled_ && shares->all() > 0 ? words.n_at_least : words.n;
		const std::string n = stage_.view.show_n ? fillIn(pattern, std::to_string(shares->n)) : "";
		if (shares->all() > 0) {
			return n;
		}
		if (n.empty()) {
			return words.too_few;
		}
		return grid_.brief ? n : n + " " + words.too_few;
	}

	// Where it has no room beside n, if it has some here.
	void addTooFew(const Rect &bar)
	{
		const float text = stage_.areas.text;
		const std::string &words = stage_.words.too_few;
		const float width = std::ceil(stage_.metrics.width(words, Face::regular, text) + text * 0.8F);
		if (!grid_.brief || !stage_.view.show_n || width > bar.width) {
			return;
		}
		const float middle = std::round(bar.x + bar.width / 2);
		scene_.boxes.push_back({{std::round(middle - width / 2), bar.y, width, bar.height},
					0,
					stage_.view.theme.card.withAlpha(1)});
		scene_.texts.push_back({words, Face::regular, text, middle, std::round(bar.y + bar.height / 2),
					Align::center, stage_.view.theme.dim});
	}

	void addParts(const Rect &bar, const Shares &shares)
	{
		const Areas &areas = stage_.areas;
		const Theme &theme = stage_.view.theme;
		const std::array<Part, 3> parts{{{shares.likes, theme.like, theme.like_ink},
						 {shares.neutrals, theme.neutral, theme.neutral_ink},
						 {shares.dislikes, theme.dislike, theme.dislike_ink}}};
		const double strength = strengthOf(shares.n, stage_.view.min_n) * static_cast<double>(scene_.strength);
		const auto all = static_cast<float>(shares.all());
		std::uint32_t before = 0;
		for (const Part &part : parts) {
			const float left = std::round(bar.x + bar.width * static_cast<float>(before) / all);
			before += part.count;
			const float right = std::round(bar.x + bar.width * static_cast<float>(before) / all);
			// Also where it is nothing: it may grow from there.
			scene_.bars.push_back(
				{{left, bar.y, right - left, bar.height}, 0, part.color.withAlpha(strength)});
			// Halves to the even number: so two parts are 100% together.
			const std::string share = std::format("{}%", std::lrint(100.0 * part.count / shares.all()));
			const float room = right - left - areas.text * 0.5F;
			if (stage_.metrics.width(share, Face::bold, areas.text) <= room &&
			    bar.height >= areas.text * 0.8F) {
				scene_.moving_texts.push_back(
					{share, Face::bold, areas.text, (left + right) / 2,
					 std::round(bar.y + bar.height / 2), Align::center,
					 readable(part.ink, theme.ink, part.color, strength, theme.card)});
			}
		}
	}

	Scene &scene_;
	const Stage &stage_;
	const Grid &grid_;
	bool pooled_;
};

// What the colours mean.
void addKey(Scene &scene, const Stage &stage, HeaderRoom room)
{
	const Areas &areas = stage.areas;
	const Theme &theme = stage.view.theme;
	const float side = std::round(areas.text * 0.62F);
	const float gap = std::round(areas.text * 0.3F);
	const std::array<std::pair<const std::string *, Color>, 3> entries{{{&stage.words.like, theme.like},
									    {&stage.words.neutral, theme.neutral},
									    {&stage.words.dislike, theme.dislike}}};
	if (room.from + barsKey(stage) - areas.text > room.to) {
		return;
	}
	float x = room.from;
	for (const auto &[word, color] : entries) {
		const float y = std::round(areas.header - side / 2);
		scene.boxes.push_back({{std::round(x), y, side, side}, std::round(side * 0.2F), color});
		x += side + gap;
		scene.texts.push_back(
			{*word, Face::regular, areas.text, std::round(x), areas.header, Align::left, theme.dim});
		x += stage.metrics.width(*word, Face::regular, areas.text) + areas.text * 0.6F;
	}
	room.from = std::round(x);
	if (stage.instant.label_tick < 0) {
		return;
	}
	const Ticks ticks = ticksOf(stage);
	const std::int64_t tick_ms = stage.snapshot.settings->tick_ms;
	const std::string time = timeText(ticks.from * tick_ms) + "\u2013" + timeText(ticks.to * tick_ms);
	const bool open = ticks.to > stage.snapshot.closedTicks;
	addNotes(scene, stage, room, {open ? fillIn(stage.words.still_open, time) : time});
}

void addRowName(Scene &scene, const Stage &stage, const Grid &grid, const Pick &pick, const Rect &place)
{
	const Areas &areas = stage.areas;
	const float room = grid.names - std::round(areas.text * 0.5F);
	scene.texts.push_back({elided(pick.name, Face::bold, areas.text, room, stage.metrics), Face::bold, areas.text,
			       place.x - grid.names, std::round(place.y + place.height / 2), Align::left,
			       stage.view.theme.ink});
}

void addBlockName(Scene &scene, const Stage &stage, const Grid &grid, const Target &target, Point at)
{
	const Areas &areas = stage.areas;
	scene.texts.push_back({elided(target.name, Face::bold, areas.text, grid.column, stage.metrics), Face::bold,
			       areas.text, at.x, std::round(at.y + areas.row * 0.55F), Align::left,
			       stage.view.theme.ink});
}

// True if any share could be shown.
bool addCell(const Stage &stage, BarPainter &painter, const Target &target, const Pick &pick, const Rect &place,
	     Ticks ticks)
{
	std::optional<Shares> shares;
	if (pick.segment) {
		shares = sharesOf(stage, *pick.segment, target.index, ticks);
	}
	painter.paint(place, shares);
	return shares && shares->all() > 0;
}

// The middle of a room that is higher than its bars need: they stay together, beneath their name.
Rect gathered(const Grid &grid, Rect room, const Areas &areas)
{
	const float highest = std::max(areas.text * 2, (grid.column - grid.figures) * kHighestBar);
	const float height = std::min(room.height, std::round(static_cast<float>(grid.rows) * highest * kLoosest));
	room.y += std::round((room.height - height) / 2);
	room.height = height;
	return room;
}

bool addBlocks(Scene &scene, const Stage &stage, const Grid &grid, BarPainter &painter, Ticks ticks)
{
	const Areas &areas = stage.areas;
	const std::vector<Rect> bands = stacked(grid.area, grid.bands, grid.gap);
	bool shown = false;
	for (std::size_t t = 0; t < stage.targets.size(); ++t) {
		Rect block = bands[t / grid.columns];
		block.x = grid.first + static_cast<float>(t % grid.columns) * grid.step;
		block.width = grid.column;
		block.y += areas.row;
		block.height -= areas.row;
		block = gathered(grid, block, areas);
		addBlockName(scene, stage, grid, stage.targets[t], {block.x, block.y - areas.row});
		const std::vector<Rect> rows = stacked(block, grid.rows, 0);
		for (std::size_t i = 0; i < stage.picks.size(); ++i) {
			if (t % grid.columns == 0) {
				addRowName(scene, stage, grid, stage.picks[i], rows[i]);
			}
			shown = addCell(stage, painter, stage.targets[t], stage.picks[i], rows[i], ticks) || shown;
		}
	}
	return shown;
}

bool addColumns(Scene &scene, const Stage &stage, const Grid &grid, BarPainter &painter, Ticks ticks)
{
	const std::vector<Rect> rows = stacked(gathered(grid, grid.area, stage.areas), grid.rows, 0);
	bool shown = false;
	for (std::size_t i = 0; i < stage.picks.size(); ++i) {
		Rect place = rows[i % grid.rows];
		place.x = grid.first + static_cast<float>(i / grid.rows) * grid.step;
		place.width = grid.column;
		addRowName(scene, stage, grid, stage.picks[i], place);
		shown = addCell(stage, painter, stage.targets.front(), stage.picks[i], place, ticks) || shown;
	}
	return shown;
}

} // namespace

// With the gap before it.
float barsKey(const Stage &stage)
{
	const float text = stage.areas.text;
	float width = text;
	for (const std::string *word : {&stage.words.like, &stage.words.neutral, &stage.words.dislike}) {
		width += std::round(text * 0.62F) + std::round(text * 0.3F) +
			 stage.metrics.width(*word, Face::regular, text) + text * 0.6F;
	}
	return width;
}

void addBars(Scene &scene, Stage &stage)
{
	const Ticks ticks = ticksOf(stage);
	const Grid grid = gridOf(stage, ticks.pooled());
	stage.areas.plot = grid.area;
	scene.outline.ruler.plot = grid.area;
	scene.outline.ruler.reveal = stage.view.reveal;
	const std::int64_t tick_ms = stage.snapshot.settings->tick_ms;
	scene.outline.ruler.passage = {ticks.from * tick_ms, ticks.to * tick_ms, (ticks.to - ticks.from) * tick_ms};
	scene.strength = strengthOf(stage);
	scene.moving_width = static_cast<float>(scene.width);
	BarPainter painter(scene, stage, grid, ticks.pooled());
	noteWhetherShown(scene, stage.several() ? addBlocks(scene, stage, grid, painter, ticks)
						: addColumns(scene, stage, grid, painter, ticks));
	if (scene.bars.size() > style::kMaxBars) { // so many come at once
		std::ranges::move(std::exchange(scene.bars, {}), std::back_inserter(scene.boxes));
		std::ranges::move(std::exchange(scene.moving_texts, {}), std::back_inserter(scene.texts));
	}
	addKey(scene, stage, addHeader(scene, stage, barsKey(stage)));
}

} // namespace pulseline::overlay
