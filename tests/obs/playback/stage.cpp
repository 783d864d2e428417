#include "obs/playback/stage.hpp"

#include <obs-nix-platform.h>

#include <gtest/gtest.h>

namespace pulseline::test {
namespace {

constexpr std::uint32_t kWidth = 320;
constexpr std::uint32_t kHeight = 180;
constexpr int kBits = 16;

Stage *theStage = nullptr; // for OBS's one task handler

void quietLog(int level, const char *format, va_list arguments, void *)
{
	if (level <= LOG_WARNING) {
		std::vfprintf(stderr, format, arguments);
		std::fputc('\n', stderr);
	}
}

bool startVideo(std::uint32_t fps)
{
	obs_video_info video{};
	video.graphics_module = "libobs-opengl";
	video.fps_num = fps;
	video.fps_den = 1;
	video.base_width = video.output_width = kWidth;
	video.base_height = video.output_height = kHeight;
	video.output_format = VIDEO_FORMAT_NV12;
	video.colorspace = VIDEO_CS_709;
	video.range = VIDEO_RANGE_PARTIAL;
	video.scale_type = OBS_SCALE_BILINEAR;
	const obs_audio_info audio{48000, SPEAKERS_STEREO};
	return obs_reset_video(&video) == OBS_VIDEO_SUCCESS && obs_reset_audio(&audio);
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
	obs_add_tick_callback(tick, this);
	obs_add_main_rendered_callback(rendered, this);
}

Stage::~Stage()
{
	playback::stopFollowing();
	obs_remove_main_rendered_callback(rendered, this);
	obs_remove_tick_callback(tick, this);
	follower_.reset();
	obs_set_output_source(0, nullptr);
	obs_wait_for_destroy_queue();
	doTasks();
	obs_enter_graphics();
	gs_stagesurface_destroy(surface_);
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
	const std::lock_guard lock(stage.mutex_);
	if (stage.follower_) {
		stage.follower_->tick();
	}
}

void Stage::rendered(void *self)
{
	auto &stage = *static_cast<Stage *>(self);
	Seen seen{.number = stage.readNumber(), .shown = {}};
	const std::lock_guard lock(stage.mutex_);
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

int Stage::readNumber()
{
	gs_texture_t *const texture = obs_get_main_texture();
	if (!texture) {
		return kBlank;
	}
	if (!surface_) {
		surface_ = gs_stagesurface_create(kWidth, kHeight, gs_texture_get_color_format(texture));
	}
	gs_stage_texture(surface_, texture);
	std::uint8_t *rows = nullptr;
	std::uint32_t stride = 0;
	if (!gs_stagesurface_map(surface_, &rows, &stride)) {
		return kUnclear;
	}
	int number = 0;
	bool bright = false;
	bool clear = true;
	for (std::uint32_t bit = 0; bit < kBits; ++bit) {
		const std::uint32_t x = (2 * bit + 1) * kWidth / kBits / 2;
		const bool set = rows[kHeight / 4 * stride + 4 * x + 1] > 128;
		const bool inverse = rows[kHeight * 3 / 4 * stride + 4 * x + 1] > 128;
		number |= set ? 1 << bit : 0;
		bright = bright || set || inverse;
		clear = clear && set != inverse;
	}
	gs_stagesurface_unmap(surface_);
	if (!bright) {
		return kBlank;
	}
	return clear ? number : kUnclear;
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
