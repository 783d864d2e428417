#include "overlay/picture.hpp"

#include <obs.h>

#include <cstring>

namespace pulseline::overlay {
namespace {

template <typename T>
T *copied(const void *from, std::size_t count)
{
	auto *to = static_cast<T *>(bmalloc(count * sizeof(T)));
	std::memcpy(to, from, count * sizeof(T));
	return to;
}

} // namespace

void VertexDataDeleter::operator()(gs_vb_data *data) const
{
	gs_vbdata_destroy(data);
}

VertexData vertexData(const Quads &quads)
{
	static_assert(sizeof(vec3) == sizeof(Four));
	VertexData data(gs_vbdata_create());
	data->num = quads.points.size();
	data->points = copied<vec3>(quads.points.data(), quads.points.size());
	data->colors = copied<std::uint32_t>(quads.colors.data(), quads.colors.size());
	data->num_tex = 1;
	data->tvarray = static_cast<gs_tvertarray *>(bzalloc(sizeof(gs_tvertarray)));
	data->tvarray[0].width = 4;
	data->tvarray[0].array = copied<Four>(quads.extras.data(), quads.extras.size());
	return data;
}

std::unique_ptr<Picture> makePicture(const Snapshot *snapshot, const View &view, const Instant &instant,
				     const Words &words, Labels &labels)
{
	auto picture = std::make_unique<Picture>();
	picture->scene = buildScene(snapshot, view, instant, words, labels);
	std::vector<Text> texts = picture->scene.texts;
	texts.insert(texts.end(), picture->scene.moving_texts.begin(), picture->scene.moving_texts.end());
	const std::vector<TextPlace> places = labels.place(texts, picture->atlas);
	const std::span<const TextPlace> all = places;
	const std::size_t fixed = picture->scene.texts.size();
	picture->meshes = buildMeshes(picture->scene, all.first(fixed), all.subspan(fixed));
	picture->quads = picture->meshes.quads.count();
	picture->vertices = vertexData(picture->meshes.quads);
	picture->meshes.quads = {};
	return picture;
}

} // namespace pulseline::overlay
