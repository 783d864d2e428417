// Frames in which nothing changes but the playhead allocate nothing and take no lock, neither when the source is asked
// to look around (`video_tick`) nor when it draws (`video_render`).
#include "obs/timeline_fixture.hpp"
#include "obs/watched_calls.hpp"

#include <dlfcn.h>

using namespace pulseline;
using namespace pulseline::test;

namespace {

// What the timeline's own functions did since the last look; all on the graphics thread or inside its context.
struct Watcher {
	std::mutex mutex;
	Calls calls;
	int frames = 0;

	void add(const Calls &more)
	{
		const std::lock_guard lock(mutex);
		calls.allocations += more.allocations;
		calls.locks += more.locks;
		++frames;
	}
	Calls take()
	{
		const std::lock_guard lock(mutex);
		frames = 0;
		return std::exchange(calls, {});
	}
} watcher;

decltype(obs_source_info::video_render) real_render;
decltype(obs_source_info::video_tick) real_tick;

template <typename Call>
void watch(Call &&call)
{
	Calls seen;
	{
		const CallWatch watched;
		call();
		seen = watched.seen();
	}
	watcher.add(seen);
}

} // namespace

// The source registers itself through this one, which sees to it that its calls are watched.
extern "C" void obs_register_source_s(const obs_source_info *info, std::size_t size)
{
	obs_source_info watched = *info;
	real_render = info->video_render;
	real_tick = info->video_tick;
	watched.video_render = [](void *data, gs_effect_t *effect) { watch([&] { real_render(data, effect); }); };
	watched.video_tick = [](void *data, float seconds) { watch([&] { real_tick(data, seconds); }); };
	reinterpret_cast<decltype(&obs_register_source_s)>(dlsym(RTLD_NEXT, "obs_register_source_s"))(&watched, size);
}

namespace {

class TimelineSteady : public TimelineTest {
protected:
	// What frames do in which the speech goes on by so much each.
	Calls play(double step_ms)
	{
		ObsHost::waitFrames(3);
		watcher.take();
		for (int frame = 0; frame < 30; ++frame) {
			stage_.position_ms = stage_.position_ms + step_ms;
			ObsHost::waitFrames(1);
		}
		EXPECT_GE(watcher.frames, 30);
		return watcher.take();
	}
};

TEST_F(TimelineSteady, FramesAllocateNothingAndTakeNoLock)
{
	for (const char *layout : {"lines", "heat", "bars"}) {
		for (const int window_ms : {0, 20'000}) {
			SCOPED_TRACE(std::string(layout) + (window_ms > 0 ? ", rolling" : ""));
			const OBSDataAutoRelease settings = small();
			obs_data_set_string(settings, "layout", layout);
			obs_data_set_int(settings, "window_ms", window_ms);
			stage_.position_ms = 35'100;
			const OBSSourceAutoRelease source = create("timeline", settings);
			obs_set_output_source(0, source);
			ASSERT_TRUE(waitForState(source, "live"));
			EXPECT_EQ(play(0), Calls());  // the same picture
			EXPECT_EQ(play(33), Calls()); // with a playhead that moves, within a tick and a passage
			obs_set_output_source(0, nullptr);
		}
	}
}

// The watch itself: a frame that paints allocates.
TEST_F(TimelineSteady, AFrameThatPaintsIsSeen)
{
	const OBSSourceAutoRelease source = create("timeline", small());
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	ObsHost::waitFrames(3);
	watcher.take();
	auto voted = std::make_shared<Snapshot>(*stage_.snapshot);
	setCell(*voted, 0, voted->closedTicks, 300, 200, 10);
	stage_.publish(voted);
	ObsHost::waitFrames(30);
	EXPECT_GT(watcher.take().allocations, 0);
	// And a lock is a lock.
	std::mutex mutex;
	const CallWatch watched;
	mutex.lock();
	mutex.unlock();
	EXPECT_EQ(watched.seen().locks, 1);
}

} // namespace
