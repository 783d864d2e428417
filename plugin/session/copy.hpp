// A whole copy of an open database, as one file.
#pragma once

#include "session/database.hpp"
#include "session/paths.hpp"

#include <functional>

namespace pulseline::session {

// Durable when it returns. `path` is what the user calls the file that is being made.
Result<void> copyTo(const Draft &draft, Database &from, const std::string &path,
		    const std::function<void(double)> &progress = {});

} // namespace pulseline::session
