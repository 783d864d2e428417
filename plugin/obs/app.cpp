#include "obs/app.hpp"

#include "obs/studio_feed.hpp"

#include <obs-frontend-api.h>
#include <obs-module.h>
#include <obs.hpp>

#include <chrono>
#include <filesystem>
#include <format>

namespace pulseline::obs {
namespace {

std::string takeText(char *text)
{
	const std::string copy = text ? text : "";
	bfree(text);
	return copy;
}

// A media source that is not there yet may come; what is there must be one.
Result<void> checkMedia(const std::string &media)
{
	OBSSourceAutoRelease source = obs_get_source_by_uuid(media.c_str());
	if (!source) {
		source = obs_get_source_by_name(media.c_str());
	}
	if (source && !(obs_source_get_output_flags(source) & OBS_SOURCE_CONTROLLABLE_MEDIA)) {
		return fail("'" + std::string(obs_source_get_name(source)) +
			    "' is not a media source; follow one, or none");
	}
	return {};
}

} // namespace

Result<void> App::stillOpen() const
{
	return closing_ ? fail("OBS is closing") : Result<void>{};
}

Result<studio::Started> App::start(const studio::StartOptions &asked, const std::string &follow)
{
	const std::lock_guard control(control_);
	if (const Result<void> open = stillOpen(); !open) {
		return std::unexpected(open.error());
	}
	studio::StartOptions options = asked;
	options.follow = follow;
	options.report = [](const std::string &line) { blog(LOG_INFO, "[pulseline] %s", line.c_str()); };
	if (const Result<void> usable = checkMedia(follow); !usable) {
		return std::unexpected(usable.error());
	}
	if (!options.path.empty() && std::filesystem::path(options.path).is_relative()) {
		options.path = sessionFolder() + "/" + options.path;
	}
	if (options.path.empty()) {
		const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
		options.path = std::format("{}/Pulseline {:%Y-%m-%d %H-%M-%S}.pulse", sessionFolder(), now);
	}
	options.path = sessionPath(options.path);
	options.pages = takeText(obs_module_file(""));
	options.onProblem = [](const std::string &reason) {
		if (reason.empty()) {
			blog(LOG_INFO, "[pulseline] the session is being written again");
		} else {
			blog(LOG_WARNING, "[pulseline] the session is not being written: %s", reason.c_str());
		}
	};
	Result<studio::Started> started = studio_.start(options);
	if (started && !follow.empty()) {
		const auto clock = std::make_shared<MediaClock>(studio_, follow);
		const std::lock_guard lock(mutex_);
		clock_ = clock;
	}
	return started;
}

Result<void> App::stop()
{
	const std::lock_guard control(control_);
	if (studio_.status().state != studio::Status::State::running) {
		return fail("no session is running");
	}
	std::shared_ptr<MediaClock> clock;
	{
		const std::lock_guard lock(mutex_);
		clock = std::exchange(clock_, nullptr);
	}
	clock.reset();
	return studio_.stop();
}

Result<void> App::open(const std::string &path)
{
	if (path.empty()) {
		return fail("say which session file to open");
	}
	const Result<void> open = stillOpen();
	return open ? studio_.open(sessionPath(path)) : open;
}

Result<void> App::close()
{
	return studio_.close();
}

Result<void> App::setPlayback(PlaybackState state, std::optional<std::int64_t> position_ms)
{
	return studio_.setPlayback(state, position_ms);
}

studio::Status App::status() const
{
	return studio_.status();
}

std::optional<playback::Shown> App::followed() const
{
	const std::lock_guard lock(mutex_);
	return clock_ ? std::optional(clock_->shown()) : std::nullopt;
}

std::string App::clockInWords() const
{
	const studio::Status now = studio_.status();
	const std::optional<playback::Shown> shown = followed();
	if (!shown || !now.snapshot) {
		return "";
	}
	if (!shown->found) {
		return text("Dock.NoMedia");
	}
	const OBSSourceAutoRelease source = obs_get_source_by_uuid(now.snapshot->follow.c_str());
	const std::string name = source ? obs_source_get_name(source) : now.snapshot->follow;
	return shown->approximate ? std::vformat(text("Dock.Approximate"), std::make_format_args(name)) : name;
}

std::vector<dock::MediaSource> App::mediaSources() const
{
	std::vector<dock::MediaSource> found;
	const auto each = [](void *list, obs_source_t *source) {
		if (obs_source_get_output_flags(source) & OBS_SOURCE_CONTROLLABLE_MEDIA) {
			static_cast<std::vector<dock::MediaSource> *>(list)->push_back(
				{obs_source_get_uuid(source), obs_source_get_name(source)});
		}
		return true;
	};
	obs_enum_sources(each, &found);
	return found;
}

std::string App::text(const char *key) const
{
	return obs_module_text(key);
}

std::string App::sessionFolder() const
{
	return takeText(obs_frontend_get_current_record_output_path());
}

void App::shutdown()
{
	closing_ = true;
	const std::lock_guard control(control_);
	std::shared_ptr<MediaClock> clock;
	{
		const std::lock_guard lock(mutex_);
		clock = std::exchange(clock_, nullptr);
	}
	clock.reset();
	recounts_.stop();
	studio_.shutdown();
	errands_.finish(); // also tells of the session that was stopped just now
}

} // namespace pulseline::obs
