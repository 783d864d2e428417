// How a stretch begins: its first picture and its constant.
#include "playback/vlc_clock.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pulseline::playback {
namespace {

// A first picture comes no more than so long before VLC begins.
constexpr double kMostEarly_ms = 14;
constexpr double kAgree_ms = 5;

} // namespace

void VlcClock::begin(double stamp)
{
	const Jump from = *jump_;
	const bool paused = state_ == MediaState::paused;
	const bool unnoticed =
		!paused && !from.pictured && !from.sound && lastStamp_ && runsOn(lastStep_, kSilentJitter_ms);
	const double place = (from.begins ? begin_ms_ : from.to) + (unnoticed ? kOld_ms / 2 : 0);
	const bool exactly = from.begins || from.pictured || paused;
	const double first = exactly ? place : std::max(0.0, place - frame_ms() / 2);
	guessed_ = unnoticed || (from.begins && begin_ms_ > 0);
	resuming_ = false;
	picture_ = first;
	if (paused) {
		constant_ = stamp - first;
		jump_->pictured = true; // and is shown again when it plays on
		return;
	}
	constant_ = constantOf(from, place, stamp);
	picture_ = std::max(first, stamp - *constant_);
	if (from.begins || !(from.sound && due_ms_)) {
		beginning_ = Beginning{.first = stamp, .after = {}, .from = from};
	}
	jump_.reset();
}

// Of the stretch that begins from a place with this stamp.
double VlcClock::constantOf(const Jump &from, double place, double stamp) const
{
	if (from.sound && due_ms_) {
		const double constant = from.sound->came + *due_ms_ - place;
		const double sounds =
			from.sound->stamp - place; // the first piece is that of the place, to within a piece
		return std::clamp(constant, sounds - piece_ms_ - kJitter_ms, sounds + piece_ms_ + kJitter_ms);
	}
	if (from.pictured) {
		return from.sound ? from.sound->stamp - place : stamp - place - frame_ms() / 2;
	}
	return stamp + kDue_ms - place;
}

// The frames after the first are in time or late, and a frame's duration apart. The first was early, if it was seen.
void VlcClock::settle(double stamp)
{
	if (!beginning_) {
		return;
	}
	beginning_->after.push_back(stamp);
	if (beginning_->after.size() < beginning_->after.capacity()) {
		return;
	}
	const Beginning beginning = *std::exchange(beginning_, std::nullopt);
	const Jump &from = beginning.from;
	const bool missed = std::ranges::all_of(beginning.after, [&](double after) {
		return std::abs(std::remainder(after - beginning.first, frame_ms())) < kJitter_ms;
	});
	if (!from.begins) {
		// The first that was seen is one of the two after the place.
		correct(missed && !from.pictured ? beginning.first - from.to - frame_ms() / 2 : *constant_);
		return;
	}
	double constant = beginning.first + kDue_ms - begin_ms_;
	constant += missed ? -kDue_ms - frame_ms() : lateness(beginning, constant);
	correct(from.sound ? learn(*from.sound, fitToSound(*from.sound, constant)) : constant);
}

// Of the least late frames, if they agree; else 0.
double VlcClock::lateness(const Beginning &beginning, double constant) const
{
	auto late_ms = beginning.after;
	for (double &late : late_ms) {
		const double position = late - constant - begin_ms_;
		late = position - std::floor((position + kJitter_ms) / frame_ms()) * frame_ms();
	}
	const double least = std::ranges::min(late_ms);
	const auto agreeing = std::ranges::count_if(late_ms, [&](double late) { return late < least + kJitter_ms; });
	return agreeing > std::ssize(late_ms) / 2 && least < kMostEarly_ms ? least : 0;
}

// At a start the first piece of sound is the media's first or second; the constant is off by whole frames, if at all.
double VlcClock::fitToSound(const Sound &sound, double constant) const
{
	const double most = sound.stamp - begin_ms_ + kJitter_ms;
	const double least = most - piece_ms_ - 2 * kJitter_ms;
	const double off = constant - std::clamp(constant, least, most);
	const double frames = std::copysign(std::ceil(std::abs(off) / frame_ms()), off);
	return std::clamp(constant - frames * frame_ms(), least, most);
}

// A start may be seen badly. So one that says otherwise than those before it is not believed until a second agrees.
double VlcClock::learn(const Sound &sound, double constant)
{
	const double due_ms = constant + begin_ms_ - sound.came;
	const auto agrees = [&](std::optional<double> other) { return other && std::abs(due_ms - *other) < kAgree_ms; };
	if (!due_ms_ || agrees(due_ms_) || agrees(otherDue_ms_)) {
		due_ms_ = due_ms;
		otherDue_ms_.reset();
	} else {
		otherDue_ms_ = due_ms;
	}
	return sound.came + *due_ms_ - begin_ms_;
}

} // namespace pulseline::playback
