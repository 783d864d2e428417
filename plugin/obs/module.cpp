// Where OBS finds the module: what is registered when it loads, and what is let go when OBS exits.
#include "obs/hotkeys.hpp"
#include "obs/timeline_source.hpp"
#include "obs/vendor.hpp"

#include <obs-frontend-api.h>
#include <obs-module.h>
#include <obs.hpp>

#include <vector>

OBS_DECLARE_MODULE()
OBS_MODULE_USE_DEFAULT_LOCALE("pulseline", "en-US")

namespace {

using pulseline::obs::App;
using pulseline::obs::Hotkeys;

// The module's one studio.
std::shared_ptr<App> &app()
{
	static std::shared_ptr<App> one;
	return one;
}

std::unique_ptr<Hotkeys> &hotkeys()
{
	static std::unique_ptr<Hotkeys> one;
	return one;
}

// The scenes and inputs that OBS is about to clear away, kept until it has gone through them all. OBS (32.2 at least)
// lets go of each before it reads which is the next; another thread may have destroyed the one by then, and the others
// are never cleared.
std::vector<OBSSourceAutoRelease> &kept()
{
	static std::vector<OBSSourceAutoRelease> those;
	return those;
}

void keepSources()
{
	const auto keep = [](void *, obs_source_t *source) noexcept {
		const obs_source_type type = obs_source_get_type(source);
		if (type == OBS_SOURCE_TYPE_SCENE || type == OBS_SOURCE_TYPE_INPUT) {
			kept().emplace_back(obs_source_get_ref(source));
		}
		return true;
	};
	obs_enum_all_sources(keep, nullptr);
}

void leave()
{
	hotkeys().reset();
	if (app()) {
		app()->shutdown();
	}
	pulseline::obs::unregisterVendor(); // after the session's end was told
	pulseline::playback::stopFollowing();
}

void onFrontendEvent(obs_frontend_event event, void *) noexcept
{
	switch (event) {
	case OBS_FRONTEND_EVENT_FINISHED_LOADING:
	case OBS_FRONTEND_EVENT_PROFILE_CHANGED:
		hotkeys()->load();
		break;
	case OBS_FRONTEND_EVENT_SCENE_COLLECTION_CHANGING:
	case OBS_FRONTEND_EVENT_SCRIPTING_SHUTDOWN:
		keepSources();
		break;
	case OBS_FRONTEND_EVENT_SCENE_COLLECTION_CLEANUP:
		kept().clear();
		break;
	case OBS_FRONTEND_EVENT_EXIT:
		leave();
		obs_frontend_remove_event_callback(onFrontendEvent, nullptr);
		break;
	default:
		break;
	}
}

} // namespace

bool obs_module_load()
{
	app() = std::make_shared<App>();
	pulseline::playback::registerFollowerFilter(obs_module_text("Playback.Filter"));
	const auto shown = std::make_shared<std::atomic<bool>>(true);
	if (!pulseline::obs::registerTimelineSource(app()->studio(), app()->recounts(), shown)) {
		blog(LOG_ERROR, "[pulseline] this OBS does not take the source; it needs OBS 30.2 or newer");
		return false;
	}
	pulseline::dock::Control *const dock = pulseline::dock::createDock(app());
	obs_frontend_add_dock_by_id("pulseline_dock", obs_module_text("Dock.Title"), dock);
	hotkeys() = std::make_unique<Hotkeys>(*app(), app()->errands(), dock, shown);
	obs_frontend_add_event_callback(onFrontendEvent, nullptr);
	blog(LOG_INFO, "[pulseline] version %s loaded", PULSELINE_VERSION);
	return true;
}

void obs_module_post_load()
{
	pulseline::obs::registerVendor(app());
}

void obs_module_unload()
{
	// OBS has sent EXIT long ago; this is for hosts without a frontend.
	leave();
	app().reset();
}

const char *obs_module_name()
{
	return "Pulseline";
}

const char *obs_module_description()
{
	return obs_module_text("Module.Description");
}
