#include "playback/vlc_clock.hpp"
#include "playback/frame_clock.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pulseline::playback {
namespace {

// What VLC 3 does: how early it shows the first frame of a start, and at least how long after a picture it shows the
// same again.
constexpr double kEarly_ms = 10;
constexpr double kRepeat_ms = 60;
// How far the media's time is ahead of the picture when it has just been told: usually, and at the most without a jump.
constexpr double kMediaAhead_ms = 55;
constexpr double kMostBehind_ms = 150;
constexpr double kMostAhead_ms = 300;
constexpr double kNext_ms = 1500;
constexpr double kStall_ms = 150;
// Steps of the stamps that are no leap.
constexpr double kJitter_ms = 3;
constexpr double kMostLate_ms = 5;
constexpr double kLeap_ms = 5;
constexpr double kFlushed_ms = 200;
constexpr std::int64_t kLeapHolds_ns = 500'000'000;
constexpr double kFilled_ms = 600; // of sound at once: VLC has filled its buffers anew
constexpr std::int64_t kSilent_ns = 3'000'000'000;
// Frames of the old place that may still come after the media has jumped: from OBS's queue, and while VLC seeks.
constexpr int kOld_frames = 4;
constexpr int kMostOld_frames = 45;
constexpr int kMostRepeats = 3; // ... while it is paused
// It says that it is paused so long before it shows no new frames.
constexpr double kPausing_ms = 68;
constexpr int kGuesses = 8; // make the mean
// The end of the media is where it was less than this away.
constexpr double kEnd_ms = 1500;

} // namespace

std::unique_ptr<PictureClock> makePictureClock(SourceKind kind)
{
	if (kind == SourceKind::vlc) {
		return std::make_unique<VlcClock>();
	}
	return std::make_unique<FrameClock>();
}

std::optional<double> VlcClock::look(const Sight &sight)
{
	correction_ms_ = 0;
	const bool another =
		length_ms_ > 0 && sight.duration_ms > 0 && static_cast<double>(sight.duration_ms) != length_ms_;
	if (sight.duration_ms > 0) {
		length_ms_ = static_cast<double>(sight.duration_ms);
	}
	if (another) {
		begin_ms_ = 0;
		if (!jump_) {
			jump(0, true);
		}
	}
	followState(sight);
	// Where OBS has stalled meanwhile, the media's time was told then.
	const double since_ms = now_ns_ == 0 ? 0 : static_cast<double>(sight.now_ns - now_ns_) * 1e-6;
	now_ns_ = sight.now_ns;
	followMediaTime(static_cast<double>(sight.media_ms), since_ms > kStall_ms ? since_ms : 0);
	double heard_ms = 0;
	for (const SoundMark &mark : sight.sounds) {
		hear(mark);
		heard_ms += piece_ms_;
	}
	if (jump_ && heard_ms > kFilled_ms) {
		jump_->filled = true;
	}
	if (sight.frame_ns) {
		const double stamp = static_cast<double>(*sight.frame_ns) * 1e-6;
		const double delay_ms = static_cast<double>(sight.now_ns) * 1e-6 - stamp;
		leastDelay_ms_ = std::min(leastDelay_ms_.value_or(delay_ms), delay_ms);
		if (stamp != lastStamp_) {
			seeFrame(stamp);
			lastStamp_ = stamp;
		}
	}
	return picture_;
}

void VlcClock::followState(const Sight &sight)
{
	if (sight.state == state_) {
		return;
	}
	if (idle(state_) && now_ns_ != 0) {
		jump(0, true);
		jump_->early = true;
	}
	if (sight.state == MediaState::paused) {
		held_ = false;
		pausedAt_ = stampNow(sight.now_ns);
		pausedSinceSound_ = true;
	}
	resuming_ = sight.state == MediaState::playing && (state_ == MediaState::paused || resuming_);
	state_ = sight.state;
}

void VlcClock::followMediaTime(double media_ms, double stall_ms)
{
	if (media_ms == media_ms_) {
		return;
	}
	const bool known = media_ms_.has_value();
	media_ms_ = media_ms;
	if (!known || idle(state_)) {
		return;
	}
	const bool stays = jump_ && media_ms >= jump_->to - kMostBehind_ms && media_ms <= jump_->to + kMostAhead_ms;
	if (stays) {
		return;
	}
	if (jump_ && !jump_->begins && state_ == MediaState::playing && !jump_->sound && hearsSound() &&
	    media_ms > jump_->to && media_ms < jump_->to + kNext_ms) {
		// It plays on from there and nothing was filled anew: it is there already.
		jump_.reset();
		constant_.reset();
		guess(media_ms);
		return;
	}
	const double ahead = picture_ ? media_ms - *picture_ : 0;
	if (stall_ms > 0 && ahead > -kMostBehind_ms && ahead < kMostAhead_ms + stall_ms) {
		return;
	}
	if (!jump_ && (!constant_ || guesses_ > 0 || !picture_)) {
		if (constant_ && picture_ && std::abs(media_ms - kMediaAhead_ms - *picture_) > kMostAhead_ms) {
			jump(media_ms, media_ms == 0);
		} else {
			guess(media_ms);
		}
		return;
	}
	if (std::exchange(begun_, false) && !jump_ && ahead > kMostAhead_ms) {
		begin_ms_ = begin_ms_ + ahead - kMediaAhead_ms; // its first frame is not at 0
		guess(media_ms);
		return;
	}
	if (jump_ || ahead < -kMostBehind_ms || ahead > kMostAhead_ms) {
		jump(media_ms, media_ms == 0);
	}
}

void VlcClock::jump(double to, bool begins)
{
	const bool looped = begins && picture_ && length_ms_ > 0 && *picture_ > length_ms_ - kEnd_ms;
	const bool leapt = leap_ && now_ns_ - leaptAt_ns_ < kLeapHolds_ns;
	jump_ = Jump{.to = to, .begins = begins, .early = looped, .sound = leapt ? leap_ : std::nullopt};
	leap_.reset();
}

void VlcClock::hear(const SoundMark &mark)
{
	const double stamp = static_cast<double>(mark.stamp_ns) * 1e-6;
	piece_ms_ = static_cast<double>(mark.length_ns) * 1e-6;
	if (!soundEnd_ || std::abs(stamp - *soundEnd_) > kLeap_ms) {
		hearBreak(stamp);
	}
	pausedSinceSound_ = state_ == MediaState::paused;
	soundEnd_ = stamp + piece_ms_;
	heardAt_ns_ = now_ns_;
}

void VlcClock::hearBreak(double stamp)
{
	if (jump_) {
		jump_->sound = stamp;
	} else if (!soundEnd_) {
		return;
	} else if (media_ms_ && stamp < *soundEnd_ - kFlushed_ms) {
		// VLC threw away what it had handed on: a seek to nearby.
		jump(*media_ms_, *media_ms_ == 0);
		jump_->sound = stamp;
	} else if (pausedSinceSound_ && constant_) {
		*constant_ += stamp - *soundEnd_;
		resuming_ = false;
	} else {
		leap_ = stamp;
		leaptAt_ns_ = now_ns_;
	}
}

bool VlcClock::hearsSound() const
{
	return soundEnd_ && now_ns_ - heardAt_ns_ < kSilent_ns;
}

void VlcClock::seeFrame(double stamp)
{
	const double step = lastStamp_ ? stamp - *lastStamp_ : 0;
	const double stepBefore = std::exchange(lastStep_, step);
	if (jump_) {
		++jump_->frames;
		if (isFirst(stamp, step, stepBefore)) {
			begin(stamp);
			return;
		}
		if (jump_->frames > kMostOld_frames && state_ == MediaState::playing) {
			// It was none.
			jump_.reset();
			constant_.reset();
		}
	}
	if (state_ == MediaState::paused) {
		seePaused(stamp);
	} else if (resuming_) {
		seeResumed(stamp, step);
	} else if (constant_ && !(jump_ && jump_->pictured)) {
		if (!settling_.empty()) { // else it is the step from one that was early
			duration_.see(step);
		}
		settle(stamp);
		// A resumed one may be shown again before the next.
		picture_ = jump_ ? std::max(0.0, stamp - *constant_) : stamp - *constant_;
	}
}

// Frames that were on their way to the screen, then the last one again and again.
void VlcClock::seePaused(double stamp)
{
	const double step = constant_ && picture_ ? stamp - *constant_ - *picture_ : 0;
	const bool repeats = stamp > pausedAt_ + kPausing_ms || (step > kRepeat_ms && !runsOn(step, kJitter_ms));
	held_ = held_ || step <= 0 || (stamp > pausedAt_ && repeats);
	if (!held_ && !jump_) {
		picture_ = stamp - *constant_;
	}
}

// The last one again, until the next comes; the sound has told when that is, or the step does.
void VlcClock::seeResumed(double stamp, double step)
{
	if (!constant_ || !picture_ || (hearsSound() && pausedSinceSound_) || step > kRepeat_ms) {
		return;
	}
	const double next = *picture_ + frame_ms();
	correction_ms_ = 0;
	constant_ = stamp - next;
	picture_ = next;
	resuming_ = false;
}

// One frame or several later, and late by no more than that.
bool VlcClock::runsOn(double step, double most_ms) const
{
	const double late = std::remainder(step, frame_ms());
	return step > frame_ms() / 2 && late > -kJitter_ms && late < most_ms;
}

// VLC's clock, as its stamps tell it.
double VlcClock::stampNow(std::int64_t now_ns) const
{
	return static_cast<double>(now_ns) * 1e-6 - leastDelay_ms_.value_or(0);
}

// The frame with this stamp is the first from where the media has jumped to.
bool VlcClock::isFirst(double stamp, double step, double stepBefore)
{
	if (!lastStamp_) {
		return true;
	}
	if (state_ == MediaState::paused) {
		const bool repeats = std::abs(step - stepBefore) < kJitter_ms;
		return !jump_->pictured && held_ && (!repeats || jump_->frames >= kMostRepeats);
	}
	if (jump_->pictured && step > kRepeat_ms) {
		return false;
	}
	if (jump_->sound) {
		const double earliest = *jump_->sound - piece_ms_ - frame_ms() - kEarly_ms - kJitter_ms;
		const bool old = runsOn(step, kMostLate_ms) && !jump_->pictured;
		return stamp >= earliest && (!old || stamp > *jump_->sound - kLeap_ms);
	}
	return (!hearsSound() || jump_->filled) &&
	       (!runsOn(step, kJitter_ms) || jump_->pictured || jump_->frames > kOld_frames);
}

void VlcClock::begin(double stamp)
{
	const Jump from = *jump_;
	const bool unnoticed = !from.pictured && !from.sound && from.frames > kOld_frames; // it looked like an old one
	first_ms_ = from.pictured ? from.to
		    : from.begins ? begin_ms_
				  : std::max(0.0, from.to + frame_ms() / 2 - kEarly_ms);
	if (unnoticed) {
		first_ms_ += (kOld_frames / 2) * frame_ms();
	}
	picture_ = first_ms_;
	constant_ = stamp + (from.early ? kEarly_ms : 0) - first_ms_;
	guesses_ = unnoticed || (from.begins && begin_ms_ > 0) ? 1 : 0;
	resuming_ = false;
	if (state_ == MediaState::paused) {
		jump_->pictured = true; // and is shown again when it plays on
		return;
	}
	early_ = from.early;
	if (!from.begins && !from.pictured) {
		ifLate_ = stamp - from.to + kEarly_ms;
	} else if (from.early && !from.sound) {
		ifLate_ = stamp - begin_ms_ - frame_ms(); // the first was missed
	} else {
		ifLate_.reset();
	}
	fitToSound(from);
	picture_ = std::max(first_ms_, stamp - *constant_);
	begun_ = from.begins;
	jump_.reset();
	settling_.clear();
}

// The first piece of sound is that of the place jumped to, within a piece; at a start it is the first or the second.
void VlcClock::fitToSound(const Jump &from)
{
	if (!from.sound) {
		return;
	}
	const double to = from.begins ? begin_ms_ : from.to;
	if (from.pictured) {
		constant_ = *from.sound - to; // which picture came first cannot be seen: it may be the same again
		return;
	}
	const double most = *from.sound - to + (from.begins ? 0 : piece_ms_) + kJitter_ms;
	const double least = *from.sound - to - piece_ms_ - kJitter_ms;
	const double frame = frame_ms();
	if (*constant_ > most) {
		*constant_ = std::max(*constant_ - std::ceil((*constant_ - most) / frame) * frame, least);
	} else if (*constant_ < least) {
		*constant_ = std::min(*constant_ + std::ceil((least - *constant_) / frame) * frame, most);
	}
}

// A frame is late or in time, and after a seek the first is late as a rule: it should have come just before VLC began,
// and came at once then. At a start it is early, or else it was not the first.
void VlcClock::settle(double stamp)
{
	if (settling_.size() == settling_.capacity()) {
		return;
	}
	settling_.push_back(std::remainder(stamp - *constant_ - first_ms_, frame_ms()));
	if (settling_.size() < settling_.capacity()) {
		return;
	}
	const auto [least, most] = std::ranges::minmax(settling_);
	const double before = *constant_;
	if (ifLate_ && least < (early_ ? -kEarly_ms : -kJitter_ms) / 2 && most - least < kJitter_ms) {
		*constant_ = *ifLate_;
	} else if (std::abs(least) < kMostLate_ms) {
		*constant_ += least;
	}
	correction_ms_ = before - *constant_;
}

// From what the media tells in mid-play; the mean of several.
void VlcClock::guess(double media_ms)
{
	if (!lastStamp_ || state_ != MediaState::playing) {
		return;
	}
	const double constant = *lastStamp_ - std::max(0.0, media_ms - kMediaAhead_ms);
	guesses_ = constant_ ? std::min(guesses_ + 1, kGuesses) : 1;
	const double before = constant_.value_or(constant);
	constant_ = before + (constant - before) / guesses_;
	correction_ms_ = before - *constant_;
}

} // namespace pulseline::playback
