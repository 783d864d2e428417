// A synthetic audience over real WebSockets: `pulseline simulate` and the tests. Runs on the calling thread.
#pragma once

#include "ingest/crowd.hpp"

#include <atomic>
#include <functional>

namespace pulseline::ingest {

struct SimulateOptions {
	std::string url; // ws://host:port/, or the http:// address that participants are given
	Crowd::Options crowd;
	// Tells how far it is, about twice a second.
	std::function<void(const VoterTotals &)> progress;
	// Set from anywhere, also from a signal handler: end cleanly and soon.
	const std::atomic<bool> *stop = nullptr;
};

struct Simulated {
	VoterTotals totals;
	std::uint64_t unacknowledged = 0; // given up at the end, sent or not
	bool sessionOver = false;         // the server said so, which may leave some of these
	double seconds = 0;
};

// Until the playback or the session is over, the time is up, or `stop`; then until everything is acknowledged, at
// most half a minute. Fails with one line if nobody can come in.
Result<Simulated> simulate(const SimulateOptions &options);

} // namespace pulseline::ingest
