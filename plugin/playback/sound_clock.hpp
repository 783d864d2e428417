// What the sound tells of the pictures' stamps. A media hands each piece of sound to OBS from its own thread, with a
// stamp of the same constant as the pictures' (frame_clock.hpp), and none is dropped however much OBS stalls. In that
// very moment the media's time is the end of what it has decoded furthest: of this piece, or of the next picture, which
// begins after this piece does and by less than a frame. So each piece confines the constant of its stretch to within a
// frame, and several, which come at other places between two pictures, confine it to some milliseconds.
//
// Pure; owned by one thread. Times are milliseconds of media time.
#pragma once

#include "playback/sight.hpp"

#include <deque>
#include <optional>

namespace pulseline::playback {

class SoundClock {
public:
	// In the order in which they came; `now_ns` as in Sight.
	void hear(const SoundMark &mark, double speed, double frame_ms, std::int64_t now_ns);

	struct Bounds {
		double least = 0;
		double most = 0;
		bool settled = false; // they get no narrower

		double middle() const { return (least + most) / 2; }
		double width() const { return most - least; }
	};
	// Of the constant of the stretch that a picture with this stamp is of; empty: that cannot be told.
	std::optional<Bounds> constant(double stamp, double frame_ms);

private:
	struct Stretch {
		double first = 0; // stamps of sound
		double last = 0;
		double leastAhead = 0; // media time less the stamp
		double mostAhead = 0;
		double longest_ms = 0; // of its pieces
		int pieces = 0;
		std::int64_t heardAt_ns = 0;
	};

	bool begins(double stamp, double media_ms, double length_ms, double frame_ms) const;

	std::deque<Stretch> stretches_; // the last is heard now, the pictures on screen may be of an earlier one
	double lastStamp_ = 0;
	double lastMedia_ms_ = 0;
};

} // namespace pulseline::playback
