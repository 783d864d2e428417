// What is said with an upstream, and when to try it again: without a socket. One thread (the upstream's).
#pragma once

#include "ingest/upstream_codec.hpp"

#include <deque>
#include <random>

namespace pulseline::ingest {

struct UpstreamPace {
	std::chrono::milliseconds first{1'000}, last{30'000}; // between tries, growing
	std::chrono::milliseconds least{100};
	std::chrono::milliseconds ping{10'000}, silence{20'000}, answer{10'000};
};

class UpstreamTalk {
public:
	using Time = Clock::time_point;

	class Listener {
	public:
		virtual ~Listener() = default;
		// A stream other than the last begins; before anything of it.
		virtual void began(const StreamAnswer &answer) = 0;
		// People, a batch or cells of the stream that began last.
		virtual void took(UpstreamMessage message) = 0;
	};
	struct Close {
		std::uint16_t code = 0; // 0: without a word, as nobody listens
		std::string why;
		UpstreamState::Phase then = UpstreamState::Phase::waiting;
	};

	UpstreamTalk(const UpstreamOptions &options, const Settings &settings, StreamPlace place, Listener &listener,
		     UpstreamPace pace = {}, std::uint64_t seed = std::random_device{}());

	// What the socket tells.
	void connecting();
	void connected(Time now);
	void hear(std::string_view text, Time now);
	void heard(Time now) { lastHeard_ = now; } // anything, if only a part of a message or a pong
	void tooLarge();
	void lost(std::string_view why, Time now); // the connection, or the try to make one

	// What is to be done.
	std::string next(); // the next frame to send, "" if there is none
	bool pingDue(Time now) const { return open_ && now - lastPing_ >= pace_.ping; }
	void pinged(Time now) { lastPing_ = now; }
	// Whether there is anything to write, the end of the connection included.
	bool wantsWrite(Time now) const { return !outbox_.empty() || close_ || pingDue(now); }
	// Looks at the clock; `held`: the connection is not read from now, and cannot be heard.
	void beat(Time now, bool held);
	const std::optional<Close> &close() const { return close_; }
	Time retryAt() const { return retryAt_; }

	// What the session tells.
	void acknowledge(const std::string &id, std::uint64_t batch, const std::vector<RowRefusal> &refused);
	void trouble(std::uint64_t rows, std::string what);
	void drop(std::string why); // the session cannot take anything now; later again

	const UpstreamState &state() const { return state_; }

private:
	enum class Again { soon, slowly, atOnce };

	void end(std::uint16_t code, std::string why, Again again = Again::soon,
		 UpstreamState::Phase then = UpstreamState::Phase::waiting);
	void say(std::string text);
	void refuse(const Refusal &refusal, std::optional<std::uint64_t> batch = {});
	void take(StreamAnswer answer);
	void take(CellsMessage cells);
	void take(const UpstreamError &error);
	void handOver(UpstreamMessage message);

	const UpstreamOptions options_;
	const Settings settings_;
	const UpstreamBounds bounds_;
	const UpstreamPace pace_;
	Listener &listener_;
	std::mt19937_64 random_;
	UpstreamState state_;
	StreamPlace place_;
	bool open_ = false;
	bool agreed_ = false;   // in this connection
	bool resuming_ = false; // it was subscribed to with `after`
	std::uint32_t garbage_ = 0;
	std::uint32_t failures_ = 0; // tries since something was taken over
	Again again_ = Again::soon;
	std::optional<Close> close_;
	std::deque<std::string> outbox_;
	Time since_{}, lastHeard_{}, lastPing_{}, retryAt_{};
};

} // namespace pulseline::ingest
