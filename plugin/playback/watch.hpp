// Looks at one media source from OBS's graphics thread and tells what it shows. Made by the followers' registry, which
// aims it at a source; looked through by the filter on that source, or, where there is none, by the follower's tick.
#pragma once

#include "core/mailbox.hpp"
#include "playback/estimator.hpp"
#include "playback/published.hpp"

#include <obs.hpp>

#include <atomic>

namespace pulseline::playback {

// Where the media says it is; 0 if it says what no position can be, as VLC does when it was told to seek to before its
// beginning.
std::int64_t mediaTime_ms(obs_source_t *source);

class Watch {
public:
	// Of which kind it is; other: the stamps of its frames are not understood.
	static SourceKind kindOf(obs_source_t *source);

	// Any thread, lock-free.
	Shown shown() const { return closed_.load(std::memory_order_acquire) ? Shown{} : shown_.load(); }

	// UI thread. Null: at nothing.
	void aim(obs_source_t *source);
	// Any thread: the settings of the source that matter here. It is the one aimed at.
	void readSettings(obs_source_t *source);
	// For good: nothing is found from now on.
	void close() { closed_.store(true, std::memory_order_release); }

	// What the source was told to do; the graphics thread in every OBS that has these orders queued.
	void restarted() { restarted_ = true; }
	void resumed() { resumed_ = true; }
	// Graphics thread, once a frame, when the source's frame was chosen. No timestamp: the old frame stays.
	// `sees`: the filter is enabled.
	void lookThroughFilter(std::optional<std::int64_t> frame_ns, std::span<const SoundMark> sounds, bool sees);
	// Graphics thread; does nothing while a filter looks. False: there is no source to look at.
	bool lookWithoutFilter();

private:
	struct Target {
		OBSWeakSource source;
		SourceKind kind = SourceKind::other;
	};

	bool look(std::optional<std::int64_t> frame_ns, std::span<const SoundMark> sounds, bool sees);
	double soundLead_ms(std::span<const SoundMark> sounds);
	void claimFrameDuration(obs_source_t *source, std::int64_t duration_ms);

	Mailbox<Target> aimed_;
	std::atomic<int> speed_percent_{100};
	std::atomic<bool> preloads_{true};
	std::atomic<bool> closed_{false};
	std::atomic<bool> restarted_{false};
	std::atomic<bool> resumed_{false};
	Published<Shown> shown_;

	// Graphics thread.
	Target target_;
	Estimator estimator_;
	bool framesSeen_ = false;
	std::int64_t frameAt_ns_ = 0; // when the last frame came
	double frame_ms_ = 0;
	std::int64_t duration_ms_ = 0;
	double soundLead_ms_ = 0;
	std::int64_t lookedAt_ns_ = 0;
	std::int64_t lookedThroughFilterAt_ns_ = 0;
};

} // namespace pulseline::playback
