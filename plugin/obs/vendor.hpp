// The vendor `pulseline` of obs-websocket (described in README.md here). Requests come on obs-websocket's threads, and
// several may run at once.
#pragma once

#include "obs/app.hpp"
#include "studio/fields.hpp"
#include "studio/requests.hpp"

namespace pulseline::obs {

// In obs_module_post_load; a warning in the log if obs-websocket is not there.
void registerVendor(std::shared_ptr<App> app);
// When OBS exits, while obs-websocket is still loaded.
void unregisterVendor();

using studio::Answer;
using studio::Fields;

// What needs more of OBS than the studio; the rest is in studio/requests.cpp.
Answer startSession(App &app, const nlohmann::json &request);
Answer openSession(App &app, const nlohmann::json &request);
Answer getStatus(App &app, const nlohmann::json &request);
Answer getSeries(App &app, const nlohmann::json &request);
Answer getLayout(App &app, const nlohmann::json &request);

} // namespace pulseline::obs
