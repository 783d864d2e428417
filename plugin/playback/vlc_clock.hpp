// Finds the position of the frame on screen for OBS's VLC source. It stamps a frame with the time at which VLC showed
// it and a piece of sound with the time at which it is to be heard, both on VLC's own clock, so that within a stretch
// of play `stamp - position` is constant as it is for a Media Source. Everything else differs:
//
//   - while it is paused it shows the same picture again every 80 ms, each time with a new stamp;
//   - when it plays on, the constant has grown by the pause: by as much as the sound's stamps leap, for VLC has handed
//     on its sound more than a second ahead and loses none of it. Without sound, the next frame is the one after the
//     picture;
//   - a seek makes the media tell the very time that was sought, then VLC fills its buffers and begins anew, with the
//     frame that is on screen at that time or the one before it. Nothing tells which, so that half a frame is assumed.
//     The first piece of sound is that of the sought time too, to within a piece;
//   - a start or loop is the same from 0, where the first frame is known for sure. VLC shows it 10 ms early, the
//     time that it gives its threads to wake up;
//   - a frame may be late and is never early otherwise, so that the least late of the first few settles the constant;
//   - VLC tells its time about every quarter of a second, and is ahead of the picture by 20 to 90 ms in that moment.
//     That shows seeks, and is what a video that is followed in mid-play is guessed from.
//
// Pure; owned by one thread.
#pragma once

#include "playback/frame_duration.hpp"
#include "playback/picture_clock.hpp"

#include <boost/container/static_vector.hpp>

#include <cstdint>

namespace pulseline::playback {

class VlcClock final : public PictureClock {
public:
	std::optional<double> look(const Sight &sight) override;
	double frame_ms() const override { return duration_.value_ms(); }
	double correction_ms() const override { return correction_ms_; }
	bool guessing() const override { return guesses_ > 0 || (jump_ && jump_->pictured); }

private:
	// The media has gone elsewhere, and the first picture from there is still to come on screen.
	struct Jump {
		double to = 0;
		bool begins = false;         // with the first frame of the media
		bool early = false;          // ... which VLC shows early
		bool pictured = false;       // is on screen already, while paused
		std::optional<double> sound; // stamp of the first piece from there
		bool filled = false;         // sound from there has come, maybe without a leap of its stamps
		int frames = 0;              // that came since
	};

	void followState(const Sight &sight);
	void followMediaTime(double media_ms, double stall_ms);
	void jump(double to, bool begins);
	void hear(const SoundMark &mark);
	void hearBreak(double stamp);
	void seeFrame(double stamp);
	void seePaused(double stamp);
	void seeResumed(double stamp, double step);
	bool runsOn(double step, double most_ms) const;
	double stampNow(std::int64_t now_ns) const;
	bool isFirst(double stamp, double step, double stepBefore);
	void begin(double stamp);
	void fitToSound(const Jump &jump);
	void settle(double stamp);
	void guess(double media_ms);
	bool hearsSound() const;

	std::optional<double> constant_; // stamp - position
	std::optional<double> picture_;  // position on screen
	std::optional<Jump> jump_;
	FrameDuration duration_;
	MediaState state_ = MediaState::stopped;
	std::int64_t now_ns_ = 0;
	double length_ms_ = 0; // of the media
	std::optional<double> media_ms_;
	std::optional<double> lastStamp_;
	double lastStep_ = 0; // between the last two stamps
	double correction_ms_ = 0;
	bool resuming_ = false;               // plays on after a pause, and the first new frame is still to come
	bool held_ = false;                   // paused, and the picture was shown again
	double pausedAt_ = 0;                 // by VLC's clock
	std::optional<double> leastDelay_ms_; // from VLC's clock to the composed frame's, by the frames
	double begin_ms_ = 0;                 // position of the media's first frame, where it is far from 0
	bool begun_ = false;                  // from 0, and the media has told no time since
	int guesses_ = 0;                     // of the constant that were made from the media's time; 0: it is known

	// Sound: the end of the last piece, its length, and when it came.
	std::optional<double> soundEnd_;
	double piece_ms_ = 0;
	std::int64_t heardAt_ns_ = 0;
	bool pausedSinceSound_ = false;
	// The last leap of the sound that nothing had announced.
	std::optional<double> leap_;
	std::int64_t leaptAt_ns_ = 0;

	// How late the frames after the first of a stretch are settles its constant.
	boost::container::static_vector<double, 8> settling_;
	double first_ms_ = 0;          // position of the first
	bool early_ = false;           // that one was early, unless the others say otherwise
	std::optional<double> ifLate_; // the constant, if they do, or say that it was late
};

} // namespace pulseline::playback
