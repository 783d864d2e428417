// The figures of a session as tables.
#pragma once

#include "core/moments.hpp"
#include "core/segment.hpp"
#include "session/csv.hpp"
#include "session/store.hpp"

#include <span>

namespace pulseline::session {

// What is asked of a session that was counted into cells.
struct View {
	std::vector<Segment> segments;      // in the order of the table
	std::vector<std::uint32_t> targets; // likewise
	Base base = Base::active;
	std::uint32_t min_n = kDefaultMinN;
};

struct MomentRule {
	Rule rule = Rule::absolute;
	double threshold = 0;
	std::int64_t merge_gap_ms = 5'000;
};

// A row for every tick from 0 to the session's last counted one, for every segment and target, empty ones too.
void writeTable(CsvWriter &csv, const File &file, const Cells &cells, std::int64_t tick_ms, const View &view);
void writeMoments(CsvWriter &csv, const File &file, const Cells &cells, std::int64_t tick_ms, const View &view,
		  const MomentRule &rule);
// The raw responses, in order of arrival; import reads them back. `progress` is told the share that is done.
Result<void> writeResponses(CsvWriter &csv, const File &file, const std::function<void(double)> &progress = {});

} // namespace pulseline::session
