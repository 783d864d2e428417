#include "playback/follower.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace pulseline::playback {
namespace {

// A frame may come on screen one composed frame late; several in a row that are off to the same side are not chance.
constexpr double kTolerance_frames = 1;
constexpr double kLeastTolerance_ms = 20;
constexpr std::size_t kPersistent_frames = 3;
constexpr double kJump_frames = 3.5;
constexpr double kLeastJump_ms = 75;
constexpr double kUnknownFrame_ms = 60;
// A line that a single frame began is put right by the last few, if it is off by more than that: soon, and when OBS's
// queue has found its length.
constexpr std::size_t kSettle_frames = 5;
constexpr std::array<int, 2> kSettleAfter_frames{5, 30};
constexpr double kSettled_frames = 0.3;

double frame_ms(const Shown &shown)
{
	return shown.frame_ms > 0 ? shown.frame_ms : kUnknownFrame_ms;
}

} // namespace

std::optional<PlaybackChange> ChangeDetector::feed(const Shown &shown, std::int64_t now_ms)
{
	PlaybackChange now{.at_ms = now_ms};
	if (last_) {
		now.position_ms = framePosition_ms_; // unless there is news: where it was seen last
		now.pass = last_->pass;
	}
	if (shown.found) {
		now.state = shown.state;
		now.position_ms = shown.position_ms;
		now.rate = shown.state == PlaybackState::playing ? shown.rate : 1;
		now.pass += seenPass_ && shown.pass > *seenPass_ ? shown.pass - *seenPass_ : 0;
		seenPass_ = shown.pass;
	}
	const bool freshFrame = !last_ || now.position_ms != framePosition_ms_;
	framePosition_ms_ = now.position_ms;
	if (last_ && !differs(now) && !(moves(now) && leavesLine(now, frame_ms(shown), freshFrame))) {
		return std::nullopt;
	}
	if (!last_ || differs(now)) {
		beginLine();
	}
	leads_.clear();
	last_ = now;
	return now;
}

void ChangeDetector::beginLine()
{
	frames_ = 0;
	settlings_ = 0;
}

bool ChangeDetector::moves(const PlaybackChange &now)
{
	return now.state == PlaybackState::playing && now.rate != 0;
}

bool ChangeDetector::differs(const PlaybackChange &now) const
{
	return now.state != last_->state || now.pass != last_->pass || now.rate != last_->rate ||
	       (!moves(now) && now.position_ms != last_->position_ms);
}

// Looks at each frame when it comes on screen: until the next one comes, the line runs ahead of it rightly.
bool ChangeDetector::leavesLine(PlaybackChange &now, double frame_ms, bool freshFrame)
{
	const double line_ms =
		static_cast<double>(last_->position_ms) + now.rate * static_cast<double>(now.at_ms - last_->at_ms);
	const double lead_ms = line_ms - static_cast<double>(now.position_ms);
	if (std::abs(lead_ms) > std::max(kJump_frames * frame_ms, kLeastJump_ms)) {
		beginLine();
		return true;
	}
	if (!freshFrame) {
		return false;
	}
	++frames_;
	leads_.push_back(lead_ms);
	if (leads_.size() > kSettle_frames) {
		leads_.pop_front();
	}
	const std::optional<double> astray_ms = settle(frame_ms);
	if (astray_ms) {
		now.position_ms = std::max<std::int64_t>(0, std::llround(line_ms - *astray_ms));
	}
	return astray_ms.has_value();
}

// How far the line is off, if it is off.
std::optional<double> ChangeDetector::settle(double frame_ms)
{
	if (leads_.size() < kPersistent_frames) {
		return std::nullopt;
	}
	std::array<double, kPersistent_frames> last{};
	std::copy_n(leads_.rbegin(), last.size(), last.begin());
	std::ranges::sort(last);
	const double tolerance_ms = std::max(kTolerance_frames * frame_ms, kLeastTolerance_ms);
	if (last.front() > tolerance_ms || last.back() < -tolerance_ms) {
		return last[last.size() / 2];
	}
	if (settlings_ == kSettleAfter_frames.size() || frames_ < kSettleAfter_frames[settlings_] ||
	    leads_.size() < kSettle_frames) {
		return std::nullopt;
	}
	++settlings_;
	std::array<double, kSettle_frames> all{};
	std::ranges::copy(leads_, all.begin());
	std::ranges::sort(all);
	// With the frames that came late, but for the latest: the line is then never more than a frame ahead.
	const double late_ms = all[all.size() - 2];
	return std::abs(late_ms) > kSettled_frames * frame_ms ? std::optional(late_ms) : std::nullopt;
}

} // namespace pulseline::playback
