#include "session/import_rows.hpp"

#include <algorithm>
#include <numeric>
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

class Repeats {
public:
	Repeats(const std::vector<ImportRow> &rows, std::int64_t tick_ms)
		: rows_(rows)
		, tick_ms_(tick_ms)
	{
	}

	// `group`: rows of one participant and pass, by time. Appends them with their repeats, by time.
	void add(std::span<const std::size_t> group)
	{
		const auto start = static_cast<std::ptrdiff_t>(all.size());
		const std::int64_t last_ms = rows_[group.back()].position_ms;
		std::unordered_map<std::uint32_t, std::int64_t> next_ms; // by target
		for (std::size_t i = group.size(); i-- > 0;) {
			const ImportRow &row = rows_[group[i]];
			const auto next = next_ms.find(row.target);
			// A row of the target's own takes the place of a repeat at the same position.
			const std::int64_t end_ms = next == next_ms.end() ? last_ms + 1 : next->second;
			repeat(row, end_ms);
			next_ms[row.target] = row.position_ms;
		}
		std::ranges::reverse(all.begin() + start, all.end());
		std::ranges::stable_sort(all.begin() + start, all.end(), {}, &ImportRow::position_ms);
	}

	bool tooMany() const { return repeats_ > kMostRepeats; }

	std::vector<ImportRow> all;

private:
	// Backwards, the row last.
	void repeat(const ImportRow &row, std::int64_t end_ms)
	{
		const std::int64_t times =
			row.value ? std::max<std::int64_t>(0, (end_ms - row.position_ms - 1) / tick_ms_) : 0;
		repeats_ += times;
		for (std::int64_t i = tooMany() ? 0 : times; i > 0; --i) {
			ImportRow held = row;
			held.position_ms += i * tick_ms_;
			all.push_back(held);
		}
		all.push_back(row);
	}

	const std::vector<ImportRow> &rows_;
	std::int64_t tick_ms_;
	std::int64_t repeats_ = 0;
};

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
	const std::vector<std::size_t> order = sortedBy(table.rows, byTime);
	Repeats repeats(table.rows, tick_ms);
	for (std::size_t start = 0; start < order.size();) {
		const ImportRow &first = table.rows[order[start]];
		std::size_t end = start;
		while (end < order.size() && table.rows[order[end]].participant == first.participant &&
		       table.rows[order[end]].pass == first.pass) {
			++end;
		}
		repeats.add(std::span(order).subspan(start, end - start));
		if (repeats.tooMany()) {
			return std::unexpected(
				table.wrong(table.rows[order[end - 1]].line,
					    "holding values until there takes too many rows; is the position right?"));
		}
		start = end;
	}
	table.rows = std::move(repeats.all);
	table.numbered = false;
	for (ImportRow &row : table.rows) {
		row.seq = 0;
	}
	number(table, known);
	return {};
}

} // namespace pulseline::session
