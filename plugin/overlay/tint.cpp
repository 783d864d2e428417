#include "overlay/tint.hpp"

#include "overlay/style.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

Color mixed(Color from, Color to, double share)
{
	const auto mix = [share](std::uint8_t a, std::uint8_t b) {
		return static_cast<std::uint8_t>(std::lround(a + (b - a) * share));
	};
	return {mix(from.r, to.r), mix(from.g, to.g), mix(from.b, to.b), mix(from.a, to.a)};
}

} // namespace

Color tintOf(const Theme &theme, const Range &range, double value)
{
	const double neutral = range.neutral.value_or(range.bottom);
	const bool above = value >= neutral;
	const double width = above ? range.top - neutral : neutral - range.bottom;
	const double share = width > 0 ? std::clamp(std::abs(value - neutral) / width, 0.0, 1.0) : 0;
	// A little more contrast around the neutral, where most values lie.
	return mixed(theme.neutral, above ? theme.like : theme.dislike, std::pow(share, 0.8));
}

double strengthOf(std::uint32_t people, std::uint32_t min_n)
{
	const double span = std::max(1.0, static_cast<double>(kSolidN) - min_n);
	const double share = std::clamp((static_cast<double>(people) - min_n) / span, 0.0, 1.0);
	return people >= kSolidN ? 1 : style::kFaint + (0.85 - style::kFaint) * share;
}

float hatchOf(float text)
{
	return text < 24 ? 8 : 16;
}

} // namespace pulseline::overlay
