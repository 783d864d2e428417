// Responses as a table that SQLite reads by itself (sqlite.org/vtab.html, "Eponymous-only virtual tables"): one
// statement takes thousands of them, without a bound parameter for each value.
#pragma once

#include "session/content.hpp"

namespace pulseline::session {

struct ResponseRows {
	// What takes those that the table shows: of one time and stamp (1, 2), and of one target and pass (3, 4) or
	// not.
	static constexpr const char *kAlike =
		"INSERT INTO response SELECT participant, ?3, seq, ?4, position_ms, value, "
		"?1, ?2 FROM temp.pulseline_rows";
	static constexpr const char *kMixed =
		"INSERT INTO response SELECT participant, target, seq, pass, position_ms, "
		"value, ?1, ?2 FROM temp.pulseline_rows";

	// Makes the table known to `database`, for as long as that is open. This object must outlive it, where it is.
	Sql<void> makeKnown(Database &database);
	// Puts them all where they belong, in their order, with these statements. What neighbours have in common is
	// bound once: half the cost.
	Sql<void> put(std::span<const StoredResponse> all, Query &alike, Query &mixed);

	const Content *content = nullptr; // knows the participants and targets of the rows
	std::span<const StoredResponse> shown;
};

} // namespace pulseline::session
