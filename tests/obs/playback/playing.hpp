// A video that plays beneath an overlay, and how far what the overlay shows is from the picture, frame by frame.
#pragma once

#include "obs/playback/stage.hpp"
#include "playback/history.hpp"

#include <gtest/gtest.h>

#include <map>

namespace pulseline::test {

struct Video {
	const char *name; // of numbered_video
	const char *file;
	double fps;           // frame n is of the time n / fps
	double begin_ms = 0;  // ... after this
	double frame_fps = 0; // how many frames a second there are; 0: so many
};

inline constexpr Video k24{"24", "24.mp4", 24};
inline constexpr Video k25{"25", "25.mp4", 25};
inline constexpr Video k29_97{"29.97", "29.97.mp4", 30000.0 / 1001};
inline constexpr Video k30{"30", "30.mp4", 30};
inline constexpr Video k50{"50", "50.mp4", 50};
inline constexpr Video k60{"60", "60.mp4", 60};
inline constexpr Video kSilent{"silent", "silent.mp4", 30};
inline constexpr Video kPlain{"plain", "plain.mp4", 30};
inline constexpr Video kVariable{"vfr", "vfr.mp4", 50, 0, 50 * 2 / 3.0};
inline constexpr Video kOffset{"offset", "offset.ts", 30, 1400};
inline constexpr Video kLate{"late", "late.mkv", 30, 500};

struct Case {
	Video video;
	std::uint32_t canvas_fps;
};
void PrintTo(const Case &one, std::ostream *out);
std::string nameOf(const testing::TestParamInfo<Case> &info);

// Errors in source frames, rounded, and how often each came.
class Errors {
public:
	// What is still good. Where a playhead stands can be read to about 2 ms.
	explicit Errors(double most_frames = 1.1)
		: most_(most_frames)
	{
	}
	void add(double frames);
	void add(const Errors &other);
	void addNothingDrawn();
	double share() const { return all_ == 0 ? 0 : static_cast<double>(good_) / all_; }
	int all() const { return all_; }
	int off() const { return all_ - good_; }
	std::string text() const;

private:
	double most_;
	std::map<int, int> counts_;
	int all_ = 0;
	int good_ = 0;
	int without_ = 0;
};

// Plays a script and compares each frame.
class Playing : public testing::TestWithParam<Case> {
protected:
	// The overlay follows before there is a source, as in a scene collection that is loaded.
	void begin(const char *settings, std::int64_t window_ms = 0);
	// Compares `seconds` of frames, under the name of what was done before.
	std::vector<Seen> compare(const std::string &what, double seconds);
	// Steadily and for the first time.
	static void expectPlays(const Seen &seen);
	// As many as the pictures tell; where OBS lagged behind, an old picture may have come between, or one have been
	// missed.
	void expectPasses(std::uint32_t told) const;
	void report() const;
	void conclude() const;

	double frame_ms() const;
	void seek(std::int64_t to_ms)
	{
		obs_source_media_set_time(source_, to_ms + std::llround(GetParam().video.begin_ms));
	}
	void pause(bool on) { obs_source_media_play_pause(source_, on); }

	// In this order: libobs goes last.
	std::optional<Stage> stage_;
	OBSSourceAutoRelease source_;
	std::shared_ptr<playback::Follower> follower_;
	playback::ChangeDetector detector_;
	playback::History history_{0};
	Errors all_;
	// The history's line may be a frame off, and runs on for as long as a frame is on screen.
	Errors predicted_{2.1};
	std::uint32_t passes_ =
		0; // how often the picture went back; on a busy machine it may be further than a script says
	std::optional<int> lastNumber_;
	int changes_ = 0;
	int unclear_ = 0;
};

} // namespace pulseline::test
