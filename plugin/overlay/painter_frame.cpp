// What a painter does in every frame.
#include "overlay/painter.hpp"

#include "overlay/graphics_scope.hpp"
#include "overlay/parameters.hpp"

#include <obs.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace pulseline::overlay {
namespace {

constexpr std::chrono::milliseconds kFade{350};
constexpr std::chrono::milliseconds kGrow{900};

} // namespace

// An overlay is as bright as SDR's white: on an HDR canvas neither washed out nor glaring.
void Painter::setWhite()
{
	const bool scaled = gs_get_color_space() == GS_CS_709_SCRGB; // where 1 is 80 cd/m²
	gs_effect_set_float(parameter_.white, scaled ? obs_get_video_sdr_white_level() / 80 : 1);
}

void Painter::setLayer(gs_texrender_t *layer)
{
	const Scene &scene = *picture_->scene;
	setWhite();
	gs_effect_set_texture_srgb(parameter_.image, gs_texrender_get_texture(layer));
	setTwo(parameter_.image_size, static_cast<float>(scene.width), static_cast<float>(scene.height));
}

void Painter::setCompose(double position_ms)
{
	const Scene &scene = *picture_->scene;
	const Rect &plot = scene.outline.ruler.plot;
	const Sight sight = sightOf(scene.outline.ruler, position_ms, mixing_.window_ms);
	const float fading = scene.outline.ruler.passage.rolls() ? std::max(1.0F, scene.margin) : 1.0F;
	setLayer(fixed_.get());
	gs_effect_set_texture_srgb(parameter_.moving, gs_texrender_get_texture(moving_.get()));
	setTwo(parameter_.moving_size, scene.moving_width, static_cast<float>(scene.height));
	setFour(parameter_.plot, plot.x, plot.y, plot.right(), scene.floor);
	setFour(parameter_.slide, scene.margin + sight.scroll, scene.margin, fading, scene.rim);
	gs_effect_set_float(parameter_.stretch, sight.stretch);
	setFour(parameter_.reveal, sight.playhead, scene.strength, scene.ahead * scene.strength, 0);
}

void Painter::setBefore(double position_ms)
{
	const Scene &scene = *before_->scene;
	const Sight sight = sightOf(scene.outline.ruler, position_ms, mixing_.window_ms);
	gs_effect_set_texture_srgb(parameter_.moving_before, gs_texrender_get_texture(moving_before_.get()));
	setTwo(parameter_.moving_size_before, scene.moving_width, static_cast<float>(scene.height));
	const auto share = static_cast<float>(mixing_.share);
	setFour(parameter_.before, scene.margin + sight.scroll, sight.stretch, share,
		grows(scene, *picture_->scene) ? share : 1);
}

void Painter::drawBars()
{
	setWhite();
	drawSpan(box, frame_.bars);
	// While bars move, the figures of where they were go, and then those of where they will be come.
	const double share = mixes_ ? mixing_.share : 1;
	setLayer(share < 0.5 ? moving_before_.get() : moving_.get());
	setFour(parameter_.reveal, 0, static_cast<float>(std::abs(2 * share - 1)), 0, 0);
	drawSpan(words, frame_.words);
}

void Painter::updateMixing(std::optional<SteadyTime> now)
{
	mixing_ = {};
	if (!mixes_ || !now) {
		mixes_ = false;
		return;
	}
	began_ = began_.value_or(*now);
	const std::chrono::duration<double> length = grows(*before_->scene, *picture_->scene) ? kGrow : kFade;
	const double progress = std::chrono::duration<double>(*now - *began_) / length;
	mixes_ = progress < 1;
	if (mixes_) {
		mixing_ = Mixing::at(*before_->scene, *picture_->scene, std::max(0.0, progress));
	}
}

void Painter::updateFrame(double position_ms)
{
	buildFrame(*picture_->scene, position_ms, frame_, mixing_);
	gs_vb_data *const data = gs_vertexbuffer_get_data(frame_vertices_.get());
	const std::size_t count = std::min(frame_.quads.points.size(), data->num);
	std::memcpy(data->points, frame_.quads.points.data(), count * sizeof(Four));
	std::memcpy(data->colors, frame_.quads.colors.data(), count * sizeof(std::uint32_t));
	std::memcpy(data->tvarray[0].array, frame_.quads.extras.data(), count * sizeof(Four));
	gs_vertexbuffer_flush(frame_vertices_.get());
}

// Whether this frame is like the one before, as far as can be seen.
bool Painter::isStill(double position_ms)
{
	constexpr float kFine = 16; // parts of a pixel
	const Sight sight = sightOf(picture_->scene->outline.ruler, position_ms, 0);
	const Glance seen{pictures_, std::lround(sight.scroll * kFine), std::lround(sight.playhead * kFine)};
	const bool same = seen == seen_;
	const bool still = !mixes_ && (same || stands_); // what stood until now will stand again
	composed_ = composed_ && same;
	stands_ = same;
	seen_ = seen;
	return still;
}

void Painter::draw(double position_ms, std::optional<SteadyTime> now)
{
	if (!picture_ || !gs_texrender_get_texture(fixed_.get())) {
		return;
	}
	const StateScope state;
	updateMixing(now);
	layout_ = layoutInfo(picture_->scene->outline, position_ms, mixing_.window_ms);
	const bool still = now && isStill(position_ms); // an exporter wants every frame as exact as the first one
	composed_ = composed_ && still;
	if (!composed_) {
		updateFrame(position_ms);
	}
	gs_load_indexbuffer(indices_.get());
	gs_load_vertexbuffer(frame_vertices_.get());
	if (still && !composed_) {
		const Scene &scene = *picture_->scene;
		const TargetScope target(still_.get(), static_cast<float>(scene.width),
					 static_cast<float>(scene.height), true);
		if (target) {
			drawLayers(position_ms);
			composed_ = true;
		}
	}
	if (composed_) {
		setLayer(still_.get());
		drawSpan(plain, frame_.card);
	} else {
		drawLayers(position_ms);
	}
	gs_load_vertexbuffer(nullptr);
	gs_load_indexbuffer(nullptr);
}

void Painter::drawLayers(double position_ms)
{
	setLayer(fixed_.get());
	drawSpan(plain, frame_.plain);
	if (picture_->scene->drawn) {
		setCompose(position_ms);
		if (mixes_) {
			setBefore(position_ms);
		}
		drawSpan(mixes_ ? compose_mix : compose, frame_.composed);
		setWhite();
		drawSpan(trace, frame_.traces);
	} else if (!picture_->scene->bars.empty()) {
		drawBars();
	}
}

} // namespace pulseline::overlay
