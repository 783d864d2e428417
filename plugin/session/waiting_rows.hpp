// The responses of an open transaction as a table that SQLite reads by itself (sqlite.org/vtab.html, "Eponymous-only
// virtual tables"): one statement takes thousands of them, without a bound parameter for each value.
#pragma once

#include "session/content.hpp"

namespace pulseline::session {

struct WaitingRows {
	// Takes all of `rows`; once it is known.
	static constexpr const char *kInsert = "INSERT INTO response SELECT * FROM temp.pulseline_waiting";

	const Content *content = nullptr; // knows the participants and targets of the rows
	std::vector<StoredResponse> rows;

	// Makes the table known to `database`, for as long as that is open. This object must outlive it, where it is.
	Sql<void> makeKnown(Database &database);
};

} // namespace pulseline::session
