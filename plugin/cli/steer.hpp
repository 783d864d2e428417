// What `serve` does while its session runs: waits for signals, and for requests on standard input.
#pragma once

#include "studio/studio.hpp"

#include <csignal>

namespace pulseline::cli {

// Keeps SIGINT, SIGTERM and SIGHUP until they are waited for. Made before any thread starts, so that no other one gets
// them.
class Signals {
public:
	// `reloads`: there is a certificate, which SIGHUP reads anew. Else that means the end, as the other two do.
	explicit Signals(bool reloads);

	// Until the end. With `steer`, each line of standard input is a
	// request {"request": NAME, …}, answered by a line on standard output.
	void wait(studio::Studio &studio, bool steer) const;

private:
	sigset_t outside_; // the mask of who made this
};

} // namespace pulseline::cli
