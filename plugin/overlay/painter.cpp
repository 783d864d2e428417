#include "overlay/painter.hpp"

#include "overlay/graphics_scope.hpp"
#include "overlay/parameters.hpp"

#include <obs.h>

#include <algorithm>

namespace pulseline::overlay {
namespace {

float linear(std::uint8_t channel)
{
	return gs_srgb_nonlinear_to_linear(static_cast<float>(channel) / 255);
}

// One after the other.
QuadSpan strokesOf(std::span<const StrokeGroup> groups)
{
	QuadSpan all;
	for (const StrokeGroup &group : groups) {
		all = {all.count > 0 ? all.first : group.strokes.first, all.count + group.strokes.count};
	}
	return all;
}

} // namespace

Painter::Painter(Effect effect)
	: effect_(std::move(effect))
	, fixed_(gs_texrender_create(GS_RGBA, GS_ZS_NONE))
	, moving_(gs_texrender_create(GS_RGBA, GS_ZS_NONE))
	, distances_(gs_texrender_create(GS_RGBA, GS_ZS_NONE))
	, still_(gs_texrender_create(GS_RGBA, GS_ZS_NONE))
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
	constexpr std::array<const char *, techniques> kNames{
		"Box",          "Text",  "GroundText", "Band",       "Stroke", "Trace", "Resolve", "ResolveTwo",
		"ResolveThree", "Plain", "Compose",    "ComposeMix", "Fill",   "Empty", "Words"};
	std::ranges::transform(kNames, technique_.begin(),
			       [&](const char *name) { return gs_effect_get_technique(effect_.get(), name); });
	const auto parameter = [&](const char *name) { return gs_effect_get_param_by_name(effect_.get(), name); };
	const auto numbered = [&]<std::size_t count>(const char *name) {
		std::array<gs_eparam_t *, count> found{};
		for (std::size_t i = 0; i < count; ++i) {
			found[i] = parameter((name + std::to_string(i)).c_str());
		}
		return found;
	};
	parameter_ = {parameter("image"),
		      parameter("moving"),
		      parameter("image_size"),
		      parameter("moving_size"),
		      parameter("reach"),
		      parameter("drop"),
		      parameter("lane"),
		      parameter("edge"),
		      parameter("ground"),
		      numbered.operator()<kMaxLanes>("halves"),
		      numbered.operator()<kMaxLanes>("casings"),
		      numbered.operator()<4 * kMaxLanes>("color"),
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
	++pictures_;
	const Scene &fresh = *picture_->scene;
	const Damage &damage = picture_->damage;
	if (!fresh.motion || !picture || !sameShape(*picture->scene, fresh)) {
		mixes_ = false;
	} else if (!mixes_ && (picture->scene->tick != fresh.tick || grows(*picture->scene, fresh))) {
		// One that is on its way goes on when what it leads to is painted anew.
		mixes_ = true;
		began_.reset();
		keepBefore();
		std::swap(picture, before_);
	}
	differ_.add(damage.moving);
	if (damage.empty()) {
		return picture;
	}
	const StateScope state;
	upload();
	gs_load_vertexbuffer(vertices_.get());
	gs_load_indexbuffer(indices_.get());
	paintFixed();
	if (fresh.drawn || !fresh.bars.empty()) {
		paintMoving();
	}
	gs_load_vertexbuffer(nullptr);
	gs_load_indexbuffer(nullptr);
	// Painted once: several megabytes of a long speech.
	vertices_.reset();
	atlas_.reset();
	return picture;
}

// What is seen now will fade out: another texture takes its place, or, where only a few columns will change, becomes
// like it.
void Painter::keepBefore()
{
	if (picture_->damage.moving.isWhole()) {
		std::swap(moving_, moving_before_);
		return;
	}
	gs_texture_t *const now = gs_texrender_get_texture(moving_.get());
	const gs_texture_t *const before = gs_texrender_get_texture(moving_before_.get());
	if (!now) {
		return;
	}
	const std::uint32_t width = gs_texture_get_width(now);
	const std::uint32_t height = gs_texture_get_height(now);
	if (!before || gs_texture_get_width(before) != width || gs_texture_get_height(before) != height) {
		const TargetScope made(moving_before_.get(), static_cast<float>(width), static_cast<float>(height),
				       true);
		differ_ = Stretches::whole();
	}
	const Parts parts(differ_, picture_->scene->margin, static_cast<float>(width));
	for (const Part &part : parts.all()) {
		gs_copy_texture_region(gs_texrender_get_texture(moving_before_.get()), part.from, 0, now, part.from, 0,
				       part.width, height);
	}
	differ_ = {};
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

// Only these parts of a texture are painted; `anew`: nothing is left there of what was.
template <typename Draw>
void Painter::paintParts(gs_texrender_t *texture, float height, const Parts &parts, bool anew, Draw &&draw)
{
	if (parts.all().empty()) {
		return;
	}
	const TargetScope target(texture, parts.textureWidth(), height, anew && parts.whole());
	if (!target) {
		return;
	}
	const auto each = [&](auto &&use) {
		for (const Part &part : parts.all()) {
			const PartScope only(part, static_cast<std::uint32_t>(height));
			use();
		}
	};
	if (anew && !parts.whole()) {
		each([&] { erase(); });
	}
	each(draw);
}

void Painter::drawTexts(Technique technique, QuadSpan texts)
{
	if (atlas_ && texts.count > 0) {
		gs_effect_set_texture(parameter_.image, atlas_.get());
		setTwo(parameter_.image_size, static_cast<float>(picture_->atlas.width),
		       static_cast<float>(picture_->atlas.height));
		drawSpan(technique, texts);
	}
}

// Into a texture of the painter's own.
void Painter::drawBoxes(QuadSpan boxes)
{
	gs_effect_set_float(parameter_.white, 1);
	drawSpan(box, boxes);
}

// Leaves nothing in the part of a texture that is drawn to.
void Painter::erase()
{
	gs_enable_blending(false);
	drawSpan(empty, picture_->meshes.sheet);
	gs_enable_blending(true);
}

void Painter::paintFixed()
{
	const Scene &scene = *picture_->scene;
	const Patches &patches = picture_->damage.fixed;
	if (patches.empty()) {
		return;
	}
	const TargetScope target(fixed_.get(), static_cast<float>(scene.width), static_cast<float>(scene.height),
				 patches.isWhole());
	if (!target) {
		return;
	}
	StateScope::replace();
	drawSpan(empty, picture_->meshes.patches);
	drawSpan(fill, picture_->meshes.ground);
	const Color ground = picture_->meshes.groundColor;
	setFour(parameter_.ground, linear(ground.r), linear(ground.g), linear(ground.b),
		static_cast<float>(ground.a) / 255);
	drawTexts(ground_text, picture_->meshes.groundTexts);
	StateScope::over();
	drawBoxes(picture_->meshes.boxes);
	drawTexts(text, picture_->meshes.texts);
}

// First how near each pixel is to each line, then the lines themselves: so joins, dashes and translucent edges have no
// seams however the pieces overlap.
void Painter::paintMoving()
{
	const Scene &scene = *picture_->scene;
	const Meshes &meshes = picture_->meshes;
	const Parts parts(picture_->damage.moving, scene.margin, scene.moving_width);
	std::span<const StrokeGroup> rest = meshes.strokes;
	bool grounded = false;
	do { // most often once: to turn from one texture to another costs as much as many lines
		const auto groups = rest.first(std::min(rest.size(), meshes.lanes));
		rest = rest.subspan(groups.size());
		paintDistances(groups, parts);
		StateScope::over();
		paintParts(moving_.get(), static_cast<float>(scene.height), parts, !grounded, [&] {
			if (!grounded) {
				drawBoxes(meshes.movingBoxes);
				drawTexts(text, meshes.movingTexts);
				drawSpan(band, meshes.bands);
			}
			paintStrokes(groups);
		});
		grounded = true;
	} while (!rest.empty());
}

void Painter::paintDistances(std::span<const StrokeGroup> groups, const Parts &parts)
{
	const QuadSpan strokes = strokesOf(groups);
	if (strokes.count > 0) {
		StateScope::greatest();
		paintParts(distances_.get(), picture_->meshes.lanesHeight(), parts, true,
			   [&] { drawSpan(stroke, strokes); });
	}
}

void Painter::setStrokes(const StrokeGroup &group, std::size_t lane)
{
	std::array<float, 4> halves{-1000, -1000, -1000, -1000}; // a channel without a curve is never seen
	std::array<float, 4> casings{};
	for (std::size_t i = 0; i < group.curves; ++i) {
		halves[i] = group.halves[i];
		casings[i] = casing(2 * group.halves[i]);
	}
	// All of them: OBS complains of a parameter that was never set.
	for (std::size_t i = 0; i < group.colors.size(); ++i) {
		const Color color = i < group.curves ? group.colors[i] : Color{};
		setFour(parameter_.colors[4 * lane + i], linear(color.r), linear(color.g), linear(color.b),
			static_cast<float>(color.a) / 255);
	}
	setFour(parameter_.halves[lane], halves[0], halves[1], halves[2], halves[3]);
	setFour(parameter_.casings[lane], casings[0], casings[1], casings[2], casings[3]);
}

void Painter::paintStrokes(std::span<const StrokeGroup> groups)
{
	if (strokesOf(groups).count == 0) {
		return;
	}
	const Meshes &meshes = picture_->meshes;
	gs_effect_set_texture(parameter_.image, gs_texrender_get_texture(distances_.get()));
	setTwo(parameter_.image_size, picture_->scene->moving_width, meshes.lanesHeight());
	gs_effect_set_float(parameter_.reach, meshes.reach);
	gs_effect_set_float(parameter_.drop, meshes.drop);
	gs_effect_set_float(parameter_.lane, meshes.lane);
	const Color edge = picture_->scene->edge;
	setFour(parameter_.edge, linear(edge.r), linear(edge.g), linear(edge.b), static_cast<float>(edge.a) / 255);
	for (std::size_t lane = 0; lane < groups.size(); ++lane) {
		setStrokes(groups[lane], lane);
	}
	constexpr std::array<Technique, kMaxLanes> kOf{resolve, resolve_two, resolve_three};
	drawSpan(kOf[groups.size() - 1], meshes.curvesSheet);
}

} // namespace pulseline::overlay
