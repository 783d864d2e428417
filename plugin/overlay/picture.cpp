#include "overlay/picture.hpp"

#include <obs.h>

#include <cstring>
#include <utility>

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

namespace {

std::unique_ptr<Picture> pictureOf(std::shared_ptr<const Scene> scene, Damage damage, Labels &labels)
{
	auto picture = std::make_unique<Picture>();
	holdTexts(damage.fixed, *scene, labels);
	const Scene cut = damage.isWhole() ? Scene{} : cutTo(*scene, damage, labels);
	const Scene &painted = damage.isWhole() ? *scene : cut;
	std::vector<Text> texts = painted.texts;
	texts.insert(texts.end(), painted.moving_texts.begin(), painted.moving_texts.end());
	const std::vector<TextPlace> places = labels.place(texts, picture->atlas);
	const std::span<const TextPlace> all = places;
	const std::size_t fixed = painted.texts.size();
	picture->meshes = buildMeshes(painted, all.first(fixed), all.subspan(fixed), damage.fixed);
	picture->quads = picture->meshes.quads.count();
	picture->vertices = vertexData(picture->meshes.quads);
	picture->meshes.quads = {};
	picture->scene = std::move(scene);
	picture->damage = std::move(damage);
	return picture;
}

} // namespace

std::unique_ptr<Picture> makePicture(const Snapshot *snapshot, const View &view, const Instant &instant,
				     const Words &words, Labels &labels)
{
	return pictureOf(std::make_shared<const Scene>(buildScene(snapshot, view, instant, words, labels)),
			 Damage::whole(), labels);
}

std::unique_ptr<Picture> Pictures::next(const Snapshot *snapshot, const View &view, const Instant &instant,
					std::unique_ptr<Picture> untaken)
{
	// Whatever goes wrong here, the picture after it is whole.
	const std::shared_ptr<const Scene> before = std::exchange(before_, nullptr);
	auto scene = std::make_shared<const Scene>(buildScene(snapshot, view, instant, words_, labels_));
	Damage damage = before ? differenceOf(*before, *scene, labels_) : Damage::whole();
	if (untaken) {
		damage.add(untaken->damage);
	}
	auto picture = pictureOf(scene, std::move(damage), labels_);
	before_ = std::move(scene);
	return picture;
}

} // namespace pulseline::overlay
