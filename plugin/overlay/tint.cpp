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

// The light of a colour relative to white (WCAG 2.1, relative luminance).
double lightOf(Color color)
{
	const auto linear = [](std::uint8_t channel) {
		const double share = channel / 255.0;
		return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
	};
	return 0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b);
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

Color readable(Color one, Color other, Color over, double strength, Color card)
{
	const double ground = std::lerp(lightOf(card), lightOf(over), strength);
	const auto contrast = [&](Color ink) {
		const double light = lightOf(ink);
		return (std::max(light, ground) + 0.05) / (std::min(light, ground) + 0.05);
	};
	return contrast(one) >= contrast(other) ? one : other;
}

float hatchOf(float text)
{
	return text < 24 ? 8 : 16;
}

} // namespace pulseline::overlay
