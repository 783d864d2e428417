#include "obs/host.hpp"

#include <obs-nix-platform.h>
#include <obs.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QFloat16>

#include <algorithm>
#include <array>
#include <cstdio>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <unistd.h>
#include <vector>

namespace pulseline::test {
namespace {

// What libobs said, from whatever thread.
struct Log {
	std::mutex mutex;
	std::vector<std::string> expected{"Unable to open DRM render node"}; // there is no graphics card
	std::vector<std::string> unexpected;

	static void write(int level, const char *format, va_list arguments, void *self)
	{
		auto &log = *static_cast<Log *>(self);
		if (level > LOG_WARNING) {
			return;
		}
		std::array<char, 4096> line{};
		std::vsnprintf(line.data(), line.size(), format, arguments);
		const std::string text = line.data();
		const std::lock_guard lock(log.mutex);
		const auto told = [&](const std::string &part) { return text.contains(part); };
		if (std::ranges::none_of(log.expected, told)) {
			log.unexpected.push_back(text);
		}
	}
};

Log &theLog()
{
	static Log log;
	return log;
}

struct FrameCounter {
	std::mutex mutex;
	std::condition_variable changed;
	int left = 0;

	static void tick(void *self, float)
	{
		auto &counter = *static_cast<FrameCounter *>(self);
		const std::lock_guard lock(counter.mutex);
		--counter.left;
		counter.changed.notify_all();
	}
};

} // namespace

void goHeadless(int argc, char **argv)
{
	if (std::getenv("PULSELINE_HEADLESS")) {
		return;
	}
	std::vector<char *> command{const_cast<char *>(HEADLESS)};
	command.insert(command.end(), argv, argv + argc);
	command.push_back(nullptr);
	execv(HEADLESS, command.data());
	std::perror(HEADLESS);
	std::exit(1);
}

ObsHost::ObsHost(std::uint32_t width, std::uint32_t height)
{
	base_set_log_handler(Log::write, &theLog());
	obs_set_nix_platform(OBS_NIX_PLATFORM_X11_EGL);
	if (!obs_startup("en-US", nullptr, nullptr)) {
		return;
	}
	obs_video_info video{};
	video.graphics_module = "libobs-opengl";
	video.fps_num = 60;
	video.fps_den = 1;
	video.base_width = video.output_width = width;
	video.base_height = video.output_height = height;
	video.output_format = VIDEO_FORMAT_RGBA;
	video.colorspace = VIDEO_CS_SRGB;
	video.range = VIDEO_RANGE_FULL;
	video.scale_type = OBS_SCALE_BILINEAR;
	const obs_audio_info audio{48000, SPEAKERS_STEREO};
	ready_ = obs_reset_video(&video) == OBS_VIDEO_SUCCESS && obs_reset_audio(&audio);
	if (ready_) {
		waitFrames(2);
	}
}

ObsHost::~ObsHost()
{
	for (std::uint32_t channel = 0; channel < MAX_CHANNELS; ++channel) {
		obs_set_output_source(channel, nullptr);
	}
	obs_wait_for_destroy_queue();
	obs_shutdown();
	EXPECT_EQ(bnum_allocs(), 0) << "libobs' memory leaked";
	EXPECT_THAT(theLog().unexpected, testing::IsEmpty());
}

void ObsHost::expectWarning(const std::string &part)
{
	const std::lock_guard lock(theLog().mutex);
	theLog().expected.push_back(part);
}

void ObsHost::waitFrames(int count)
{
	if (count <= 0) {
		return;
	}
	FrameCounter counter;
	counter.left = count;
	obs_add_tick_callback(FrameCounter::tick, &counter);
	{
		std::unique_lock lock(counter.mutex);
		counter.changed.wait(lock, [&] { return counter.left <= 0; });
	}
	obs_remove_tick_callback(FrameCounter::tick, &counter);
}

namespace {

// Renders and hands the rows over.
void render(std::uint32_t width, std::uint32_t height, gs_color_space space, gs_color_format format, const vec4 &color,
	    const std::function<void()> &draw,
	    const std::function<void(std::uint32_t y, const std::uint8_t *row)> &take)
{
	obs_enter_graphics();
	gs_texrender_t *const target = gs_texrender_create(format, GS_ZS_NONE);
	gs_stagesurf_t *const stage = gs_stagesurface_create(width, height, format);
	if (gs_texrender_begin_with_color_space(target, width, height, space)) {
		gs_clear(GS_CLEAR_COLOR, &color, 0, 0);
		gs_ortho(0, static_cast<float>(width), 0, static_cast<float>(height), -100, 100);
		gs_blend_state_push();
		gs_reset_blend_state();
		draw();
		gs_blend_state_pop();
		gs_texrender_end(target);
		gs_stage_texture(stage, gs_texrender_get_texture(target));
		std::uint8_t *rows = nullptr;
		std::uint32_t stride = 0;
		if (gs_stagesurface_map(stage, &rows, &stride)) {
			for (std::uint32_t y = 0; y < height; ++y) {
				take(y, rows + std::size_t{stride} * y);
			}
			gs_stagesurface_unmap(stage);
		}
	}
	gs_stagesurface_destroy(stage);
	gs_texrender_destroy(target);
	obs_leave_graphics();
}

} // namespace

QImage drawn(std::uint32_t width, std::uint32_t height, QColor background, const std::function<void()> &draw)
{
	QImage image(static_cast<int>(width), static_cast<int>(height), QImage::Format_ARGB32);
	image.fill(Qt::magenta);
	vec4 color;
	vec4_set(&color, background.redF(), background.greenF(), background.blueF(), background.alphaF());
	render(width, height, GS_CS_SRGB, GS_BGRA, color, draw, [&](std::uint32_t y, const std::uint8_t *row) {
		std::memcpy(image.scanLine(static_cast<int>(y)), row, std::size_t{width} * 4);
	});
	return image;
}

std::vector<float> lightOf(std::uint32_t width, std::uint32_t height, gs_color_space space, QColor background,
			   const std::function<void()> &draw)
{
	const float white = space == GS_CS_709_SCRGB ? obs_get_video_sdr_white_level() / 80 : 1;
	vec4 color;
	vec4_set(&color, gs_srgb_nonlinear_to_linear(background.redF()) * white,
		 gs_srgb_nonlinear_to_linear(background.greenF()) * white,
		 gs_srgb_nonlinear_to_linear(background.blueF()) * white, 1);
	std::vector<float> light;
	render(width, height, space, GS_RGBA16F, color, draw, [&](std::uint32_t, const std::uint8_t *row) {
		const auto *const halves = reinterpret_cast<const qfloat16 *>(row);
		for (std::size_t i = 0; i < std::size_t{width} * 4; ++i) {
			if (i % 4 < 3) {
				light.push_back(static_cast<float>(halves[i]) / white);
			}
		}
	});
	return light;
}

} // namespace pulseline::test
