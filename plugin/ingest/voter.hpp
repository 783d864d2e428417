// A participant's side of the wire, without a socket: what it keeps until it is acknowledged, what it says next, and
// what it makes of what it hears. One thread.
#pragma once

#include "ingest/client_codec.hpp"

#include <deque>

namespace pulseline::ingest {

// What many voters did, counted together.
struct VoterTotals {
	std::uint64_t sent = 0;          // responses that went out at least once
	std::uint64_t acked = 0;         // of these, acknowledged
	std::uint64_t refused = 0;       // of these, refused by an error naming them
	std::uint64_t retransmitted = 0; // sent again after a connection was lost
	std::uint64_t duplicates = 0;    // sent twice on purpose
	std::uint64_t errors = 0;        // error messages
	std::uint64_t joined = 0;        // participants who are in
	std::uint64_t resumed = 0;       // joins with a token
	std::uint64_t late = 0;          // sent at least a second after the press

	// Milliseconds from sending to acknowledgement, in steps of 1 %.
	class Latency {
	public:
		void add(double ms);
		std::optional<double> quantile(double share) const;

	private:
		std::vector<std::uint32_t> counts_;
		std::uint64_t total_ = 0;
	} latency;
};

class Voter {
public:
	using Time = std::chrono::steady_clock::time_point;
	static constexpr std::size_t kMaxInFlight = 256;

	Voter(Join join, VoterTotals &totals)
		: join_(std::move(join))
		, totals_(&totals)
	{
	}

	// The connection.
	void connected(Time now);
	void hear(std::string_view text, Time now);
	void disconnected();
	// What to send next, "" for nothing yet.
	std::string next(Time now);

	// What the person does. `position_ms` where everyone plays the speech.
	void press(std::optional<double> value, std::uint32_t target, Time now,
		   std::optional<std::int64_t> position_ms = {});
	void holdUntil(Time time) { heldUntil_ = time; }
	Time heldUntil() const { return heldUntil_; }
	void sendLastTwice() { duplicate_ = true; }

	bool isIn() const { return in_; }     // on this connection
	bool wasIn() const { return wasIn_; } // at least once
	bool settled() const { return kept_.empty(); }
	std::size_t unacknowledged() const { return kept_.size(); }
	const Settings &settings() const { return settings_; }
	// The position on screen, as far as was heard.
	PlaybackState state() const { return playback_.state; }
	double position_ms(Time now) const;
	double rate() const { return playback_.rate; }
	std::uint32_t pass() const { return playback_.pass; }
	std::optional<std::int64_t> duration_ms() const { return duration_ms_; }
	Time joinedAt() const { return joinedAt_; }
	std::uint64_t playbackChanges() const { return playbackChanges_; }

	// Why it is of no use to go on: unknown_session and the like. "" while there is none.
	const std::string &hopeless() const { return hopeless_; }
	bool sessionOver() const { return over_; }

private:
	struct Kept {
		Respond respond;
		Time pressed;
		Time sent{};
		bool everSent = false;
	};

	void hear(const HeardOther &, Time) {}
	void hear(const HeardJoined &joined, Time now);
	void hear(const HeardAck &ack, Time now);
	void hear(const HeardPlayback &playback, Time now);
	void hear(const HeardClock &clock, Time now);
	void hear(const HeardError &error, Time now);
	void takePlayback(const PlaybackChange &playback, std::optional<std::int64_t> duration_ms, Time now);
	void acknowledged(std::uint64_t upTo, std::optional<Time> now);
	std::string send(Kept &kept, Time now);

	Join join_;
	VoterTotals *totals_;
	Settings settings_;
	PlaybackChange playback_;
	Time playbackHeard_{};
	std::optional<std::int64_t> duration_ms_;
	std::uint64_t playbackChanges_ = 0;
	Time joinedAt_{};

	std::deque<Kept> kept_; // by seq
	std::size_t nextToSend_ = 0;
	std::uint64_t lastSeq_ = 0;
	std::optional<Respond> last_; // sent last
	Time lastPressed_{};
	Time heldUntil_{};
	bool duplicate_ = false;

	bool in_ = false, wasIn_ = false, over_ = false;
	bool toJoin_ = false, toAskClock_ = false;
	Time askedClock_{};
	std::optional<double> bestRoundTrip_ms_;
	std::string hopeless_;
};

} // namespace pulseline::ingest
