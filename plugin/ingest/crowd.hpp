// A synthetic audience: many voters, what each does when, and which of them lose their connection. Without sockets;
// the simulator gives it connections. One thread.
#pragma once

#include "ingest/opinions.hpp"
#include "ingest/voter.hpp"

#include <queue>

namespace pulseline::ingest {

// The share of people who lose their connection again and again, and come back.
inline constexpr double kDroppers = 0.05;

class Crowd {
public:
	using Time = Voter::Time;

	// The connections, by person.
	class Wires {
	public:
		virtual ~Wires() = default;
		virtual void connect(std::uint32_t person) = 0;
		virtual void cut(std::uint32_t person) = 0; // without a word, as when a network is lost
		virtual void wantWrite(std::uint32_t person) = 0;
	};

	struct Options {
		std::string code;
		std::uint32_t participants = 0;
		std::optional<double> rate_hz; // acts of a person; default one a tick (a dial: two)
		std::optional<double> duration_s;
		std::uint64_t seed = 1;
		std::vector<Distribution> attributes;
	};

	Crowd(Options options, Wires &wires);

	void start(Time now); // everybody comes in
	// What the wires tell.
	void connected(std::uint32_t person, Time now);
	void hear(std::uint32_t person, std::string_view text, Time now);
	void lost(std::uint32_t person, bool forGood, Time now); // the connection, or the try to make one
	std::string next(std::uint32_t person, Time now);

	// Does what is due. Returns when to call again.
	Time run(Time now);
	// Nobody presses any more; what is unacknowledged is sent.
	void finish(Time now);

	bool everybodyIn() const { return totals_.joined >= people_.size(); }
	bool finishing() const { return finishing_; }
	bool settled() const; // everything was acknowledged or refused, or cannot be
	std::uint64_t unacknowledged() const;
	bool sessionOver() const;
	const VoterTotals &totals() const { return totals_; }
	// Why nobody can come in, "" while somebody may.
	const std::string &hopeless() const { return hopeless_; }

private:
	enum class Kind { connect, act, change, send, deafen, cut };
	struct Event {
		Time at;
		std::uint32_t person = 0;
		Kind kind = Kind::act;
		std::uint64_t plan = 0; // of an act or change: outdated if the person has another by now
		std::int64_t slot = 0;
		std::optional<double> value;
		std::uint32_t target = 0;
		bool operator>(const Event &other) const { return at > other.at; }
	};
	struct Person {
		explicit Person(Voter v)
			: voter(std::move(v))
		{
		}

		Voter voter;
		std::uint64_t plan = 0;
		std::uint64_t knownPlayback = 0;
		std::optional<std::pair<std::uint32_t, std::int64_t>> acted; // pass and slot of the last act
		bool played = false;                                         // heard that it was playing
		bool done = false;                                           // presses no more
		bool dropper = false;
		bool deaf = false; // its network is lost, and neither end knows yet
		bool open = false; // has a connection, or waits for one
		std::uint32_t failures = 0, cuts = 0;
	};

	void later(Time at, std::uint32_t person, Kind kind);
	void handle(const Event &event, Time now);
	void plan(std::uint32_t person, Time now);
	void planSlot(std::uint32_t person, std::int64_t slot, double position_ms, Time now);
	void act(std::uint32_t person, std::int64_t slot, Time now);
	void press(std::uint32_t person, std::optional<double> value, std::uint32_t target, Time now);
	void planCut(std::uint32_t person, Time now);
	double slot_ms(const Settings &settings) const;
	std::optional<double> end_ms(const Person &person) const;
	bool over(const Person &person, Time now) const;

	Options options_;
	Wires &wires_;
	Opinions opinions_;
	VoterTotals totals_;
	std::vector<Person> people_;
	std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
	std::optional<Time> allIn_;
	Time nextLook_{};
	bool finishing_ = false;
	std::string hopeless_;
};

} // namespace pulseline::ingest
