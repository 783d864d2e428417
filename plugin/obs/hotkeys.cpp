#include "obs/hotkeys.hpp"

#include <obs-frontend-api.h>
#include <obs-module.h>
#include <obs.hpp>
#include <util/config-file.h>

namespace pulseline::obs {

namespace {

Result<void> playOrPause(App &app)
{
	const std::shared_ptr<const Snapshot> now = app.studio().snapshot();
	const bool playing = now && now->playback.state == PlaybackState::playing;
	return app.setPlayback(playing ? PlaybackState::paused : PlaybackState::playing, std::nullopt);
}

} // namespace

// What OBS calls holds a lock of OBS's: it hands on and returns.
struct Hotkeys::Single {
	const char *name;
	const char *title;
	void (*pressed)(Hotkeys &keys);
};

// Two that can share a key. Each says whether it was its turn.
struct Hotkeys::Pair {
	struct Half {
		const char *name;
		const char *title;
		bool (*pressed)(Hotkeys &keys);
	} first, second;
};

const std::array<Hotkeys::Single, Hotkeys::kSingles> Hotkeys::kSingle{{
	{"pulseline.play_pause", "Hotkey.PlayPause", [](Hotkeys &keys) { keys.does("play or pause", playOrPause); }},
	{"pulseline.add_marker", "Hotkey.AddMarker",
	 [](Hotkeys &keys) {
		 keys.does("marker", [](App &app) -> Result<void> {
			 const Result<Marker> added = app.studio().addMarker("", std::nullopt);
			 return added ? Result<void>{} : std::unexpected(added.error());
		 });
	 }},
	{"pulseline.reveal", "Hotkey.Reveal",
	 [](Hotkeys &keys) { keys.does("reveal", [](App &app) { return app.studio().reveal(true); }); }},
}};

const std::array<Hotkeys::Pair, Hotkeys::kPairs> Hotkeys::kPair{{
	{{"pulseline.start", "Hotkey.Start",
	  [](Hotkeys &keys) {
		  const bool turn = !keys.running() && keys.dock_;
		  return turn && QMetaObject::invokeMethod(
					 keys.dock_, [dock = keys.dock_] { dock->start(); }, Qt::QueuedConnection);
	  }},
	 {"pulseline.stop", "Hotkey.Stop",
	  [](Hotkeys &keys) {
		  const bool turn = keys.running() && keys.dock_;
		  return turn && QMetaObject::invokeMethod(
					 keys.dock_, [dock = keys.dock_] { dock->stop(); }, Qt::QueuedConnection);
	  }}},
	{{"pulseline.show", "Hotkey.Show", [](Hotkeys &keys) { return !keys.shown_->exchange(true); }},
	 {"pulseline.hide", "Hotkey.Hide", [](Hotkeys &keys) { return keys.shown_->exchange(false); }}},
}};

namespace {

// The index of a hotkey that was registered with OBS, by its id.
template <typename Ids, typename Id>
std::size_t indexOf(const Ids &ids, Id id)
{
	return static_cast<std::size_t>(std::ranges::find(ids, id) - ids.begin());
}

} // namespace

Hotkeys::Hotkeys(App &app, Errands &errands, dock::Control *dock, std::shared_ptr<std::atomic<bool>> shown)
	: app_(app)
	, errands_(errands)
	, dock_(dock)
	, shown_(std::move(shown))
{
	const auto on_key = [](void *data, obs_hotkey_id id, obs_hotkey_t *, bool pressed) noexcept {
		auto &keys = *static_cast<Hotkeys *>(data);
		const std::size_t index = indexOf(keys.singles_, id);
		if (pressed && index < kSingles) {
			kSingle[index].pressed(keys);
		}
	};
	for (std::size_t i = 0; i < kSingles; ++i) {
		singles_[i] =
			obs_hotkey_register_frontend(kSingle[i].name, obs_module_text(kSingle[i].title), on_key, this);
	}
	const auto on_first = [](void *data, obs_hotkey_pair_id id, obs_hotkey_t *, bool pressed) noexcept {
		auto &keys = *static_cast<Hotkeys *>(data);
		const std::size_t index = indexOf(keys.pairs_, id);
		return pressed && index < kPairs && kPair[index].first.pressed(keys);
	};
	const auto on_second = [](void *data, obs_hotkey_pair_id id, obs_hotkey_t *, bool pressed) noexcept {
		auto &keys = *static_cast<Hotkeys *>(data);
		const std::size_t index = indexOf(keys.pairs_, id);
		return pressed && index < kPairs && kPair[index].second.pressed(keys);
	};
	for (std::size_t i = 0; i < kPairs; ++i) {
		const Pair &pair = kPair[i];
		pairs_[i] = obs_hotkey_pair_register_frontend(pair.first.name, obs_module_text(pair.first.title),
							      pair.second.name, obs_module_text(pair.second.title),
							      on_first, on_second, this, this);
	}
}

Hotkeys::~Hotkeys()
{
	for (const obs_hotkey_id id : singles_) {
		obs_hotkey_unregister(id);
	}
	for (const obs_hotkey_pair_id id : pairs_) {
		obs_hotkey_pair_unregister(id);
	}
}

void Hotkeys::load()
{
	config_t *const profile = obs_frontend_get_profile_config();
	const auto kept = [profile](const char *name) {
		const char *const json = config_get_string(profile, "Hotkeys", name);
		const OBSDataAutoRelease data = obs_data_create_from_json(json ? json : "{}");
		return OBSDataArrayAutoRelease(obs_data_get_array(data, "bindings"));
	};
	for (std::size_t i = 0; i < kSingles; ++i) {
		obs_hotkey_load(singles_[i], kept(kSingle[i].name));
	}
	for (std::size_t i = 0; i < kPairs; ++i) {
		obs_hotkey_pair_load(pairs_[i], kept(kPair[i].first.name), kept(kPair[i].second.name));
	}
}

void Hotkeys::does(const char *what, Result<void> (*job)(App &app))
{
	errands_.post([what, job, &app = app_] {
		if (const Result<void> done = job(app); !done) {
			blog(LOG_WARNING, "[pulseline] hotkey, %s: %s", what, done.error().message.c_str());
		}
	});
}

bool Hotkeys::running() const
{
	const std::shared_ptr<const Snapshot> now = app_.studio().snapshot();
	return now && now->running;
}

} // namespace pulseline::obs
