#include "session/recount.hpp"

#include <algorithm>

namespace pulseline::session {

Counter counterFor(const Settings &settings, std::optional<std::int64_t> tick_ms, std::optional<std::int64_t> lag_ms)
{
	return {static_cast<std::uint32_t>(settings.targets.size()), settings.scale, tick_ms.value_or(settings.tick_ms),
		lag_ms.value_or(settings.lag_ms)};
}

Result<Totals> recount(const File &file, Counter &counter, const std::function<bool(const StoredResponse &)> &also)
{
	for (const Participant &participant : file.participants()) {
		counter.addParticipant(participant.stratum);
	}
	Totals totals;
	const Result<void> read = file.responses([&](const StoredResponse &stored) {
		counter.count(stored.response);
		++totals.responses;
		totals.furthest_ms = std::max(totals.furthest_ms, stored.response.position_ms);
		return !also || also(stored);
	});
	if (!read) {
		return std::unexpected(read.error());
	}
	return totals;
}

} // namespace pulseline::session
