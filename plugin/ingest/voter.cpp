#include "ingest/voter.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pulseline::ingest {
namespace {

constexpr double kFinest_ms = 0.01;
constexpr double kStep = 1.01;
constexpr std::chrono::seconds kClockEvery{20};
// A playback message that is off by less than this from what was expected tells nothing new.
constexpr double kSamePosition_ms = 250;

double millisecondsBetween(Voter::Time from, Voter::Time to)
{
	return std::chrono::duration<double, std::milli>(to - from).count();
}

} // namespace

void VoterTotals::Latency::add(double ms)
{
	const double steps = std::log(std::max(ms, kFinest_ms) / kFinest_ms) / std::log(kStep);
	const auto bucket = static_cast<std::size_t>(steps);
	if (counts_.size() <= bucket) {
		counts_.resize(bucket + 1);
	}
	++counts_[bucket];
	++total_;
}

std::optional<double> VoterTotals::Latency::quantile(double share) const
{
	const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
	std::uint64_t seen = 0;
	for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
		seen += counts_[bucket];
		if (seen >= wanted && seen > 0) {
			return kFinest_ms * std::pow(kStep, static_cast<double>(bucket) + 0.5);
		}
	}
	return std::nullopt;
}

void Voter::connected(Time)
{
	toJoin_ = true;
	toAskClock_ = false;
	in_ = false;
}

void Voter::disconnected()
{
	in_ = false;
	toJoin_ = false;
	nextToSend_ = 0;
	// Another network, another round trip.
	bestRoundTrip_ms_.reset();
}

void Voter::hear(std::string_view text, Time now)
{
	const Result<ServerMessage> message = readServer(text);
	if (!message) {
		hopeless_ = message.error().message;
		return;
	}
	std::visit([&](const auto &heard) { hear(heard, now); }, *message);
}

void Voter::hear(const HeardJoined &joined, Time now)
{
	++totals_->joined;
	if (wasIn_) {
		--totals_->joined;
		++totals_->resumed;
	} else {
		joinedAt_ = now;
	}
	in_ = wasIn_ = true;
	join_.token = joined.token;
	settings_ = joined.settings;
	acknowledged(joined.last_seq, std::nullopt);
	nextToSend_ = 0;
	toAskClock_ = true;
	takePlayback(joined.playback, joined.settings.duration_ms, now);
}

void Voter::hear(const HeardAck &ack, Time now)
{
	acknowledged(ack.seq, now);
}

void Voter::acknowledged(std::uint64_t upTo, std::optional<Time> now)
{
	while (!kept_.empty() && kept_.front().respond.seq <= upTo && kept_.front().everSent) {
		if (now && nextToSend_ > 0) {
			totals_->latency.add(millisecondsBetween(kept_.front().sent, *now));
		}
		++totals_->acked;
		kept_.pop_front();
		nextToSend_ -= std::min<std::size_t>(nextToSend_, 1);
	}
}

void Voter::hear(const HeardPlayback &playback, Time now)
{
	takePlayback(playback.playback, playback.duration_ms, now);
}

void Voter::takePlayback(const PlaybackChange &playback, std::optional<std::int64_t> duration_ms, Time now)
{
	const bool same = playbackChanges_ > 0 && playback.state == playback_.state &&
			  playback.rate == playback_.rate &&
			  std::abs(static_cast<double>(playback.position_ms) - position_ms(now)) < kSamePosition_ms;
	playback_ = playback;
	playbackHeard_ = now;
	duration_ms_ = duration_ms ? duration_ms : duration_ms_;
	playbackChanges_ += same ? 0 : 1;
}

void Voter::hear(const HeardClock &, Time now)
{
	const double roundTrip_ms = millisecondsBetween(askedClock_, now);
	bestRoundTrip_ms_ = std::min(bestRoundTrip_ms_.value_or(roundTrip_ms), roundTrip_ms);
}

void Voter::hear(const HeardError &error, Time)
{
	++totals_->errors;
	if (error.seq) {
		const auto found =
			std::ranges::find(kept_, *error.seq, [](const Kept &kept) { return kept.respond.seq; });
		if (found != kept_.end()) {
			totals_->refused += found->everSent ? 1 : 0;
			const auto place = static_cast<std::size_t>(found - kept_.begin());
			nextToSend_ -= place < nextToSend_ ? 1 : 0;
			kept_.erase(found);
		}
	}
	if (error.code == "session_closed") {
		over_ = true;
	} else if (!in_ && !error.seq) {
		hopeless_ = error.message + " (" + error.code + ")";
	}
}

double Voter::position_ms(Time now) const
{
	if (settings_.ownTime) {
		return millisecondsBetween(joinedAt_, now);
	}
	const double moved = playback_.state == PlaybackState::playing
				     ? millisecondsBetween(playbackHeard_, now) * playback_.rate
				     : 0;
	return static_cast<double>(playback_.position_ms) + moved;
}

void Voter::press(std::optional<double> value, std::uint32_t target, Time now, std::optional<std::int64_t> position_ms)
{
	Respond respond;
	respond.seq = ++lastSeq_;
	respond.value = value;
	respond.position_ms = position_ms;
	if (target > 0 && target < settings_.targets.size()) {
		respond.target = settings_.targets[target];
	}
	kept_.push_back({std::move(respond), now});
}

std::string Voter::send(Kept &kept, Time now)
{
	const double age_ms = millisecondsBetween(kept.pressed, now) + bestRoundTrip_ms_.value_or(0) / 2;
	kept.respond.age_ms = std::llround(age_ms);
	kept.sent = now;
	if (std::exchange(kept.everSent, true)) {
		++totals_->retransmitted;
	} else {
		++totals_->sent;
		totals_->late += age_ms >= 1000 ? 1 : 0;
	}
	last_ = kept.respond;
	lastPressed_ = kept.pressed;
	return respondText(kept.respond);
}

std::string Voter::next(Time now)
{
	if (std::exchange(toJoin_, false)) {
		return joinText(join_);
	}
	if (!in_ || over_) {
		return {};
	}
	if (toAskClock_ || now - askedClock_ > kClockEvery) {
		toAskClock_ = false;
		askedClock_ = now;
		return clockAskText(
			std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
	}
	if (now < heldUntil_) {
		return {};
	}
	if (nextToSend_ < std::min(kept_.size(), kMaxInFlight)) {
		return send(kept_[nextToSend_++], now);
	}
	if (duplicate_ && last_) {
		duplicate_ = false;
		++totals_->duplicates;
		last_->age_ms =
			std::llround(millisecondsBetween(lastPressed_, now) + bestRoundTrip_ms_.value_or(0) / 2);
		return respondText(*last_);
	}
	return {};
}

} // namespace pulseline::ingest
