// libobs with a Media Source on its canvas and an overlay beneath it, and a record of every composed frame: the number
// read from the picture, where the overlay's playhead stands in it, and what a follower said of that same frame. The
// test's thread plays the part of OBS's UI thread.
#pragma once

#include "obs/playback/overlay.hpp"
#include "playback/follower.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace pulseline::test {

inline constexpr int kBlank = -1;   // nothing on screen
inline constexpr int kUnclear = -2; // a picture, but none of ours

struct Seen {
	int number = kBlank;
	std::optional<double> drawn_ms; // the position that the overlay's playhead marks, read from its pixels
	playback::Shown shown;
	std::int64_t at_ns = 0; // time of the composed frame
};

class Stage {
public:
	explicit Stage(std::uint32_t fps);
	Stage(const Stage &) = delete;
	Stage &operator=(const Stage &) = delete;
	// Shuts libobs down; it must not have leaked anything.
	~Stage();

	// A Media Source with these settings besides the file, not yet on the canvas.
	OBSSourceAutoRelease media(const std::string &file, const char *name, const char *settings = "{}") const;
	void put(obs_source_t *source) { obs_set_output_source(0, source); }
	// Puts an overlay on the canvas and waits until it is drawn.
	void put(const OverlayOf &what);

	// As a change of OBS's video settings does; the canvas is larger than at first by so much.
	bool changeVideo(std::uint32_t fps, std::uint32_t more_width, std::uint32_t more_height);

	// Whom to ask in every frame; none: nobody.
	void ask(std::shared_ptr<playback::Follower> follower);
	// Does the UI thread's work until `count` more frames are composed, and gives these.
	std::vector<Seen> frames(int count);
	std::vector<Seen> seconds(double count) { return frames(static_cast<int>(count * fps_)); }
	// ... until `done` says so of a frame, at most `most` frames.
	bool until(const std::function<bool(const Seen &)> &done, int most);
	// OBS's graphics thread does nothing for so long, `after` so many frames more.
	void stall(int after, std::chrono::milliseconds length);
	// Does what is on its way to the UI thread now.
	void settle();

private:
	static void tick(void *self, float seconds);
	static void rendered(void *self);
	static void takeTask(obs_task_t task, void *param, bool wait);
	Seen read();
	void doTasks();

	double fps_;
	gs_texture_t *strip_ = nullptr; // the rows of the canvas that tell something, one below the other
	gs_stagesurf_t *surface_ = nullptr;
	std::shared_ptr<Overlay> overlay_; // under mutex_
	std::mutex mutex_;
	std::condition_variable changed_;
	std::deque<std::pair<obs_task_t, void *>> tasks_;
	std::deque<Seen> seen_;
	std::shared_ptr<playback::Follower> follower_;
	int framesToStall_ = -1; // negative: it does not
	std::chrono::milliseconds stall_{};
};

// The names of the filters on a source, in the saved data of the whole collection if `saved`.
std::vector<std::string> filtersOf(obs_source_t *source);
std::string savedCollection();

} // namespace pulseline::test
