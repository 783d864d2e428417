// What is seen of a media source in one composed frame. Plain values; made on OBS's graphics thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace pulseline::playback {

enum class MediaState { stopped, playing, paused, ended };

// It begins with its first frame when it plays next.
constexpr bool idle(MediaState state)
{
	return state == MediaState::stopped || state == MediaState::ended;
}

// Whose frames they are, and so what their stamps mean.
enum class SourceKind { other, media, vlc };

// A piece of sound as the media hands it to OBS, what a Media Source told as its time in that moment (0 for others),
// and when that was, on the clock of the composed frames.
struct SoundMark {
	std::int64_t stamp_ns = 0;
	std::int64_t length_ns = 0;
	std::int64_t media_ms = 0;
	std::int64_t came_ns = 0;
};

struct Sight {
	std::int64_t now_ns = 0; // time of the composed frame, on a clock that never jumps back
	std::optional<std::int64_t>
		frame_ns;        // timestamp of the frame that comes on screen now; empty: the old one stays
	bool seesFrames = false; // the source's frames pass by here
	bool showing = true;     // some scene or preview shows the source
	MediaState state = MediaState::stopped;
	bool restarted = false;                 // it was told to start from the beginning since the last sight
	bool resumed = false;                   // it was told to play on since the last sight
	bool preloads = true;                   // its first frame is decoded ahead and shown at once when it starts
	std::int64_t media_ms = 0;              // where the media says it is; 0: does not know
	std::int64_t duration_ms = 0;           // 0: unknown
	double frame_ms = 0;                    // duration of a source frame as the media claims; 0: unknown
	double speed = 1;                       // media time for each second of play
	double lead_ms = 0;                     // how far media time is ahead, for a source whose frames are not seen
	std::span<const SoundMark> sounds = {}; // that came since the last sight; good for the look only
};

} // namespace pulseline::playback
