// Moments: peaks, valleys and splits of one segment's series that a stated rule found (README.md here, "Moments").
#pragma once

#include "core/series.hpp"

#include <span>

namespace pulseline {

enum class Rule { absolute, relative, polarising };
std::string_view toText(Rule rule);
std::optional<Rule> ruleFromText(std::string_view text);

struct Moment {
	std::int64_t start_ms = 0; // of the first passing tick
	std::int64_t end_ms = 0;   // the start of the last passing tick
	std::int64_t peak_ms = 0;  // the start of the tick farthest out, among equals the first
	double value = 0;          // that tick's mean, in native units (sd for polarising)
	std::uint32_t n = 0;       // that tick's
};

// `series[i]` is tick i. `threshold` is in native units (absolute, polarising) or standard deviations of the curve
// (relative: outside M -+ threshold * SD, SD with n - 1, ticks weigh equally, at least two). Suppressed ticks neither
// pass nor enter M and SD.
std::vector<Moment> findMoments(std::span<const Figures> series, Rule rule, double threshold, double neutral,
				std::int64_t tick_ms, std::int64_t merge_gap_ms);

} // namespace pulseline
