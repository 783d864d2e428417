// Requests that steer a session, by the names they have for obs-websocket's vendor (obs/README.md describes them);
// `pulseline serve --steer` takes the same. Any thread but the graphics thread.
#pragma once

#include "studio/studio.hpp"

#include <nlohmann/json.hpp>
#include <span>

namespace pulseline::studio {

// A request's answer: an object, or one line that says what is wrong.
using Answer = Result<nlohmann::json>;

struct Request {
	const char *name;
	Answer (*answer)(Studio &studio, const nlohmann::json &fields);
};
std::span<const Request> requests();

} // namespace pulseline::studio
