#include "overlay/painter.hpp"

#include "overlay/graphics_scope.hpp"

#include <obs.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace pulseline::overlay {
namespace {

float linear(std::uint8_t channel)
{
	return gs_srgb_nonlinear_to_linear(static_cast<float>(channel) / 255);
}

void setFour(gs_eparam_t *parameter, float x, float y, float z, float w)
{
	vec4 value;
	vec4_set(&value, x, y, z, w);
	gs_effect_set_vec4(parameter, &value);
}

void setTwo(gs_eparam_t *parameter, float x, float y)
{
	vec2 value;
	vec2_set(&value, x, y);
	gs_effect_set_vec2(parameter, &value);
}

constexpr std::chrono::milliseconds kFade{350};
constexpr std::chrono::milliseconds kGrow{900};

// The axis of a speech of unknown length.
bool grows(const Scene &from, const Scene &to)
{
	const Passage &one = from.outline.ruler.passage;
	const Passage &other = to.outline.ruler.passage;
	return one.window_ms != other.window_ms && !one.rolls() && !other.rolls();
}

} // namespace

Painter::Painter(Effect effect)
	: effect_(std::move(effect))
	, fixed_(gs_texrender_create(GS_RGBA, GS_ZS_NONE))
	, moving_(gs_texrender_create(GS_RGBA, GS_ZS_NONE))
	, distances_(gs_texrender_create(GS_RGBA, GS_ZS_NONE))
	, moving_before_(gs_texrender_create(GS_RGBA, GS_ZS_NONE))
{
}

Painter::~Painter() = default;

Result<std::unique_ptr<Painter>> Painter::create(const std::string &effect_path)
{
	char *message = nullptr;
	Effect effect(gs_effect_create_from_file(effect_path.c_str(), &message));
	const std::string why = message ? message : "the file is missing";
	bfree(message);
	if (!effect) {
		return fail("cannot use the effect '" + effect_path + "': " + why);
	}
	std::unique_ptr<Painter> painter(new Painter(std::move(effect)));
	if (!painter->findNames() || !painter->makeBuffers()) {
		return fail("the effect '" + effect_path + "' does not belong to this version of the plugin");
	}
	return painter;
}

bool Painter::findNames()
{
	constexpr std::array<const char *, techniques> kNames{"Box",     "Text",  "Band",    "Stroke",    "Trace",
							      "Resolve", "Plain", "Compose", "ComposeMix"};
	std::ranges::transform(kNames, technique_.begin(),
			       [&](const char *name) { return gs_effect_get_technique(effect_.get(), name); });
	const auto parameter = [&](const char *name) { return gs_effect_get_param_by_name(effect_.get(), name); };
	parameter_ = {parameter("image"),
		      parameter("moving"),
		      parameter("image_size"),
		      parameter("moving_size"),
		      parameter("reach"),
		      parameter("halves"),
		      parameter("casings"),
		      parameter("edge"),
		      {parameter("color0"), parameter("color1"), parameter("color2"), parameter("color3")},
		      parameter("white"),
		      parameter("plot"),
		      parameter("slide"),
		      parameter("stretch"),
		      parameter("reveal"),
		      parameter("moving_before"),
		      parameter("moving_size_before"),
		      parameter("before")};
	return std::ranges::all_of(technique_, [](const gs_technique_t *found) { return found != nullptr; }) &&
	       parameter_.image && parameter_.moving && parameter_.white && parameter_.reveal;
}

bool Painter::makeBuffers()
{
	Quads empty;
	empty.points.resize(4 * kMaxFrameQuads);
	empty.colors.resize(4 * kMaxFrameQuads);
	empty.extras.resize(4 * kMaxFrameQuads);
	frame_vertices_.reset(gs_vertexbuffer_create(vertexData(empty).release(), GS_DYNAMIC));
	frame_.quads.reserve(kMaxFrameQuads);
	growIndices(kMaxFrameQuads);
	return frame_vertices_ && indices_;
}

void Painter::growIndices(std::uint32_t quads)
{
	if (quads <= index_quads_) {
		return;
	}
	index_quads_ = std::max(quads, 2 * index_quads_);
	auto *indices = static_cast<std::uint32_t *>(bmalloc(std::size_t{index_quads_} * 6 * sizeof(std::uint32_t)));
	for (std::uint32_t quad = 0; quad < index_quads_; ++quad) {
		const std::uint32_t corner = quad * 4;
		const std::array<std::uint32_t, 6> two{corner,     corner + 1, corner + 2,
						       corner + 2, corner + 1, corner + 3};
		std::ranges::copy(two, indices + std::size_t{quad} * 6);
	}
	indices_.reset(gs_indexbuffer_create(GS_UNSIGNED_LONG, indices, std::size_t{index_quads_} * 6, 0));
}

// A technique forgets its parameters when it ends: they are set before every call.
void Painter::drawSpan(Technique technique, QuadSpan span)
{
	if (span.count == 0) {
		return;
	}
	gs_technique_t *const chosen = technique_[technique];
	gs_technique_begin(chosen);
	gs_technique_begin_pass(chosen, 0);
	gs_draw(GS_TRIS, span.first * 6, span.count * 6);
	gs_technique_end_pass(chosen);
	gs_technique_end(chosen);
}

std::unique_ptr<Picture> Painter::take(std::unique_ptr<Picture> picture)
{
	std::swap(picture, picture_);
	const Scene &fresh = picture_->scene;
	if (!fresh.motion || !picture || !sameShape(picture->scene, fresh)) {
		mixes_ = false;
	} else if (!mixes_ && (picture->scene.tick != fresh.tick || grows(picture->scene, fresh))) {
		// One that is on its way goes on when what it leads to is painted anew.
		mixes_ = true;
		began_.reset();
		std::swap(moving_, moving_before_);
		std::swap(picture, before_);
	}
	const StateScope state;
	upload();
	gs_load_vertexbuffer(vertices_.get());
	gs_load_indexbuffer(indices_.get());
	paintFixed();
	if (picture_->scene.drawn || !picture_->scene.bars.empty()) {
		paintMoving();
	}
	gs_load_vertexbuffer(nullptr);
	gs_load_indexbuffer(nullptr);
	return picture;
}

void Painter::upload()
{
	growIndices(picture_->quads);
	vertices_.reset(gs_vertexbuffer_create(picture_->vertices.release(), 0));
	const Atlas &atlas = picture_->atlas;
	atlas_.reset();
	if (atlas.width > 0) {
		const std::uint8_t *rows = atlas.coverage.data();
		atlas_.reset(gs_texture_create(atlas.width, atlas.height, GS_R8, 1, &rows, 0));
	}
}

void Painter::drawTexts(QuadSpan texts)
{
	if (atlas_) {
		gs_effect_set_texture(parameter_.image, atlas_.get());
		setTwo(parameter_.image_size, static_cast<float>(picture_->atlas.width),
		       static_cast<float>(picture_->atlas.height));
		drawSpan(text, texts);
	}
}

// Into a texture of the painter's own.
void Painter::drawBoxes(QuadSpan boxes)
{
	gs_effect_set_float(parameter_.white, 1);
	drawSpan(box, boxes);
}

void Painter::paintFixed()
{
	const Scene &scene = picture_->scene;
	const TargetScope target(fixed_.get(), static_cast<float>(scene.width), static_cast<float>(scene.height), true);
	if (target) {
		drawBoxes(picture_->meshes.boxes);
		drawTexts(picture_->meshes.texts);
	}
}

void Painter::paintMoving()
{
	const Scene &scene = picture_->scene;
	const auto height = static_cast<float>(scene.height);
	if (const TargetScope target(moving_.get(), scene.moving_width, height, true); target) {
		drawBoxes(picture_->meshes.movingBoxes);
		drawTexts(picture_->meshes.movingTexts);
		drawSpan(band, picture_->meshes.bands);
	}
	for (const StrokeGroup &group : picture_->meshes.strokes) {
		paintStrokes(group);
	}
}

void Painter::setStroke(const StrokeGroup &group)
{
	std::array<float, 4> halves{-1000, -1000, -1000, -1000}; // a channel without a curve is never seen
	std::array<float, 4> casings{};
	for (std::size_t i = 0; i < group.colors.size(); ++i) {
		if (i < group.curves) {
			halves[i] = group.halves[i];
			casings[i] = casing(2 * group.halves[i]);
		}
	}
	// All of them: OBS complains of a parameter that was never set.
	for (std::size_t i = 0; i < parameter_.colors.size(); ++i) {
		const Color color = i < group.curves ? group.colors[i] : Color{};
		setFour(parameter_.colors[i], linear(color.r), linear(color.g), linear(color.b),
			static_cast<float>(color.a) / 255);
	}
	setFour(parameter_.halves, halves[0], halves[1], halves[2], halves[3]);
	setFour(parameter_.casings, casings[0], casings[1], casings[2], casings[3]);
	const Color edge = picture_->scene.edge;
	setFour(parameter_.edge, linear(edge.r), linear(edge.g), linear(edge.b), static_cast<float>(edge.a) / 255);
	gs_effect_set_float(parameter_.reach, picture_->meshes.reach);
}

// First how near each pixel is to each line, then the lines themselves: so joins, dashes and translucent edges have no
// seams however the pieces overlap.
void Painter::paintStrokes(const StrokeGroup &group)
{
	const Scene &scene = picture_->scene;
	const float width = scene.moving_width;
	const auto height = static_cast<float>(scene.height);
	StateScope::greatest();
	if (const TargetScope target(distances_.get(), width, height, true); target) {
		gs_effect_set_float(parameter_.reach, picture_->meshes.reach);
		drawSpan(stroke, group.strokes);
	}
	StateScope::over();
	if (const TargetScope target(moving_.get(), width, height, false); target) {
		gs_effect_set_texture(parameter_.image, gs_texrender_get_texture(distances_.get()));
		setTwo(parameter_.image_size, width, height);
		setStroke(group);
		drawSpan(resolve, picture_->meshes.curvesSheet);
	}
}

// An overlay is as bright as SDR's white: on an HDR canvas neither washed out nor glaring.
void Painter::setWhite()
{
	const bool scaled = gs_get_color_space() == GS_CS_709_SCRGB; // where 1 is 80 cd/m²
	gs_effect_set_float(parameter_.white, scaled ? obs_get_video_sdr_white_level() / 80 : 1);
}

void Painter::setFixed()
{
	const Scene &scene = picture_->scene;
	setWhite();
	gs_effect_set_texture_srgb(parameter_.image, gs_texrender_get_texture(fixed_.get()));
	setTwo(parameter_.image_size, static_cast<float>(scene.width), static_cast<float>(scene.height));
}

void Painter::setCompose(double position_ms)
{
	const Scene &scene = picture_->scene;
	const Rect &plot = scene.outline.ruler.plot;
	const Sight sight = sightOf(scene.outline.ruler, position_ms, mixing_.window_ms);
	const float fading = scene.outline.ruler.passage.rolls() ? std::max(1.0F, scene.margin) : 1.0F;
	setFixed();
	gs_effect_set_texture_srgb(parameter_.moving, gs_texrender_get_texture(moving_.get()));
	setTwo(parameter_.moving_size, scene.moving_width, static_cast<float>(scene.height));
	setFour(parameter_.plot, plot.x, plot.y, plot.right(), scene.floor);
	setFour(parameter_.slide, scene.margin + sight.scroll, scene.margin, fading, scene.rim);
	gs_effect_set_float(parameter_.stretch, sight.stretch);
	setFour(parameter_.reveal, sight.playhead, scene.strength, scene.ahead * scene.strength, 0);
}

void Painter::setBefore(double position_ms)
{
	const Scene &scene = before_->scene;
	const Sight sight = sightOf(scene.outline.ruler, position_ms, mixing_.window_ms);
	gs_effect_set_texture_srgb(parameter_.moving_before, gs_texrender_get_texture(moving_before_.get()));
	setTwo(parameter_.moving_size_before, scene.moving_width, static_cast<float>(scene.height));
	const auto share = static_cast<float>(mixing_.share);
	setFour(parameter_.before, scene.margin + sight.scroll, sight.stretch, share,
		grows(scene, picture_->scene) ? share : 1);
}

void Painter::drawBars()
{
	setWhite();
	drawSpan(box, frame_.bars);
	setWhite();
	gs_effect_set_texture_srgb(parameter_.image, gs_texrender_get_texture(moving_.get()));
	setTwo(parameter_.image_size, static_cast<float>(picture_->scene.width),
	       static_cast<float>(picture_->scene.height));
	drawSpan(plain, frame_.words);
}

void Painter::updateMixing(std::optional<SteadyTime> now)
{
	mixing_ = {};
	if (!mixes_ || !now) {
		mixes_ = false;
		return;
	}
	began_ = began_.value_or(*now);
	const std::chrono::duration<double> length = grows(before_->scene, picture_->scene) ? kGrow : kFade;
	const double progress = std::chrono::duration<double>(*now - *began_) / length;
	mixes_ = progress < 1;
	if (mixes_) {
		mixing_ = Mixing::at(before_->scene, picture_->scene, std::max(0.0, progress));
	}
}

void Painter::updateFrame(double position_ms)
{
	buildFrame(picture_->scene, position_ms, frame_, mixing_);
	gs_vb_data *const data = gs_vertexbuffer_get_data(frame_vertices_.get());
	const std::size_t count = std::min(frame_.quads.points.size(), data->num);
	std::memcpy(data->points, frame_.quads.points.data(), count * sizeof(Four));
	std::memcpy(data->colors, frame_.quads.colors.data(), count * sizeof(std::uint32_t));
	std::memcpy(data->tvarray[0].array, frame_.quads.extras.data(), count * sizeof(Four));
	gs_vertexbuffer_flush(frame_vertices_.get());
}

void Painter::draw(double position_ms, std::optional<SteadyTime> now)
{
	if (!picture_ || !gs_texrender_get_texture(fixed_.get())) {
		return;
	}
	const StateScope state;
	updateMixing(now);
	updateFrame(position_ms);
	gs_load_indexbuffer(indices_.get());
	gs_load_vertexbuffer(frame_vertices_.get());
	setFixed();
	drawSpan(plain, frame_.plain);
	if (picture_->scene.drawn) {
		setCompose(position_ms);
		if (mixes_) {
			setBefore(position_ms);
		}
		drawSpan(mixes_ ? compose_mix : compose, frame_.composed);
		setWhite();
		drawSpan(trace, frame_.traces);
	} else if (!picture_->scene.bars.empty()) {
		drawBars();
	}
	gs_load_vertexbuffer(nullptr);
	gs_load_indexbuffer(nullptr);
}

} // namespace pulseline::overlay
