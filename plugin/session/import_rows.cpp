#include "session/import_rows.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <tuple>

namespace pulseline::session {
namespace {

// A position that is a slip of the pen must not fill the disk.
constexpr std::int64_t kMostRepeats = 50'000'000;

std::vector<std::size_t> sortedBy(const std::vector<ImportRow> &rows, auto key)
{
	std::vector<std::size_t> order(rows.size());
	std::iota(order.begin(), order.end(), std::size_t{0});
	std::ranges::stable_sort(order, {}, [&](std::size_t i) { return key(rows[i]); });
	return order;
}

auto bySeq(const ImportRow &row)
{
	return std::tuple(row.participant, row.seq);
}

// The order in which a participant gave them. The seq decides where a file has one.
auto byTime(const ImportRow &row)
{
	return std::tuple(row.participant, row.pass, row.position_ms, row.seq);
}

std::uint64_t highestOf(const Known &known, std::uint32_t participant)
{
	return participant < known.highest.size() ? known.highest[participant] : 0;
}

// The first row of the file, if any, that says something else under a seq that is taken.
struct Conflict {
	std::uint32_t line = UINT32_MAX;
	std::uint64_t seq = 0;
	std::uint32_t first = 0; // the line that took it; 0: the session

	void note(const ImportRow &row, std::uint32_t takenBy)
	{
		if (row.line < line) {
			*this = {row.line, row.seq, takenBy};
		}
	}
};

using Group = std::span<const std::size_t>;

// The rows of each participant and pass, by time.
std::vector<Group> groupsOf(const std::vector<ImportRow> &rows, std::span<const std::size_t> order)
{
	std::vector<Group> groups;
	std::size_t start = 0;
	for (std::size_t i = 1; i <= order.size(); ++i) {
		const bool same = i < order.size() && rows[order[i]].participant == rows[order[start]].participant &&
				  rows[order[i]].pass == rows[order[start]].pass;
		if (!same) {
			groups.push_back(order.subspan(start, i - start));
			start = i;
		}
	}
	return groups;
}

// How often each row of a group is repeated: once a tick, before the next row for its target takes its place, or else
// up to the last row.
void countRepeats(const std::vector<ImportRow> &rows, Group group, std::int64_t tick_ms,
		  std::vector<std::int64_t> &repeats)
{
	const std::int64_t last_ms = rows[group.back()].position_ms;
	std::unordered_map<std::uint32_t, std::int64_t> next_ms; // by target
	for (std::size_t i = group.size(); i-- > 0;) {
		const ImportRow &row = rows[group[i]];
		const auto next = next_ms.try_emplace(row.target, last_ms + 1).first;
		const std::int64_t gap_ms = std::max<std::int64_t>(0, next->second - row.position_ms - 1);
		repeats[group[i]] = row.value ? gap_ms / tick_ms : 0;
		next->second = row.position_ms;
	}
}

} // namespace

Result<std::uint64_t> dropRepeated(ImportTable &table, const Known &known)
{
	if (!table.numbered) {
		return std::uint64_t{0};
	}
	std::vector<bool> dropped(table.rows.size());
	Conflict conflict;
	const ImportRow *taken = nullptr;
	for (const std::size_t i : sortedBy(table.rows, bySeq)) {
		const ImportRow &row = table.rows[i];
		const ImportRow *holder = taken && bySeq(*taken) == bySeq(row) ? taken : nullptr;
		if (!holder) {
			taken = &row;
			const auto found = std::ranges::lower_bound(known.rows, bySeq(row), {}, bySeq);
			holder = found != known.rows.end() && bySeq(*found) == bySeq(row) ? &*found : nullptr;
		}
		if (holder) {
			dropped[i] = true;
			if (!holder->sameContent(row)) {
				conflict.note(row, holder->line);
			}
		}
	}
	if (conflict.line != UINT32_MAX) {
		const std::string where =
			conflict.first == 0 ? "the session" : "line " + std::to_string(conflict.first);
		return std::unexpected(table.wrong(conflict.line, "seq " + std::to_string(conflict.seq) +
									  " stands for another response in " + where));
	}
	std::size_t kept = 0;
	for (std::size_t i = 0; i < table.rows.size(); ++i) {
		if (!dropped[i]) {
			table.rows[kept++] = table.rows[i];
		}
	}
	const std::uint64_t ignored = table.rows.size() - kept;
	table.rows.resize(kept);
	return ignored;
}

void number(ImportTable &table, const Known &known)
{
	if (table.numbered) {
		return;
	}
	std::vector<std::uint64_t> last(table.participants.all().size());
	for (std::uint32_t i = 0; i < last.size(); ++i) {
		last[i] = highestOf(known, i);
	}
	for (const std::size_t i : sortedBy(table.rows, byTime)) {
		table.rows[i].seq = ++last[table.rows[i].participant];
	}
}

Result<void> hold(ImportTable &table, const Known &known, std::int64_t tick_ms)
{
	const std::vector<ImportRow> rows = std::move(table.rows);
	const std::vector<std::size_t> order = sortedBy(rows, byTime);
	const std::vector<Group> groups = groupsOf(rows, order);
	std::vector<std::int64_t> repeats(rows.size());
	std::int64_t all = 0;
	for (const Group group : groups) {
		countRepeats(rows, group, tick_ms, repeats);
		for (const std::size_t i : group) {
			all += repeats[i];
		}
		if (all > kMostRepeats) {
			return std::unexpected(
				table.wrong(rows[group.back()].line,
					    "holding values until there takes too many rows; is the position right?"));
		}
	}
	table.rows.clear();
	for (const Group group : groups) {
		const auto start = static_cast<std::ptrdiff_t>(table.rows.size());
		for (const std::size_t i : group) {
			for (std::int64_t k = 0; k <= repeats[i]; ++k) {
				table.rows.push_back(rows[i]);
				table.rows.back().position_ms += k * tick_ms;
				table.rows.back().seq = 0;
			}
		}
		std::ranges::stable_sort(table.rows.begin() + start, table.rows.end(), {}, &ImportRow::position_ms);
	}
	table.numbered = false;
	number(table, known);
	return {};
}

} // namespace pulseline::session
