// Tells programs at obs-websocket what happens to the session (described in README.md here).
#pragma once

#include "obs/errands.hpp"
#include "studio/studio.hpp"

#include <obs-websocket-api.h>

namespace pulseline::obs {

class VendorEvents {
public:
	// `studio` and `errands` outlive it; `vendor` is registered until it is destroyed.
	VendorEvents(studio::Studio &studio, Errands &errands, obs_websocket_vendor vendor);
	VendorEvents(const VendorEvents &) = delete;
	VendorEvents &operator=(const VendorEvents &) = delete;
	~VendorEvents();

private:
	struct State;
	std::shared_ptr<State> state_; // what waits in `errands` holds it too
};

} // namespace pulseline::obs
