// Paints an overlay with libobs' graphics: a picture into textures when there is a new one, and the textures into the
// current target in every frame, with the playhead where the position is. Needs no source, no scene and no frontend,
// so a preview or an exporter draws the same pixels.
//
// Everything but texts must be called inside the graphics context (obs_enter_graphics), on any one thread at a time.
#pragma once

#include "overlay/picture.hpp"

#include <graphics/graphics.h>

#include <array>

namespace pulseline::overlay {

template <auto destroy>
struct GraphicsDeleter {
	template <typename T>
	void operator()(T *handle) const
	{
		destroy(handle);
	}
};

class Parts;

class Painter {
public:
	// `effect_path`: data/effects/overlay.effect.
	static Result<std::unique_ptr<Painter>> create(const std::string &effect_path);
	Painter(const Painter &) = delete;
	Painter &operator=(const Painter &) = delete;
	~Painter();

	// Paints what it holds into the textures: all, or what has changed since the picture before. One that is not
	// needed any more is handed back, so that another thread can free it.
	std::unique_ptr<Picture> take(std::unique_ptr<Picture> picture);
	// Draws what take() painted, its left upper corner at 0, 0 of the current matrix, blending over what is there.
	// Keeps the state it finds. Any colour space that libobs composes in. Nothing before the first picture. `now`
	// is when the frame is shown: with it a new picture comes gently, if it wants to, and a frame like the one
	// before is kept; without it at once.
	void draw(double position_ms, std::optional<SteadyTime> now = {});

	// What is drawn now; null before the first picture.
	const Scene *scene() const { return picture_ ? picture_->scene.get() : nullptr; }
	// Where moments and values lie in what draw() drew last; empty before it drew anything.
	const std::optional<LayoutInfo> &layout() const { return layout_; }

private:
	using Effect = std::unique_ptr<gs_effect_t, GraphicsDeleter<gs_effect_destroy>>;
	using Vertices = std::unique_ptr<gs_vertbuffer_t, GraphicsDeleter<gs_vertexbuffer_destroy>>;
	using Indices = std::unique_ptr<gs_indexbuffer_t, GraphicsDeleter<gs_indexbuffer_destroy>>;
	using Texture = std::unique_ptr<gs_texture_t, GraphicsDeleter<gs_texture_destroy>>;
	using Target = std::unique_ptr<gs_texrender_t, GraphicsDeleter<gs_texrender_destroy>>;
	enum Technique {
		box,
		text,
		ground_text,
		band,
		stroke,
		trace,
		resolve,
		resolve_two,
		resolve_three,
		plain,
		compose,
		compose_mix,
		fill,
		empty,
		words,
		techniques
	};
	struct Parameters {
		gs_eparam_t *image, *moving, *image_size, *moving_size, *reach, *drop, *lane, *edge, *ground;
		std::array<gs_eparam_t *, kMaxLanes> halves, casings;
		std::array<gs_eparam_t *, 4 * kMaxLanes> colors;
		gs_eparam_t *white;
		gs_eparam_t *plot, *slide, *stretch, *reveal;
		gs_eparam_t *moving_before, *moving_size_before, *before;
	};

	explicit Painter(Effect effect);
	bool makeBuffers();
	bool findNames();
	void growIndices(std::uint32_t quads);
	void upload();
	void drawTexts(Technique technique, QuadSpan texts);
	template <typename Draw>
	void paintParts(gs_texrender_t *texture, float height, const Parts &parts, bool anew, Draw &&draw);
	void keepBefore();
	void erase();
	void paintFixed();
	void paintMoving();
	void paintDistances(std::span<const StrokeGroup> groups, const Parts &parts);
	void paintStrokes(std::span<const StrokeGroup> groups);
	void setStrokes(const StrokeGroup &group, std::size_t lane);
	void setLayer(gs_texrender_t *layer);
	void setWhite();
	void drawBoxes(QuadSpan boxes);
	void drawBars();
	void setCompose(double position_ms);
	void setBefore(double position_ms);
	bool isStill(double position_ms);
	void drawLayers(double position_ms);
	void updateFrame(double position_ms);
	void updateMixing(std::optional<SteadyTime> now);
	void drawSpan(Technique technique, QuadSpan span);

	Effect effect_;
	std::array<gs_technique_t *, techniques> technique_{};
	Parameters parameter_{};
	Indices indices_;
	std::uint32_t index_quads_ = 0;
	Vertices vertices_;       // of the picture
	Vertices frame_vertices_; // dynamic, of a fixed size
	FrameQuads frame_;
	Texture atlas_;
	Target fixed_, moving_, distances_;
	std::unique_ptr<Picture> picture_;
	std::uint64_t pictures_ = 0; // that were taken
	std::optional<LayoutInfo> layout_;

	// All of a frame, where the next one is like it.
	struct Glance {
		std::uint64_t picture = 0;
		long scroll = 0;
		long playhead = 0;

		bool operator==(const Glance &) const = default;
	};
	Target still_;
	bool composed_ = false; // it is in still_
	bool stands_ = false;
	Glance seen_;

	// While its curves fade in, the one before it.
	Target moving_before_;
	std::unique_ptr<Picture> before_;
	Stretches differ_ = Stretches::whole(); // where the two textures do
	bool mixes_ = false;
	std::optional<SteadyTime> began_;
	Mixing mixing_;
};

} // namespace pulseline::overlay
