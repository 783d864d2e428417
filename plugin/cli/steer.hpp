// What `serve` does while its session runs: waits for signals, and for requests on standard input.
#pragma once

#include "studio/studio.hpp"

#include <csignal>

namespace pulseline::cli {

// Keeps SIGINT, SIGTERM and, if asked to, SIGHUP until they are waited for. Made before any thread starts, so that no
// other one gets them.
class Signals {
public:
	explicit Signals(bool hangUp);

	// Until SIGINT or SIGTERM. SIGHUP reads the certificate anew. With `steer`, each line of standard input is a
	// request {"request": NAME, …}, answered by a line on standard output.
	void wait(studio::Studio &studio, bool steer) const;

private:
	sigset_t outside_; // the mask of who made this
};

} // namespace pulseline::cli
