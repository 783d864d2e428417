#include "overlay/still.hpp"

#include "overlay/graphics_scope.hpp"

#include <obs.h>

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

class ContextScope {
public:
	ContextScope() { obs_enter_graphics(); }
	ContextScope(const ContextScope &) = delete;
	ContextScope &operator=(const ContextScope &) = delete;
	~ContextScope() { obs_leave_graphics(); }
};

using Stage = std::unique_ptr<gs_stagesurf_t, GraphicsDeleter<gs_stagesurface_destroy>>;

std::uint8_t byteOf(float share)
{
	return static_cast<std::uint8_t>(std::lround(255 * std::clamp(share, 0.0F, 1.0F)));
}

// From linear and premultiplied.
void encode(std::span<const float, 4> from, std::span<std::uint8_t, 4> to)
{
	const float alpha = from[3];
	for (std::size_t channel = 0; channel < 3; ++channel) {
		to[channel] =
			alpha > 0 ? byteOf(gs_srgb_linear_to_nonlinear(std::min(from[channel] / alpha, 1.0F))) : 0;
	}
	to[3] = byteOf(alpha);
}

bool read(gs_texture_t *texture, Image &image)
{
	const Stage stage(gs_stagesurface_create(image.width, image.height, gs_texture_get_color_format(texture)));
	std::uint8_t *rows = nullptr;
	std::uint32_t stride = 0;
	if (!stage) {
		return false;
	}
	gs_stage_texture(stage.get(), texture);
	if (!gs_stagesurface_map(stage.get(), &rows, &stride)) {
		return false;
	}
	std::uint8_t *to = image.rgba.data();
	for (std::uint32_t y = 0; y < image.height; ++y) {
		const auto *from = reinterpret_cast<const float *>(rows + std::size_t{y} * stride);
		for (std::uint32_t x = 0; x < image.width; ++x, from += 4, to += 4) {
			encode(std::span<const float, 4>(from, 4), std::span<std::uint8_t, 4>(to, 4));
		}
	}
	gs_stagesurface_unmap(stage.get());
	return true;
}

} // namespace

Stills::Stills(std::unique_ptr<Painter> painter, Words words)
	: words_(std::move(words))
	, painter_(std::move(painter))
	, target_(gs_texrender_create(GS_RGBA32F, GS_ZS_NONE))
{
}

Stills::~Stills()
{
	const ContextScope context;
	painter_.reset();
	target_.reset();
}

Result<std::unique_ptr<Stills>> Stills::create(const std::string &effect_path, Words words)
{
	if (!obs_initialized() || !obs_get_video()) {
		return fail("libobs' graphics are not running; call obs_startup and obs_reset_video first");
	}
	const ContextScope context;
	auto painter = Painter::create(effect_path);
	if (!painter) {
		return std::unexpected(painter.error());
	}
	return std::unique_ptr<Stills>(new Stills(std::move(*painter), std::move(words)));
}

Result<gs_texture_t *> Stills::texture(const std::shared_ptr<const Snapshot> &snapshot, const View &view,
				       double position_ms)
{
	// As if somebody had responded just now: a picture of a position is never stale.
	const SteadyTime now = snapshot ? snapshot->lastResponse.value_or(SteadyTime{}) : SteadyTime{};
	const Clock clock{.state = PlaybackState::playing, .position_ms = position_ms};
	const Instant instant = instantOf(snapshot.get(), view, clock, now);
	std::unique_ptr<Picture> picture;
	if (!view_ || snapshot != snapshot_ || view != *view_ || instant != instant_) {
		picture = makePicture(snapshot.get(), view, instant, words_, labels_);
		snapshot_ = snapshot;
		view_ = view;
		instant_ = instant;
	}
	const ContextScope context;
	if (picture) {
		painter_->take(std::move(picture));
	}
	const TargetScope target(target_.get(), static_cast<float>(view.width), static_cast<float>(view.height), true);
	if (!target) {
		return fail("there is no texture of " + std::to_string(view.width) + " x " +
			    std::to_string(view.height));
	}
	painter_->draw(position_ms);
	return gs_texrender_get_texture(target_.get());
}

Result<Image> Stills::image(const std::shared_ptr<const Snapshot> &snapshot, const View &view, double position_ms)
{
	const Result<gs_texture_t *> drawn = texture(snapshot, view, position_ms);
	if (!drawn) {
		return std::unexpected(drawn.error());
	}
	Image image{view.width, view.height, std::vector<std::uint8_t>(std::size_t{4} * view.width * view.height)};
	const ContextScope context;
	if (!read(*drawn, image)) {
		return fail("the picture cannot be read back from the graphics card");
	}
	return image;
}

} // namespace pulseline::overlay
