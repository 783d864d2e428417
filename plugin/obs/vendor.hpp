// The vendor `pulseline` of obs-websocket (described in README.md here). Requests come on obs-websocket's threads, and
// several may run at once.
#pragma once

#include "obs/app.hpp"

#include <nlohmann/json.hpp>

namespace pulseline::obs {

// In obs_module_post_load; a warning in the log if obs-websocket is not there.
void registerVendor(std::shared_ptr<App> app);
// When OBS exits, while obs-websocket is still loaded.
void unregisterVendor();

// A request's answer: an object, or one line that says what is wrong.
using Answer = Result<nlohmann::json>;

Answer startSession(App &app, const nlohmann::json &request);
Answer setPlayback(App &app, const nlohmann::json &request);
Answer openSession(App &app, const nlohmann::json &request);
Answer reveal(App &app, const nlohmann::json &request);
Answer addMarker(App &app, const nlohmann::json &request);
Answer openTranscript(App &app, const nlohmann::json &request);
Answer getStatus(App &app, const nlohmann::json &request);
Answer getSeries(App &app, const nlohmann::json &request);
Answer getLayout(App &app, const nlohmann::json &request);

} // namespace pulseline::obs
