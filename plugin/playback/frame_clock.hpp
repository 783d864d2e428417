// Finds the position of the frame on screen from the timestamps of the frames that come on screen.
//
// OBS's Media Source stamps its frames with `constant + position`. Within a stretch of play the constant never
// changes, not even at a seek; the stretch ends at pause and resume, at a restart and where a loop begins again. What
// the media tells as its time is the end of the newest decoded frame: two frames ahead of the newest frame handed to
// OBS, more if OBS has a queue or if the audio is decoded further. So the timestamps give the motion, to the
// millisecond, and the media's time only tells which stretch a frame belongs to:
//
//   - at a loop or restart the stamps run on: the first new frame is stamped where the old stretch would have reached
//     the media's last time, so `stamp - constant` is beyond it, and the new constant follows from the old one;
//   - after a pause the stamps jump; the first new frame is the one after the last shown (or the one sought meanwhile);
//   - after a stop or the end the stamps jump; the first new frame is the first of the media. That is at 0 or, where
//     the file's own time begins later, a frame before the time that the media tells before its first start;
//   - seen for the first time in mid-play, the constant is guessed from the media's time and settled within a second.
//
// Where OBS stalls meanwhile, it loses frames or keeps them waiting, and the first frame of a stretch may be another.
// Then the sound tells (sound_clock.hpp): a constant that it does not allow is put right as soon as it is heard. A
// media without sound has to do without.
//
// Pure; owned by one thread. All times here are milliseconds of media time.
#pragma once

#include "playback/frame_duration.hpp"
#include "playback/picture_clock.hpp"
#include "playback/sound_clock.hpp"

#include <deque>

namespace pulseline::playback {

class FrameClock final : public PictureClock {
public:
	std::optional<double> look(const Sight &sight) override;
	double frame_ms() const override { return duration_.value_ms(); }
	double lead_ms() const override { return lead_ms_; }
	bool rewound() const override { return rewound_; }
	double correction_ms() const override { return correction_ms_; }
	bool guessing() const override { return guess_.has_value(); }

private:
	struct Stretch {
		double constant = 0;         // stamp - position
		std::optional<double> start; // position that the media counts this stretch from; empty: not known
	};
	// A stretch that the media has begun and whose frames are still to come on screen.
	struct Coming {
		double end = 0; // of the stretch before it, in that one's positions
		Stretch stretch;
		bool certain =
			false; // a restart that was told and then seen in the media's time; else maybe a seek back
	};

	// The position of the first frame of a stretch that is on screen, and the one that the media begins it with.
	struct First {
		double position = 0;
		double start = 0;
	};

	void followState(const Sight &sight);
	void followMediaTime(const Sight &sight, double interval_ms);
	void findBeginning();
	void followPausedSeek();
	void expectStretch(double end_ms);
	void seeFrame(const Sight &sight, double stamp, double interval_ms);
	void showFrame(const Sight &sight, double stamp, double interval_ms);
	void forgetUncertain();
	void keep(double stamp);
	bool showComing(double stamp, double interval_ms);
	bool reaches(const Coming &next, double stamp, double interval_ms) const;
	double beyondStart(const Coming &next, double stamp) const;
	double afterWaiting(double position) const;
	double skippable(double interval_ms) const;
	void begin(double stamp, double interval_ms);
	std::optional<First> firstFromStart(double interval_ms) const;
	std::optional<First> firstFromPause(double stamp) const;
	void beginAt(double stamp, double position, std::optional<double> start);
	void settleGuess(double lead_ms, double interval_ms);
	void followSound(double stamp);
	void correct(double move_ms);
	// The media's time is not too far from there for a stretch whose first frame is just shown, with a queue of at
	// most so many behind it.
	bool couldBegin(double position, double queue_frames) const;

	std::optional<Stretch> stretch_;
	std::deque<Coming> coming_;
	std::optional<double> picture_; // position on screen
	double framePosition_ms_ = 0;   // of the last frame that came by
	std::optional<double> waiting_; // stamp of a frame whose stretch is not known yet
	std::optional<double> lastStamp_;
	double media_ms_ = 0; // the last that the media told, and whether it did so just now
	bool mediaKnown_ = false;
	double begin_ms_ = 0;  // position of the media's first frame
	double opened_ms_ = 0; // what the media told before its first start; 0: not seen
	double lead_ms_ = 0;
	std::optional<double> leastLead_ms_; // of what was known for sure
	double correction_ms_ = 0;
	FrameDuration duration_;
	SoundClock sound_;
	std::int64_t now_ns_ = 0; // of the look before this
	double interval_ms_ = 0;  // from composed frame to composed frame, in media time
	std::int64_t duration_ms_ = 0;
	MediaState state_ = MediaState::stopped;
	std::uint32_t stretches_ = 0;
	int strays_ = 0;         // frames in a row that do not fit the media's time
	int awaitedDrop_ = 0;    // looks during which a fall of the media's time is a restart's doing
	bool fromStart_ = false; // the next stretch begins with the first frame
	bool fromPause_ = false; // ... with the frame after the one paused at
	bool rewound_ = false;
	bool confirmed_ = false; // the sound has agreed to the stretch's constant
	bool preloads_ = true;
	int sinceStart_ = 0; // looks since it was told to start, and whether its first frame was decoded by then
	bool ready_ = false;
	double preloaded_ms_ = 0;           // position of the picture that a restart shows at once
	std::optional<double> pausedAt_ms_; // media's time while paused
	std::optional<double> sought_;      // position sought while paused

	// A guessed constant is settled by how far ahead the media's time turns out to be.
	struct Guess {
		std::int64_t since_ns = 0;
		double least_ms = 0; // lead
		double most_ms = 0;
		double moved_ms = 0; // how far the media's time moved, and in how many steps
		int steps = 0;
	};
	Guess guessFrom(double lead_ms) const;
	std::optional<Guess> guess_;
};

} // namespace pulseline::playback
