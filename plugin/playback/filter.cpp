#include "playback/filter.hpp"

#include <util/platform.h>

#include <array>

namespace pulseline::playback {
namespace {

constexpr const char *kFilterId = "pulseline_follower";

// What the type needs for as long as OBS runs.
struct FilterType {
	std::string displayName;
	FilterHooks hooks;
};
FilterType &filterType()
{
	static FilterType type;
	return type;
}

// What OBS holds for an instance.
struct FilterData {
	std::shared_ptr<FilterInstance> instance;
};

FilterInstance &instanceOf(void *data)
{
	return *static_cast<FilterData *>(data)->instance;
}

// No exception may cross OBS's C code; there is nothing to do about one here but to go on without.
template <typename Call>
void guarded(Call call) noexcept
{
	try {
		call();
	} catch (...) {
		blog(LOG_WARNING, "[pulseline] following a media source failed once: out of memory?");
	}
}

void *create(obs_data_t *, obs_source_t *source) noexcept
{
	void *data = nullptr;
	guarded([&] {
		auto made = std::make_unique<FilterData>(std::make_shared<FilterInstance>(source));
		filterType().hooks.created(made->instance);
		data = made.release();
	});
	return data;
}

void destroy(void *data) noexcept
{
	const std::unique_ptr<FilterData> owned(static_cast<FilterData *>(data));
}

void added(void *data, obs_source_t *parent) noexcept
{
	guarded([&] {
		FilterInstance &instance = instanceOf(data);
		instance.setParent(parent);
		if (!instance.serving()) {
			filterType().hooks.added();
		}
	});
}

void removed(void *data, obs_source_t *) noexcept
{
	instanceOf(data).setParent(nullptr);
}

obs_source_frame *seeFrame(void *data, obs_source_frame *frame) noexcept
{
	return instanceOf(data).see(frame);
}

// OBS holds the source's list of filters meanwhile, so that the parent stays.
obs_audio_data *hearSound(void *data, obs_audio_data *sound) noexcept
{
	instanceOf(data).hear(*sound);
	return sound;
}

void tickFilter(void *data, float) noexcept
{
	guarded([&] { instanceOf(data).tick(); });
}

} // namespace

void FilterInstance::serve(Watches watches)
{
	serving_ = true;
	fresh_.put(std::move(watches));
}

void FilterInstance::remove()
{
	const OBSSource source = parent();
	const OBSSourceAutoRelease self = obs_weak_source_get_source(weak_);
	if (source && self) {
		obs_source_filter_remove(source, self);
	}
}

OBSSource FilterInstance::parent()
{
	const std::lock_guard lock(mutex_);
	return OBSGetStrongRef(parent_);
}

void FilterInstance::setParent(obs_source_t *source)
{
	const std::lock_guard lock(mutex_);
	parent_ = source ? OBSGetWeakRef(source) : OBSWeakSource{};
	kind_ = source ? Watch::kindOf(source) : SourceKind::other;
}

void FilterInstance::hear(const obs_audio_data &sound)
{
	const std::uint32_t rate = audio_output_get_sample_rate(obs_get_audio());
	if (obs_source_t *const parent = obs_filter_get_parent(self_); parent && rate > 0) {
		// VLC is not asked: while it stops it holds what the answer needs, and waits for this thread.
		const bool asks = kind_ == SourceKind::media;
		sounds_.push({.stamp_ns = static_cast<std::int64_t>(sound.timestamp),
			      .length_ns = sound.frames * 1'000'000'000LL / rate,
			      .media_ms = asks ? mediaTime_ms(parent) : 0,
			      .came_ns = static_cast<std::int64_t>(os_gettime_ns())});
	}
}

obs_source_frame *FilterInstance::see(obs_source_frame *frame)
{
	frame_ns_ = static_cast<std::int64_t>(frame->timestamp);
	return frame;
}

// OBS ticks sources in the order of their making, so that this filter's source has chosen its frame by now.
void FilterInstance::tick()
{
	if (const std::unique_ptr<Watches> fresh = fresh_.take()) {
		watches_ = std::move(*fresh);
	}
	const std::optional<std::int64_t> frame_ns = std::exchange(frame_ns_, std::nullopt);
	std::array<SoundMark, kSounds> sounds;
	const std::size_t heard = sounds_.pop(sounds.data(), sounds.size());
	if (!obs_filter_get_parent(self_)) {
		return;
	}
	const bool sees = obs_source_enabled(self_);
	for (const std::shared_ptr<Watch> &watch : watches_) {
		watch->lookThroughFilter(frame_ns, std::span(sounds).first(heard), sees);
	}
}

void registerFilterType(std::string displayName, FilterHooks hooks)
{
	filterType() = {.displayName = std::move(displayName), .hooks = std::move(hooks)};
	obs_source_info info{};
	info.id = kFilterId;
	info.type = OBS_SOURCE_TYPE_FILTER;
	// Disabled: not in the menu of filters to add.
	info.output_flags = OBS_SOURCE_ASYNC_VIDEO | OBS_SOURCE_AUDIO | OBS_SOURCE_CAP_DISABLED |
			    OBS_SOURCE_CAP_DONT_SHOW_PROPERTIES;
	info.get_name = [](void *) noexcept { return filterType().displayName.c_str(); };
	info.create = create;
	info.destroy = destroy;
	info.filter_add = added;
	info.filter_remove = removed;
	info.filter_video = seeFrame;
	info.filter_audio = hearSound;
	info.video_tick = tickFilter;
	obs_register_source(&info);
}

NewFilter createFilter()
{
	NewFilter made{.source = obs_source_create_private(kFilterId, filterType().displayName.c_str(), nullptr),
		       .instance = nullptr};
	if (made.source) {
		if (auto *data = static_cast<FilterData *>(obs_obj_get_data(made.source))) {
			made.instance = data->instance;
		}
	}
	return made;
}

} // namespace pulseline::playback
