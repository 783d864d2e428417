#include "ingest/peer.hpp"

// What the hub says of itself, because something changed or time went by.
namespace pulseline::ingest {
namespace {

// More changed ticks than this waiting for one reader: it gets the whole series instead.
constexpr std::size_t kMaxDueTicks = 32;
constexpr std::chrono::seconds kSeriesEvery{1};
// A beat is 100 ms; every connection hears the playback at least once in so many.
constexpr std::uint64_t kPlaybackBeats = 80;
// Participants who are shown the result get it in a calmer rhythm than observers.
constexpr std::uint64_t kParticipantTickBeats = 10;
// How long the rest of a message that is too large may take to come in.
constexpr std::uint64_t kExcessBeats = 20;
// Who has said nothing for so long is asked whether it is there, and given up without an answer. Not by the library's
// own timers, which are a sorted list: with thousands of connections each new one would search through all others.
constexpr std::uint64_t kPingBeats = 600;
constexpr std::uint64_t kGiveUpBeats = 800;

} // namespace

void Hub::news()
{
	const Updates updates = backend_.drain();
	if (updates.playback) {
		showPlayback(*updates.playback);
	}
	showTicks(updates.ticks);
	showCells(updates.changedTicks);
	if (updates.problem) {
		showProblem(*updates.problem);
	}
	if (updates.closed && !over_) {
		sessionOver();
	}
}

void Hub::showPlayback(const PlaybackChange &change)
{
	const Text text = sharedText(playbackText(change, backend_.duration_ms(), revealed_));
	for (const PeerPtr &peer : peers_) {
		if (peer->joined()) {
			peer->playback = text;
			peer->link->wantWrite();
		}
	}
}

void Hub::showTicks(const std::vector<TickFigures> &ticks)
{
	seriesStale_ = seriesStale_ || !ticks.empty();
	const bool read = std::ranges::any_of(peers_, [](const PeerPtr &peer) { return peer->due != nullptr; });
	for (std::size_t i = 0; read && i < ticks.size(); ++i) {
		const TickFigures &tick = ticks[i];
		const Text text = sharedText(tickText(tick));
		for (const PeerPtr &peer : peers_) {
			if (!peer->due || peer->due->wantsSeries) {
				continue;
			}
			std::vector<Due::Tick> &waiting = peer->due->ticks;
			const auto same = std::ranges::find_if(waiting, [&](const Due::Tick &other) {
				return other.tick == tick.tick && other.target == tick.target;
			});
			if (same != waiting.end()) {
				same->text = text;
			} else if (waiting.size() < kMaxDueTicks) {
				waiting.push_back({tick.target, tick.tick, text});
			} else {
				waiting.clear();
				peer->due->wantsSeries = true;
				++metrics.skips;
			}
		}
	}
}

void Hub::addReader(Peer &peer)
{
	peer.due = std::make_unique<Due>();
}

void Hub::followRevealed()
{
	if (std::exchange(revealed_, backend_.revealed()) == revealed_) {
		return;
	}
	for (const PeerPtr &peer : peers_) {
		if (peer->state != Peer::State::participant) {
			continue;
		}
		if (revealed_) {
			addReader(*peer);
		} else {
			peer->due.reset();
		}
	}
	showPlayback(backend_.playbackNow());
}

// Each list goes out whole, to observers, when it is another one than before.
void Hub::followAnnotations()
{
	const std::shared_ptr<const Annotations> before = std::exchange(annotations_, backend_.annotations());
	if (!annotations_ || before == annotations_) {
		return;
	}
	const bool marked = !before || before->markers != annotations_->markers;
	const bool said = !before || before->statements != annotations_->statements;
	markers_ = marked ? sharedText(markersText(annotations_->markers)) : markers_;
	statements_ = said ? sharedText(statementsText(annotations_->statements)) : statements_;
	for (const PeerPtr &peer : peers_) {
		if (peer->state != Peer::State::observer || !peer->due) {
			continue;
		}
		peer->due->markers = marked ? markers_ : peer->due->markers;
		peer->due->statements = said ? statements_ : peer->due->statements;
		peer->link->wantWrite();
	}
}

// The whole series of a long session is long; it is made anew at most once a second, whoever asks. (A reader of CBOR
// costs its own translation on top.)
bool Hub::renderSeries()
{
	if (!seriesStale_) {
		return true;
	}
	const Clock::time_point now = Clock::now();
	if (!series_.empty() && now - seriesAt_ < kSeriesEvery) {
		return false;
	}
	series_.clear();
	for (const Series &series : backend_.series()) {
		series_.push_back(sharedText(seriesText(series)));
	}
	std::ranges::reverse(series_);
	seriesStale_ = false;
	seriesAt_ = now;
	return true;
}

void Hub::heard(Peer &peer) const
{
	peer.heardBeat = beats_;
}

// Reads from it or not, as it deserves.
void Hub::follow(Peer &peer)
{
	const bool held = peer.unread || peer.pace.held();
	if (std::exchange(peer.held, held) != held) {
		peer.link->hold(held);
	}
}

// One message more. A feed speaks for many, and waits for the disk as it must: its pace is its own.
void Hub::meter(Peer &peer, std::size_t bytes, Clock::time_point now)
{
	if (peer.state == Peer::State::feed) {
		return;
	}
	const bool before = peer.pace.slowed();
	peer.pace.take(limit_, bytes, now);
	if (!before && peer.pace.slowed()) {
		++metrics.slowed;
		if (peer.pace.noticeDue(now)) {
			sayError(peer, "rate_limited",
				 "more than " + std::to_string(limit_.rate) +
					 " messages a second; they are read more slowly now, and none is lost");
		}
	}
	follow(peer);
}

void Hub::lookAfter(Peer &peer, Clock::time_point now)
{
	if (peer.pace.slowed() && !peer.deaf) {
		if (peer.pace.look(limit_, peer.link->queued(), now) == Pace::Next::close) {
			count(metrics.cut, "rate");
			close(peer, kClosePolicy);
		}
		follow(peer);
	}
	if (peer.excessBeat && beats_ - *peer.excessBeat >= kExcessBeats) {
		close(peer, kCloseTooBig);
	}
	if (peer.held && peer.owes() > 0) {
		heard(peer); // it waits for our disk, and we do not read from it meanwhile
	}
	const std::uint64_t silent = beats_ - peer.heardBeat;
	if (silent == kPingBeats) {
		peer.link->ping();
	} else if (silent >= kGiveUpBeats) {
		peer.link->cut();
	}
}

void Hub::beat(Clock::time_point now)
{
	news();
	followRevealed();
	followAnnotations();
	++beats_;
	Text playback;
	for (const PeerPtr &peer : peers_) {
		lookAfter(*peer, now);
		if (peer->joined() && peer->number % kPlaybackBeats == beats_ % kPlaybackBeats) {
			if (!playback) {
				playback = sharedText(
					playbackText(backend_.playbackNow(), backend_.duration_ms(), revealed_));
			}
			peer->playback = playback;
			peer->link->wantWrite();
		}
		if (peer->mirror && peer->mirror->due()) {
			peer->mayMirror = true;
			peer->link->wantWrite();
		}
		if (!peer->due) {
			continue;
		}
		// A reader that has not taken the last series yet gets no second one to keep.
		if (peer->due->wantsSeries && peer->due->series.empty() && renderSeries()) {
			peer->due->series = series_;
			peer->due->wantsSeries = false;
		}
		const bool participant = peer->state == Peer::State::participant;
		if (!participant || beats_ % kParticipantTickBeats == peer->number % kParticipantTickBeats) {
			peer->due->mayTick = !peer->due->ticks.empty();
		}
		if (!peer->due->series.empty() || peer->due->mayTick) {
			peer->link->wantWrite();
		}
	}
}

Connected Hub::connected() const
{
	Connected connected;
	for (const auto &[name, state] :
	     {std::pair("participant", Peer::State::participant), std::pair("observer", Peer::State::observer),
	      std::pair("feed", Peer::State::feed), std::pair("mirror", Peer::State::mirror)}) {
		const auto number = std::ranges::count(peers_, state, [](const PeerPtr &peer) { return peer->state; });
		connected.emplace_back(name, static_cast<std::size_t>(number));
	}
	return connected;
}

void Hub::sessionOver()
{
	over_ = true;
	for (const PeerPtr &peer : peers_) {
		if (peer->joined()) {
			sayError(*peer, "session_closed", "the session is over");
			close(*peer, kCloseGoingAway);
		}
	}
}

void Hub::shutdown()
{
	news();
	for (const PeerPtr &peer : peers_) {
		peer->closeNow = true;
		close(*peer, kCloseGoingAway);
	}
}

} // namespace pulseline::ingest
