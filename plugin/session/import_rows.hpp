// The inside of an import: rows between the CSV file and the session.
#pragma once

#include "session/import.hpp"

#include <unordered_map>

namespace pulseline::session {

struct ImportRow {
	std::uint32_t participant = 0; // index into ImportTable::participants
	std::uint32_t target = 0;      // index into ImportTable::targets, later the session's
	std::uint64_t seq = 0;         // 0: not numbered
	std::int64_t position_ms = 0;
	std::uint32_t pass = 0;
	std::uint32_t line = 0; // of the CSV file
	std::optional<double> value;

	bool sameContent(const ImportRow &other) const
	{
		return target == other.target && position_ms == other.position_ms && pass == other.pass &&
		       value == other.value;
	}
};

// Names in order of appearance.
class Names {
public:
	std::uint32_t indexOf(std::string_view name); // adds what is new
	std::optional<std::uint32_t> find(const std::string &name) const;
	const std::vector<std::string> &all() const { return all_; }

private:
	std::vector<std::string> all_;
	std::unordered_map<std::string, std::uint32_t> indexes_;
	std::uint32_t last_ = 0;
};

struct ImportTable {
	std::string path; // for messages
	Names participants;
	Names targets; // "": none named
	std::vector<ImportRow> rows;
	bool numbered = false; // the file has a column seq

	Error wrong(std::size_t line, const std::string &what) const;
};

struct AttributeTable {
	std::vector<std::string> names;
	std::vector<std::string> people; // in order
	std::unordered_map<std::string, std::vector<std::string>> values;
};

// import_read.cpp: the files as they stand, checked cell by cell.
Result<ImportTable> readRows(const std::string &path, Layout layout, const Scale &scale);
Result<AttributeTable> readAttributes(const std::string &path);

// What a session that is there has of the participants in a table; rows as in the table, sorted by participant and seq.
struct Known {
	std::vector<ImportRow> rows;        // only for a table with seq
	std::vector<std::uint64_t> highest; // seq, by participant
};

// import_rows.cpp. Takes away rows that are there already, in the table or the session, and counts them; fails where
// the same seq stands for something else.
Result<std::uint64_t> dropRepeated(ImportTable &table, const Known &known);
// Numbers the rows of each participant by position, then row, above what is there.
void number(ImportTable &table, const Known &known);
// Repeats each value once a tick until the participant's next row for that target, or their last row, and numbers all.
Result<void> hold(ImportTable &table, const Known &known, std::int64_t tick_ms);

} // namespace pulseline::session
