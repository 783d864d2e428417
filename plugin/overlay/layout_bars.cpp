// `bars`: now, for each segment, which share likes, is neutral and dislikes; several targets beside each other.
#include "overlay/axis.hpp"
#include "overlay/header.hpp"
#include "overlay/layouts.hpp"
#include "overlay/style.hpp"
#include "overlay/tint.hpp"

#include <algorithm>
#include <cmath>
#include <format>
#include <iterator>
#include <utility>

namespace pulseline::overlay {
namespace {

constexpr float kLowestRow = 1.12F; // in text heights
constexpr float kNarrowestBar = 9;  // in text heights, with its figures
constexpr float kNameShare = 0.24F; // of a column, or of the card where all columns share the names
constexpr std::size_t kMaxBlocks = 3;

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
	BarPainter(Scene &scene, const Stage &stage, float figures_width, bool pooled)
		: scene_(scene)
		, stage_(stage)
		, figures_(figures_width)
		, pooled_(pooled)
	{
	}

	// The bar, and its figures at the right end of `row`. Without shares: a segment that is not there.
	void paint(const Rect &row, const std::optional<Shares> &shares)
	{
		const Areas &areas = stage_.areas;
		const Theme &theme = stage_.view.theme;
		Rect bar = row;
		bar.width = std::round(row.width - figures_ - areas.text * 0.6F);
		bar.height = std::round(std::min(row.height * 0.76F, std::max(areas.text * 2, row.height * 0.5F)));
		bar.y = std::round(row.y + (row.height - bar.height) / 2);
		if (shares && shares->all() > 0) {
			addParts(bar, *shares);
		} else {
			scene_.boxes.push_back({bar, 0, theme.track});
		}
		if (shares && shares->all() == 0 && shares->n > 0) {
			scene_.boxes.push_back({bar, 0, theme.dim.withAlpha(0.3), hatchOf(areas.text)});
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
		return n.empty() ? words.too_few : n + " " + words.too_few;
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
			const std::string share = std::format("{}%", std::lround(100.0 * part.count / shares.all()));
			const float room = right - left - areas.text * 0.5F;
			if (stage_.metrics.width(share, Face::bold, areas.text) <= room &&
			    bar.height >= areas.text * 0.8F) {
				scene_.moving_texts.push_back({share, Face::bold, areas.text, (left + right) / 2,
							       std::round(bar.y + bar.height / 2), Align::center,
							       strength < 0.9 ? theme.ink : part.ink});
			}
		}
	}

	Scene &scene_;
	const Stage &stage_;
	float figures_;
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
	float wide = 0;
	for (const auto &[word, color] : entries) {
		wide += side + gap + stage.metrics.width(*word, Face::regular, areas.text) + areas.text * 0.6F;
	}
	if (room.from + wide > room.to) {
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

// Rows of bars: a column for each target, or, for a single one, as many columns as its segments need.
struct Grid {
	Rect area;
	std::size_t columns = 1;
	std::size_t rows = 1;
	float names = 0; // width of the names, once for all targets, else in each column
	float column = 0;
	float step = 0; // from column to column
	float first = 0;
};

float nameWidth(const Stage &stage)
{
	const float text = stage.areas.text;
	const float name = widestName(stage.picks, stage.metrics, text);
	return std::ceil(std::min(name, stage.areas.plot.width * kNameShare)) + std::round(text * 0.6F);
}

Grid gridOf(Stage &stage, float figures)
{
	const Areas &areas = stage.areas;
	const float narrowest = areas.text * kNarrowestBar + figures;
	const float between = std::round(areas.text * 1.2F);
	Grid grid;
	grid.names = nameWidth(stage);
	stage.keepTargets(rowsThatFit(areas.plot.width - grid.names, narrowest, between));
	grid.area = areas.plot;
	if (stage.several()) { // their names stand above the columns
		grid.area.y += areas.row;
	}
	grid.area.height = areas.card.bottom() - areas.pad - grid.area.y;
	const std::size_t fit = rowsThatFit(grid.area.height, areas.text * kLowestRow, 0);
	const std::size_t blocks =
		stage.several() ? 1
				: std::min(kMaxBlocks, rowsThatFit(areas.plot.width, grid.names + narrowest, between));
	stage.keepPicks(fit * blocks);
	const std::size_t needed = (stage.picks.size() + fit - 1) / fit;
	grid.columns = stage.several() ? stage.targets.size() : std::max<std::size_t>(1, needed);
	grid.rows = stage.several() ? stage.picks.size() : (stage.picks.size() + grid.columns - 1) / grid.columns;
	const float shared = stage.several() ? grid.names : 0;
	const float own = stage.several() ? 0 : grid.names;
	const auto columns = static_cast<float>(grid.columns);
	grid.step = std::floor((grid.area.width - shared + between) / columns);
	grid.column = grid.step - between - own;
	grid.first = grid.area.x + shared + own;
	return grid;
}

void addRowName(Scene &scene, const Stage &stage, const Grid &grid, const Pick &pick, const Rect &place)
{
	const Areas &areas = stage.areas;
	const float room = grid.names - std::round(areas.text * 0.5F);
	scene.texts.push_back({elided(pick.name, Face::bold, areas.text, room, stage.metrics), Face::bold, areas.text,
			       place.x - grid.names, std::round(place.y + place.height / 2), Align::left,
			       stage.view.theme.ink});
}

void addColumnName(Scene &scene, const Stage &stage, const Grid &grid, const Target &target, float x)
{
	const Areas &areas = stage.areas;
	scene.texts.push_back({elided(target.name, Face::bold, areas.text, grid.column, stage.metrics), Face::bold,
			       areas.text, x, std::round(grid.area.y - areas.row * 0.45F), Align::left,
			       stage.view.theme.ink});
}

// True if any share could be shown.
bool addGrid(Scene &scene, const Stage &stage, const Grid &grid, BarPainter &painter, Ticks ticks)
{
	const std::vector<Rect> rows = stacked(grid.area, grid.rows, 0);
	bool shown = false;
	for (std::size_t cell = 0; cell < grid.columns * grid.rows; ++cell) {
		const std::size_t column = cell / grid.rows;
		const std::size_t row = cell % grid.rows;
		const std::size_t index = stage.several() ? row : cell;
		if (index >= stage.picks.size()) {
			break;
		}
		const Target &target = stage.targets[stage.several() ? column : 0];
		const Pick &pick = stage.picks[index];
		const Rect place{grid.first + static_cast<float>(column) * grid.step, rows[row].y, grid.column,
				 rows[row].height};
		if (stage.several() && row == 0) {
			addColumnName(scene, stage, grid, target, place.x);
		}
		if (!stage.several() || column == 0) {
			addRowName(scene, stage, grid, pick, place);
		}
		std::optional<Shares> shares;
		if (pick.segment) {
			shares = sharesOf(stage, *pick.segment, target.index, ticks);
			shown = shown || shares->all() > 0;
		}
		painter.paint(place, shares);
	}
	return shown;
}

} // namespace

void addBars(Scene &scene, Stage &stage)
{
	const Ticks ticks = ticksOf(stage);
	const std::string most = fillIn(stage.words.n_at_least, "888");
	const float figures = std::ceil(std::max(
		figuresWidth(stage.snapshot, stage.view, stage.picks, stage.words, stage.metrics, stage.areas.text),
		ticks.pooled() ? stage.metrics.width(most, Face::regular, stage.areas.text) : 0));
	const Grid grid = gridOf(stage, figures);
	stage.areas.plot = grid.area;
	scene.outline.ruler.plot = grid.area;
	scene.outline.ruler.reveal = stage.view.reveal;
	const std::int64_t tick_ms = stage.snapshot.settings->tick_ms;
	scene.outline.ruler.passage = {ticks.from * tick_ms, ticks.to * tick_ms, (ticks.to - ticks.from) * tick_ms};
	scene.strength = strengthOf(stage);
	scene.moving_width = static_cast<float>(scene.width);
	BarPainter painter(scene, stage, figures, ticks.pooled());
	noteWhetherShown(scene, addGrid(scene, stage, grid, painter, ticks));
	if (scene.bars.size() > style::kMaxBars) { // so many come at once
		std::ranges::move(std::exchange(scene.bars, {}), std::back_inserter(scene.boxes));
		std::ranges::move(std::exchange(scene.moving_texts, {}), std::back_inserter(scene.texts));
	}
	addKey(scene, stage, addHeader(scene, stage, titleOf(stage, stage.words.shares)));
}

} // namespace pulseline::overlay
