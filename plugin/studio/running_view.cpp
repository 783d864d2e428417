// The half of a running session that looks outward: playback, ticks that close, snapshots.
#include "studio/running.hpp"

#include <algorithm>
#include <cmath>
#include <ranges>

namespace pulseline::studio {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Readers get at most ten snapshots a second; the server asks every 100 ms, give or take its timer.
constexpr milliseconds kPublishEvery{90};
constexpr std::int64_t kSeriesTicks = 4'096; // in one message
constexpr std::int64_t kToldAtOnce = 64;

} // namespace

// ---- playback -----------------------------------------------------------------------------------------------------

Result<void> Running::setPlayback(PlaybackState state, std::optional<std::int64_t> position_ms)
{
	if (!options_.follow.empty()) {
		return fail("the session follows a media source; play, pause or seek that");
	}
	if (settings_->ownTime) {
		return fail("in this session everyone plays the speech; there is no common playback");
	}
	const std::int64_t most = settings_->duration_ms.value_or(kMaxPosition_ms);
	if (position_ms && (*position_ms < 0 || *position_ms > most)) {
		return fail("the position must be 0 to " + std::to_string(most) + " ms");
	}
	server_->post([this, state, position_ms] {
		const PlaybackChange current = history_.at(nextChange_ms());
		const bool again = current.state == PlaybackState::ended && state == PlaybackState::playing;
		PlaybackChange change = current;
		change.state = state;
		change.rate = 1;
		change.position_ms = position_ms.value_or(again ? 0 : current.position_ms);
		change.pass += change.position_ms < current.position_ms ? 1 : 0;
		addChange(change);
		server_->wake();
	});
	return {};
}

void Running::reveal(bool revealed)
{
	server_->post([this, revealed] {
		revealed_ = revealed;
		changed_ = true;
		writer_->note("revealed", revealed ? "1" : "0"); // it stays so when the session goes on later
		server_->wake();
	});
}

void Running::playbackChanged(const PlaybackChange &change, std::int64_t duration_ms)
{
	followed_.push({change, duration_ms});
	if (ingest::Server *server = wakes_.load()) {
		server->wake();
	}
}

// A change counts from its millisecond on. It must not reach back over what was stamped before it was known, so that
// the file's playback shows for every response what it was stamped with.
std::int64_t Running::nextChange_ms() const
{
	return std::max(now_ms(), stampedAt_ms_ + 1);
}

void Running::addChange(PlaybackChange change)
{
	std::int64_t from_ms = std::max(change.at_ms, stampedAt_ms_ + 1);
	if (!history_.changes().empty()) {
		from_ms = std::max(from_ms, history_.changes().back().at_ms);
	}
	if (change.state == PlaybackState::playing) {
		change.position_ms += std::llround(change.rate * static_cast<double>(from_ms - change.at_ms));
	}
	change.at_ms = from_ms;
	change.position_ms = std::clamp<std::int64_t>(change.position_ms, 0, kMaxPosition_ms); // what a file may hold
	history_.add(change);
	writer_->add(change);
	playbackNews_ = change;
	changed_ = true;
}

void Running::applyFollowed()
{
	followed_.consume_all([this](const FollowedChange &followed) {
		PlaybackChange change = followed.change;
		change.at_ms += unixOffset_ms_;
		if (followed.duration_ms > 0 && !settings_->duration_ms) {
			duration_ms_ = followed.duration_ms;
			history_.setDuration(duration_ms_);
		}
		if (!followedSeen_) {
			const PlaybackChange current = history_.at(change.at_ms);
			followedSeen_ = true;
			followedPass_ = change.pass;
			passBase_ = current.pass + (change.position_ms < current.position_ms ? 1 : 0);
		}
		change.pass = passBase_ + change.pass - followedPass_;
		addChange(change);
	});
}

void Running::endAtDuration()
{
	const PlaybackChange current = history_.at(nextChange_ms());
	if (!options_.follow.empty() || current.state != PlaybackState::playing || !duration_ms_ ||
	    current.position_ms < *duration_ms_) {
		return;
	}
	PlaybackChange end = current;
	end.state = PlaybackState::ended;
	addChange(end);
}

PlaybackChange Running::playback() const
{
	return history_.changes().empty() ? history_.at(now_ms()) : history_.changes().back();
}

PlaybackChange Running::playbackNow() const
{
	return history_.at(now_ms());
}

// ---- what is shown ------------------------------------------------------------------------------------------------

ingest::Updates Running::drain()
{
	ingest::Updates updates;
	updates.closed = closing_;
	if (closing_) {
		return updates;
	}
	applyFollowed();
	endAtDuration();
	updates.playback = std::exchange(playbackNews_, std::nullopt);
	while (!unwritten_.empty() && unwritten_.front().ticket <= writer_->written()) {
		waiting_ -= unwritten_.front().responses;
		unwritten_.pop_front();
	}
	stored_ = counted_ - waiting_;
	if (std::string problem = notReady(); problem != problemTold_) {
		updates.problem = problemTold_ = std::move(problem);
	}

	const SteadyTime now = steady_clock::now();
	if (now - published_ < kPublishEvery && !updates.playback) {
		return updates;
	}
	published_ = now;
	std::vector<std::int64_t> ticks = counter_.takeChanged();
	publisher_.update(counter_.cells(), ticks, registry_.strata());
	changed_ = changed_ || !ticks.empty();
	updates.changedTicks = ticks;
	closeTicks(ticks);
	for (const std::int64_t tick : ticks) {
		for (std::uint32_t target = 0; target < settings_->targets.size(); ++target) {
			updates.ticks.push_back(figuresOf(target, tick));
		}
	}
	if (changed_) {
		publishNow();
	}
	return updates;
}

// A tick is over when the furthest position played, less the lag, has left it; behind a jump that was taken back only
// those stay so that somebody responded in or after. Adds those that are over since the last time to `ticks`, so that
// readers hear of them even if nobody responded; of a jump over more than these the last ones, as who is told so many
// gets the whole series.
void Running::closeTicks(std::vector<std::int64_t> &ticks)
{
	if (settings_->ownTime) {
		return;
	}
	const PlaybackChange current = history_.at(now_ms());
	std::int64_t over = tickOf(history_.played_ms(current.at_ms), settings_->lag_ms, settings_->tick_ms);
	if (current.state == PlaybackState::ended) {
		over = std::max(over, counter_.cells().ticks());
	}
	over = std::max(over, std::min(closedTicks_, counter_.cells().ticks()));
	changed_ = changed_ || closedTicks_ != over;
	for (std::int64_t tick = std::max(closedTicks_, over - kToldAtOnce); tick < over; ++tick) {
		if (!std::ranges::contains(ticks, tick)) {
			ticks.push_back(tick);
		}
	}
	closedTicks_ = over;
}

ingest::TickFigures Running::figuresOf(std::uint32_t target, std::int64_t tick) const
{
	ingest::TickFigures row{settings_->targets[target], tick, tick * settings_->tick_ms, tick < closedTicks_, {}};
	for (std::uint32_t segment = 0; segment < publisher_.own(); ++segment) {
		row.segments.emplace_back(
			publisher_.segments()[segment].name,
			figures(publisher_.sums().at(segment, target, tick), Base::active, kDefaultMinN));
	}
	return row;
}

std::vector<ingest::Series> Running::series() const
{
	std::vector<ingest::Series> all;
	const Cells &sums = publisher_.sums();
	for (std::uint32_t target = 0; target < settings_->targets.size(); ++target) {
		for (std::int64_t from = 0; from == 0 || from < sums.ticks(); from += kSeriesTicks) {
			const std::int64_t end = std::min(from + kSeriesTicks, sums.ticks());
			const auto somebody = [&](std::int64_t tick) { return sums.at(0, target, tick).present > 0; };
			if (from == 0 || std::ranges::any_of(std::views::iota(from, end), somebody)) {
				all.push_back(seriesOf(target, from, end));
			}
		}
	}
	return all;
}

ingest::Series Running::seriesOf(std::uint32_t target, std::int64_t from, std::int64_t end) const
{
	ingest::Series series{settings_->targets[target], from, {}};
	for (std::uint32_t segment = 0; segment < publisher_.own(); ++segment) {
		std::vector<Figures> rows;
		for (std::int64_t tick = from; tick < end; ++tick) {
			rows.push_back(
				figures(publisher_.sums().at(segment, target, tick), Base::active, kDefaultMinN));
		}
		series.segments.emplace_back(publisher_.segments()[segment].name, std::move(rows));
	}
	return series;
}

void Running::wantSegment(Segment segment)
{
	const auto add = [this, segment = std::move(segment)] {
		publisher_.add(segment, counter_.cells(), registry_.strata());
		changed_ = true;
	};
	if (server_) {
		server_->post(add);
	} else {
		add();
	}
}

void Running::publishNow()
{
	auto snapshot = std::make_shared<Snapshot>(publisher_.snapshot(registry_.peopleOf()));
	const std::int64_t now = now_ms();
	snapshot->path = options_.path;
	snapshot->running = true;
	snapshot->follow = options_.follow;
	snapshot->simulated = simulated_;
	snapshot->revealed = revealed_;
	snapshot->blind = settings_->blind && !revealed_;
	snapshot->closedTicks = closedTicks_;
	snapshot->annotations = annotations_;
	snapshot->invitation = doors_ == Doors::open ? invitation_ : nullptr;
	snapshot->playback = playback();
	snapshot->playbackAt = SteadyTime(milliseconds(snapshot->playback.at_ms - unixOffset_ms_));
	snapshot->furthest_ms = history_.played_ms(now);
	snapshot->duration_ms = duration_ms_;
	snapshot->lastResponse = lastResponse_;
	changed_ = false;
	publish_(std::move(snapshot));
}

} // namespace pulseline::studio
