#include "ingest/opinions.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

namespace pulseline::ingest {
namespace {

// How the audience behaves, as shares of its acts. Real panels press about twice a minute to once a tick; a
// demonstration wants the livelier end.
constexpr double kSilent = 0.08;
constexpr double kChanged = 0.08;
constexpr double kLate = 0.03;
constexpr double kDuplicated = 0.03;
constexpr double kMild = 0.15; // an opinion that is none

std::uint64_t mix(std::uint64_t x)
{
	// splitmix64
	x += 0x9e3779b97f4a7c15U;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
	return x ^ (x >> 31);
}

std::uint64_t hash(std::string_view text, std::uint64_t key)
{
	for (const char c : text) {
		key = mix(key ^ static_cast<unsigned char>(c));
	}
	return mix(key);
}

double unit(std::uint64_t x)
{
	return static_cast<double>(mix(x) >> 11) * 0x1p-53;
}

// Around 0, mostly within -1..1, seldom beyond.
double bell(std::uint64_t x)
{
	return (unit(x) + unit(x + 1) + unit(x + 2) + unit(x + 3) - 2) * std::sqrt(3.0) / 2;
}

} // namespace

Result<Distribution> Distribution::parse(std::string_view text)
{
	const std::size_t equals = text.find('=');
	Distribution distribution{std::string(text.substr(0, equals)), {}};
	std::string_view rest = equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
	double total = 0;
	while (!rest.empty()) {
		const std::size_t bar = std::min(rest.find('|'), rest.size());
		const std::string_view entry = rest.substr(0, bar);
		const std::size_t colon = entry.rfind(':');
		double weight = 1;
		if (colon != std::string_view::npos) {
			const char *const end = entry.data() + entry.size();
			const auto [stop, error] = std::from_chars(entry.data() + colon + 1, end, weight);
			if (error != std::errc() || stop != end || !(weight >= 0) || !std::isfinite(weight)) {
				return fail("the share of " + std::string(entry) +
					    " must be a number, as in name=a:60|b:40");
			}
		}
		distribution.values.emplace_back(entry.substr(0, colon), weight);
		total += weight;
		rest.remove_prefix(std::min(bar + 1, rest.size()));
	}
	if (distribution.name.empty() || !(total > 0)) {
		return fail("an attribute must look like name=a:60|b:40, not " + std::string(text));
	}
	return distribution;
}

Opinions::Opinions(std::uint64_t seed, std::vector<Distribution> attributes)
	: seed_(mix(seed))
	, attributes_(std::move(attributes))
{
}

double Opinions::chance(std::uint32_t person, std::int64_t occasion, std::string_view question) const
{
	return unit(hash(question, mix(seed_ ^ mix(person)) ^ mix(static_cast<std::uint64_t>(occasion))));
}

std::map<std::string, std::string> Opinions::attributesOf(std::uint32_t person) const
{
	std::map<std::string, std::string> result;
	for (const Distribution &distribution : attributes_) {
		double total = 0;
		for (const auto &[value, weight] : distribution.values) {
			total += weight;
		}
		double left = chance(person, 0, "is " + distribution.name) * total;
		std::string chosen;
		for (const auto &[value, weight] : distribution.values) {
			if (weight > 0 && left >= 0) {
				chosen = value;
			}
			left -= weight;
		}
		result[distribution.name] = chosen;
	}
	return result;
}

double Opinions::Curve::at(double position_s) const
{
	double sum = level;
	for (const Wave &wave : waves) {
		sum += wave.amplitude * std::sin(2 * std::numbers::pi * position_s / wave.period_s + wave.phase);
	}
	return sum;
}

Opinions::Curve Opinions::curve(std::uint64_t key, double level, double swing) const
{
	Curve curve;
	curve.level = level * bell(key);
	for (std::size_t i = 0; i < std::size(curve.waves); ++i) {
		const std::uint64_t own = mix(key + 100 * (i + 1));
		curve.waves[i] = {swing * (0.3 + 0.7 * unit(own)), 18 + 80 * unit(own + 1),
				  2 * std::numbers::pi * unit(own + 2)};
	}
	return curve;
}

double Opinions::opinion(std::uint32_t person, std::uint32_t target, double position_s) const
{
	const std::uint64_t about = mix(seed_ ^ (target + 1));
	double sum = curve(hash("all", about), 0.15, 0.18).at(position_s);
	for (const auto &[name, value] : attributesOf(person)) {
		const std::uint64_t key = hash(value, hash(name, about));
		sum += curve(key, 0.6, 0.3).at(position_s) / std::sqrt(static_cast<double>(attributes_.size()));
	}
	sum += curve(mix(about ^ mix(person + 7)), 0.45, 0.1).at(position_s);
	return std::tanh(sum);
}

double Opinions::value(double opinion, double noise, const Settings &settings) const
{
	const Scale &scale = settings.scale;
	const double span = scale.max - scale.min;
	const double step = span >= 2 ? 1 : span / 100;
	const double felt = std::clamp(1.4 * opinion + noise, -1.0, 1.0);
	const double exact = felt >= 0 ? scale.neutral + felt * (scale.max - scale.neutral)
				       : scale.neutral + felt * (scale.neutral - scale.min);
	return std::clamp(scale.min + std::round((exact - scale.min) / step) * step, scale.min, scale.max);
}

Act Opinions::act(std::uint32_t person, std::int64_t slot, double slot_s, const Settings &settings) const
{
	const auto roll = [&](std::string_view question) { return chance(person, slot, question); };
	Act act;
	act.offset = 0.02 + 0.7 * roll("when");
	act.silent = settings.mode == Mode::reset && roll("silent") < kSilent;
	act.target = static_cast<std::uint32_t>(roll("whom") * static_cast<double>(settings.targets.size()));
	// A press tells of what was heard a reaction time ago.
	const double lag_s = static_cast<double>(settings.lag_ms) / 1000;
	const double feeling = opinion(person, act.target, (static_cast<double>(slot) + act.offset) * slot_s - lag_s);
	const double noise = 0.5 * (roll("noise") - 0.5);
	// Who feels strongly presses; who does not often lets it be. A dial always stands somewhere.
	const double eager = 0.45 + 0.4 * chance(person, 0, "eager");
	if (settings.mode == Mode::latched || roll("press") < eager + 0.5 * std::abs(feeling)) {
		act.value = value(feeling, noise, settings);
	}
	// Two buttons: who has no opinion presses neither.
	const bool twoButtons = settings.mode == Mode::reset && settings.scale == Scale{-1, 1, 0};
	if (twoButtons && act.value) {
		const double felt = feeling + noise;
		act.value = std::abs(felt) < kMild ? std::nullopt : std::optional(felt < 0 ? -1.0 : 1.0);
	}
	if (roll("change") < kChanged && (!twoButtons || act.value)) {
		act.changedTo = twoButtons ? -*act.value : value(feeling, -2 * noise, settings);
		act.changedOffset = act.offset + (0.98 - act.offset) * (0.2 + 0.7 * roll("changed when"));
	}
	act.late = roll("late") < kLate;
	act.lateness = roll("how late");
	act.duplicated = roll("twice") < kDuplicated;
	return act;
}

} // namespace pulseline::ingest
