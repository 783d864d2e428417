// The overlay as OBS draws it, on a canvas, and the position that it shows, read back from its pixels.
#pragma once

#include "obs/scene.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pulseline::test {

struct OverlayOf {
	std::string media; // which source's position it shows; "": that of a live session, which begins now
	std::int64_t length_ms = 12'000; // of the session
	std::int64_t window_ms = 0;      // that slides with the picture; 0: it shows the whole session
};

// An overlay as OBS makes one.
OBSSourceAutoRelease makeOverlay(const char *name, const OverlayOf &what, std::uint32_t width, std::uint32_t height);

class Overlay {
public:
	static constexpr std::uint32_t kWidth = 1920;
	static constexpr std::uint32_t kHeight = 100;

	// Once in each libobs.
	static void registerType();

	// `y`: where it stands on the canvas.
	Overlay(const OverlayOf &what, std::uint32_t y);

	void place(std::uint32_t y);
	obs_source_t *scene() const { return scene_.source(); }
	// Graphics thread: the row of the overlay to read, and from its pixels the position; empty: there is no
	// playhead.
	std::uint32_t row() const;
	std::optional<double> playhead_ms(const std::uint8_t *row) const;

private:
	OBSSourceAutoRelease source_;
	TestScene scene_{"overlay's scene"};
	obs_sceneitem_t *item_ = nullptr;
};

} // namespace pulseline::test
