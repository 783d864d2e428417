#include "obs/studio_feed.hpp"

#include "obs/timeline_source.hpp"
#include "playback/follower.hpp"

#include <obs-module.h>

#include <filesystem>

namespace pulseline::obs {
namespace {

std::shared_ptr<playback::Follower> followerOf(const std::string &media)
{
	return media.empty() ? nullptr : playback::follow(media);
}

void lookThrough(playback::Follower *follower)
{
	if (follower) {
		follower->tick();
	}
}

std::optional<overlay::Clock> clockOf(const playback::Follower *follower)
{
	if (!follower) {
		return std::nullopt;
	}
	const playback::Shown shown = follower->shown();
	return overlay::Clock{shown.state, static_cast<double>(shown.position_ms), shown.found, shown.approximate,
			      shown.duration_ms};
}

// The session that a view wants to see: as the studio has it, or counted from its file.
class SessionReader final : public TimelineReader {
public:
	SessionReader(studio::Studio &studio, studio::Recounts &recounts, studio::Cut cut, const std::string &follow)
		: studio_(studio)
		, recounts_(recounts)
		, cut_(std::move(cut))
		, liveBox_(studio.reader())
		, countedBox_(recounts.open(cut_))
		, own_(!follow.empty())
		, media_(follow)
		, follower_(followerOf(follow))
	{
	}

	std::optional<std::shared_ptr<const Snapshot>> newest() override
	{
		const auto live = liveBox_->box.take();
		const auto counted = countedBox_->box.take();
		if (!live && !counted) {
			return std::nullopt;
		}
		live_ = live ? *live : live_;
		counted_ = counted ? *counted : counted_;
		std::shared_ptr<const Snapshot> shown = choose();
		const bool awaited = !shown && (live_ || !cut_.path.empty()); // it is being opened
		if (awaited || (shown == shown_ && told_)) {
			return std::nullopt;
		}
		told_ = true;
		shown_ = shown;
		if (!own_) {
			followSession(shown.get());
		}
		return shown;
	}
	void look() override { lookThrough(follower_.get()); }
	std::optional<overlay::Clock> followed() const override { return clockOf(follower_.get()); }
	void want(const overlay::SegmentChoice &choice) override
	{
		if (!cut_.isOf(studio_.snapshot().get())) {
			recounts_.want(cut_, choice.name, choice.expression);
			return;
		}
		std::ignore = studio_.wantSegment(choice.name, choice.expression);
	}
	Result<void> openTranscript(const std::string &path) override
	{
		const std::shared_ptr<const Snapshot> now = studio_.snapshot();
		if (!now || (!cut_.path.empty() && cut_.path != now->path)) {
			return fail("'" + path +
				    "' was not opened: open the session in the dock to give it a transcript");
		}
		const Result<studio::OpenedTranscript> opened = studio_.openTranscript(path);
		if (opened && !opened->remark.empty()) {
			blog(LOG_INFO, "[pulseline] %s", opened->remark.c_str());
		}
		return opened ? Result<void>{} : std::unexpected(opened.error());
	}

private:
	const std::shared_ptr<const Snapshot> &choose() const
	{
		const bool same = live_ && counted_ && live_->path == counted_->path;
		const bool hidden = same && live_->blind; // from now on, whatever was counted before
		return cut_.isOf(live_.get()) || hidden || (cut_.path.empty() && !live_) ? live_ : counted_;
	}

	// A running session's media source itself, where it has one: the session knows only since what changed when.
	void followSession(const Snapshot *session)
	{
		const std::string media = session && session->running ? session->follow : "";
		if (media != media_) {
			media_ = media;
			follower_ = followerOf(media);
		}
	}

	studio::Studio &studio_;
	studio::Recounts &recounts_;
	const studio::Cut cut_;
	std::shared_ptr<studio::Reader> liveBox_, countedBox_;
	std::shared_ptr<const Snapshot> live_, counted_, shown_;
	bool told_ = false; // what is shown, at least once
	const bool own_;    // a clock of its own, not the session's
	std::string media_;
	std::shared_ptr<playback::Follower> follower_;
};

class StudioFeed final : public TimelineFeed {
public:
	StudioFeed(studio::Studio &studio, studio::Recounts &recounts)
		: studio_(studio)
		, recounts_(recounts)
	{
	}

	std::shared_ptr<TimelineReader> open(const std::string &session, const std::string &follow,
					     const Recut &recut) override
	{
		return std::make_shared<SessionReader>(studio_, recounts_, studio::Cut{sessionPath(session), recut},
						       follow);
	}

	std::shared_ptr<const Snapshot> current() const override { return studio_.snapshot(); }

private:
	studio::Studio &studio_;
	studio::Recounts &recounts_;
};

std::string moduleFile(const char *name)
{
	char *const path = obs_module_file(name);
	std::string found = path ? path : name;
	bfree(path);
	return found;
}

} // namespace

std::string sessionPath(const std::string &path)
{
	std::error_code unknown;
	const std::filesystem::path whole = std::filesystem::weakly_canonical(path, unknown);
	return path.empty() || unknown ? path : whole.string();
}

bool registerTimelineSource(studio::Studio &studio, studio::Recounts &recounts,
			    std::shared_ptr<const std::atomic<bool>> shown)
{
	std::vector<std::string> problems;
	std::vector<overlay::NamedTheme> themes = overlay::loadThemes(moduleFile("themes"), problems);
	for (const std::string &problem : problems) {
		blog(LOG_WARNING, "[pulseline] %s", problem.c_str());
	}
	return registerTimelineSource({moduleFile("effects/overlay.effect"), obs_module_text,
				       std::make_shared<StudioFeed>(studio, recounts), std::move(themes),
				       std::move(shown)});
}

} // namespace pulseline::obs
