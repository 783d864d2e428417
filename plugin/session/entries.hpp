// What the writer's queue holds.
#pragma once

#include "session/store.hpp"

#include <variant>

namespace pulseline::session {

struct Note {
	std::string key, value;
};
struct CellsOf {
	std::string upstream; // to be cleared
};
struct Out {
	std::string participant;
	bool out = false;
};
using Responses = std::vector<StoredResponse>;
using Entry = std::variant<Responses, Stratum, Participant, PlaybackChange, StoredCell, CellsOf, Note, Marker,
			   std::vector<Statement>, Ticket, Out>;

// How many tickets it has: one, or of responses one each.
std::size_t ticketsOf(const Entry &entry);
// What it takes in memory, about.
std::size_t bytesOf(const Entry &entry);
// In the open transaction.
Result<void> addTo(File &file, const Entry &entry);

} // namespace pulseline::session
