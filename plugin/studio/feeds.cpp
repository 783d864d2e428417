// The part of a running session that serves feeds and mirrors: people brought by others, their responses in batches,
// and the cells.
#include "studio/running.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::studio {

std::uint32_t Running::openScope(std::string_view name, bool simulated)
{
	const std::uint32_t scope = registry_.openScope(name);
	const auto known = std::ranges::find_if(
		feeds_, [&](const Feed &feed) { return feed.scope == scope && feed.simulated == simulated; });
	const auto number = static_cast<std::uint32_t>(known - feeds_.begin());
	if (known == feeds_.end()) {
		feeds_.push_back({scope, simulated});
	}
	return number;
}

void Running::bring(std::uint32_t feed, const ingest::People &people)
{
	const Feed from = feeds_[feed];
	for (const auto &[id, answers] : people) {
		if (!closing_ && ingest::isId(id) && !registry_.findIn(from.scope, id)) {
			addPerson(registry_.scopeName(from.scope) + "/" + id, answers, from.simulated, "");
		}
	}
}

ingest::Answer<ingest::BatchTaken> Running::respondMany(std::uint32_t feed, const ingest::Batch &batch,
							SteadyTime received)
{
	if (const ingest::Answer<void> can = writable(); !can) {
		return std::unexpected(can.error());
	}
	ingest::BatchTaken taken;
	applyFollowed();
	const std::int64_t furthest_ms = furthestAllowed_ms(received);
	for (std::size_t row = 0; row < batch.participant.size(); ++row) {
		const auto ticket = takeRow(feeds_[feed], batch, row, furthest_ms, received);
		if (ticket) {
			taken.ticket = std::max(taken.ticket, *ticket);
		} else {
			++refused_;
			taken.refused.push_back({static_cast<std::uint32_t>(row), ticket.error()});
		}
	}
	if (taken.counted = taken_.size(); taken.counted > 0) {
		taken.ticket = handOver(received);
	}
	return taken;
}

// The ticket that the row is durable with if it was there already, or the code of what is wrong with it.
std::expected<ingest::Ticket, std::string_view> Running::takeRow(const Feed &feed, const ingest::Batch &batch,
								 std::size_t row, std::int64_t furthest_ms,
								 SteadyTime received)
{
	const std::string_view id = batch.participant[row];
	const std::uint64_t seq = batch.seq[row];
	const double value = batch.value[row];
	if (id.empty() || seq == 0 || (!std::isnan(value) && !settings_->scale.contains(value))) {
		return std::unexpected("bad_field");
	}
	std::optional<std::uint32_t> person = registry_.findIn(feed.scope, id);
	if (person && registry_[*person].taken.contains(seq)) {
		const std::uint64_t ticket = registry_[*person].lastTicket;
		return ticket == Registry::kNoTicketYet ? 0 : ticket; // 0: of this very batch
	}
	const bool aimed = !batch.target.empty() && batch.target[row].data() != nullptr;
	const std::optional<std::uint32_t> target = aimed ? targetOf(batch.target[row]) : 0;
	const std::int64_t position_ms = batch.position_ms[row];
	if (!target || position_ms == ingest::Batch::kNoWhole) {
		return std::unexpected("bad_field");
	}
	if (position_ms < 0 || position_ms > furthest_ms) {
		return std::unexpected("bad_position");
	}
	if (!person) {
		person = addPerson(registry_.scopeName(feed.scope) + "/" + std::string(id), {}, feed.simulated, "");
	}
	const std::optional<double> pressed = std::isnan(value) ? std::nullopt : std::optional(value);
	take({*person, *target, seq, position_ms, batch.pass.empty() ? 0 : batch.pass[row], pressed}, Stamp::client,
	     received);
	return 0;
}

// ---- what upstreams need -----------------------------------------------------------------------------------------

ingest::Ticket Running::note(const std::string &key, const std::string &value)
{
	return writer_->note(key, value);
}

void Running::replaceCell(const session::StoredCell &cell, const Cell &before)
{
	counter_.addForeign(cell.stratum, cell.target, cell.tick, before, cell.cell);
	writer_->add(cell);
	lastResponse_ = std::chrono::steady_clock::now();
}

// Of cells nobody is known who could be marked, so the session is.
void Running::markSimulated()
{
	if (!std::exchange(simulated_, true)) {
		changed_ = true;
	}
	writer_->note("simulated", "true");
}

ingest::CellsNow Running::cells() const
{
	return {counter_.cells(), registry_.strata(), settings_->lag_ms, settings_->tick_ms};
}

} // namespace pulseline::studio
