#include "studio/review.hpp"

#include "session/recount.hpp"

namespace pulseline::studio {

Review::Review(std::shared_ptr<const Settings> settings, std::vector<Segment> stored)
	: settings_(settings)
	, counter_(session::counterFor(*settings))
	, publisher_(settings, std::move(stored))
{
}

Result<std::unique_ptr<Review>> Review::open(const std::string &path, const Recut &recut)
{
	const Result<session::File> file = session::File::open(path, session::Access::read);
	if (!file) {
		return std::unexpected(file.error());
	}
	Result<std::vector<Segment>> stored = file->segments();
	if (!stored) {
		return std::unexpected(stored.error());
	}
	std::unique_ptr<Review> review(
		new Review(std::make_shared<const Settings>(recut.applied(file->settings())), std::move(*stored)));
	Result<Annotations> annotations = file->annotations();
	if (!annotations) {
		return std::unexpected(annotations.error());
	}
	review->annotations_ = std::make_shared<const Annotations>(std::move(*annotations));
	review->path_ = path;
	review->code_ = file->note("code");
	const Result<session::Totals> totals = session::recount(*file, review->counter_);
	if (!totals) {
		return std::unexpected(totals.error());
	}
	review->totals_ = *totals;
	review->take(*file);
	return review;
}

void Review::take(const session::File &file)
{
	strata_ = file.strata();
	peopleOf_.assign(strata_.size(), 0);
	out_ = 0;
	for (const session::Participant &participant : file.participants()) {
		peopleOf_[participant.stratum] += participant.out ? 0 : 1;
		out_ += participant.out ? 1 : 0;
	}
	simulated_ = file.simulated();
	// A copy that was made without its log while it ran does not know that it runs, nor that it has ended.
	hidden_ = settings_->blind && file.note("hidden") != "0" && file.note("revealed") != "1";
	publisher_.update(counter_.cells(), counter_.takeChanged(), strata_);
}

Result<void> Review::refresh()
{
	const Result<session::File> file = session::File::open(path_, session::Access::read);
	if (!file) {
		return std::unexpected(file.error());
	}
	const Result<session::Totals> totals = session::recountMore(*file, counter_, totals_);
	if (!totals) {
		return std::unexpected(totals.error());
	}
	totals_ = *totals;
	take(*file);
	return {};
}

bool Review::add(const Segment &segment)
{
	return publisher_.add(segment, counter_.cells(), strata_);
}

std::shared_ptr<const Snapshot> Review::snapshot(const Snapshot *of)
{
	auto snapshot = std::make_shared<Snapshot>(publisher_.snapshot(peopleOf_));
	snapshot->path = path_;
	snapshot->simulated = simulated_;
	snapshot->annotations = of ? of->annotations : annotations_;
	snapshot->closedTicks = counter_.cells().ticks();
	// Where nobody said how long the speech is, to the end of its last tick.
	const std::int64_t counted_ms = snapshot->closedTicks * settings_->tick_ms;
	snapshot->duration_ms =
		of ? of->duration_ms : settings_->duration_ms.value_or(std::max(totals_.furthest_ms, counted_ms));
	if (!of) {
		snapshot->blind = hidden_;
		// Nothing plays by itself in a review: the whole speech is there, up to its end.
		snapshot->furthest_ms = *snapshot->duration_ms;
		snapshot->playback.state = PlaybackState::ended;
		snapshot->playback.position_ms = *snapshot->duration_ms;
		return snapshot;
	}
	snapshot->running = of->running;
	snapshot->invitation = of->invitation;
	snapshot->follow = of->follow;
	snapshot->revealed = of->revealed;
	snapshot->blind = of->blind;
	snapshot->playback = of->playback;
	snapshot->playbackAt = of->playbackAt;
	snapshot->furthest_ms = of->furthest_ms;
	snapshot->lastResponse = of->lastResponse;
	if (of->running && of->playback.state != PlaybackState::ended) {
		const std::int64_t over_ms = of->closedTicks * of->settings->tick_ms + of->settings->lag_ms;
		snapshot->closedTicks =
			tickOf(std::max(of->furthest_ms, over_ms), settings_->lag_ms, settings_->tick_ms);
	}
	return snapshot;
}

} // namespace pulseline::studio
