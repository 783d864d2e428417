#include "core/types.hpp"

#include "core/utf8.hpp"

#include <array>
#include <set>
#include <utility>

namespace pulseline {
namespace {

template <typename E, std::size_t N>
std::optional<E> find(const std::array<std::pair<E, std::string_view>, N> &names, std::string_view text)
{
	for (const auto &[value, name] : names) {
		if (name == text) {
			return value;
		}
	}
	return std::nullopt;
}

template <typename E, std::size_t N>
std::string_view find(const std::array<std::pair<E, std::string_view>, N> &names, E value)
{
	for (const auto &[candidate, name] : names) {
		if (candidate == value) {
			return name;
		}
	}
	return {};
}

constexpr std::array<std::pair<Mode, std::string_view>, 2> kModes{{{Mode::reset, "reset"}, {Mode::latched, "latched"}}};
constexpr std::array<std::pair<Stamp, std::string_view>, 3> kStamps{
	{{Stamp::server, "server"}, {Stamp::client, "client"}, {Stamp::corrected, "corrected"}}};
constexpr std::array<std::pair<PlaybackState, std::string_view>, 4> kStates{{{PlaybackState::stopped, "stopped"},
									     {PlaybackState::playing, "playing"},
									     {PlaybackState::paused, "paused"},
									     {PlaybackState::ended, "ended"}}};

std::optional<Error> checkAttributes(const std::vector<Attribute> &attributes)
{
	std::set<std::string> names;
	for (const Attribute &attribute : attributes) {
		if (!isUtf8(attribute.name) || !isUtf8(attribute.label)) {
			return Error{"names of attributes must be UTF-8"};
		}
		if (attribute.name.empty() || attribute.name.find_first_of("=;|") != std::string::npos) {
			return Error{"attribute names must not be empty or contain = ; |"};
		}
		if (!names.insert(attribute.name).second) {
			return Error{"the attribute '" + attribute.name + "' is given twice"};
		}
		std::set<std::string> values;
		for (const std::string &value : attribute.values) {
			if (!isUtf8(value)) {
				return Error{"values of '" + attribute.name + "' must be UTF-8"};
			}
			if (value.empty() || value.find_first_of(";|") != std::string::npos) {
				return Error{"values of '" + attribute.name + "' must not be empty or contain ; |"};
			}
			if (!values.insert(value).second) {
				return Error{"the value '" + value + "' of '" + attribute.name + "' is given twice"};
			}
		}
	}
	return std::nullopt;
}

} // namespace

std::string_view toText(Mode mode)
{
	return find(kModes, mode);
}

std::optional<Mode> modeFromText(std::string_view text)
{
	return find(kModes, text);
}

std::string_view toText(Stamp stamp)
{
	return find(kStamps, stamp);
}

std::optional<Stamp> stampFromText(std::string_view text)
{
	return find(kStamps, text);
}

std::string_view toText(PlaybackState state)
{
	return find(kStates, state);
}

std::optional<PlaybackState> playbackStateFromText(std::string_view text)
{
	return find(kStates, text);
}

bool Scale::valid() const
{
	constexpr double kLargest = 1e100; // so that squares of sums stay finite
	return min >= -kLargest && max <= kLargest && min < max && contains(neutral);
}

std::optional<Error> check(const Settings &settings)
{
	if (!settings.scale.valid()) {
		return Error{"the scale needs min < max and a neutral value between them"};
	}
	if (settings.tick_ms < kMinTick_ms || settings.tick_ms > kMaxTick_ms) {
		return Error{"the tick must be 250 to 60000 ms"};
	}
	if (settings.lag_ms < 0 || settings.lag_ms > 60'000) {
		return Error{"the lag must be 0 to 60000 ms"};
	}
	if (settings.audience_delay_ms < 0 || settings.audience_delay_ms > 600'000) {
		return Error{"the audience's delay must be 0 to 600000 ms"};
	}
	if (settings.duration_ms && (*settings.duration_ms <= 0 || *settings.duration_ms > kMaxPosition_ms)) {
		return Error{"the duration must be above 0 and at most 100 days"};
	}
	if (settings.targets.empty() || settings.targets.size() > 64) {
		return Error{"a session has 1 to 64 targets"};
	}
	if (!isUtf8(settings.title)) {
		return Error{"the title must be UTF-8"};
	}
	std::set<std::string> targets;
	for (const std::string &target : settings.targets) {
		if (!isUtf8(target)) {
			return Error{"names of targets must be UTF-8"};
		}
		if (target.empty() || !targets.insert(target).second) {
			return Error{"targets need names, each another one"};
		}
	}
	return checkAttributes(settings.attributes);
}

} // namespace pulseline
