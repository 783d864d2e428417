#include "playback/follower.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::playback {
namespace {

// The picture stands on a frame until the next one, and that one may come one composed frame late: a line through the
// frames is left by up to one and a half of them without anything having changed.
constexpr double kTolerance_frames = 1.5;
constexpr double kLeastTolerance_ms = 25;
constexpr double kUnknownTolerance_ms = 60;
// A single frame that came late is no change; a jump is one at once.
constexpr int kPersistent_looks = 3;
constexpr double kJump = 2.5; // times the tolerance

double tolerance_ms(const Shown &shown)
{
	return shown.frame_ms > 0 ? std::max(kLeastTolerance_ms, kTolerance_frames * shown.frame_ms)
				  : kUnknownTolerance_ms;
}

} // namespace

std::optional<PlaybackChange> ChangeDetector::feed(const Shown &shown, std::int64_t now_ms)
{
	PlaybackChange now{.at_ms = now_ms};
	if (last_) {
		now.position_ms = last_->position_ms;
		now.pass = last_->pass;
	}
	if (shown.found) {
		now.state = shown.state;
		now.position_ms = shown.position_ms;
		now.rate = shown.state == PlaybackState::playing ? shown.rate : 1;
		now.pass += seenPass_ && shown.pass > *seenPass_ ? shown.pass - *seenPass_ : 0;
		seenPass_ = shown.pass;
	}
	if (last_ && !changes(now, tolerance_ms(shown))) {
		return std::nullopt;
	}
	astray_ = 0;
	last_ = now;
	return now;
}

bool ChangeDetector::changes(const PlaybackChange &now, double tolerance_ms)
{
	if (now.state != last_->state || now.pass != last_->pass || now.rate != last_->rate) {
		return true;
	}
	if (now.state != PlaybackState::playing || now.rate == 0) {
		return now.position_ms != last_->position_ms;
	}
	const double expected =
		static_cast<double>(last_->position_ms) + now.rate * static_cast<double>(now.at_ms - last_->at_ms);
	const double off = std::abs(static_cast<double>(now.position_ms) - expected);
	astray_ = off > tolerance_ms ? astray_ + 1 : 0;
	return off > kJump * tolerance_ms || astray_ >= kPersistent_looks;
}

} // namespace pulseline::playback
