// Everything that a painter needs to paint an overlay: the scene, its quads and its texts, made ready away from the
// graphics thread. Once made it is not changed; a painter takes its vertices.
#pragma once

#include "overlay/labels.hpp"

struct gs_vb_data;

namespace pulseline::overlay {

struct VertexDataDeleter {
	void operator()(gs_vb_data *data) const;
};
using VertexData = std::unique_ptr<gs_vb_data, VertexDataDeleter>;

struct Picture {
	Scene scene;
	Meshes meshes; // its quads are in `vertices`
	VertexData vertices;
	Atlas atlas;
	std::uint32_t quads = 0;
};

// Any thread, one at a time with the same `labels`. `snapshot` may be null: no session.
std::unique_ptr<Picture> makePicture(const Snapshot *snapshot, const View &view, const Instant &instant,
				     const Words &words, Labels &labels);

// The vertices in the layout that libobs takes.
VertexData vertexData(const Quads &quads);

} // namespace pulseline::overlay
