#include "session/csv.hpp"
#include "session/import_rows.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::session {
namespace {

using Fields = std::vector<std::string_view>;

// For a message of one line.
std::string quoted(std::string_view text)
{
	constexpr std::size_t kShown = 40;
	std::size_t end = std::min(text.size(), kShown);
	while (end < text.size() && (text[end] & 0xC0) == 0x80) {
		--end; // not within a character
	}
	std::string shown(text.substr(0, end));
	std::ranges::replace_if(shown, [](char c) { return c >= 0 && c < ' '; }, ' ');
	return "'" + shown + (end < text.size() ? "…'" : "'");
}

std::string_view trimmed(std::string_view text)
{
	while (text.starts_with(' ')) {
		text.remove_prefix(1);
	}
	while (text.ends_with(' ')) {
		text.remove_suffix(1);
	}
	return text;
}

// A CSV file with a header row. Errors name the file and the line.
class Sheet {
public:
	Sheet(const std::string &path, std::string_view text)
		: path_(path)
		, reader_(text)
	{
	}

	Result<void> readHeader()
	{
		const Result<bool> read = reader_.next(fields_);
		if (!read) {
			return std::unexpected(wrong(read.error().message));
		}
		if (!*read) {
			return fail(path_ + " is empty; it needs a header row");
		}
		for (const std::string_view name : fields_) {
			if (std::ranges::contains(header_, trimmed(name))) {
				return std::unexpected(
					wrong("the column " + quoted(trimmed(name)) + " is there twice"));
			}
			header_.emplace_back(trimmed(name));
		}
		const std::optional<std::size_t> participant = find("participant");
		if (!participant) {
			const bool semicolons = header_.size() == 1 && header_[0].contains(';');
			return std::unexpected(wrong(semicolons ? "separate the columns with commas"
								: "the header has no column 'participant'"));
		}
		participant_ = *participant;
		return {};
	}

	Result<bool> next()
	{
		const Result<bool> read = reader_.next(fields_);
		if (!read) {
			return std::unexpected(wrong(read.error().message));
		}
		if (*read && fields_.size() != header_.size()) {
			return std::unexpected(wrong("it has " + std::to_string(fields_.size()) +
						     " fields, the header has " + std::to_string(header_.size())));
		}
		if (*read && participant().empty()) {
			return std::unexpected(wrong("the participant is empty"));
		}
		return *read;
	}

	std::optional<std::size_t> find(std::string_view name) const
	{
		const auto found = std::ranges::find(header_, name);
		return found == header_.end() ? std::nullopt : std::optional<std::size_t>(found - header_.begin());
	}

	std::string_view participant() const { return fields_[participant_]; }
	std::string_view operator[](std::size_t column) const { return fields_[column]; }
	const std::vector<std::string> &header() const { return header_; }
	std::uint32_t line() const { return static_cast<std::uint32_t>(reader_.line()); }
	Error wrong(const std::string &what) const { return {path_ + " line " + std::to_string(line()) + ": " + what}; }

private:
	const std::string &path_;
	CsvReader reader_;
	Fields fields_;
	std::vector<std::string> header_;
	std::size_t participant_ = 0; // column
};

// What is wrong with a cell, without where.
Result<std::optional<double>> parseValue(std::string_view cell, const Scale &scale)
{
	if (trimmed(cell).empty()) {
		return std::nullopt;
	}
	const std::optional<double> value = parseNumber(cell);
	if (!value) {
		return fail("the value " + quoted(cell) + " is not a number; leave the cell empty where there is none");
	}
	if (!scale.contains(*value)) {
		return fail("the value " + quoted(cell) + " is outside the scale " + shortest(scale.min) + " to " +
			    shortest(scale.max));
	}
	return value;
}

// `unit_ms`: how many milliseconds 1 is.
Result<std::int64_t> parsePosition(std::string_view cell, double unit_ms)
{
	const std::optional<double> position = parseNumber(cell);
	if (!position) {
		return fail("the position " + quoted(cell) + " is not a number");
	}
	if (*position < 0) {
		return fail("the position " + quoted(cell) + " is negative");
	}
	if (*position * unit_ms > static_cast<double>(kMaxPosition_ms)) {
		return fail("the position " + quoted(cell) + " is beyond 100 days");
	}
	return std::llround(*position * unit_ms);
}

Result<std::uint64_t> parseCount(std::string_view name, std::string_view cell, std::int64_t low, std::int64_t high)
{
	const std::optional<std::int64_t> count = parseWhole(cell);
	if (!count || *count < low || *count > high) {
		return fail(std::string(name) + " " + quoted(cell) + " is not a whole number from " +
			    std::to_string(low));
	}
	return static_cast<std::uint64_t>(*count);
}

// Columns t0, t1, … in any order.
Result<std::vector<std::int64_t>> positionsOf(const Sheet &sheet)
{
	std::vector<std::int64_t> positions;
	std::vector<std::int64_t> sorted;
	for (const std::string &name : sheet.header()) {
		if (name == "participant") {
			positions.push_back(-1);
			continue;
		}
		const Result<std::int64_t> position_ms = name.starts_with('t')
								 ? parsePosition(std::string_view(name).substr(1), 1000)
								 : Result<std::int64_t>(fail(""));
		if (!position_ms) {
			return std::unexpected(
				sheet.wrong("the column " + quoted(name) +
					    " is not tK with K seconds (layout wide: participant,t0,t1,…)"));
		}
		positions.push_back(*position_ms);
		sorted.push_back(*position_ms);
	}
	std::ranges::sort(sorted);
	if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
		return std::unexpected(sheet.wrong("two columns stand for " + std::to_string(*twice) + " ms"));
	}
	if (sorted.empty()) {
		return std::unexpected(sheet.wrong("the header has no column tK (layout wide: participant,t0,t1,…)"));
	}
	return positions;
}

// The places of the cells that count, by position: rows come in the order of the speech whatever the columns' order.
std::vector<std::size_t> byPosition(const std::vector<std::int64_t> &positions)
{
	std::vector<std::size_t> columns;
	for (std::size_t i = 0; i < positions.size(); ++i) {
		if (positions[i] >= 0) {
			columns.push_back(i);
		}
	}
	std::ranges::sort(columns, {}, [&](std::size_t column) { return positions[column]; });
	return columns;
}

Result<void> readWide(Sheet &sheet, const Scale &scale, ImportTable &table)
{
	const Result<std::vector<std::int64_t>> positions = positionsOf(sheet);
	if (!positions) {
		return std::unexpected(positions.error());
	}
	const std::vector<std::size_t> columns = byPosition(*positions);
	const std::uint32_t target = table.targets.indexOf("");
	while (true) {
		const Result<bool> read = sheet.next();
		if (!read || !*read) {
			return read ? Result<void>() : std::unexpected(read.error());
		}
		const std::size_t before = table.participants.all().size();
		const std::uint32_t participant = table.participants.indexOf(sheet.participant());
		if (participant < before) {
			return std::unexpected(
				sheet.wrong("the participant " + quoted(sheet.participant()) + " is there twice"));
		}
		for (const std::size_t column : columns) {
			const Result<std::optional<double>> value = parseValue(sheet[column], scale);
			if (!value) {
				return std::unexpected(
					sheet.wrong("column " + sheet.header()[column] + ": " + value.error().message));
			}
			if (*value) {
				table.rows.push_back(
					{participant, target, 0, (*positions)[column], 0, sheet.line(), *value});
			}
		}
	}
}

struct LongColumns {
	std::size_t position = 0, value = 0;
	std::optional<std::size_t> seq, target, pass;
};

Result<LongColumns> columnsOf(const Sheet &sheet)
{
	constexpr std::string_view kLayout = " (layout long: participant,position_ms,value[,seq][,target][,pass])";
	for (const std::string &name : sheet.header()) {
		constexpr std::string_view kNames[] = {"participant", "position_ms", "value", "seq", "target", "pass"};
		if (!std::ranges::contains(kNames, name)) {
			return std::unexpected(sheet.wrong("unknown column " + quoted(name) + std::string(kLayout)));
		}
	}
	const std::optional<std::size_t> position = sheet.find("position_ms");
	const std::optional<std::size_t> value = sheet.find("value");
	if (!position || !value) {
		return std::unexpected(sheet.wrong(std::string("the header has no column ") +
						   (position ? "'value'" : "'position_ms'") + std::string(kLayout)));
	}
	return LongColumns{*position, *value, sheet.find("seq"), sheet.find("target"), sheet.find("pass")};
}

Result<ImportRow> readLongRow(const Sheet &sheet, const LongColumns &columns, const Scale &scale, ImportTable &table)
{
	ImportRow row;
	row.line = sheet.line();
	const Result<std::int64_t> position_ms = parsePosition(sheet[columns.position], 1);
	const Result<std::optional<double>> value = parseValue(sheet[columns.value], scale);
	if (!position_ms || !value) {
		return std::unexpected(sheet.wrong((position_ms ? value.error() : position_ms.error()).message));
	}
	row.position_ms = *position_ms;
	row.value = *value;
	if (columns.seq) {
		const Result<std::uint64_t> seq = parseCount("seq", sheet[*columns.seq], 1, INT64_MAX);
		if (!seq) {
			return std::unexpected(sheet.wrong(seq.error().message));
		}
		row.seq = *seq;
	}
	if (columns.pass) {
		const Result<std::uint64_t> pass = parseCount("pass", sheet[*columns.pass], 0, UINT32_MAX);
		if (!pass) {
			return std::unexpected(sheet.wrong(pass.error().message));
		}
		row.pass = static_cast<std::uint32_t>(*pass);
	}
	row.participant = table.participants.indexOf(sheet.participant());
	row.target = table.targets.indexOf(columns.target ? sheet[*columns.target] : std::string_view());
	return row;
}

Result<void> readLong(Sheet &sheet, const Scale &scale, ImportTable &table)
{
	const Result<LongColumns> columns = columnsOf(sheet);
	if (!columns) {
		return std::unexpected(columns.error());
	}
	table.numbered = columns->seq.has_value();
	while (true) {
		const Result<bool> read = sheet.next();
		if (!read || !*read) {
			return read ? Result<void>() : std::unexpected(read.error());
		}
		const Result<ImportRow> row = readLongRow(sheet, *columns, scale, table);
		if (!row) {
			return std::unexpected(row.error());
		}
		table.rows.push_back(*row);
	}
}

} // namespace

Error ImportTable::wrong(std::size_t line, const std::string &what) const
{
	return {path + " line " + std::to_string(line) + ": " + what};
}

std::uint32_t Names::indexOf(std::string_view name)
{
	// Rows of one participant mostly stand together.
	if (last_ < all_.size() && all_[last_] == name) {
		return last_;
	}
	const auto [place, isNew] = indexes_.try_emplace(std::string(name), static_cast<std::uint32_t>(all_.size()));
	if (isNew) {
		all_.emplace_back(name);
	}
	last_ = place->second;
	return last_;
}

std::optional<std::uint32_t> Names::find(const std::string &name) const
{
	const auto found = indexes_.find(name);
	return found == indexes_.end() ? std::nullopt : std::optional(found->second);
}

Result<ImportTable> readRows(const std::string &path, Layout layout, const Scale &scale)
{
	const Result<std::string> text = readText(path);
	if (!text) {
		return std::unexpected(text.error());
	}
	ImportTable table;
	table.path = path;
	Sheet sheet(path, *text);
	Result<void> read = sheet.readHeader();
	if (read) {
		read = layout == Layout::wide ? readWide(sheet, scale, table) : readLong(sheet, scale, table);
	}
	if (!read) {
		return std::unexpected(read.error());
	}
	return table;
}

Result<AttributeTable> readAttributes(const std::string &path)
{
	const Result<std::string> text = readText(path);
	if (!text) {
		return std::unexpected(text.error());
	}
	Sheet sheet(path, *text);
	if (const Result<void> read = sheet.readHeader(); !read) {
		return std::unexpected(read.error());
	}
	AttributeTable table;
	for (const std::string &name : sheet.header()) {
		if (name == "participant") {
			continue;
		}
		if (name.empty() || name.find_first_of("=;|") != std::string::npos) {
			return std::unexpected(sheet.wrong("an attribute needs a name without = ; |"));
		}
		table.names.push_back(name);
	}
	while (true) {
		const Result<bool> read = sheet.next();
		if (!read) {
			return std::unexpected(read.error());
		}
		if (!*read) {
			return table;
		}
		std::vector<std::string> values;
		for (const std::string &name : table.names) {
			values.emplace_back(sheet[*sheet.find(name)]);
			if (values.back().find_first_of(";|") != std::string::npos) {
				return std::unexpected(
					sheet.wrong("the value " + quoted(values.back()) + " must not contain ; or |"));
			}
		}
		table.people.emplace_back(sheet.participant());
		if (!table.values.emplace(table.people.back(), std::move(values)).second) {
			return std::unexpected(
				sheet.wrong("the participant " + quoted(table.people.back()) + " is there twice"));
		}
	}
}

} // namespace pulseline::session
