#include "obs/playback/stage.hpp"

#include <obs-nix-platform.h>

#include <gtest/gtest.h>

#include <thread>

namespace pulseline::test {
namespace {

constexpr std::uint32_t kVideoWidth = 320;
constexpr std::uint32_t kVideoHeight = 180;
constexpr std::uint32_t kBits = 16;
// What is read of the canvas: a row of the number, one of its inverse, and one of the overlay.
enum Row { number_row, inverse_row, overlay_row, rows };

Stage *theStage = nullptr; // for OBS's one task handler

void quietLog(int level, const char *format, va_list arguments, void *)
{
	if (level <= LOG_ERROR) {
		ADD_FAILURE() << "libobs told of an error: " << format;
	}
	if (level <= LOG_WARNING) {
		std::vfprintf(stderr, format, arguments);
		std::fputc('\n', stderr);
	}
}

bool startVideo(std::uint32_t fps, std::uint32_t more_width = 0, std::uint32_t more_height = 0)
{
	obs_video_info video{};
	video.graphics_module = "libobs-opengl";
	video.fps_num = fps;
	video.fps_den = 1;
	video.base_width = video.output_width = Overlay::kWidth + more_width;
	video.base_height = video.output_height = kVideoHeight + Overlay::kHeight + more_height;
	video.output_format = VIDEO_FORMAT_NV12;
	video.colorspace = VIDEO_CS_709;
	video.range = VIDEO_RANGE_PARTIAL;
	video.scale_type = OBS_SCALE_BILINEAR;
	const obs_audio_info audio{48000, SPEAKERS_STEREO};
	return obs_reset_video(&video) == OBS_VIDEO_SUCCESS && obs_reset_audio(&audio);
}

// From a row through the number's blocks and one through the inverted ones.
int readNumber(const std::uint8_t *blocks, const std::uint8_t *inverted)
{
	int number = 0;
	bool bright = false;
	bool clear = true;
	for (std::uint32_t bit = 0; bit < kBits; ++bit) {
		const std::uint32_t x = (2 * bit + 1) * kVideoWidth / kBits / 2;
		const bool set = blocks[4 * x + 1] > 128;
		const bool inverse = inverted[4 * x + 1] > 128;
		number |= set ? 1 << bit : 0;
		bright = bright || set || inverse;
		clear = clear && set != inverse;
	}
	return !bright ? kBlank : clear ? number : kUnclear;
}

} // namespace

Stage::Stage(std::uint32_t fps)
	: fps_(fps)
{
	theStage = this;
	base_set_log_handler(quietLog, nullptr);
	obs_set_nix_platform(OBS_NIX_PLATFORM_X11_EGL);
	obs_module_t *module = nullptr;
	if (!obs_startup("en-US", nullptr, nullptr) || !startVideo(fps) ||
	    obs_open_module(&module, OBS_PLUGINS "/obs-ffmpeg.so", OBS_PLUGINS_DATA "/obs-ffmpeg") != MODULE_SUCCESS ||
	    !obs_init_module(module)) {
		throw std::runtime_error("libobs did not start, or its Media Source is missing");
	}
	obs_post_load_modules();
	obs_set_ui_task_handler(takeTask);
	playback::registerFollowerFilter();
	Overlay::registerType();
	obs_add_tick_callback(tick, this);
	obs_add_main_rendered_callback(rendered, this);
}

Stage::~Stage()
{
	playback::stopFollowing();
	obs_remove_main_rendered_callback(rendered, this);
	obs_remove_tick_callback(tick, this);
	follower_.reset();
	for (const std::uint32_t channel : {0U, 1U}) {
		obs_set_output_source(channel, nullptr);
	}
	overlay_.reset();
	obs_wait_for_destroy_queue();
	doTasks();
	obs_enter_graphics();
	gs_stagesurface_destroy(surface_);
	gs_texture_destroy(strip_);
	obs_leave_graphics();
	obs_shutdown();
	EXPECT_EQ(bnum_allocs(), 0) << "libobs' memory leaked";
	theStage = nullptr;
}

OBSSourceAutoRelease Stage::media(const std::string &file, const char *name, const char *settings) const
{
	const OBSDataAutoRelease data = obs_data_create_from_json(settings);
	obs_data_set_string(data, "local_file", file.c_str());
	obs_data_set_bool(data, "log_changes", false);
	return obs_source_create("ffmpeg_source", name, data, nullptr);
}

bool Stage::changeVideo(std::uint32_t fps, std::uint32_t more_width, std::uint32_t more_height)
{
	fps_ = fps;
	const bool changed = startVideo(fps, more_width, more_height);
	// Since OBS 31 places and sizes are relative to the canvas.
	overlay_->place(kVideoHeight);
	return changed;
}

void Stage::put(const OverlayOf &what)
{
	const auto overlay = std::make_shared<Overlay>(what, kVideoHeight);
	obs_set_output_source(1, overlay->scene());
	{
		const std::lock_guard lock(mutex_);
		overlay_ = overlay;
	}
	EXPECT_TRUE(until([](const Seen &seen) { return seen.drawn_ms.has_value(); }, 600)) << "no overlay is drawn";
}

void Stage::ask(std::shared_ptr<playback::Follower> follower)
{
	const std::lock_guard lock(mutex_);
	follower_ = std::move(follower);
}

std::vector<Seen> Stage::frames(int count)
{
	std::vector<Seen> result;
	{
		const std::lock_guard lock(mutex_);
		seen_.clear();
	}
	while (result.size() < static_cast<std::size_t>(count)) {
		doTasks();
		std::unique_lock lock(mutex_);
		changed_.wait(lock, [&] { return !seen_.empty() || !tasks_.empty(); });
		if (!seen_.empty()) {
			result.push_back(seen_.front());
			seen_.pop_front();
		}
	}
	return result;
}

bool Stage::until(const std::function<bool(const Seen &)> &done, int most)
{
	for (int i = 0; i < most; ++i) {
		if (done(frames(1).front())) {
			return true;
		}
	}
	return false;
}

void Stage::stall(int after, std::chrono::milliseconds length)
{
	const std::lock_guard lock(mutex_);
	framesToStall_ = after;
	stall_ = length;
}

void Stage::settle()
{
	// What one task queues may come by way of another thread.
	for (int i = 0; i < 3; ++i) {
		obs_wait_for_destroy_queue();
		doTasks();
	}
}

void Stage::tick(void *self, float)
{
	auto &stage = *static_cast<Stage *>(self);
	std::unique_lock lock(stage.mutex_);
	if (stage.framesToStall_ >= 0 && stage.framesToStall_-- == 0) {
		const std::chrono::milliseconds length = stage.stall_;
		lock.unlock();
		std::this_thread::sleep_for(length);
		lock.lock();
	}
	if (stage.follower_) {
		stage.follower_->tick();
	}
}

void Stage::rendered(void *self)
{
	auto &stage = *static_cast<Stage *>(self);
	const std::lock_guard lock(stage.mutex_);
	Seen seen = stage.read();
	if (stage.follower_) {
		seen.shown = stage.follower_->shown();
	}
	stage.seen_.push_back(seen);
	stage.changed_.notify_all();
}

void Stage::takeTask(obs_task_t task, void *param, bool)
{
	const std::lock_guard lock(theStage->mutex_);
	theStage->tasks_.emplace_back(task, param);
	theStage->changed_.notify_all();
}

void Stage::doTasks()
{
	for (;;) {
		std::pair<obs_task_t, void *> task;
		{
			const std::lock_guard lock(mutex_);
			if (tasks_.empty()) {
				return;
			}
			task = tasks_.front();
			tasks_.pop_front();
		}
		task.first(task.second);
	}
}

Seen Stage::read()
{
	Seen seen;
	seen.at_ns = static_cast<std::int64_t>(obs_get_video_frame_time());
	gs_texture_t *const canvas = obs_get_main_texture();
	if (!canvas) {
		return seen;
	}
	if (!surface_) {
		const gs_color_format format = gs_texture_get_color_format(canvas);
		surface_ = gs_stagesurface_create(Overlay::kWidth, rows, format);
		strip_ = gs_texture_create(Overlay::kWidth, rows, format, 1, nullptr, GS_RENDER_TARGET);
	}
	const std::uint32_t overlay_y = kVideoHeight + (overlay_ ? overlay_->row() : 0);
	for (const auto &[row, y] :
	     {std::pair{number_row, kVideoHeight / 4}, {inverse_row, kVideoHeight * 3 / 4}, {overlay_row, overlay_y}}) {
		gs_copy_texture_region(strip_, 0, row, canvas, 0, y, Overlay::kWidth, 1);
	}
	gs_stage_texture(surface_, strip_);
	std::uint8_t *pixels = nullptr;
	std::uint32_t stride = 0;
	if (gs_stagesurface_map(surface_, &pixels, &stride)) {
		seen.number = readNumber(pixels + number_row * stride, pixels + inverse_row * stride);
		if (overlay_) {
			seen.drawn_ms = overlay_->playhead_ms(pixels + overlay_row * stride);
		}
		gs_stagesurface_unmap(surface_);
	}
	return seen;
}

std::vector<std::string> filtersOf(obs_source_t *source)
{
	std::vector<std::string> ids;
	obs_source_enum_filters(
		source,
		[](obs_source_t *, obs_source_t *filter, void *to) {
			static_cast<std::vector<std::string> *>(to)->emplace_back(obs_source_get_id(filter));
		},
		&ids);
	return ids;
}

std::string savedCollection()
{
	const OBSDataArrayAutoRelease sources = obs_save_sources();
	const OBSDataAutoRelease data = obs_data_create();
	obs_data_set_array(data, "sources", sources);
	return obs_data_get_json(data);
}

} // namespace pulseline::test
