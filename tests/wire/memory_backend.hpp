// A session that lives in memory and keeps to the wire's rules, so that the server can be tested by itself. What it
// holds is written and read on the network thread (use Server::post), or where there is no server.
#pragma once

#include "core/seq_set.hpp"
#include "ingest/backend.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace pulseline::test {

class MemoryBackend final : public ingest::Backend {
public:
	struct Person {
		std::string token;
		std::map<std::string, std::string> attributes;
		SeqSet taken;
		std::uint64_t durableSeq = 0;
		bool simulated = false;
		std::vector<ingest::Respond> responses;
	};

	static constexpr std::uint32_t kFeed = 7; // the number of whoever joins as a feed

	MemoryBackend()
	{
		settings_.title = "A town library";
		settings_.targets = {"main", "second"};
		settings_.attributes = {{"age", "Your age", {"18-34", "35+"}}};
		now_.state = PlaybackState::playing;
		now_.position_ms = 12'000;
		now_.at_ms = 1'700'000'000'000;
	}

	// What a test sets and looks at.
	Settings settings_;
	std::vector<Person> people;
	std::vector<std::uint32_t> left;
	ingest::People brought;
	std::set<std::pair<std::string, std::uint64_t>> fed; // id and seq
	std::vector<std::uint32_t> fedBy;
	Cells cells_{2};
	std::vector<Stratum> strata;
	ingest::Ticket lastTicket = 0;
	std::function<void(ingest::Ticket)> written; // called for each response, if set
	ingest::Updates updates;                     // for the next drain()
	std::vector<ingest::Series> series_;
	PlaybackChange now_;
	bool revealed_ = false;
	std::shared_ptr<const Annotations> annotations_;
	bool closed = false;
	std::string keptOut; // why newcomers are, if they are
	std::string notReady_;
	ingest::BackendMetrics metrics_;
	int seriesCalls = 0;

	// Everything up to `ticket` is on disk.
	void commit(ingest::Ticket ticket)
	{
		for (const auto &[at, who, seq] : unwritten_) {
			if (at <= ticket) {
				people[who].durableSeq = std::max(people[who].durableSeq, seq);
			}
		}
		std::erase_if(unwritten_, [&](const Unwritten &entry) { return entry.ticket <= ticket; });
	}

	const Settings &settings() const override { return settings_; }
	bool revealed() const override { return revealed_; }
	bool simulated() const override
	{
		return std::ranges::any_of(people, [](const Person &person) { return person.simulated; });
	}

	ingest::Answer<ingest::Joined> join(const ingest::Join &join) override
	{
		if (closed) {
			return refuse("session_closed", "the session is over");
		}
		if (join.session != "ABC234" && join.session != "abc234") {
			return refuse("unknown_session", "no session has this code");
		}
		if (join.role != ingest::Role::participant) {
			const std::map<ingest::Role, std::string> keys{{ingest::Role::observer, "watch"},
								       {ingest::Role::feed, "feed"},
								       {ingest::Role::mirror, "mirror"}};
			return join.key == keys.at(join.role) ? ingest::Answer<ingest::Joined>({kFeed, "", "", 0})
							      : refuse("forbidden", "wrong key");
		}
		const auto known = std::ranges::find(people, join.token, &Person::token);
		if (known == people.end() && !keptOut.empty()) {
			return std::unexpected(ingest::Refusal{"forbidden", "not now", keptOut});
		}
		std::uint32_t index = static_cast<std::uint32_t>(known - people.begin());
		if (known == people.end()) {
			people.push_back(
				{"token-" + std::to_string(index), join.attributes, {}, 0, join.simulated, {}});
		}
		return ingest::Joined{index, "person-" + std::to_string(index), people[index].token,
				      people[index].durableSeq};
	}

	ingest::Answer<void> look(const std::string &code) override
	{
		return code == "ABC234"
			       ? ingest::Answer<void>()
			       : std::unexpected(ingest::Refusal{"unknown_session", "no session has this code"});
	}

	bool knows(std::string_view token) const override
	{
		return std::ranges::contains(people, token, &Person::token);
	}
	bool mayObserve(std::string_view key) const override { return key == "watch"; }
	ingest::BackendMetrics metrics() const override { return metrics_; }

	ingest::Answer<ingest::Ticket> respond(const ingest::Respond &respond, ingest::Clock::time_point) override
	{
		if (respond.target &&
		    std::ranges::find(settings_.targets, *respond.target) == settings_.targets.end()) {
			return refuse("bad_field", "no such target");
		}
		if (now_.state == PlaybackState::stopped && !respond.position_ms) {
			return refuse("bad_position", "not playing");
		}
		Person &person = people[respond.participant];
		if (!person.taken.insert(respond.seq)) {
			return lastTicket;
		}
		person.responses.push_back(respond);
		unwritten_.push_back({++lastTicket, respond.participant, respond.seq});
		++metrics_.counted;
		if (written) {
			written(lastTicket);
		}
		return lastTicket;
	}

	ingest::Answer<void> writable() const override
	{
		return notReady_.empty() ? ingest::Answer<void>() : refuse("not_writable", notReady_);
	}
	void bring(std::uint32_t feed, const ingest::People &people_) override
	{
		brought.insert(brought.end(), people_.begin(), people_.end());
		fedBy.push_back(feed);
	}
	// Takes every row but those marked as not valid.
	ingest::Answer<ingest::BatchTaken> respondMany(std::uint32_t feed, const ingest::Batch &batch,
						       ingest::Clock::time_point) override
	{
		if (const ingest::Answer<void> can = writable(); !can) {
			return std::unexpected(can.error());
		}
		fedBy.push_back(feed);
		ingest::BatchTaken taken;
		for (std::uint32_t row = 0; row < batch.participant.size(); ++row) {
			if (batch.participant[row].empty() || batch.seq[row] == 0) {
				taken.refused.push_back({row, "bad_field"});
				continue;
			}
			if (fed.emplace(std::string(batch.participant[row]), batch.seq[row]).second) {
				++lastTicket;
				++taken.counted;
				++metrics_.counted;
			}
			taken.ticket = lastTicket;
		}
		return taken;
	}
	ingest::CellsNow cells() const override { return {cells_, strata, settings_.lag_ms, settings_.tick_ms}; }
	void leave(std::uint32_t participant) override { left.push_back(participant); }
	PlaybackChange playback() const override { return now_; }
	PlaybackChange playbackNow() const override { return now_; }
	std::int64_t now_ms() const override { return now_.at_ms; }
	std::vector<ingest::Series> series() const override
	{
		++const_cast<MemoryBackend *>(this)->seriesCalls;
		return series_;
	}
	std::shared_ptr<const Annotations> annotations() const override { return annotations_; }
	ingest::Updates drain() override { return std::exchange(updates, {}); }
	std::string notReady() const override { return notReady_; }

private:
	struct Unwritten {
		ingest::Ticket ticket = 0;
		std::uint32_t participant = 0;
		std::uint64_t seq = 0;
	};
	static std::unexpected<ingest::Refusal> refuse(std::string code, std::string message)
	{
		return std::unexpected(ingest::Refusal{std::move(code), std::move(message)});
	}
	std::vector<Unwritten> unwritten_;
};

} // namespace pulseline::test
