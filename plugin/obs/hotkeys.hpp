// The plugin's hotkeys: start and stop the session, play or pause the live clock, add a marker, reveal, show and hide
// all timelines. Their keys are kept where OBS's own settings dialogue writes them, in the profile.
#pragma once

#include "dock/dock.hpp"
#include "obs/app.hpp"
#include "obs/errands.hpp"

#include <obs.h>

#include <QPointer>

#include <array>

namespace pulseline::obs {

class Hotkeys {
public:
	// UI thread, as the rest. `app` and `errands` outlive it. `shown`: whether timelines draw.
	Hotkeys(App &app, Errands &errands, dock::Control *dock, std::shared_ptr<std::atomic<bool>> shown);
	Hotkeys(const Hotkeys &) = delete;
	Hotkeys &operator=(const Hotkeys &) = delete;
	~Hotkeys();

	// The keys that the profile has for them.
	void load();

private:
	struct Single;
	struct Pair;

	void does(const char *what, Result<void> (*job)(App &app));
	bool running() const;

	App &app_;
	Errands &errands_;
	const QPointer<dock::Control> dock_;
	const std::shared_ptr<std::atomic<bool>> shown_;
	static constexpr std::size_t kSingles = 3;
	static constexpr std::size_t kPairs = 2;
	std::array<obs_hotkey_id, kSingles> singles_{};
	std::array<obs_hotkey_pair_id, kPairs> pairs_{};
	static const std::array<Single, kSingles> kSingle;
	static const std::array<Pair, kPairs> kPair;
};

} // namespace pulseline::obs
