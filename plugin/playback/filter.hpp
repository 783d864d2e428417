// The hidden filter through which followers see a media source's frames. An instance does nothing until it is told for
// whom to look; the followers' registry adds it, tells it, and removes every one that nobody needs.
#pragma once

#include "playback/watch.hpp"

#include <boost/lockfree/spsc_queue.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace pulseline::playback {

using Watches = std::vector<std::shared_ptr<Watch>>;

class FilterInstance {
	static constexpr std::size_t kSounds = 256; // VLC hands on more than a second at once

public:
	explicit FilterInstance(obs_source_t *self)
		: self_(self)
		, weak_(OBSGetWeakRef(self))
	{
	}

	// UI thread. Looks for these from the next frame on.
	void serve(Watches watches);
	bool serving() const { return serving_; }

	// Takes the filter off its source. Any thread but the graphics thread.
	void remove();
	// The source that it is on, if it is on one. Any thread.
	OBSSource parent();
	void setParent(obs_source_t *source);

	// The media's thread.
	void hear(const obs_audio_data &sound);
	// Graphics thread.
	obs_source_frame *see(obs_source_frame *frame);
	void tick();

private:
	obs_source_t *self_; // lives longer than this
	OBSWeakSource weak_;
	std::mutex mutex_;
	OBSWeakSource parent_;                            // under mutex_
	std::atomic<SourceKind> kind_{SourceKind::other}; // of the parent
	std::atomic<bool> serving_{false};
	Mailbox<Watches> fresh_;
	// From the media's thread to the graphics thread. What does not fit is not missed: the next pieces tell the
	// same.
	boost::lockfree::spsc_queue<SoundMark, boost::lockfree::capacity<kSounds>> sounds_;

	// Graphics thread.
	Watches watches_;
	std::optional<std::int64_t> frame_ns_;
};

// Called on whatever thread does it, holding no lock of ours.
struct FilterHooks {
	std::function<void(const std::shared_ptr<FilterInstance> &)> created;
	std::function<void()> added; // one that was not told for whom to look came on a source
};
// Registers the source type, once.
void registerFilterType(std::string displayName, FilterHooks hooks);

// A new instance and its data; null if OBS refuses.
struct NewFilter {
	OBSSourceAutoRelease source;
	std::shared_ptr<FilterInstance> instance;
};
NewFilter createFilter();

} // namespace pulseline::playback
