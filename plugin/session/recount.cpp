#include "session/recount.hpp"

#include <algorithm>

namespace pulseline::session {

namespace {

Result<void> addCells(const File &file, Counter &counter)
{
	const Settings &settings = file.settings();
	const bool same = counter.tick_ms() == settings.tick_ms && counter.lag_ms() == settings.lag_ms;
	bool any = false;
	const Result<void> read = file.cells([&](const StoredCell &stored) {
		any = true;
		if (same) {
			counter.addForeign(stored.stratum, stored.target, stored.tick, {}, stored.cell);
		}
		return same;
	});
	if (read && any && !same) {
		return fail(file.path() + " has cells that other machines counted with a lag of " +
			    std::to_string(settings.lag_ms) + " ms in ticks of " + std::to_string(settings.tick_ms) +
			    " ms; leave other lags and ticks out");
	}
	return read;
}

// Participants and responses that are not in the counter yet; and who is out of the count.
Result<Totals> count(const File &file, Counter &counter, Totals totals,
		     const std::function<bool(const StoredResponse &)> &also)
{
	for (std::size_t i = counter.participants(); i < file.participants().size(); ++i) {
		counter.addParticipant(file.participants()[i].stratum);
	}
	for (std::uint32_t i = 0; i < counter.participants(); ++i) {
		counter.setOut(i, file.participants()[i].out);
	}
	const auto each = [&](const StoredResponse &stored) {
		counter.count(stored.response);
		++totals.responses;
		totals.furthest_ms = std::max(totals.furthest_ms, stored.response.position_ms);
		return !also || also(stored);
	};
	if (const Result<void> read = file.responses(each, totals.last); !read) {
		return std::unexpected(read.error());
	}
	totals.last = file.lastResponse();
	return totals;
}

} // namespace

Counter counterFor(const Settings &settings, std::optional<std::int64_t> tick_ms, std::optional<std::int64_t> lag_ms)
{
	return {static_cast<std::uint32_t>(settings.targets.size()), settings.scale, tick_ms.value_or(settings.tick_ms),
		lag_ms.value_or(settings.lag_ms)};
}

Result<Totals> recount(const File &file, Counter &counter, const std::function<bool(const StoredResponse &)> &also)
{
	Result<Totals> totals = count(file, counter, {}, also);
	const Result<void> added = totals ? addCells(file, counter) : Result<void>{};
	return added ? totals : std::unexpected(added.error());
}

Result<Totals> recountMore(const File &file, Counter &counter, const Totals &before)
{
	bool any = false;
	const Result<void> looked = file.cells([&](const StoredCell &) { return !(any = true); });
	if (!looked) {
		return std::unexpected(looked.error());
	}
	return any ? fail(file.path() + " has cells that other machines counted") : count(file, counter, before, {});
}

} // namespace pulseline::session
