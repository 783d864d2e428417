#include "playback/vlc_clock.hpp"
#include "playback/frame_clock.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pulseline::playback {
namespace {

// At least so long after a picture VLC 3 shows the same again.
constexpr double kRepeat_ms = 60;
// How far from where it is by its stamps the media may say that it is, without a jump; and how far beyond the place
// that it has jumped to, when it plays on from there.
constexpr double kTold_ms = 150;
constexpr double kPlayedOn_ms = 300;
constexpr double kNext_ms = 1500;
// Steps of the stamps that are no leap.
constexpr double kMostLate_ms = 5;
constexpr double kLeap_ms = 5;
// The sound's thread wakes up no sooner before the pictures'.
constexpr double kWake_ms = 0.5;
constexpr double kFlushed_ms = 200;
constexpr double kLeapHolds_ms = 500;
constexpr double kFilled_ms = 600; // of sound at once: VLC has filled its buffers anew
constexpr double kSilent_ms = 3000;
// Frames of the old place that may still come after the media has jumped.
constexpr int kMostOld_frames = 45;
constexpr int kMostRepeats = 2; // ... while it is paused
// It says that it is paused so long before it shows no new frames.
constexpr double kPausing_ms = 68;

double toMs(std::int64_t ns)
{
	return static_cast<double>(ns) * 1e-6;
}

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
		if (!jump_ || !jump_->begins) {
			jump(0, true);
		}
	}
	followState(sight);
	const double before = std::exchange(now_, toMs(sight.now_ns));
	followMediaTime(static_cast<double>(sight.media_ms), before == 0 ? now_ : before);
	double heard_ms = 0;
	for (const SoundMark &mark : sight.sounds) {
		hear(mark);
		heard_ms += piece_ms_;
	}
	if (jump_ && heard_ms > kFilled_ms) {
		jump_->filled = true;
	}
	if (sight.frame_ns) {
		const double stamp = toMs(*sight.frame_ns);
		leastDelay_ms_ = std::min(leastDelay_ms_.value_or(now_ - stamp), now_ - stamp);
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
	if (idle(state_) && now_ != 0) {
		jump(0, true);
	}
	if (sight.state == MediaState::paused) {
		beginning_.reset();
		told_.reset();
		held_ = false;
		pausedAt_ = vlcTime(toMs(sight.now_ns));
		pausedSinceSound_ = true;
	}
	resuming_ = sight.state == MediaState::playing && (state_ == MediaState::paused || resuming_);
	state_ = sight.state;
}

// Told since the look before.
void VlcClock::followMediaTime(double media_ms, double before)
{
	if (media_ms == media_ms_) {
		return;
	}
	const std::optional<double> told = std::exchange(media_ms_, media_ms);
	if (!told || idle(state_)) {
		return;
	}
	if (media_ms > 0) {
		begin_ms_ = std::min(begin_ms_, media_ms);
	}
	if (jump_) {
		followJump(media_ms, before);
		return;
	}
	const bool runs = state_ == MediaState::playing && !resuming_;
	if (!constant_ || !picture_) {
		return;
	}
	if (runs && guessed_ && !told_) {
		guess(media_ms, before);
		return;
	}
	const double least = runs ? std::min(vlcTime(before) - *constant_, *picture_) : *picture_;
	const double most = runs ? vlcTime(now_) - *constant_ : *picture_;
	if (media_ms > least - kTold_ms && media_ms < most + kTold_ms) {
		if (runs && (guessed_ || !hearsSound())) {
			guess(media_ms, before);
		}
	} else if (told == 0 && runs && media_ms > most) {
		const double assumed = *constant_; // that its first frame is at 0
		guess(media_ms, before);
		begin_ms_ += assumed - *constant_;
	} else {
		jump(media_ms, media_ms == 0);
	}
}

void VlcClock::followJump(double media_ms, double before)
{
	const double beyond = media_ms - jump_->to;
	const bool fillsNothing = state_ == MediaState::playing && !jump_->sound && hearsSound();
	if (!jump_->begins && fillsNothing && beyond > kPlayedOn_ms && beyond < kNext_ms) {
		// It plays on from there: it is there already.
		jump_.reset();
		constant_.reset();
		guess(media_ms, before);
	} else if (beyond < -kTold_ms || beyond > kPlayedOn_ms + now_ - jump_->at) {
		jump(media_ms, media_ms == 0);
	}
}

void VlcClock::jump(double to, bool begins)
{
	const bool leapt = leap_ && now_ - leap_->came < kLeapHolds_ms;
	jump_ = Jump{.to = to, .at = now_, .begins = begins, .sound = leapt ? leap_ : std::nullopt};
	leap_.reset();
	beginning_.reset();
	told_.reset();
}

void VlcClock::hear(const SoundMark &mark)
{
	const Sound sound{.stamp = toMs(mark.stamp_ns), .came = toMs(mark.came_ns)};
	piece_ms_ = toMs(mark.length_ns);
	if (!soundEnd_ || std::abs(sound.stamp - *soundEnd_) > kLeap_ms) {
		hearBreak(sound);
	}
	pausedSinceSound_ = state_ == MediaState::paused;
	soundEnd_ = sound.stamp + piece_ms_;
	heardAt_ = now_;
}

void VlcClock::hearBreak(const Sound &sound)
{
	if (jump_) {
		jump_->sound = sound;
	} else if (beginning_ && !beginning_->from.sound) {
		beginning_->from.sound = sound;
	} else if (soundEnd_ && media_ms_ && sound.stamp < *soundEnd_ - kFlushed_ms) {
		// VLC threw away what it had handed on: a seek to nearby, or just after a start.
		begin_ms_ = guessed_ ? 0 : begin_ms_;
		jump(*media_ms_, *media_ms_ == 0);
		jump_->sound = sound;
	} else if (soundEnd_ && pausedSinceSound_ && constant_) {
		*constant_ += sound.stamp - *soundEnd_;
		resuming_ = false;
	} else if (soundEnd_) {
		leap_ = sound;
	}
}

bool VlcClock::hearsSound() const
{
	return soundEnd_ && now_ - heardAt_ < kSilent_ms;
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
	if (!constant_ && !jump_ && media_ms_ && !idle(state_)) {
		picture_ = *media_ms_; // till it tells of another time, half a second later at the most
		constant_ = stamp - *picture_;
		guessed_ = true;
	} else if (state_ == MediaState::paused) {
		seePaused(stamp);
	} else if (resuming_) {
		seeResumed(stamp, step);
	} else if (constant_ && !(jump_ && jump_->pictured)) {
		duration_.see(step);
		settle(stamp);
		// A resumed one may be shown again before the next.
		picture_ = jump_ ? std::max(0.0, stamp - *constant_) : stamp - *constant_;
	}
}

// Frames that were on their way to the screen, then the last one again and again.
void VlcClock::seePaused(double stamp)
{
	const double step = constant_ && picture_ ? stamp - *constant_ - *picture_ : 0;
	const bool repeats = stamp > pausedAt_ + kPausing_ms || (step > kRepeat_ms && !runsOn(step, kSilentJitter_ms));
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
	constant_ = stamp - next;
	picture_ = next;
	resuming_ = false;
}

// One frame or several later, and late by no more than that.
bool VlcClock::runsOn(double step, double most_ms) const
{
	const double late = std::remainder(step, frame_ms());
	return step > frame_ms() / 2 && std::abs(late) < most_ms;
}

// What VLC's clock says at a time of the composed frames' clock, as its stamps tell.
double VlcClock::vlcTime(double time) const
{
	return time + (due_ms_ ? *due_ms_ - kDue_ms : -leastDelay_ms_.value_or(0));
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
		const double stampOfSound = jump_->sound->stamp;
		const double earliest = stampOfSound - piece_ms_ - frame_ms() - kDue_ms - kJitter_ms;
		const double begun = due_ms_ ? jump_->sound->came + *due_ms_ - kDue_ms : stampOfSound - kLeap_ms;
		const bool old = runsOn(step, kMostLate_ms) && !jump_->pictured;
		return stamp >= earliest && (!old || stamp > begun - kWake_ms);
	}
	return (!hearsSound() || jump_->filled) &&
	       (!runsOn(step, kSilentJitter_ms) || jump_->pictured || now_ - jump_->at > kOld_ms);
}

// From what the media has told since the look before, and what it told earlier in this stretch. By the frames alone
// VLC's clock is known to within a composed frame.
void VlcClock::guess(double media_ms, double before)
{
	if (!lastStamp_) {
		return;
	}
	const double unsure_ms = due_ms_ ? 0 : now_ - before;
	Bounds told{.least = vlcTime(before) - media_ms, .most = vlcTime(now_) + unsure_ms - media_ms};
	if (told_ && told.least < told_->most && told.most > told_->least) {
		told = {.least = std::max(told.least, told_->least), .most = std::min(told.most, told_->most)};
	}
	told_ = told;
	const double kept = std::clamp(constant_.value_or(0), told.least, told.most);
	guessed_ = guessed_ || !constant_ || std::abs(kept - *constant_) > frame_ms();
	correct(guessed_ ? (told.least + told.most) / 2 : kept);
}

void VlcClock::correct(double constant)
{
	correction_ms_ += constant_.value_or(constant) - constant;
	constant_ = constant;
}

} // namespace pulseline::playback
