#include "obs/studio_feed.hpp"

#include "obs/timeline_source.hpp"
#include "playback/follower.hpp"
#include "studio/review.hpp"

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
	return overlay::Clock{shown.state, static_cast<double>(shown.position_ms), shown.found, shown.approximate};
}

std::optional<std::shared_ptr<const Snapshot>> take(Mailbox<std::shared_ptr<const Snapshot>> &box)
{
	const auto newest = box.take();
	return newest ? std::optional(std::move(*newest)) : std::nullopt;
}

class StudioReader final : public TimelineReader {
public:
	StudioReader(studio::Studio &studio, const std::string &follow)
		: studio_(studio)
		, reader_(studio.reader())
		, own_(!follow.empty())
		, media_(follow)
		, follower_(followerOf(follow))
	{
	}

	std::optional<std::shared_ptr<const Snapshot>> newest() override
	{
		auto newest = take(reader_->box);
		if (newest && !own_) {
			followSession(newest->get());
		}
		return newest;
	}
	void look() override { lookThrough(follower_.get()); }
	std::optional<overlay::Clock> followed() const override { return clockOf(follower_.get()); }
	void want(const overlay::SegmentChoice &choice) override
	{
		const Result<void> had = studio_.wantSegment(choice.name, choice.expression);
		if (!had) {
			blog(LOG_WARNING, "[pulseline] %s", had.error().message.c_str());
		}
	}

	void openTranscript(const std::string &path) override
	{
		const Result<std::size_t> opened = studio_.openTranscript(path);
		if (!opened) {
			blog(LOG_WARNING, "[pulseline] %s", opened.error().message.c_str());
		}
	}

private:
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
	std::shared_ptr<studio::Reader> reader_;
	const bool own_; // a clock of its own, not the session's
	std::string media_;
	std::shared_ptr<playback::Follower> follower_;
};

// A closed session that one source looks at.
class ReviewReader final : public TimelineReader {
public:
	ReviewReader(std::unique_ptr<studio::Review> review, const std::string &follow)
		: review_(std::move(review))
		, follower_(followerOf(follow))
	{
		box_.put(review_->snapshot());
	}

	std::optional<std::shared_ptr<const Snapshot>> newest() override { return take(box_); }
	void look() override { lookThrough(follower_.get()); }
	std::optional<overlay::Clock> followed() const override { return clockOf(follower_.get()); }
	void want(const overlay::SegmentChoice &choice) override
	{
		const Result<Segment> segment =
			parseSegment(choice.name, choice.expression, review_->settings().attributes);
		if (!segment) {
			blog(LOG_WARNING, "[pulseline] %s", segment.error().message.c_str());
		} else if (review_->add(*segment)) {
			box_.put(review_->snapshot());
		}
	}

	void openTranscript(const std::string &path) override
	{
		blog(LOG_WARNING,
		     "[pulseline] '%s' was not opened: open the session in the dock to give it a transcript",
		     path.c_str());
	}

private:
	std::unique_ptr<studio::Review> review_;
	std::shared_ptr<playback::Follower> follower_;
	Mailbox<std::shared_ptr<const Snapshot>> box_;
};

bool sameFile(const std::string &one, const std::string &other)
{
	std::error_code ignored;
	return one == other || std::filesystem::equivalent(one, other, ignored);
}

class StudioFeed final : public TimelineFeed {
public:
	explicit StudioFeed(studio::Studio &studio)
		: studio_(studio)
	{
	}

	Result<std::shared_ptr<TimelineReader>> open(const std::string &session, const std::string &follow,
						     std::optional<std::int64_t> lag_ms) override
	{
		const std::shared_ptr<const Snapshot> now = studio_.snapshot();
		const bool counted_here = now && sameFile(session, now->path) && (now->running || !lag_ms);
		if (session.empty() || counted_here) {
			return std::make_shared<StudioReader>(studio_, follow);
		}
		Result<std::unique_ptr<studio::Review>> review = studio::Review::open(session, lag_ms);
		if (!review) {
			return std::unexpected(review.error());
		}
		return std::make_shared<ReviewReader>(std::move(*review), follow);
	}

	std::shared_ptr<const Snapshot> current() const override { return studio_.snapshot(); }

private:
	studio::Studio &studio_;
};

std::string moduleFile(const char *name)
{
	char *const path = obs_module_file(name);
	std::string found = path ? path : name;
	bfree(path);
	return found;
}

} // namespace

std::shared_ptr<TimelineFeed> studioFeed(studio::Studio &studio)
{
	return std::make_shared<StudioFeed>(studio);
}

bool registerTimelineSource(studio::Studio &studio, std::shared_ptr<const std::atomic<bool>> shown)
{
	std::vector<std::string> problems;
	std::vector<overlay::NamedTheme> themes = overlay::loadThemes(moduleFile("themes"), problems);
	for (const std::string &problem : problems) {
		blog(LOG_WARNING, "[pulseline] %s", problem.c_str());
	}
	return registerTimelineSource({moduleFile("effects/overlay.effect"), obs_module_text, studioFeed(studio),
				       std::move(themes), std::move(shown)});
}

} // namespace pulseline::obs
