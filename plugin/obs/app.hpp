// The module's one studio, and what ties it to OBS: the media source that is a session's clock, folders, texts.
// Made in obs_module_load, shut down when OBS exits; every call may come from the UI thread or a vendor request's.
#pragma once

#include "dock/dock.hpp"
#include "obs/errands.hpp"
#include "obs/media_clock.hpp"
#include "studio/recounts.hpp"

namespace pulseline::obs {

class App final : public dock::Host {
public:
	Result<studio::Started> start(const studio::StartOptions &options, const std::string &follow) override;
	Result<void> stop() override;
	Result<void> open(const std::string &path) override;
	Result<void> close() override;
	Result<void> setPlayback(PlaybackState state, std::optional<std::int64_t> position_ms) override;
	Result<void> setDoors(studio::Doors doors) override { return studio_.setDoors(doors); }
	Result<void> printTickets(std::size_t count, const std::string &path) override
	{
		return studio_.printTickets(count, path);
	}
	Result<void> setCounts(const std::string &participant, bool counts) override
	{
		return studio_.setCounts(participant, counts);
	}
	studio::Status status() const override;
	std::string clockInWords() const override;
	std::vector<dock::MediaSource> mediaSources() const override;
	std::string text(const char *key) const override;
	std::string sessionFolder() const override;

	studio::Studio &studio() { return studio_; }
	studio::Recounts &recounts() { return recounts_; }
	Errands &errands() { return errands_; }
	// What the session's media source shows; empty with a live clock.
	std::optional<playback::Shown> followed() const;
	// OBS is closing: ends the session. What is asked afterwards is refused. May be called twice.
	void shutdown();

private:
	Result<void> stillOpen() const;

	Errands errands_;
	studio::Studio studio_;
	studio::Recounts recounts_{studio_};
	std::mutex control_; // one start, stop or shutdown at a time
	mutable std::mutex mutex_;
	std::shared_ptr<MediaClock> clock_;
	std::atomic<bool> closing_{false};
};

} // namespace pulseline::obs
