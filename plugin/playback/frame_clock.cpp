#include "playback/frame_clock.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::playback {
namespace {

// OBS keeps at most 30 frames of a source waiting; the media has decoded two more, and some audio besides.
constexpr double kQueue_frames = 33;
// When a stretch begins, the queue is short.
constexpr double kShortQueue_frames = 6;
constexpr double kAudioAhead_ms = 300;
constexpr double kAudioSway_ms = 60; // ... at one time more than at another
// The media's time is two frames ahead of the newest frame; less is a stray look between two steps of the media.
constexpr double kLeast_frames = 1.2;
constexpr double kSteady_frames = 1.9;
constexpr double kUsual_frames = 3;
// How many more frames of the old stretch than were waiting may still come after the media has jumped.
constexpr double kMostStrays = 6;
constexpr int kDropWithin_looks = 20;
constexpr std::size_t kSteps = 15;
constexpr std::int64_t kSettle_ns = 1'000'000'000;

bool idle(MediaState state)
{
	return state == MediaState::stopped || state == MediaState::ended;
}

} // namespace

std::optional<double> FrameClock::look(const Sight &sight)
{
	const double interval_ms =
		now_ns_ == 0 ? frame_ms_ : static_cast<double>(sight.now_ns - now_ns_) * 1e-6 * sight.speed;
	correction_ms_ = 0;
	if (now_ns_ == 0) {
		state_ = sight.state;
		fromPause_ = sight.state == MediaState::paused;
	} else if (duration_ms_ > 0 && sight.duration_ms > 0 && sight.duration_ms != duration_ms_) {
		// Another file.
		stretch_.reset();
		coming_.clear();
		leastLead_ms_.reset();
		fromStart_ = true;
	}
	now_ns_ = sight.now_ns;
	duration_ms_ = sight.duration_ms > 0 ? sight.duration_ms : duration_ms_;
	preloads_ = sight.preloads;
	if (steps_.empty()) {
		measureFrame(sight.frame_ms, 0);
	}
	followState(sight);
	followMediaTime(sight);
	if (sight.frame_ns) {
		const double stamp = static_cast<double>(*sight.frame_ns) * 1e-6 * sight.speed;
		if (stamp != lastStamp_) {
			measureFrame(sight.frame_ms, lastStamp_ ? stamp - *lastStamp_ : 0);
			showFrame(sight, stamp, interval_ms);
			lastStamp_ = stamp;
		}
	} else if (waiting_) {
		begin(*waiting_, interval_ms);
	}
	if (!picture_ && mediaKnown_ && !fromStart_ && !idle(sight.state)) {
		// First seen in mid-play, before a frame came by.
		const double lead_frames = sight.state == MediaState::paused ? 2 : kUsual_frames;
		picture_ = std::max(0.0, media_ms_ - lead_frames * frame_ms_);
	}
	state_ = sight.state;
	return picture_;
}

void FrameClock::followState(const Sight &sight)
{
	if (sight.resumed || (sight.state == MediaState::paused && state_ != MediaState::paused)) {
		fromPause_ = true;
	}
	if (sight.state == MediaState::paused && state_ != MediaState::paused) {
		sought_.reset();
		pausedAt_ms_.reset();
	}
	if (idle(sight.state)) {
		preloaded_ms_ = 0;
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

void FrameClock::followMediaTime(const Sight &sight)
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
	const double moved = media_ms_ - before;
	const bool fell = before > 0 && moved < -1;
	if (guess_ && moved > 0 && moved < kAudioAhead_ms) {
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
	} else if (fell && !idle(sight.state)) {
		// A loop, or a seek back: which of them, the next frames will tell.
		const double duration = static_cast<double>(duration_ms_);
		expectStretch(std::abs(duration - before) < 3 * frame_ms_ ? std::max(before, duration) : before);
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
	if (sought_ || moved < 0 || moved > 2 * frame_ms_ + 30) {
		sought_ = std::max(0.0, media_ms_ - frame_ms_);
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
		next.stretch.constant += *last.start;
		next.stretch.start = 0;
	}
	coming_.push_back(next);
}

void FrameClock::showFrame(const Sight &sight, double stamp, double interval_ms)
{
	if (!stretch_) {
		begin(stamp, interval_ms);
		return;
	}
	const double step = lastStamp_ ? stamp - *lastStamp_ : 0;
	const bool runsOn = step > 0 && step <= 4 * frame_ms_ + 2 * interval_ms;
	if (!mediaKnown_ || idle(sight.state)) {
		// In the middle of a seek or restart; or at the end, when the last frames are still to be shown.
		if (runsOn) {
			keep(stamp);
		} else {
			waiting_ = stamp;
		}
		return;
	}
	if (!coming_.empty() && coming_.front().certain && showComing(stamp, interval_ms)) {
		return;
	}
	const double lead = media_ms_ - (stamp - stretch_->constant);
	// Frames that run on, and nothing that hints at another stretch: a media that is late to decode does not
	// either.
	const double least = runsOn && coming_.empty() ? 0 : kLeast_frames * frame_ms_;
	const bool fits = lead >= least && lead <= kQueue_frames * frame_ms_ + kAudioAhead_ms;
	if (fits && (runsOn || !fromStart_)) {
		keep(stamp);
		strays_ = 0;
		lead_ms_ = lead;
		if (!guess_ && lead > kSteady_frames * frame_ms_) {
			leastLead_ms_ = std::min(leastLead_ms_.value_or(lead), lead);
		}
		forgetUncertain();
		if (guess_) {
			settleGuess(lead, interval_ms);
		}
	} else if (!showComing(stamp, interval_ms)) {
		const double waiting = std::max(0.0, lead_ms_ / frame_ms_ - 2);
		if (runsOn && ++strays_ <= waiting + kMostStrays) {
			keep(stamp);
		} else {
			begin(stamp, interval_ms);
		}
	}
}

// The frames fit the stretch as it is: what looked like another one was a seek.
void FrameClock::forgetUncertain()
{
	if (awaitedDrop_ > 0) {
		return;
	}
	std::erase_if(coming_, [](const Coming &next) { return !next.certain; });
	rewound_ = rewound_ && (fromStart_ || !coming_.empty());
}

void FrameClock::keep(double stamp)
{
	picture_ = stamp - stretch_->constant;
	waiting_.reset();
}

bool FrameClock::showComing(double stamp, double interval_ms)
{
	while (!coming_.empty() && reaches(coming_.front(), stamp, interval_ms)) {
		const Coming next = coming_.front();
		coming_.pop_front();
		const double beyond = beyondStart(next, stamp) * frame_ms_;
		double position = next.certain ? std::min(skippable(interval_ms) * frame_ms_, beyond) : beyond;
		if (!couldBegin(position)) {
			position = beyond; // sought since
		}
		if (couldBegin(position)) {
			beginAt(stamp, position, 0);
			return true;
		}
		stretch_ = next.stretch;
	}
	return false;
}

// The frame with this stamp is of that stretch, no more of the one before it.
bool FrameClock::reaches(const Coming &next, double stamp, double interval_ms) const
{
	const double reached = stamp - stretch_->constant;
	// The new stretch begins further beyond the old one's end the further that one was from 0 when it began.
	const double far = std::min(stretch_->start.value_or(0) / 2, 10 * frame_ms_);
	if (next.certain && skippable(interval_ms) == 0) {
		// A restart drops the frame that was decoded last: the stamps leave out one frame at least.
		const bool leaps = !lastStamp_ || stamp - *lastStamp_ >= 1.5 * frame_ms_;
		return leaps && reached >= next.end + far - 1.5 * frame_ms_;
	}
	// A constant that was guessed may be a frame off.
	return reached >= next.end + far - (stretch_->start ? frame_ms_ / 3 : frame_ms_);
}

// How many frames behind its first one the frame with this stamp is. At a restart the media may have gone on by some
// frames since it told its time: that many are too much.
double FrameClock::beyondStart(const Coming &next, double stamp) const
{
	return next.stretch.start ? std::max(0.0, std::round((stamp - next.stretch.constant) / frame_ms_)) : 0;
}

// How many frames OBS can skip at once: those that are older than one composed frame.
double FrameClock::skippable(double interval_ms) const
{
	return std::max(0.0, std::ceil(interval_ms / frame_ms_ - 0.02) - 1);
}

void FrameClock::begin(double stamp, double interval_ms)
{
	if (!mediaKnown_) {
		waiting_ = stamp;
		return;
	}
	const std::optional<double> first = firstPosition(interval_ms);
	if (first) {
		beginAt(stamp, *first, fromStart_ ? 0 : *first);
	} else {
		const double lead = leastLead_ms_.value_or(kUsual_frames * frame_ms_);
		beginAt(stamp, std::max(0.0, media_ms_ - lead), std::nullopt);
		guess_ = guessFrom(media_ms_ - *picture_);
	}
	coming_.clear();
	sought_.reset();
	fromStart_ = false;
	fromPause_ = false;
	awaitedDrop_ = 0;
}

// Where a stretch begins that was seen coming.
std::optional<double> FrameClock::firstPosition(double interval_ms) const
{
	if (fromStart_) {
		// After a preloaded frame OBS skips those that are older than one composed frame; it cannot skip more
		// than were decoded. Without one it clears the screen at the start, and the first frame with it if the
		// media was that quick; then none comes in the next composed frame.
		// Where the video is what is decoded furthest, more frames than one are never waiting then.
		const double frames = media_ms_ / frame_ms_;
		const double decoded = std::floor(frames + 0.1) - 2;
		const double late = preloads_ ? skippable(interval_ms) : ready_ && sinceStart_ > 1 ? 1 : 0;
		const double lost =
			std::abs(frames - std::round(frames)) < 0.1 ? std::round(frames) - kUsual_frames : 0;
		const double position = std::max({0.0, lost, std::min(late, decoded)}) * frame_ms_;
		if (couldBegin(position)) {
			return position;
		}
	} else if (fromPause_ && sought_) {
		if (couldBegin(*sought_)) {
			return sought_;
		}
	} else if (fromPause_ && picture_) {
		// Unless OBS waited with it for so long that it lost frames.
		const double position = *picture_ + frame_ms_;
		const double usual_ms = leastLead_ms_ ? *leastLead_ms_ + kUsual_frames * frame_ms_ : kAudioAhead_ms;
		if (couldBegin(position) && media_ms_ - position < usual_ms + kAudioSway_ms) {
			return position;
		}
	}
	return std::nullopt;
}

void FrameClock::beginAt(double stamp, double position, std::optional<double> start)
{
	stretch_ = Stretch{.constant = stamp - position, .start = start};
	picture_ = position;
	waiting_.reset();
	guess_.reset();
	strays_ = 0;
	rewound_ = false;
	++stretches_;
}

FrameClock::Guess FrameClock::guessFrom(double lead_ms) const
{
	return {.since_ns = now_ns_, .least_ms = lead_ms, .most_ms = lead_ms};
}

void FrameClock::settleGuess(double lead_ms, double interval_ms)
{
	Guess &guess = *guess_;
	if (std::abs(lead_ms - guess.least_ms) > kAudioAhead_ms) {
		// A seek came between: its frames are still to come.
		guess = guessFrom(lead_ms);
		return;
	}
	guess.least_ms = std::min(guess.least_ms, lead_ms);
	guess.most_ms = std::max(guess.most_ms, lead_ms);
	if (now_ns_ - guess.since_ns < kSettle_ns || guess.steps == 0) {
		return;
	}
	// Steady lead: three frames. Several: two and more. Where the media's time moves in longer steps than frames it
	// is the audio's, and one of these steps ahead at least.
	const double step = guess.moved_ms / guess.steps;
	double least = (guess.most_ms - guess.least_ms < 0.5 * frame_ms_ ? kUsual_frames : 2) * frame_ms_;
	if (step > 1.3 * std::max(frame_ms_, interval_ms)) {
		least = step + 1.65 * frame_ms_;
	}
	correction_ms_ = guess_->least_ms - least;
	stretch_->constant -= correction_ms_;
	*picture_ += correction_ms_;
	guess_.reset();
}

void FrameClock::measureFrame(double claimed_ms, double step_ms)
{
	if (step_ms > 1 && step_ms < 500) {
		steps_.push_back(step_ms);
		if (steps_.size() > kSteps) {
			steps_.pop_front();
		}
	}
	if (steps_.empty()) {
		frame_ms_ = claimed_ms > 1 ? claimed_ms : frame_ms_;
		return;
	}
	std::deque<double> sorted = steps_;
	const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
	std::ranges::nth_element(sorted, middle);
	const double step = *middle;
	if (claimed_ms > 1 && claimed_ms < 1.1 * step) {
		// A canvas slower than the source shows every second or third frame.
		const double exact = step / std::round(step / claimed_ms);
		frame_ms_ = std::abs(exact - claimed_ms) < 0.05 * claimed_ms ? exact : claimed_ms;
	} else {
		frame_ms_ = step;
	}
}

bool FrameClock::couldBegin(double position) const
{
	const double lead = media_ms_ - position;
	return lead >= kLeast_frames * frame_ms_ && lead <= kShortQueue_frames * frame_ms_ + kAudioAhead_ms;
}

} // namespace pulseline::playback
