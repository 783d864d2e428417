// What a session file says beside its responses, read at once.
#pragma once

#include "session/database.hpp"
#include "session/store.hpp"

namespace pulseline::session {

struct Content {
	Settings settings;
	std::vector<Stratum> strata;
	std::vector<Participant> participants;
	std::map<std::string, std::string> notes; // the table `session`, settings and all
	std::int64_t lastResponse = 0;            // rowid; later ones were not there yet
};

// In one read transaction, so that a writer elsewhere cannot come between. Checks the pages first. Fails on anything
// that this room would not have written.
Result<Content> readContent(const std::string &path, Database &database);

// Whether a reader would take it for one of ours.
bool makesSense(const StoredCell &cell, const Content &content);

Sql<void> writeSettings(Database &database, const Settings &settings);
Sql<void> writeTarget(Database &database, std::size_t position, const std::string &name);
Sql<void> writeAttribute(Database &database, std::size_t position, const Attribute &attribute);
// {"age":"18-29",…}, in the order of the attributes.
std::string stratumText(const Stratum &stratum, const std::vector<Attribute> &attributes);

} // namespace pulseline::session
