#include "playback/follower.hpp"
#include "playback/filter.hpp"

#include <algorithm>
#include <map>

namespace pulseline::playback {
namespace {

// One that is not found is looked for again after so long.
constexpr std::int64_t kSearch_ns = 1'000'000'000;

class Following;

// Keeps the filters as the followers need them. Everything in here that touches OBS is done on the UI thread: OBS 30.2
// tells its windows of a filter's coming and going on the very thread that adds or removes it.
class Registry {
public:
	void open(const std::string &displayName);
	void close();
	std::shared_ptr<Following> follow(const std::string &media);
	void add(const std::shared_ptr<FilterInstance> &instance);
	// Any thread: puts the filters right soon, on the UI thread.
	void schedule();
	void removeFilters(obs_source_t *only);

private:
	void arrange();
	void placeFilters(const std::map<obs_source_t *, Watches> &wanted);
	std::vector<std::shared_ptr<Following>> followings();
	std::vector<std::shared_ptr<FilterInstance>> instances();

	std::atomic<bool> open_{false};
	std::atomic<bool> scheduled_{false};
	std::mutex mutex_; // never held while OBS is called
	std::map<std::string, std::weak_ptr<Following>> followings_;
	std::vector<std::weak_ptr<FilterInstance>> instances_;
	std::vector<OBSSignal> signals_; // UI thread
};

Registry &registry()
{
	static Registry theOne;
	return theOne;
}

// A follower and the source it has found.
class Following : public Follower {
public:
	explicit Following(std::string media)
		: media_(std::move(media))
	{
	}
	~Following() override { registry().schedule(); }
	Following(const Following &) = delete;
	Following &operator=(const Following &) = delete;

	void tick() override
	{
		if (watch_->lookWithoutFilter()) {
			return;
		}
		const std::int64_t now_ns = static_cast<std::int64_t>(obs_get_video_frame_time());
		if (now_ns - searchedAt_ns_ > kSearch_ns) {
			searchedAt_ns_ = now_ns;
			registry().schedule();
		}
	}
	Shown shown() const override { return watch_->shown(); }
	std::string uuid() const override
	{
		const std::lock_guard lock(mutex_);
		return uuid_;
	}

	// UI thread. Looks for the source and follows what it finds; null if there is none.
	OBSSourceAutoRelease find();
	void lose(); // for good
	const std::shared_ptr<Watch> &watch() const { return watch_; }

private:
	void aim(obs_source_t *source);

	const std::string media_;
	const std::shared_ptr<Watch> watch_ = std::make_shared<Watch>();
	mutable std::mutex mutex_;
	std::string uuid_;               // under mutex_
	std::vector<OBSSignal> signals_; // of the source; UI thread, and the last one to let go
	std::int64_t searchedAt_ns_ = 0; // graphics thread
};

bool followable(obs_source_t *source)
{
	return source && !obs_source_removed(source) &&
	       (obs_source_get_output_flags(source) & OBS_SOURCE_CONTROLLABLE_MEDIA) != 0;
}

OBSSourceAutoRelease Following::find()
{
	const std::string known = uuid();
	for (const std::string &uuid : {known, media_}) {
		OBSSourceAutoRelease source = uuid.empty() ? nullptr : obs_get_source_by_uuid(uuid.c_str());
		if (followable(source)) {
			aim(source);
			return source;
		}
	}
	OBSSourceAutoRelease source = obs_get_source_by_name(media_.c_str());
	if (!followable(source)) {
		source = nullptr;
	}
	aim(source);
	return source;
}

void Following::aim(obs_source_t *source)
{
	const std::string uuid = source ? obs_source_get_uuid(source) : "";
	{
		const std::lock_guard lock(mutex_);
		if (uuid == uuid_) {
			return;
		}
		uuid_ = uuid;
	}
	signals_.clear();
	watch_->aim(source);
	if (!source) {
		return;
	}
	signal_handler_t *signals = obs_source_get_signal_handler(source);
	Watch *watch = watch_.get();
	signals_.emplace_back(
		signals, "media_restart", [](void *to, calldata_t *) { static_cast<Watch *>(to)->restarted(); }, watch);
	signals_.emplace_back(
		signals, "media_play", [](void *to, calldata_t *) { static_cast<Watch *>(to)->resumed(); }, watch);
	signals_.emplace_back(
		signals, "update",
		[](void *to, calldata_t *what) {
			static_cast<Watch *>(to)->readSettings(
				static_cast<obs_source_t *>(calldata_ptr(what, "source")));
		},
		watch);
}

void Following::lose()
{
	watch_->close();
	aim(nullptr);
}

void Registry::open(const std::string &displayName)
{
	registerFilterType(displayName, {.created = [this](const auto &instance) { add(instance); },
					 .added = [this] { schedule(); }});
	open_ = true;
	signal_handler_t *signals = obs_get_signal_handler();
	for (const char *signal : {"source_create", "source_remove", "source_destroy", "source_rename"}) {
		signals_.emplace_back(
			signals, signal, [](void *to, calldata_t *) { static_cast<Registry *>(to)->schedule(); }, this);
	}
	// Sent before the source's filters are gathered for saving.
	signals_.emplace_back(
		signals, "source_save",
		[](void *to, calldata_t *what) {
			static_cast<Registry *>(to)->removeFilters(
				static_cast<obs_source_t *>(calldata_ptr(what, "source")));
		},
		this);
}

void Registry::close()
{
	if (!open_.exchange(false)) {
		return;
	}
	signals_.clear();
	for (const std::shared_ptr<Following> &following : followings()) {
		following->lose();
	}
	removeFilters(nullptr);
}

std::shared_ptr<Following> Registry::follow(const std::string &media)
{
	std::shared_ptr<Following> following;
	{
		const std::lock_guard lock(mutex_);
		std::weak_ptr<Following> &known = followings_[media];
		following = known.lock();
		if (following) {
			return following;
		}
		following = std::make_shared<Following>(media);
		known = following;
	}
	schedule();
	return following;
}

void Registry::add(const std::shared_ptr<FilterInstance> &instance)
{
	const std::lock_guard lock(mutex_);
	std::erase_if(instances_, [](const auto &known) { return known.expired(); });
	instances_.push_back(instance);
}

void Registry::schedule()
{
	if (!open_ || !obs_initialized() || scheduled_.exchange(true)) {
		return;
	}
	// By way of another thread: on the UI thread itself OBS would do the task at once, in the midst of what is
	// being done there, such as a save.
	obs_queue_task(
		OBS_TASK_DESTROY,
		[](void *) { obs_queue_task(OBS_TASK_UI, [](void *) { registry().arrange(); }, nullptr, false); },
		nullptr, false);
}

// Takes the filters off `only` that source, or off all.
void Registry::removeFilters(obs_source_t *only)
{
	bool removed = false;
	for (const std::shared_ptr<FilterInstance> &instance : instances()) {
		const OBSSource parent = instance->parent();
		if (parent && (!only || parent == only)) {
			instance->remove();
			removed = true;
		}
	}
	if (removed) {
		schedule();
	}
}

void Registry::arrange()
{
	scheduled_ = false;
	if (!open_) {
		return;
	}
	std::map<obs_source_t *, Watches> wanted;
	std::vector<OBSSourceAutoRelease> found; // kept while their addresses are used
	for (const std::shared_ptr<Following> &following : followings()) {
		OBSSourceAutoRelease source = following->find();
		if (source && Watch::kindOf(source) != SourceKind::other) {
			wanted[source].push_back(following->watch());
			found.push_back(std::move(source));
		}
	}
	placeFilters(wanted);
}

void Registry::placeFilters(const std::map<obs_source_t *, Watches> &wanted)
{
	std::map<obs_source_t *, Watches> without = wanted;
	for (const std::shared_ptr<FilterInstance> &instance : instances()) {
		const OBSSource parent = instance->parent();
		if (!parent) {
			continue;
		}
		const auto served = without.find(parent);
		if (served == without.end()) {
			instance->remove(); // left over, or a copy of one
		} else {
			instance->serve(std::move(served->second));
			without.erase(served);
		}
	}
	for (auto &[source, watches] : without) {
		const NewFilter made = createFilter();
		if (made.instance) {
			made.instance->serve(std::move(watches));
			obs_source_filter_add(source, made.source);
		}
	}
}

std::vector<std::shared_ptr<Following>> Registry::followings()
{
	std::vector<std::shared_ptr<Following>> alive;
	const std::lock_guard lock(mutex_);
	std::erase_if(followings_, [](const auto &entry) { return entry.second.expired(); });
	for (const auto &[media, following] : followings_) {
		if (std::shared_ptr<Following> one = following.lock()) {
			alive.push_back(std::move(one));
		}
	}
	return alive;
}

std::vector<std::shared_ptr<FilterInstance>> Registry::instances()
{
	std::vector<std::shared_ptr<FilterInstance>> alive;
	const std::lock_guard lock(mutex_);
	for (const std::weak_ptr<FilterInstance> &instance : instances_) {
		if (std::shared_ptr<FilterInstance> one = instance.lock()) {
			alive.push_back(std::move(one));
		}
	}
	return alive;
}

} // namespace

void registerFollowerFilter(const std::string &displayName)
{
	registry().open(displayName);
}

std::shared_ptr<Follower> follow(const std::string &media)
{
	return registry().follow(media);
}

void removeFollowerFilters()
{
	registry().removeFilters(nullptr);
}

void stopFollowing()
{
	registry().close();
}

} // namespace pulseline::playback
