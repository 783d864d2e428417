// The studio as a timeline's feed: the session that it has, or one that is counted from its file for a view; and the
// media source whose position is followed.
#pragma once

#include "obs/timeline_feed.hpp"
#include "studio/recounts.hpp"

#include <string>

namespace pulseline::obs {

// One file has one name, however it is reached: so a view knows when the session that it looks at is running.
std::string sessionPath(const std::string &path);

} // namespace pulseline::obs
