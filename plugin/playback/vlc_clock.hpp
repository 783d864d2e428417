// Finds the position of the frame on screen for OBS's VLC source. It stamps a frame with the time at which VLC showed
// it and a piece of sound with the time at which it is to be heard, both on VLC's own clock, so that within a stretch
// of play `stamp - position` is constant as it is for a Media Source. Everything else differs:
//
//   - while it is paused it shows the same picture again every 80 ms, each time with a new stamp;
//   - when it plays on, the constant has grown by the pause: by as much as the sound's stamps leap, for VLC has handed
//     on its sound more than a second ahead and loses none of it. Without sound, the next frame is the one after the
//     picture;
//   - a seek makes the media tell the very time that was sought; then VLC fills its buffers. The first picture is the
//     one of that time, and it comes on screen at once, while they are filled. When they are full VLC begins: it lets
//     go of the sound in that moment, and what is of the sought time is due 10 ms later;
//   - a start or loop is the same from the first frame, whose position is known. So the first start tells what "10 ms
//     later" is by the stamps' clock, and from then on the moment in which the sound comes is all that is needed;
//   - without sound, VLC is taken to begin when the first picture comes;
//   - VLC tells about twice a second where it is in that moment, by its own clock: ahead of the picture. That shows
//     seeks, and is what a video that is followed in mid-play is guessed from.
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
	bool guessing() const override { return guessed_ || (jump_ && jump_->pictured); }

private:
	static constexpr double kDue_ms = 10;           // after VLC began it shows what it was told to begin with
	static constexpr double kJitter_ms = 3;         // of the stamps
	static constexpr double kSilentJitter_ms = 1.5; // where nothing else tells
	static constexpr double kOld_ms = 250; // frames of the old place come no longer after the media has jumped

	// The first piece of sound from a place.
	struct Sound {
		double stamp = 0;
		double came = 0; // when, by the composed frames' clock
	};
	// The media has gone elsewhere, and the first picture from there is still to come on screen.
	struct Jump {
		double to = 0;
		double at = 0;         // when it was told, by the composed frames' clock
		bool begins = false;   // with the first frame of the media
		bool pictured = false; // is on screen already, while paused
		bool filled = false;   // sound from there has come, maybe without a leap of its stamps
		std::optional<Sound> sound;
		int frames = 0; // that came since
	};
	// A stretch whose first picture was seen, until its constant is settled.
	struct Beginning {
		double first = 0; // stamps
		boost::container::static_vector<double, 5> after;
		Jump from;
	};

	struct Bounds {
		double least = 0;
		double most = 0;
	};

	void followState(const Sight &sight);
	void followMediaTime(double media_ms, double before);
	void followJump(double media_ms, double before);
	void jump(double to, bool begins);
	void hear(const SoundMark &mark);
	void hearBreak(const Sound &sound);
	void seeFrame(double stamp);
	void seePaused(double stamp);
	void seeResumed(double stamp, double step);
	bool runsOn(double step, double most_ms) const;
	double vlcTime(double time) const;
	bool isFirst(double stamp, double step, double stepBefore);
	void begin(double stamp);
	double constantOf(const Jump &from, double place, double stamp) const;
	void settle(double stamp);
	double lateness(const Beginning &beginning, double constant) const;
	double fitToSound(const Sound &sound, double constant) const;
	double learn(const Sound &sound, double constant);
	void guess(double media_ms, double before);
	void correct(double constant);
	bool hearsSound() const;

	std::optional<double> constant_; // stamp - position
	std::optional<double> picture_;  // position on screen
	std::optional<Jump> jump_;
	std::optional<Beginning> beginning_;
	// From when the sound comes to when what is sought is due, from that clock to VLC's; learnt from a start.
	std::optional<double> due_ms_;
	std::optional<double> otherDue_ms_; // by a start that said otherwise
	FrameDuration duration_;
	MediaState state_ = MediaState::stopped;
	double now_ = 0;       // when it was looked at last; 0: never
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
	bool guessed_ = false;                // the constant is, from the media's time
	std::optional<Bounds> told_;          // of the constant, by the media's time in this stretch

	// Sound: the end of the last piece, its length, and when it came.
	std::optional<double> soundEnd_;
	double piece_ms_ = 0;
	double heardAt_ = 0;
	bool pausedSinceSound_ = false;
	std::optional<Sound> leap_; // the last of the stamps that nothing had announced
};

} // namespace pulseline::playback
