// Everything that a painter needs to paint an overlay: the scene, its quads and its texts, made ready away from the
// graphics thread. Once made it is not changed; a painter takes its vertices.
#pragma once

#include "overlay/columns.hpp"
#include "overlay/labels.hpp"

struct gs_vb_data;

namespace pulseline::overlay {

struct VertexDataDeleter {
	void operator()(gs_vb_data *data) const;
};
using VertexData = std::unique_ptr<gs_vb_data, VertexDataDeleter>;

struct Picture {
	std::shared_ptr<const Scene> scene;
	Damage damage = Damage::whole(); // all there is to paint, where the painter has the picture before this one
	Meshes meshes;                   // of these columns; its quads are in `vertices`
	VertexData vertices;
	Atlas atlas;
	std::uint32_t quads = 0;
};

// A whole one. Any thread, one at a time with the same `labels`. `snapshot` may be null: no session.
std::unique_ptr<Picture> makePicture(const Snapshot *snapshot, const View &view, const Instant &instant,
				     const Words &words, Labels &labels);

// The pictures for one painter, of which each holds only what is to be painted after the one before. The painter must
// take each of them in turn, or they must come back. Any thread, one at a time.
class Pictures {
public:
	explicit Pictures(Words words)
		: words_(std::move(words))
	{
	}

	// `untaken`: the picture before, where the painter did not get it.
	std::unique_ptr<Picture> next(const Snapshot *snapshot, const View &view, const Instant &instant,
				      std::unique_ptr<Picture> untaken = nullptr);

private:
	const Words words_;
	Labels labels_;
	std::shared_ptr<const Scene> before_;
};

// The vertices in the layout that libobs takes.
VertexData vertexData(const Quads &quads);

} // namespace pulseline::overlay
