#include "overlay/series.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

namespace pulseline::overlay {
namespace {

// The mean of the last `count` values that were shown.
class Smoother {
public:
	explicit Smoother(std::int64_t count)
		: count_(static_cast<std::size_t>(count))
	{
	}

	double feed(double value)
	{
		values_.push_back(value);
		if (values_.size() > count_) {
			values_.pop_front();
		}
		double sum = 0;
		for (const double one : values_) {
			sum += one;
		}
		return sum / static_cast<double>(values_.size());
	}

private:
	std::size_t count_;
	std::deque<double> values_;
};

// Thins a run out where several points fall on one pixel. What is firm stays apart from what is not.
void thin(Run &run)
{
	Run thinned;
	const auto column = [&](std::size_t i) { return std::floor(run.points[i].x); };
	for (std::size_t from = 0; from < run.points.size();) {
		std::size_t to = from + 1;
		while (to < run.points.size() && column(to) == column(from) && to != run.firm) {
			++to;
		}
		const auto first = run.points.begin() + static_cast<std::ptrdiff_t>(from);
		const auto last = run.points.begin() + static_cast<std::ptrdiff_t>(to);
		const auto [least, greatest] = std::minmax_element(
			first, last, [](const Point &one, const Point &other) { return one.y < other.y; });
		std::array kept{first, least, greatest, last - 1};
		std::ranges::sort(kept);
		for (std::size_t i = 0; i < kept.size(); ++i) {
			if (i == 0 || kept[i] != kept[i - 1]) {
				thinned.points.push_back(*kept[i]);
				thinned.few.push_back(run.few[static_cast<std::size_t>(kept[i] - run.points.begin())]);
			}
		}
		if (from < run.firm) {
			thinned.firm = thinned.points.size();
		}
		from = to;
	}
	run = std::move(thinned);
}

// A translucent band needs no more than a point in three pixels: the mean of its edges there.
void thin(Band &band)
{
	constexpr float kWidth = 3;
	const auto column = [&](std::size_t i) { return std::floor(band[i].x / kWidth); };
	Band thinned;
	for (std::size_t from = 0; from < band.size();) {
		BandPoint sum{};
		std::size_t to = from;
		while (to < band.size() && column(to) == column(from)) {
			sum = {sum.x + band[to].x, sum.high + band[to].high, sum.low + band[to].low};
			++to;
		}
		const auto count = static_cast<float>(to - from);
		thinned.push_back({sum.x / count, sum.high / count, sum.low / count});
		from = to;
	}
	band = std::move(thinned);
}

// Adds tick after tick to a series.
class Drafter {
public:
	explicit Drafter(const SeriesInput &input)
		: input_(input)
		, tick_ms_(input.snapshot.settings->tick_ms)
		, banded_(hasBand(input.view, tick_ms_))
		, smoother_(smoothingTicks(input.view, tick_ms_))
	{
	}

	void add(std::int64_t tick, const Figures &figures, bool visible)
	{
		const std::optional<double> shown = valueOf(figures, input_.view.measure);
		const double value = shown ? smoother_.feed(*shown) : 0;
		if (!visible) {
			return;
		}
		const float x = input_.ruler.x((static_cast<double>(tick) + 0.5) * static_cast<double>(tick_ms_));
		const bool firm = tick < input_.snapshot.closedTicks;
		addPoint(shown.has_value(), {x, y(value)}, peopleBehind(figures, input_.view.measure) < kSolidN, firm);
		addBand(banded_ && firm && figures.ci_low ? &figures : nullptr, x);
	}

	Series take()
	{
		const double pixels = input_.ruler.pixelsPerMs() * static_cast<double>(tick_ms_);
		if (pixels < 0.5) {
			for (Run &run : series_.runs) {
				thin(run);
			}
		}
		if (pixels < 1.5) {
			for (Band &band : series_.bands) {
				thin(band);
			}
		}
		return std::move(series_);
	}

private:
	float y(double value) const { return input_.range.y(input_.panel, value); }

	void addPoint(bool shown, Point at, bool few, bool firm)
	{
		if (shown && !in_run_) {
			series_.runs.emplace_back();
		}
		in_run_ = shown;
		if (shown) {
			Run &run = series_.runs.back();
			run.points.push_back(at);
			run.few.push_back(few);
			run.firm = firm ? run.points.size() : run.firm;
		}
	}

	void addBand(const Figures *figures, float x)
	{
		if (figures && !in_band_) {
			series_.bands.emplace_back();
		}
		in_band_ = figures != nullptr;
		if (figures) {
			series_.bands.back().push_back({x, y(*figures->ci_high), y(*figures->ci_low)});
		}
	}

	const SeriesInput &input_;
	std::int64_t tick_ms_;
	bool banded_;
	Smoother smoother_;
	bool in_run_ = false;
	bool in_band_ = false;
	Series series_;
};

} // namespace

float Range::y(const Rect &plot, double value) const
{
	const double share = (top - std::clamp(value, bottom, top)) / (top - bottom);
	return plot.y + static_cast<float>(share) * plot.height;
}

Range rangeOf(Measure measure, const Scale &scale)
{
	switch (measure) {
	case Measure::mean:
		return {scale.max, scale.min, scale.neutral};
	case Measure::net:
		return {100, -100, 0.0};
	case Measure::activity:
		return {100, 0, {}};
	case Measure::sd:
		// Five people split as evenly as they can be have an SD of 0.55 of the scale's width.
		return {0.6 * (scale.max - scale.min), 0, {}};
	}
	return {};
}

std::optional<double> valueOf(const Figures &figures, Measure measure)
{
	switch (measure) {
	case Measure::mean:
		return figures.mean;
	case Measure::net:
		return figures.net;
	case Measure::activity:
		return figures.activity ? std::optional(*figures.activity * 100) : std::nullopt;
	case Measure::sd:
		return figures.sd;
	}
	return std::nullopt;
}

std::uint32_t peopleBehind(const Figures &figures, Measure measure)
{
	return measure == Measure::activity ? figures.present.value_or(0) : figures.n;
}

std::int64_t smoothingTicks(const View &view, std::int64_t tick_ms)
{
	return std::max<std::int64_t>(
		1, std::llround(static_cast<double>(view.smoothing_ms) / static_cast<double>(tick_ms)));
}

bool hasBand(const View &view, std::int64_t tick_ms)
{
	return view.show_ci && view.measure == Measure::mean && smoothingTicks(view, tick_ms) == 1;
}

Series seriesOf(const SeriesInput &input, std::size_t segment)
{
	const Snapshot &snapshot = input.snapshot;
	const std::int64_t tick_ms = snapshot.settings->tick_ms;
	// One tick more on both sides, so that lines run out of the passage.
	const std::int64_t first = std::max<std::int64_t>(0, input.ruler.passage.from_ms / tick_ms - 1);
	const std::int64_t last = std::min(snapshot.sums.ticks() - 1, input.ruler.passage.to_ms / tick_ms + 1);
	const bool smooth = smoothingTicks(input.view, tick_ms) > 1; // looks back at any distance
	Drafter drafter(input);
	for (std::int64_t tick = smooth ? 0 : first; tick <= last; ++tick) {
		const Figures figures =
			snapshot.figuresAt(segment, input.target, tick, input.view.base, input.view.min_n);
		drafter.add(tick, figures, tick >= first);
	}
	return drafter.take();
}

} // namespace pulseline::overlay
