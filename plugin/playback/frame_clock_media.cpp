// What the media tells, and what it is told: which stretches are to come.
#include "playback/frame_clock.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::playback {
namespace {

constexpr int kDropWithin_looks = 20;
constexpr double kLongestStep_ms = 300; // of the media's time while it plays; longer ones are seeks

} // namespace

void FrameClock::followState(const Sight &sight)
{
	if (sight.resumed || (sight.state == MediaState::playing && state_ == MediaState::paused)) {
		fromPause_ = true;
	}
	if (sight.state == MediaState::paused && state_ != MediaState::paused) {
		sought_.reset();
		pausedAt_ms_.reset();
	}
	if (idle(sight.state)) {
		preloaded_ms_ = begin_ms_;
	}
	if (sight.state == MediaState::playing && idle(state_)) {
		fromStart_ = true;
		coming_.clear();
	}
	++sinceStart_;
	if (!sight.restarted) {
		return;
	}
	sinceStart_ = 0;
	ready_ = sight.media_ms > 0;
	if (state_ != MediaState::playing || !stretch_) {
		fromStart_ = true;
	}
	// OBS shows the preloaded frame at once, the first one or that of the last seek while paused; a frame that
	// comes in the same moment is drawn over it. Without one, the last picture may stay for a moment, unless it was
	// taken away at the stop.
	if (sight.showing && !sight.frame_ns && (preloads_ || state_ == MediaState::stopped)) {
		picture_ = preloaded_ms_;
		rewound_ = true;
	}
}

void FrameClock::followMediaTime(const Sight &sight, double interval_ms)
{
	const double before = media_ms_;
	const bool restarted = sight.restarted && state_ == MediaState::playing && !fromStart_;
	mediaKnown_ = sight.media_ms > 0;
	awaitedDrop_ = std::max(0, awaitedDrop_ - 1);
	if (!mediaKnown_) {
		if (restarted) {
			expectStretch(before);
			awaitedDrop_ = kDropWithin_looks;
		}
		return;
	}
	media_ms_ = static_cast<double>(sight.media_ms);
	if (!stretch_ && idle(sight.state)) {
		opened_ms_ = media_ms_;
	}
	const double moved = media_ms_ - before;
	const bool fell = before > 0 && moved < -1;
	if (guess_ && moved > 0 && moved < kLongestStep_ms) {
		guess_->moved_ms += moved;
		++guess_->steps;
	}
	if (restarted) {
		expectStretch(fell ? before : media_ms_);
		awaitedDrop_ = fell ? 0 : kDropWithin_looks;
		if (fell && !coming_.empty()) {
			coming_.back().certain = true;
		}
	} else if (sight.state == MediaState::paused) {
		followPausedSeek();
	} else if (fell && awaitedDrop_ > 0) {
		awaitedDrop_ = 0;
		if (!coming_.empty()) {
			coming_.back().certain = true;
		}
	} else if (fell && !idle(sight.state) && !fromStart_) {
		// A loop, or a seek back: which of them, the next frames will tell. At a loop the media has gone on to
		// its end since the last look.
		const double duration = static_cast<double>(duration_ms_);
		const double reached = before + interval_ms + 3 * frame_ms();
		expectStretch(reached > duration ? std::max(before, duration) : before);
	}
}

// A seek while paused puts its picture on screen without passing by here. The media may take one more step just after
// the pause, and that is no seek.
void FrameClock::followPausedSeek()
{
	if (state_ != MediaState::paused || !pausedAt_ms_) {
		pausedAt_ms_ = media_ms_;
		return;
	}
	const double moved = media_ms_ - *pausedAt_ms_;
	if (moved == 0) {
		return;
	}
	pausedAt_ms_ = media_ms_;
	if (sought_ || moved < 0 || moved > 2 * frame_ms() + 30) {
		sought_ = std::max(0.0, media_ms_ - frame_ms());
		picture_ = sought_;
		preloaded_ms_ = *sought_;
	}
}

void FrameClock::expectStretch(double end_ms)
{
	if (!stretch_) {
		return;
	}
	const Stretch &last = coming_.empty() ? *stretch_ : coming_.back().stretch;
	if (coming_.size() > 8) {
		coming_.clear();
	}
	Coming next{.end = end_ms, .stretch = {.constant = last.constant + end_ms, .start = std::nullopt}};
	if (last.start) {
		next.stretch.constant += *last.start - begin_ms_;
		next.stretch.start = begin_ms_;
	}
	coming_.push_back(next);
}

} // namespace pulseline::playback
