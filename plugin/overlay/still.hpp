// The overlay's state at a position as a texture or an image, with no source, scene, canvas or clock around it: for
// exporters and previews. The pixels are those that the source draws.
//
// Needs libobs with its graphics (obs_startup, obs_reset_video) but no frontend, and a QGuiApplication for the texts.
//
//	auto stills = Stills::create(effect_path);
//	auto image = (*stills)->image(snapshot, view, 12'500);
#pragma once

#include "overlay/painter.hpp"

namespace pulseline::overlay {

// sRGB with straight alpha; red, green, blue, alpha; rows from top to bottom without gaps.
struct Image {
	std::uint32_t width = 0;
	std::uint32_t height = 0;
	std::vector<std::uint8_t> rgba;
};

// One thread at a time, outside the graphics context. What stays the same from one position to the next is painted
// once, so frame after frame of a video costs little.
class Stills {
public:
	// `effect_path`: data/effects/overlay.effect.
	static Result<std::unique_ptr<Stills>> create(const std::string &effect_path, Words words = {});
	Stills(const Stills &) = delete;
	Stills &operator=(const Stills &) = delete;
	~Stills();

	// What the overlay shows while the session plays at `position_ms`: linear light, premultiplied, of the view's
	// size. It stays this object's, and as it is until the next call. A null snapshot: no session.
	Result<gs_texture_t *> texture(const std::shared_ptr<const Snapshot> &snapshot, const View &view,
				       double position_ms);
	Result<Image> image(const std::shared_ptr<const Snapshot> &snapshot, const View &view, double position_ms);

private:
	using Target = std::unique_ptr<gs_texrender_t, GraphicsDeleter<gs_texrender_destroy>>;

	Stills(std::unique_ptr<Painter> painter, Words words);

	const Words words_;
	Labels labels_;
	std::unique_ptr<Painter> painter_;
	Target target_;

	// What the painter has painted; the view is empty before.
	std::shared_ptr<const Snapshot> snapshot_;
	std::optional<View> view_;
	Instant instant_;
};

} // namespace pulseline::overlay
