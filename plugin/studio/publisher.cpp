#include "studio/publisher.hpp"

#include <algorithm>
#include <atomic>

namespace pulseline::studio {
namespace {

std::vector<Segment> ownSegments(const Settings &settings, std::vector<Segment> stored)
{
	if (stored.empty()) {
		return defaultSegments(settings.attributes);
	}
	stored.insert(stored.begin(), everybody());
	return stored;
}

} // namespace

Publisher::Publisher(std::shared_ptr<const Settings> settings, std::vector<Segment> stored)
	: settings_(std::move(settings))
	, segments_(ownSegments(*settings_, std::move(stored)))
	, own_(segments_.size())
	, strataOf_(segments_.size())
	, sums_(static_cast<std::uint32_t>(settings_->targets.size()))
{
}

bool Publisher::add(const Segment &segment, const Cells &cells, std::span<const Stratum> strata)
{
	const auto known = std::ranges::find(segments_, segment.name, &Segment::name);
	if (known != segments_.end()) {
		return known->expression == segment.expression;
	}
	segments_.push_back(segment);
	strataOf_.emplace_back();
	placed_ = 0;
	place(strata);
	cutAll(cells, segments_.size() - 1);
	return true;
}

void Publisher::update(const Cells &cells, std::span<const std::int64_t> ticks, std::span<const Stratum> strata)
{
	place(strata);
	for (const std::int64_t tick : ticks) {
		for (std::size_t segment = 0; segment < segments_.size(); ++segment) {
			sum(cells, segment, tick);
		}
	}
}

void Publisher::place(std::span<const Stratum> strata)
{
	if (placed_ == strata.size()) {
		return;
	}
	for (std::size_t segment = 0; segment < segments_.size(); ++segment) {
		strataOf_[segment] = segments_[segment].strata(strata);
	}
	placed_ = strata.size();
}

void Publisher::cutAll(const Cells &cells, std::size_t segment)
{
	std::vector<Cell> whole(static_cast<std::size_t>(cells.ticks()));
	for (std::uint32_t target = 0; target < cells.targets(); ++target) {
		cells.sum(strataOf_[segment], target, 0, whole);
		for (std::size_t tick = 0; tick < whole.size(); ++tick) {
			sums_.edit(static_cast<std::uint32_t>(segment), target, static_cast<std::int64_t>(tick)) =
				whole[tick];
		}
	}
}

void Publisher::sum(const Cells &cells, std::size_t segment, std::int64_t tick)
{
	for (std::uint32_t target = 0; target < cells.targets(); ++target) {
		Cell whole;
		cells.sum(strataOf_[segment], target, tick, {&whole, 1});
		sums_.edit(static_cast<std::uint32_t>(segment), target, tick) = whole;
	}
}

Snapshot Publisher::snapshot(std::span<const std::uint32_t> peopleOf)
{
	static std::atomic<std::uint64_t> revisions{0};
	Snapshot snapshot;
	snapshot.revision = ++revisions;
	snapshot.settings = settings_;
	snapshot.segments = segments_;
	for (const std::vector<std::uint32_t> &strata : strataOf_) {
		std::uint32_t people = 0;
		for (const std::uint32_t stratum : strata) {
			people += peopleOf[stratum];
		}
		snapshot.segmentParticipants.push_back(people);
	}
	snapshot.sums = sums_.snapshot();
	return snapshot;
}

} // namespace pulseline::studio
