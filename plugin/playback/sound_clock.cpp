#include "playback/sound_clock.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::playback {
namespace {

// No picture waits longer in OBS.
constexpr std::int64_t kForget_ns = 3'000'000'000;
// A picture's stamp is that far from its stretch's sound at most: what is decoded, but not yet heard.
constexpr double kApart_frames = 2;
// By how much the media's time jumps ahead of the stamps at a new stretch, at least; frames of unequal length make it
// leap by less.
constexpr double kJump_frames = 4;
// After so many pieces all places between two pictures have been met; only where the pictures end before the sound does
// the media's time get nearer still.
constexpr int kKnown_pieces = 20;
constexpr double kContradiction_ms = 3;
constexpr double kRounding_ms = 1; // the media tells its time in whole milliseconds

} // namespace

void SoundClock::hear(const SoundMark &mark, double speed, double frame_ms, std::int64_t now_ns)
{
	const double stamp = static_cast<double>(mark.stamp_ns) * 1e-6 * speed;
	const double length_ms = static_cast<double>(mark.length_ns) * 1e-6 * speed;
	const auto media_ms = static_cast<double>(mark.media_ms);
	const double ahead = media_ms - stamp;
	if (begins(stamp, media_ms, length_ms, frame_ms)) {
		stretches_.push_back({.first = stamp, .last = stamp, .leastAhead = ahead, .mostAhead = ahead});
	}
	lastStamp_ = stamp;
	lastMedia_ms_ = media_ms;
	stretches_.back().heardAt_ns = now_ns;
	std::erase_if(stretches_, [&](const Stretch &one) { return now_ns - one.heardAt_ns > kForget_ns; });
	Stretch &stretch = stretches_.back();
	stretch.first = std::min(stretch.first, stamp);
	stretch.last = std::max(stretch.last, stamp);
	stretch.longest_ms = std::max(stretch.longest_ms, length_ms);
	const double nearer = stretch.leastAhead - ahead;
	if (++stretch.pieces > kKnown_pieces && nearer > kContradiction_ms) {
		if (nearer < frame_ms) {
			return; // it goes on after the last picture
		}
		// It had begun before the first picture.
		stretch.pieces = 0;
		stretch.mostAhead = ahead;
	}
	stretch.leastAhead = std::min(stretch.leastAhead, ahead);
	stretch.mostAhead = std::max(stretch.mostAhead, ahead);
}

// A seek moves stamp and media time alike; at a loop or restart the stamps run on while the media's time falls back,
// and after a pause or stop they jump by more than the media's time does.
bool SoundClock::begins(double stamp, double media_ms, double length_ms, double frame_ms) const
{
	if (stretches_.empty() || (stamp > lastStamp_ && media_ms < lastMedia_ms_)) {
		return true;
	}
	const double change = std::abs(media_ms - stamp - (lastMedia_ms_ - lastStamp_));
	return change > kJump_frames * std::max(frame_ms, length_ms);
}

std::optional<SoundClock::Bounds> SoundClock::constant(double stamp, double frame_ms)
{
	auto found = stretches_.end();
	for (auto one = stretches_.begin(); one != stretches_.end(); ++one) {
		const double apart = kApart_frames * frame_ms;
		// The last pictures of an earlier stretch may come after all of its sound.
		const double before = one == stretches_.begin() ? apart : 0;
		if (stamp < one->first - before || stamp > one->last + apart + one->longest_ms) {
			continue;
		}
		if (found != stretches_.end()) {
			return std::nullopt; // at the seam of two
		}
		found = one;
	}
	if (found == stretches_.end()) {
		return std::nullopt;
	}
	stretches_.erase(stretches_.begin(), found);
	const Stretch &stretch = stretches_.front();
	Bounds bounds{.least = std::max(frame_ms, stretch.longest_ms) - stretch.leastAhead - kRounding_ms,
		      .most = std::max(2 * frame_ms, stretch.longest_ms) - stretch.mostAhead,
		      .settled = stretch.pieces > kKnown_pieces};
	if (bounds.most < bounds.least) { // frames of unequal length: the shortest count
		bounds.least = stretch.longest_ms - stretch.leastAhead - kRounding_ms;
		bounds.most = bounds.least + frame_ms;
	}
	return bounds;
}

} // namespace pulseline::playback
