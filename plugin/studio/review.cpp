#include "studio/review.hpp"

#include "session/recount.hpp"

namespace pulseline::studio {

Review::Review(std::shared_ptr<const Settings> settings, std::vector<Segment> stored)
	: settings_(settings)
	, counter_(session::counterFor(*settings))
	, publisher_(settings, std::move(stored))
{
}

Result<std::unique_ptr<Review>> Review::open(const std::string &path, std::optional<std::int64_t> lag_ms)
{
	const Result<session::File> file = session::File::open(path, session::Access::read);
	if (!file) {
		return std::unexpected(file.error());
	}
	Result<std::vector<Segment>> stored = file->segments();
	if (!stored) {
		return std::unexpected(stored.error());
	}
	Settings settings = file->settings();
	settings.lag_ms = lag_ms.value_or(settings.lag_ms);
	std::unique_ptr<Review> review(
		new Review(std::make_shared<const Settings>(std::move(settings)), std::move(*stored)));
	Result<Annotations> annotations = file->annotations();
	if (!annotations) {
		return std::unexpected(annotations.error());
	}
	review->annotations_ = std::make_shared<const Annotations>(std::move(*annotations));
	review->path_ = path;
	review->code_ = file->note("code");
	review->strata_ = file->strata();
	review->peopleOf_.resize(review->strata_.size());
	for (const session::Participant &participant : file->participants()) {
		++review->peopleOf_[participant.stratum];
	}
	review->simulated_ = file->simulated();
	const Result<session::Totals> totals = session::recount(*file, review->counter_);
	if (!totals) {
		return std::unexpected(totals.error());
	}
	review->responses_ = totals->responses;
	review->furthest_ms_ = totals->furthest_ms;
	const std::vector<std::int64_t> ticks = review->counter_.takeChanged();
	review->publisher_.update(review->counter_.cells(), ticks, review->strata_);
	return review;
}

bool Review::add(const Segment &segment)
{
	return publisher_.add(segment, counter_.cells(), strata_);
}

std::shared_ptr<const Snapshot> Review::snapshot()
{
	auto snapshot = std::make_shared<Snapshot>(publisher_.snapshot(peopleOf_));
	snapshot->path = path_;
	snapshot->simulated = simulated_;
	snapshot->annotations = annotations_;
	snapshot->closedTicks = counter_.cells().ticks();
	snapshot->duration_ms = settings_->duration_ms.value_or(furthest_ms_);
	snapshot->furthest_ms = *snapshot->duration_ms;
	// Nothing plays by itself in a review: the whole speech is there, up to its end.
	snapshot->playback.state = PlaybackState::ended;
	snapshot->playback.position_ms = *snapshot->duration_ms;
	return snapshot;
}

} // namespace pulseline::studio
