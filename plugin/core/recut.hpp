// How a view wants the responses of a session counted, where it is not as the session itself does.
#pragma once

#include "core/types.hpp"

#include <optional>

namespace pulseline {

struct Recut {
	std::optional<std::int64_t> lag_ms, tick_ms; // absent: the session's own

	bool operator==(const Recut &) const = default;
	Settings applied(Settings settings) const
	{
		settings.lag_ms = lag_ms.value_or(settings.lag_ms);
		settings.tick_ms = tick_ms.value_or(settings.tick_ms);
		return settings;
	}
	// It is as the session does.
	bool isOf(const Settings &settings) const
	{
		return lag_ms.value_or(settings.lag_ms) == settings.lag_ms &&
		       tick_ms.value_or(settings.tick_ms) == settings.tick_ms;
	}
};

} // namespace pulseline
