// From what is seen of a media source, frame by frame, to what is said of it: state, position, speed and pass.
// Pure; owned by one thread.
#pragma once

#include "playback/follower.hpp"
#include "playback/picture_clock.hpp"

namespace pulseline::playback {

class Estimator {
public:
	// Once for every composed frame in which the media source exists.
	Shown look(const Sight &sight);

	// Another source is followed from now on, of this kind; passes go on counting.
	void changeSource(SourceKind kind);

private:
	// A step back by more than `leeway_ms` is a pass; empty: it is none.
	void show(double position_ms, std::optional<double> leeway_ms);
	std::optional<double> leeway_ms(const Sight &sight, double position_ms, bool blind) const;
	std::optional<double> seePicture(const Sight &sight);
	std::optional<double> guessPicture(const Sight &sight);
	bool moves(const Sight &sight, bool changed);

	std::unique_ptr<PictureClock> clock_ = makePictureClock(SourceKind::media);
	std::optional<double> shown_ms_;    // the last picture that was on screen
	std::optional<double> passFrom_ms_; // ... as far as passes are counted
	bool saw_ = false;                  // frames, at the last look
	std::uint32_t pass_ = 0;
	bool rewound_ = false; // at the last look, and whether that is counted as a pass
	bool rewindCounted_ = false;
	std::int64_t movedAt_ns_ = 0;
	std::int64_t sawFramesAt_ns_ = 0;
	std::int64_t beganAt_ns_ = 0; // to look at this source

	// Without frames: the media's time, and when it was told.
	std::int64_t media_ms_ = 0;
	std::int64_t mediaAt_ns_ = 0;
	bool mediaMoves_ = false; // it has told of another since it plays
};

} // namespace pulseline::playback
