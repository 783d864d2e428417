// A connection to an upstream, on a thread of its own: finding its address and TLS may take their time, and nobody
// else's. It comes back by itself, for as long as it lives.
#pragma once

#include "ingest/upstream_talk.hpp"

#include <memory>

namespace pulseline::ingest {

class Upstream {
public:
	// Called on the upstream's thread. Each message that took() is told of is answered by one taken().
	class Listener : public UpstreamTalk::Listener {
	public:
		virtual void changed(const UpstreamState &state) = 0;
	};

	// `options` have been checked. The listener outlives it.
	Upstream(const UpstreamOptions &options, const Settings &settings, StreamPlace place, Listener &listener);
	~Upstream();
	void start();
	// Ask several to stop before waiting for the first.
	void askToStop();
	// Sends what was acknowledged, closes, and joins the thread; what is said afterwards goes nowhere.
	void stop();

	// Any thread.
	void taken(); // one message is dealt with; while several are not, the upstream is not read from
	void acknowledge(std::string id, std::uint64_t batch, std::vector<RowRefusal> refused); // it is on disk
	void trouble(std::uint64_t rows, std::string what); // rows were refused, and why
	void drop(std::string why);                         // the session can take nothing now: later again

private:
	struct Impl;
	std::unique_ptr<Impl> impl_;
};

} // namespace pulseline::ingest
