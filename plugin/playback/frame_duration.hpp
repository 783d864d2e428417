// How long a frame of a source is: what the media claims, corrected by the frames that come on screen.
#pragma once

#include <cstddef>
#include <deque>

namespace pulseline::playback {

class FrameDuration {
public:
	// The mean over the whole file; too long where the sound goes on after the pictures. 0: not known.
	void claim(double mean_ms);
	// From one frame on screen to the next. A canvas that is slower than the source shows every second or third.
	void see(double step_ms);

	double value_ms() const { return value_ms_; }

private:
	void settle();

	double claimed_ms_ = 0;
	std::deque<double> steps_ms_; // the newest few
	double value_ms_ = 40;        // until something is known
};

} // namespace pulseline::playback
