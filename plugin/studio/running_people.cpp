// The half of a running session that lets people in and takes what they say.
#include "studio/doors.hpp"
#include "studio/running.hpp"

#include <algorithm>

namespace pulseline::studio {
namespace {

using ingest::refuse;

// Where the duration is unknown, a client's own position may be this far ahead of what was shown.
constexpr std::int64_t kAhead_ms = 2'000;
// Where everyone plays the speech and nobody said how long it is: no speech is longer, and a stray position must not
// ask for a series of any length.
constexpr std::int64_t kLongest_ms = 12LL * 3600 * 1000;
constexpr std::size_t kOwnToken = 32; // characters of a token that a client made, at least

} // namespace

// ---- who comes in -------------------------------------------------------------------------------------------------

ingest::Answer<void> Running::admit(const std::string &code) const
{
	if (closing_) {
		return refuse("session_closed", "the session is over");
	}
	if (!session::sameHash(upper(code), code_)) { // takes as long whichever character is wrong
		return refuse("unknown_session", "no session has this code; look at the code on the screen again");
	}
	return {};
}

ingest::Answer<void> Running::look(const std::string &code)
{
	return admit(code);
}

bool Running::knows(std::string_view token) const
{
	return registry_.findToken(session::sha256(token)).has_value();
}

bool Running::mayObserve(std::string_view key) const
{
	const auto kept = keyHashes_.find("observer");
	return kept != keyHashes_.end() && session::sameHash(session::sha256(key), kept->second);
}

namespace {

const char *nameOf(ingest::Role role)
{
	switch (role) {
	case ingest::Role::observer:
		return "observer";
	case ingest::Role::feed:
		return "feed";
	case ingest::Role::mirror:
		return "mirror";
	case ingest::Role::participant:
		break;
	}
	return "";
}

} // namespace

ingest::Answer<ingest::Joined> Running::join(const ingest::Join &join)
{
	if (const ingest::Answer<void> admitted = admit(join.session); !admitted) {
		return std::unexpected(admitted.error());
	}
	if (join.role != ingest::Role::participant) {
		return joinByKey(join);
	}
	const std::optional<std::uint32_t> known =
		join.token.empty() ? std::nullopt : registry_.findToken(session::sha256(join.token));
	if (!known) {
		for (const ingest::Answer<void> &may : {mayComeIn(join), writable()}) {
			if (!may) {
				return std::unexpected(may.error());
			}
		}
		return joinNew(join);
	}
	const Registry::Person &person = registry_[*known];
	return ingest::Joined{*known, person.id, join.token, durableSeq(person)};
}

ingest::Answer<ingest::Joined> Running::joinByKey(const ingest::Join &join)
{
	const std::string name = nameOf(join.role);
	const auto kept = keyHashes_.find(name);
	if (kept == keyHashes_.end() || !session::sameHash(session::sha256(join.key), kept->second)) {
		return refuse("forbidden", "this role needs the session's " + name + " key");
	}
	ingest::Joined joined;
	if (join.role == ingest::Role::feed) {
		joined.participant = openScope(name, join.simulated);
	}
	return joined;
}

ingest::Joined Running::joinNew(const ingest::Join &join)
{
	// A join whose answer was lost has let somebody in, and may have used up a ticket: with a token of its own
	// making the client can say it again.
	const std::string token = join.token.size() >= kOwnToken ? join.token : session::randomToken();
	const auto ticket = tickets_.find(ticketHash(join.ticket));
	const bool used = ticket != tickets_.end() && !ticket->second;
	const std::uint32_t index =
		addPerson(session::randomId(), join.attributes, join.simulated, session::sha256(token));
	if (used) {
		ticket->second = true;
		++ticketsUsed_;
		writer_->add(session::Ticket{ticket->first, registry_[index].id});
	}
	return {index, registry_[index].id, token, 0};
}

std::uint32_t Running::addPerson(std::string id, const std::map<std::string, std::string> &answers, bool simulated,
				 std::string tokenHash)
{
	const std::uint32_t place = stratumFor(answers);
	const session::Participant participant{std::move(id), place, simulated, std::move(tokenHash)};
	writer_->add(participant);
	const std::uint32_t index = registry_.add(participant.id, place, participant.tokenHash);
	counter_.addParticipant(place);
	showPeople();
	simulated_ = simulated_ || simulated;
	changed_ = true;
	return index;
}

std::uint32_t Running::stratumFor(const std::map<std::string, std::string> &answers)
{
	const auto [place, fresh] = registry_.placeOf(registry_.stratumOf(answers));
	if (fresh) {
		writer_->add(registry_.strata()[place]);
	}
	return place;
}

// What was handed to the writer since its last commit does not count yet.
std::uint64_t Running::durableSeq(const Registry::Person &person) const
{
	return person.lastTicket <= writer_->written() ? person.taken.highest() : person.durableSeq;
}

// ---- what they say ------------------------------------------------------------------------------------------------

// Whether anything can be taken now.
ingest::Answer<void> Running::writable() const
{
	if (closing_) {
		return refuse("session_closed", "the session is over");
	}
	if (writer_->full()) {
		return refuse("not_writable", "too much waits to be written already; try again later");
	}
	return {};
}

ingest::Answer<ingest::Ticket> Running::respond(const ingest::Respond &respond, SteadyTime received)
{
	const Registry::Person &person = registry_[respond.participant];
	if (!closing_ && person.taken.contains(respond.seq)) {
		return person.lastTicket;
	}
	if (const ingest::Answer<void> can = writable(); !can) {
		++refused_;
		return std::unexpected(can.error());
	}
	const std::optional<std::uint32_t> target = respond.target ? targetOf(*respond.target) : 0;
	if (!target) {
		++refused_;
		return refuse("bad_field", "the session has no target of this name");
	}
	applyFollowed(); // by what the media source has done up to now
	const ingest::Answer<Stamped> stamped = stamp(respond, received);
	if (!stamped) {
		++refused_;
		return std::unexpected(stamped.error());
	}
	take({respond.participant, *target, respond.seq, stamped->position_ms, stamped->pass, respond.value},
	     stamped->stamp, received);
	return handOver(received);
}

std::optional<std::uint32_t> Running::targetOf(std::string_view name) const
{
	const auto found = std::ranges::find(settings_->targets, name);
	return found == settings_->targets.end()
		       ? std::nullopt
		       : std::optional(static_cast<std::uint32_t>(found - settings_->targets.begin()));
}

// Counts it. Its seq is not taken yet.
void Running::take(const Response &response, Stamp stamp, SteadyTime received)
{
	Registry::Person &person = registry_[response.participant];
	person.durableSeq = durableSeq(person);
	person.taken.insert(response.seq);
	person.lastTicket = Registry::kNoTicketYet;
	counter_.count(response);
	taken_.emplace_back(response, toUnix_ms(received), stamp);
}

// Hands what was taken to the writer. The ticket that all of it is durable with.
ingest::Ticket Running::handOver(SteadyTime received)
{
	const ingest::Ticket ticket = writer_->add(taken_);
	for (const session::StoredResponse &stored : taken_) {
		registry_[stored.response.participant].lastTicket = ticket;
	}
	unwritten_.push_back({ticket, taken_.size()});
	waiting_ += taken_.size();
	counted_ += taken_.size();
	taken_.clear();
	stampedAt_ms_ = std::max(stampedAt_ms_, toUnix_ms(received));
	lastResponse_ = received;
	return ticket;
}

ingest::Answer<Running::Stamped> Running::stamp(const ingest::Respond &respond, SteadyTime received) const
{
	if (respond.position_ms) {
		return stampOwn(respond, received);
	}
	if (settings_->ownTime) {
		return refuse("bad_position", "in this session everyone plays the speech; send position_ms");
	}
	Stamp stamp = Stamp::server;
	std::int64_t at_ms = toUnix_ms(received) - respond.age_ms;
	if (at_ms < start_ms_) {
		at_ms = toUnix_ms(received);
		stamp = Stamp::corrected;
	}
	const PlaybackChange then = history_.at(at_ms - settings_->audience_delay_ms);
	if (then.state == PlaybackState::stopped || then.state == PlaybackState::ended) {
		return refuse("bad_position", "the speech was not playing at that time");
	}
	return Stamped{then.position_ms, then.pass, stamp};
}

ingest::Answer<Running::Stamped> Running::stampOwn(const ingest::Respond &respond, SteadyTime received) const
{
	const std::int64_t most = furthestAllowed_ms(received);
	if (*respond.position_ms < 0 || *respond.position_ms > most) {
		return refuse("bad_position", "position_ms must be 0 to " + std::to_string(most));
	}
	return Stamped{*respond.position_ms, respond.pass, Stamp::client};
}

// A position that a client says of itself may be no further.
std::int64_t Running::furthestAllowed_ms(SteadyTime received) const
{
	const std::int64_t shown =
		settings_->ownTime ? kLongest_ms : history_.furthest_ms(toUnix_ms(received)) + kAhead_ms;
	return duration_ms_.value_or(shown);
}

} // namespace pulseline::studio
