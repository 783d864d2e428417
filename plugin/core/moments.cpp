#include "core/moments.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline {
namespace {

struct Curve {
	double mean = 0;
	double sd = 0;
	std::size_t ticks = 0;
};

// Two passes: the squares are of what lies about the mean.
Curve describe(std::span<const Figures> series)
{
	Curve curve;
	Sum sum;
	for (const Figures &row : series) {
		if (row.mean) {
			sum.add(*row.mean);
			++curve.ticks;
		}
	}
	if (curve.ticks < 2) {
		return curve;
	}
	curve.mean = sum.over(static_cast<double>(curve.ticks));
	Sum squares;
	for (const Figures &row : series) {
		if (row.mean) {
			squares.addSquare(*row.mean - curve.mean, 1);
		}
	}
	curve.sd = std::sqrt(squares.value() / static_cast<double>(curve.ticks - 1));
	return curve;
}

// How far out a tick is under a rule, and what it must exceed.
struct Measure {
	Rule rule;
	double centre = 0; // 0 for polarising
	double limit = 0;

	std::optional<double> value(const Figures &row) const { return rule == Rule::polarising ? row.sd : row.mean; }
	double distance(double value) const { return rule == Rule::polarising ? value : std::abs(value - centre); }
	// Farther out than `other`, and by more than rounding: 4.1 and 3.9 are equally far from 4.
	bool beyond(double value, double other) const
	{
		const double rounding = 1e-12 * std::max(std::abs(value), std::abs(centre));
		return distance(value) - other > rounding;
	}
};

} // namespace

std::string_view toText(Rule rule)
{
	switch (rule) {
	case Rule::absolute:
		return "absolute";
	case Rule::relative:
		return "relative";
	case Rule::polarising:
		return "polarising";
	}
	return {};
}

std::optional<Rule> ruleFromText(std::string_view text)
{
	for (const Rule rule : {Rule::absolute, Rule::relative, Rule::polarising}) {
		if (toText(rule) == text) {
			return rule;
		}
	}
	return std::nullopt;
}

std::vector<Moment> findMoments(std::span<const Figures> series, Rule rule, double threshold, double neutral,
				std::int64_t tick_ms, std::int64_t merge_gap_ms)
{
	Measure measure{rule, rule == Rule::polarising ? 0 : neutral, threshold};
	if (rule == Rule::relative) {
		const Curve curve = describe(series);
		if (curve.ticks < 2) {
			return {};
		}
		measure.centre = curve.mean;
		measure.limit = threshold * curve.sd;
	}
	std::vector<Moment> moments;
	double farthest = 0;
	for (std::size_t tick = 0; tick < series.size(); ++tick) {
		const std::optional<double> value = measure.value(series[tick]);
		if (!value || !measure.beyond(*value, measure.limit)) {
			continue;
		}
		const std::int64_t start_ms = static_cast<std::int64_t>(tick) * tick_ms;
		const Moment here{start_ms, start_ms, start_ms, *value, series[tick].n};
		if (moments.empty() || start_ms - moments.back().end_ms > merge_gap_ms) {
			moments.push_back(here);
			farthest = measure.distance(*value);
			continue;
		}
		Moment &moment = moments.back();
		moment.end_ms = start_ms;
		if (measure.beyond(*value, farthest)) {
			farthest = measure.distance(*value);
			moment.peak_ms = start_ms;
			moment.value = *value;
			moment.n = series[tick].n;
		}
	}
	return moments;
}

} // namespace pulseline
