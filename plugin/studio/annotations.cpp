// What changes a session be it running or in review: markers, statements, who counts, and that it is revealed.
#include "session/transcript.hpp"
#include "studio/on_network.hpp"
#include "studio/review.hpp"
#include "studio/running.hpp"

#include <algorithm>

namespace pulseline::studio {
namespace {

constexpr std::size_t kMaxText = 1'000; // bytes of a marker's

Result<Marker> makeMarker(std::string text, std::int64_t position_ms, std::int64_t most_ms, const Annotations &known)
{
	if (position_ms < 0 || position_ms > most_ms) {
		return fail("the position must be 0 to " + std::to_string(most_ms) + " ms");
	}
	if (text.size() > kMaxText) {
		return fail("a marker's text may have at most " + std::to_string(kMaxText) + " bytes");
	}
	if (text.empty()) {
		text = std::to_string(known.markers.size() + 1);
	}
	return Marker{position_ms, std::move(text)};
}

} // namespace

// ---- running ------------------------------------------------------------------------------------------------------

// `statements`: those that take the place of the session's.
Result<void> Running::loadAnnotations(session::File &file, const std::optional<std::vector<Statement>> &statements)
{
	if (statements) {
		Result<void> set = file.begin();
		set = set ? file.setStatements(*statements) : set;
		set = set ? file.commit() : set;
		if (!set) {
			return set;
		}
	}
	Result<Annotations> found = file.annotations();
	if (!found) {
		return std::unexpected(found.error());
	}
	annotations_ = std::make_shared<const Annotations>(std::move(*found));
	return {};
}

Result<Marker> Running::addMarker(std::string text, std::optional<std::int64_t> position_ms)
{
	if (settings_->ownTime && !position_ms) {
		return fail("in this session everyone plays the speech; say at which position_ms the marker stands");
	}
	const auto add = [this, &text, position_ms, now = now_ms()]() -> Result<Marker> {
		const std::int64_t here = position_ms.value_or(history_.at(now).position_ms);
		Result<Marker> marker =
			makeMarker(std::move(text), here, duration_ms_.value_or(kMaxPosition_ms), *annotations_);
		if (marker) {
			writer_->add(*marker);
			Annotations more = *annotations_;
			const auto after =
				std::ranges::upper_bound(more.markers, marker->position_ms, {}, &Marker::position_ms);
			more.markers.insert(after, *marker);
			annotations_ = std::make_shared<const Annotations>(std::move(more));
			changed_ = true;
		}
		return marker;
	};
	return onNetwork<Marker>(*server_, add);
}

Result<void> Running::setStatements(std::vector<Statement> statements)
{
	const auto set = [this, &statements]() -> Result<void> {
		writer_->setStatements(statements);
		Annotations changed = *annotations_;
		changed.statements = std::move(statements);
		annotations_ = std::make_shared<const Annotations>(std::move(changed));
		changed_ = true;
		return {};
	};
	return onNetwork<void>(*server_, set);
}

// ---- in review ----------------------------------------------------------------------------------------------------

// Nothing is running: opens the file for as long as the change takes, then looks at it anew.
template <typename Change>
Result<void> Studio::changeReviewed(const std::string &path, Change change)
{
	{
		Result<session::File> file = session::File::open(path, session::Access::write);
		if (!file) {
			return std::unexpected(file.error());
		}
		Result<void> done = file->begin();
		done = done ? change(*file) : done;
		done = done ? file->commit() : done;
		if (!done) {
			return done;
		}
	}
	return review(path);
}

Result<std::string> Studio::reviewed() const
{
	const std::lock_guard lock(mutex_);
	return review_ ? Result<std::string>(snapshot_->path) : fail("no session is running or open");
}

// ---- either -------------------------------------------------------------------------------------------------------

Result<Marker> Studio::addMarker(std::string text, std::optional<std::int64_t> position_ms)
{
	const std::lock_guard control(control_);
	if (const std::shared_ptr<Running> running = this->running()) {
		return running->addMarker(std::move(text), position_ms);
	}
	const Result<std::string> path = reviewed();
	if (!path) {
		return std::unexpected(path.error());
	}
	if (!position_ms) {
		return fail("this session is over; say at which position_ms the marker stands");
	}
	const std::shared_ptr<const Snapshot> now = snapshot();
	Result<Marker> marker = makeMarker(std::move(text), *position_ms, now->duration_ms.value_or(kMaxPosition_ms),
					   *now->annotations);
	if (!marker) {
		return marker;
	}
	const Result<void> added = changeReviewed(*path, [&](session::File &file) { return file.addMarker(*marker); });
	return added ? marker : std::unexpected(added.error());
}

Result<void> Studio::setCounts(const std::string &participant, bool counts)
{
	const std::lock_guard control(control_);
	if (const std::shared_ptr<Running> running = this->running()) {
		return running->setCounts(participant, counts);
	}
	const Result<std::string> path = reviewed();
	return path ? changeReviewed(*path, [&](session::File &file) { return file.setOut(participant, !counts); })
		    : std::unexpected(path.error());
}

Result<void> Studio::reveal(bool revealed)
{
	const std::lock_guard control(control_);
	if (const std::shared_ptr<Running> running = this->running()) {
		running->reveal(revealed);
		return {};
	}
	const Result<std::string> path = reviewed();
	// Only one that a crash kept from ending is still hidden.
	if (!path || !revealed || !snapshot()->blind) {
		return fail("no session is running");
	}
	return changeReviewed(*path, [](session::File &file) { return file.setNote("revealed", "1"); });
}

Result<OpenedTranscript> Studio::openTranscript(const std::string &path)
{
	const std::lock_guard control(control_);
	Result<session::Transcript> read = session::readTranscript(path);
	if (!read) {
		return std::unexpected(read.error());
	}
	const OpenedTranscript opened{read->statements.size(), read->left_out, read->remark(path)};
	Result<void> set;
	if (const std::shared_ptr<Running> running = this->running()) {
		set = running->setStatements(std::move(read->statements));
	} else if (const Result<std::string> file = reviewed()) {
		set = changeReviewed(*file, [&](session::File &open) { return open.setStatements(read->statements); });
	} else {
		set = std::unexpected(file.error());
	}
	return set ? Result<OpenedTranscript>(opened) : std::unexpected(set.error());
}

} // namespace pulseline::studio
