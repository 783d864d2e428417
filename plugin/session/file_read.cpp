// What `File` reads anew each time: the long tables.
#include "session/file.hpp"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <unordered_map>

namespace pulseline::session {
namespace {

// Texts of a file to indexes; the last one found is tried first.
using IndexOf = std::unordered_map<std::string_view, std::uint32_t>;

class Finder {
public:
	explicit Finder(const IndexOf &indexes)
		: indexes_(indexes)
		, last_(indexes.end())
	{
	}

	std::optional<std::uint32_t> find(std::string_view text)
	{
		if (last_ == indexes_.end() || last_->first != text) {
			last_ = indexes_.find(text);
		}
		return last_ == indexes_.end() ? std::nullopt : std::optional(last_->second);
	}

private:
	const IndexOf &indexes_;
	IndexOf::const_iterator last_;
};

// The names must outlive it.
IndexOf numbered(const std::ranges::input_range auto &names)
{
	IndexOf indexes;
	std::uint32_t index = 0;
	for (const std::string &name : names) {
		indexes.emplace(name, index++);
	}
	return indexes;
}

constexpr std::string_view kSelect = "SELECT participant, target, seq, pass, position_ms, value, received_ms, stamp "
				     "FROM response WHERE rowid > ? AND rowid <= ? ORDER BY rowid";

// One row, or nothing if no program of ours wrote it so.
std::optional<StoredResponse> readResponse(const Query &row, Finder &participants, Finder &targets, const Scale &scale)
{
	const std::optional<std::uint32_t> participant = participants.find(row.text(0));
	const std::optional<std::uint32_t> target = targets.find(row.text(1));
	const std::int64_t seq = row.integer(2);
	const std::int64_t pass = row.integer(3);
	const std::int64_t position_ms = row.integer(4);
	const std::optional<Stamp> stamp = stampFromText(row.text(7));
	const bool whole = row.isInteger(2) && row.isInteger(3) && row.isInteger(4) && row.isInteger(6);
	if (!participant || !target || !stamp || !whole || seq < 1 || pass < 0 || pass > UINT32_MAX ||
	    position_ms < 0 || position_ms > kMaxPosition_ms) {
		return std::nullopt;
	}
	StoredResponse stored;
	stored.response = {
		*participant, *target, static_cast<std::uint64_t>(seq), position_ms, static_cast<std::uint32_t>(pass),
		std::nullopt};
	stored.received_ms = row.integer(6);
	stored.stamp = *stamp;
	if (row.isNull(5)) {
		return stored;
	}
	const double value = row.number(5);
	if (!row.isNumber(5) || !scale.contains(value)) {
		return std::nullopt;
	}
	stored.response.value = value;
	return stored;
}

// One row, or nothing if no program of ours wrote it so.
std::optional<StoredCell> readCell(const Query &row, Finder &targets, const Content &content)
{
	std::uint32_t counts[5]{};
	constexpr int kCounts[] = {1, 4, 5, 6, 7};
	for (std::size_t i = 0; i < std::size(counts); ++i) {
		const std::int64_t number = row.integer(kCounts[i]);
		if (number < 0 || number > UINT32_MAX) {
			return std::nullopt;
		}
		counts[i] = static_cast<std::uint32_t>(number);
	}
	const std::optional<std::uint32_t> target = targets.find(row.text(2));
	if (!target) {
		return std::nullopt;
	}
	StoredCell stored{std::string(row.text(0)), counts[0], *target, row.integer(3), {}};
	stored.cell = {counts[1], counts[2], counts[3], counts[4], {row.number(8), 0}, {row.number(9), 0}};
	return makesSense(stored, content) ? std::optional(std::move(stored)) : std::nullopt;
}

} // namespace

std::int64_t File::lastResponse() const
{
	return impl_->content.lastResponse;
}

Result<void> File::responses(const std::function<bool(const StoredResponse &)> &each, std::int64_t after) const
{
	const Impl &impl = *impl_;
	Sql<Query> select = impl.database.prepare(kSelect);
	if (!select) {
		return std::unexpected(explain(impl.path, select.error()));
	}
	select->bind(1, after);
	select->bind(2, impl.content.lastResponse);
	const IndexOf targetOf = numbered(impl.content.settings.targets);
	const IndexOf participantOf = numbered(impl.content.participants | std::views::transform(&Participant::id));
	Finder participants(participantOf);
	Finder targets(targetOf);
	for (std::uint64_t number = 1;; ++number) {
		const Sql<bool> row = select->step();
		if (!row) {
			return std::unexpected(explain(impl.path, row.error()));
		}
		if (!*row) {
			return {};
		}
		const std::optional<StoredResponse> stored =
			readResponse(*select, participants, targets, impl.content.settings.scale);
		if (!stored) {
			return std::unexpected(
				damaged(impl.path, "response " + std::to_string(number) + " makes no sense"));
		}
		if (!each(*stored)) {
			return {};
		}
	}
}

Result<Totals> File::totals() const
{
	const Impl &impl = *impl_;
	Sql<Query> select = impl.database.prepare("SELECT count(*), max(position_ms) FROM response WHERE rowid <= ?");
	if (!select) {
		return std::unexpected(explain(impl.path, select.error()));
	}
	select->bind(1, impl.content.lastResponse);
	if (const Sql<bool> row = select->step(); !row) {
		return std::unexpected(explain(impl.path, row.error()));
	}
	const std::int64_t furthest_ms = select->integer(1);
	if (furthest_ms < 0 || furthest_ms > kMaxPosition_ms) {
		return std::unexpected(damaged(impl.path, "a position makes no sense"));
	}
	Totals totals{static_cast<std::uint64_t>(select->integer(0)), furthest_ms};
	if (std::ranges::none_of(impl.content.participants, &Participant::out)) {
		return totals;
	}
	Sql<Query> out = impl.database.prepare("SELECT count(*) FROM response WHERE rowid <= ? AND participant IN "
					       "(SELECT participant FROM taken_out)");
	if (!out) {
		return std::unexpected(explain(impl.path, out.error()));
	}
	if (const Sql<bool> row = out->bind(1, impl.content.lastResponse).step(); !row) {
		return std::unexpected(explain(impl.path, row.error()));
	}
	totals.out = static_cast<std::uint64_t>(out->integer(0));
	return totals;
}

Result<void> File::cells(const std::function<bool(const StoredCell &)> &each) const
{
	const Impl &impl = *impl_;
	// What a writer elsewhere added since this file was opened is left out.
	Sql<Query> select =
		impl.database.prepare("SELECT upstream, stratum, target, tick, present, n, likes, dislikes, "
				      "sum, sum_sq FROM cell WHERE stratum < ?");
	if (!select) {
		return std::unexpected(explain(impl.path, select.error()));
	}
	select->bind(1, static_cast<std::int64_t>(impl.content.strata.size()));
	const IndexOf targetOf = numbered(impl.content.settings.targets);
	Finder targets(targetOf);
	while (true) {
		const Sql<bool> row = select->step();
		if (!row) {
			return std::unexpected(explain(impl.path, row.error()));
		}
		if (!*row) {
			return {};
		}
		const std::optional<StoredCell> stored = readCell(*select, targets, impl.content);
		if (!stored) {
			return std::unexpected(damaged(impl.path, "a cell of an upstream makes no sense"));
		}
		if (!each(*stored)) {
			return {};
		}
	}
}

Result<std::vector<Segment>> File::segments() const
{
	const Impl &impl = *impl_;
	Sql<Query> select = impl.database.prepare("SELECT name, expression FROM segment ORDER BY rowid");
	if (!select) {
		return std::unexpected(explain(impl.path, select.error()));
	}
	std::vector<Segment> segments;
	while (true) {
		const Sql<bool> row = select->step();
		if (!row) {
			return std::unexpected(explain(impl.path, row.error()));
		}
		if (!*row) {
			return segments;
		}
		Result<Segment> segment =
			parseSegment(std::string(select->text(0)), select->text(1), impl.content.settings.attributes);
		if (!segment) {
			return std::unexpected(damaged(impl.path, segment.error().message));
		}
		segments.push_back(std::move(*segment));
	}
}

Result<std::vector<PlaybackChange>> File::playback() const
{
	const Impl &impl = *impl_;
	Sql<Query> select =
		impl.database.prepare("SELECT at_ms, state, position_ms, rate, pass FROM playback ORDER BY rowid");
	if (!select) {
		return std::unexpected(explain(impl.path, select.error()));
	}
	std::vector<PlaybackChange> changes;
	while (true) {
		const Sql<bool> row = select->step();
		if (!row) {
			return std::unexpected(explain(impl.path, row.error()));
		}
		if (!*row) {
			return changes;
		}
		const std::optional<PlaybackState> state = playbackStateFromText(select->text(1));
		const std::int64_t position_ms = select->integer(2);
		const double rate = select->number(3);
		const std::int64_t pass = select->integer(4);
		if (!state || position_ms < 0 || position_ms > kMaxPosition_ms || !std::isfinite(rate) || pass < 0 ||
		    pass > UINT32_MAX) {
			return std::unexpected(damaged(impl.path, "its playback makes no sense"));
		}
		changes.push_back({select->integer(0), *state, position_ms, rate, static_cast<std::uint32_t>(pass)});
	}
}

} // namespace pulseline::session
