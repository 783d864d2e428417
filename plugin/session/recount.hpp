// A session file counted into cells: to open a session, and for a view of another lag or tick. Reads the whole file:
// never on the network or graphics thread.
#pragma once

#include "core/counter.hpp"
#include "session/store.hpp"

namespace pulseline::session {

// An empty counter for a file's targets and scale. Without a tick or lag of its own: the session's.
Counter counterFor(const Settings &settings, std::optional<std::int64_t> tick_ms = {},
		   std::optional<std::int64_t> lag_ms = {});

// Adds the file's participants, in order, counts the responses of those who are not out of the count, and adds the
// cells of upstreams; what the responses add up to. The counter's strata are then those of `file.strata()`. `also`, if
// given, sees each response after it was counted; false stops. Cells cannot be cut anew: where there are any, another
// tick or lag than the session's is an error.
//
// Nothing is looked for twice: a file has each (participant, seq) once, and the counter does not mind the same response
// again.
Result<Totals> recount(const File &file, Counter &counter,
		       const std::function<bool(const StoredResponse &)> &also = {});

// Goes on where an earlier one stopped, with the file as it is now: `before` is what that one gave. Upstreams' cells
// have nothing to be added to: where there are any it is an error.
Result<Totals> recountMore(const File &file, Counter &counter, const Totals &before);

} // namespace pulseline::session
