#include "playback/frame_clock.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::playback {
namespace {

// OBS keeps at most 30 frames of a source waiting; mostly none or one.
constexpr double kQueue_frames = 30;
constexpr int kPrompt_looks = 4; // within which a start puts its first frame on screen, unless OBS waits with it
constexpr double kShortQueue_frames = 3;
constexpr double kAudioAhead_ms = 300;
// The media's time is two frames ahead of the newest frame; less is a stray look between two steps of the media.
constexpr double kLeast_frames = 1.2;
constexpr double kAtZero_frames = 2.5;
constexpr double kLongestSound_ms = 200; // of what is decoded at once
constexpr double kSteady_frames = 1.9;
constexpr double kUsual_frames = 3;
// How many more frames of the old stretch than were waiting may still come after the media has jumped.
constexpr double kMostStrays = 6;
constexpr std::int64_t kSettle_ns = 1'000'000'000;
// How far a constant may be outside of what the sound allows, and how narrow that must be to settle a guess.
constexpr double kSoundTolerance_frames = 0.35;
constexpr double kSoundSettled_frames = 0.4;

} // namespace

std::optional<double> FrameClock::look(const Sight &sight)
{
	if (now_ns_ == 0) {
		interval_ms_ = frame_ms();
	} else if (sight.now_ns != now_ns_) { // else it looks twice in this frame
		interval_ms_ = static_cast<double>(sight.now_ns - now_ns_) * 1e-6 * sight.speed;
	}
	const double interval_ms = interval_ms_;
	correction_ms_ = 0;
	if (now_ns_ == 0) {
		state_ = sight.state;
	} else if (duration_ms_ > 0 && sight.duration_ms > 0 && sight.duration_ms != duration_ms_) {
		// Another file.
		stretch_.reset();
		coming_.clear();
		leastLead_ms_.reset();
		begin_ms_ = 0;
		opened_ms_ = 0;
		fromStart_ = true;
	}
	now_ns_ = sight.now_ns;
	duration_ms_ = sight.duration_ms > 0 ? sight.duration_ms : duration_ms_;
	preloads_ = sight.preloads;
	duration_.claim(sight.frame_ms);
	for (const SoundMark &mark : sight.sounds) {
		sound_.hear(mark, sight.speed, frame_ms(), sight.now_ns);
	}
	followState(sight);
	followMediaTime(sight, interval_ms);
	if (sight.frame_ns) {
		const double stamp = static_cast<double>(*sight.frame_ns) * 1e-6 * sight.speed;
		if (stamp != lastStamp_) {
			seeFrame(sight, stamp, interval_ms);
		}
	} else if (waiting_) {
		begin(*waiting_, interval_ms);
	}
	if (!picture_ && mediaKnown_ && !fromStart_ && !idle(sight.state)) {
		// First seen in mid-play, before a frame came by.
		const double lead_frames = sight.state == MediaState::paused ? 2 : kUsual_frames;
		picture_ = std::max(0.0, media_ms_ - lead_frames * frame_ms());
	}
	state_ = sight.state;
	return picture_;
}

void FrameClock::seeFrame(const Sight &sight, double stamp, double interval_ms)
{
	if (lastStamp_) {
		duration_.see(stamp - *lastStamp_);
	}
	const std::uint32_t before = stretches_;
	showFrame(sight, stamp, interval_ms);
	lastStamp_ = stamp;
	followSound(stamp);
	if (stretches_ != before) {
		correction_ms_ = 0; // what was shown before was right
	}
}

void FrameClock::showFrame(const Sight &sight, double stamp, double interval_ms)
{
	if (!stretch_) {
		begin(stamp, interval_ms);
		return;
	}
	const double step = lastStamp_ ? stamp - *lastStamp_ : 0;
	const bool awaiting = fromStart_ || fromPause_;
	const double most = awaiting ? 1.6 * frame_ms() + 1.2 * std::max(0.0, interval_ms - frame_ms())
				     : 4 * frame_ms() + 2 * interval_ms;
	const bool runsOn = step > 0 && step <= most;
	if (idle(sight.state) || (sight.state == MediaState::paused && sought_)) {
		// The last frames before the end, or before the pause; the media's time is no longer theirs.
		if (runsOn || !awaiting) {
			keep(stamp);
		} else {
			const double position = fromStart_ ? begin_ms_ : framePosition_ms_ + frame_ms();
			beginAt(stamp, position, position);
			fromStart_ = false;
			fromPause_ = false;
		}
		return;
	}
	if (!mediaKnown_) {
		// In the middle of a seek or restart.
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
	const double least = runsOn && coming_.empty() ? 0 : kLeast_frames * frame_ms();
	const bool fits = lead >= least && lead <= (kQueue_frames + kUsual_frames) * frame_ms() + kAudioAhead_ms;
	if (fits && (runsOn || !awaiting)) {
		keep(stamp);
		strays_ = 0;
		lead_ms_ = lead;
		if (!guess_ && lead > kSteady_frames * frame_ms()) {
			leastLead_ms_ = std::min(leastLead_ms_.value_or(lead), lead);
		}
		forgetUncertain();
		if (guess_) {
			settleGuess(lead, interval_ms);
		}
	} else if (!showComing(stamp, interval_ms)) {
		const double waiting = std::max(0.0, lead_ms_ / frame_ms() - 2);
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
	framePosition_ms_ = stamp - stretch_->constant;
	picture_ = framePosition_ms_;
	waiting_.reset();
}

bool FrameClock::showComing(double stamp, double interval_ms)
{
	while (!coming_.empty() && reaches(coming_.front(), stamp, interval_ms)) {
		const Coming next = coming_.front();
		coming_.pop_front();
		const double beyond = beyondStart(next, stamp) * frame_ms();
		double position =
			begin_ms_ + (next.certain ? std::min(skippable(interval_ms) * frame_ms(), beyond) : beyond);
		if (!couldBegin(position, kShortQueue_frames)) {
			// Sought since, or OBS has waited with it.
			position = next.stretch.start ? begin_ms_ + beyond : afterWaiting(begin_ms_);
		}
		if (couldBegin(position, kQueue_frames)) {
			beginAt(stamp, position, begin_ms_);
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
	const double far = std::min(stretch_->start.value_or(0) / 2, 10 * frame_ms());
	if (next.certain && skippable(interval_ms) == 0) {
		// A restart drops the frame that was decoded last: the stamps leave out one frame at least.
		const bool leaps = !lastStamp_ || stamp - *lastStamp_ >= 1.5 * frame_ms();
		return leaps && reached >= next.end + far - 1.5 * frame_ms();
	}
	// A constant that was guessed may be a frame off.
	return reached >= next.end + far - (stretch_->start ? frame_ms() / 3 : frame_ms());
}

// How many frames behind its first one the frame with this stamp is. At a restart the media may have gone on by some
// frames since it told its time: that many are too much.
double FrameClock::beyondStart(const Coming &next, double stamp) const
{
	const double position = stamp - next.stretch.constant;
	return next.stretch.start ? std::max(0.0, std::round((position - begin_ms_) / frame_ms())) : 0;
}

// Where a stretch is on screen that would begin at this position. Stamps that are ahead of OBS's own clock by less than
// two seconds make it wait until that has caught up; but when its queue is full before, it throws it away, and the
// frame that did not fit, and goes on with the next.
double FrameClock::afterWaiting(double position) const
{
	const double after = position + (kQueue_frames + 1) * frame_ms();
	return couldBegin(after, kShortQueue_frames) ? after : position;
}

// How many frames OBS can skip at once: those that are older than one composed frame.
double FrameClock::skippable(double interval_ms) const
{
	return std::max(0.0, std::ceil(interval_ms / frame_ms() - 0.02) - 1);
}

void FrameClock::begin(double stamp, double interval_ms)
{
	if (!mediaKnown_) {
		waiting_ = stamp;
		return;
	}
	findBeginning();
	const std::optional<First> first = fromStart_ ? firstFromStart(interval_ms) : firstFromPause(stamp);
	if (first) {
		beginAt(stamp, first->position, first->start);
	} else {
		const double lead = leastLead_ms_.value_or(kUsual_frames * frame_ms());
		beginAt(stamp, std::max(0.0, media_ms_ - lead), std::nullopt);
		guess_ = guessFrom(media_ms_ - *picture_);
	}
	coming_.clear();
	sought_.reset();
	fromStart_ = false;
	fromPause_ = false;
	awaitedDrop_ = 0;
}

// Before its first start the media has decoded one frame, and tells the end of it or of its sound; since then it went
// on by whole frames or by whole pieces of sound.
void FrameClock::findBeginning()
{
	const double frames = (media_ms_ - opened_ms_) / frame_ms();
	const bool byFrames =
		opened_ms_ > kLongestSound_ms || (frames > 0.5 && std::abs(frames - std::round(frames)) < 0.1);
	if (!stretch_ && opened_ms_ > kAtZero_frames * frame_ms() && byFrames) {
		begin_ms_ = opened_ms_ - frame_ms();
		preloaded_ms_ = begin_ms_;
	}
	opened_ms_ = 0;
}

std::optional<FrameClock::First> FrameClock::firstFromStart(double interval_ms) const
{
	double position = 0;
	if (sinceStart_ > kPrompt_looks) {
		position = afterWaiting(begin_ms_);
	} else {
		// After a preloaded frame OBS skips those that are older than one composed frame; it cannot skip more
		// than were decoded. Without one it clears the screen at the start, and the first frame with it if the
		// media was that quick: then none comes in the next composed frame or, where the video is what is
		// decoded furthest, another is decoded already.
		const double frames = (media_ms_ - begin_ms_) / frame_ms();
		const double decoded = std::floor(frames + 0.1) - 2;
		const double late = preloads_ ? skippable(interval_ms) : ready_ && sinceStart_ > 1 ? 1 : 0;
		const bool further = std::abs(frames - std::round(frames)) < 0.1 && std::round(frames) > kUsual_frames;
		const double lost = further ? 1 : 0;
		position = begin_ms_ + std::max({0.0, lost, std::min(late, decoded)}) * frame_ms();
	}
	return couldBegin(position, kQueue_frames) ? std::optional(First{position, begin_ms_}) : std::nullopt;
}

std::optional<FrameClock::First> FrameClock::firstFromPause(double stamp) const
{
	if (!fromPause_ || !(sought_ || picture_)) {
		return std::nullopt;
	}
	const double start = sought_ ? *sought_ : *picture_ + frame_ms();
	double position = afterWaiting(start);
	// OBS's own clock had run from the last stamp to this one, were it not for the lost queue. A picture that was
	// sought while paused has set that clock.
	const double waited_ms = media_ms_ - start;
	if (!sought_ && lastStamp_ && waited_ms > (kQueue_frames + 0.5) * frame_ms() &&
	    stamp - *lastStamp_ > waited_ms + kQueue_frames / 2 * frame_ms()) {
		position = std::min(start + (kQueue_frames + 1) * frame_ms(), media_ms_ - 2 * frame_ms());
	}
	return couldBegin(position, kQueue_frames) ? std::optional(First{position, start}) : std::nullopt;
}

void FrameClock::beginAt(double stamp, double position, std::optional<double> start)
{
	stretch_ = Stretch{.constant = stamp - position, .start = start};
	framePosition_ms_ = position;
	picture_ = position;
	waiting_.reset();
	guess_.reset();
	strays_ = 0;
	rewound_ = false;
	confirmed_ = false;
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
	double least = (guess.most_ms - guess.least_ms < 0.5 * frame_ms() ? kUsual_frames : 2) * frame_ms();
	if (step > 1.3 * std::max(frame_ms(), interval_ms)) {
		least = step + 1.65 * frame_ms();
	}
	correct(guess_->least_ms - least);
}

// The frame that has just come on screen has this stamp.
void FrameClock::followSound(double stamp)
{
	if (!stretch_ || waiting_) {
		return;
	}
	const std::optional<SoundClock::Bounds> bounds = sound_.constant(stamp, frame_ms());
	if (!bounds) {
		return;
	}
	const double off = stretch_->constant - bounds->middle();
	const bool outside = std::abs(off) > bounds->width() / 2 + kSoundTolerance_frames * frame_ms();
	if (guess_) {
		if (bounds->settled || bounds->width() < kSoundSettled_frames * frame_ms()) {
			correct(off);
		} else if (outside) {
			correct(off);
			guess_ = guessFrom(media_ms_ - framePosition_ms_);
		}
	} else if (outside && (confirmed_ || std::abs(off) > kQueue_frames * frame_ms())) {
		// Another stretch altogether.
		beginAt(stamp, std::max(0.0, stamp - bounds->middle()), std::nullopt);
		coming_.clear();
	} else if (outside) {
		correct(std::round(off / frame_ms()) * frame_ms());
	} else {
		confirmed_ = confirmed_ || bounds->settled;
	}
}

// The picture is further than was thought by so much.
void FrameClock::correct(double move_ms)
{
	stretch_->constant -= move_ms;
	for (Coming &next : coming_) {
		next.stretch.constant -= move_ms;
	}
	framePosition_ms_ += move_ms;
	*picture_ += move_ms;
	correction_ms_ += move_ms;
	guess_.reset();
}

bool FrameClock::couldBegin(double position, double queue_frames) const
{
	const double lead = media_ms_ - position;
	return lead >= kLeast_frames * frame_ms() &&
	       lead <= (queue_frames + kUsual_frames) * frame_ms() + kAudioAhead_ms;
}

} // namespace pulseline::playback
