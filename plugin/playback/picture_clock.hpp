// Which position a picture is of, told from the stamps of the frames that come on screen; one clock for each kind of
// source. Owned by one thread. Times are milliseconds of media time.
#pragma once

#include "playback/sight.hpp"

#include <memory>
#include <optional>

namespace pulseline::playback {

class PictureClock {
public:
	virtual ~PictureClock() = default;

	// Once for every composed frame. Position of the picture on screen; empty while none was seen.
	virtual std::optional<double> look(const Sight &sight) = 0;

	// Duration of a source frame, as claimed by the media and corrected by what was seen.
	virtual double frame_ms() const = 0;
	// Media time less the position of the picture, when last looked at in steady play; 0: never.
	virtual double lead_ms() const { return 0; }
	// It was restarted, and a preloaded picture is on screen ahead of the new stretch's first frame.
	virtual bool rewound() const { return false; }
	// By how much the last look corrected its earlier guess: not a move of the picture.
	virtual double correction_ms() const = 0;
	// The stretch was not seen coming, and its constant is not settled yet.
	virtual bool guessing() const = 0;
};

// The clock for the frames of a Media Source (frame_clock.hpp) or of a VLC source (vlc_clock.hpp); a Media Source's
// where neither is known.
std::unique_ptr<PictureClock> makePictureClock(SourceKind kind);

} // namespace pulseline::playback
