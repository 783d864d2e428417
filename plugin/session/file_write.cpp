// What `File` adds to a session.
#include "session/file.hpp"

#include <algorithm>
#include <utility>

namespace pulseline::session {

Result<void> File::begin()
{
	Impl &impl = *impl_;
	if (impl.transaction) {
		return fail(impl.path + ": a transaction is open already");
	}
	if (Result<void> whole = impl.look(); !whole) {
		return whole;
	}
	if (Result<void> started = impl.startWriting(); !started) {
		return started;
	}
	if (Result<void> prepared = impl.prepareInserts(); !prepared) {
		return prepared;
	}
	if (Result<void> begun = impl.take(impl.database.run("BEGIN IMMEDIATE")); !begun) {
		return begun;
	}
	if (Result<void> ours = impl.isOurs(); !ours) {
		(void)impl.database.run("ROLLBACK");
		return ours;
	}
	impl.watchLog();
	impl.transaction = Impl::Undo{impl.content.strata.size(), impl.content.participants.size(), {}, {}, {}};
	return {};
}

Result<void> File::commit()
{
	Impl &impl = *impl_;
	if (Result<void> open = impl.inTransaction(); !open) {
		return open;
	}
	// What is written into a file without a name is lost when it is closed.
	Result<void> done = impl.look();
	const Sql<std::string> extent = impl.extent();
	if (done && !extent) {
		done = std::unexpected(explain(impl.path, extent.error()));
	}
	if (done) {
		done = impl.take(impl.database.run("COMMIT"));
	}
	if (!done) {
		(void)rollback();
		return done;
	}
	impl.known = *extent;
	impl.transaction.reset();
	return {};
}

void File::shortenLog(bool calm)
{
	constexpr int kLong = 4'096; // pages, mostly of 16 KiB
	constexpr int kTooLong = 16'384;
	Impl &impl = *impl_;
	if (impl.logPages >= (calm ? kLong : kTooLong)) {
		// Whatever stands in its way now, a reader for one, will be gone at a later time.
		sqlite3_wal_checkpoint_v2(impl.database.raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
	}
}

Result<void> File::rollback()
{
	Impl &impl = *impl_;
	impl.undo();
	// Some failures end a transaction by themselves.
	if (!impl.writing || sqlite3_get_autocommit(impl.database.raw())) {
		return {};
	}
	return impl.take(impl.database.run("ROLLBACK"));
}

void File::setPatience(std::int64_t ms)
{
	impl_->patience_ms = ms;
	sqlite3_busy_timeout(impl_->database.raw(), static_cast<int>(ms));
}

Result<std::uint32_t> File::addTarget(const std::string &name)
{
	Impl &impl = *impl_;
	if (const Result<void> open = impl.inTransaction(); !open) {
		return std::unexpected(open.error());
	}
	Settings settings = impl.content.settings;
	const std::size_t index = settings.targets.size();
	settings.targets.push_back(name);
	if (const std::optional<Error> error = check(settings)) {
		return std::unexpected(*error);
	}
	if (const Result<void> added = impl.take(writeTarget(impl.database, index, name)); !added) {
		return std::unexpected(added.error());
	}
	impl.keepSettings();
	impl.content.settings = std::move(settings);
	return static_cast<std::uint32_t>(index);
}

Result<void> File::setAttributes(const std::vector<Attribute> &attributes)
{
	Impl &impl = *impl_;
	if (Result<void> open = impl.inTransaction(); !open) {
		return open;
	}
	Settings settings = impl.content.settings;
	const std::vector<Attribute> before = std::exchange(settings.attributes, attributes);
	if (const std::optional<Error> error = check(settings)) {
		return std::unexpected(*error);
	}
	const auto sameName = [](const Attribute &a, const Attribute &b) { return a.name == b.name; };
	if (attributes.size() < before.size() ||
	    !std::equal(before.begin(), before.end(), attributes.begin(), sameName)) {
		return fail(impl.path + ": attributes that are there cannot be taken away");
	}
	for (std::size_t i = 0; i < attributes.size(); ++i) {
		if (i < before.size() && attributes[i] == before[i]) {
			continue;
		}
		if (Result<void> set = impl.take(writeAttribute(impl.database, i, attributes[i])); !set) {
			return set;
		}
	}
	impl.keepSettings();
	impl.content.settings = std::move(settings);
	for (Stratum &stratum : impl.content.strata) {
		stratum.resize(attributes.size());
	}
	return {};
}

Result<std::uint32_t> File::addStratum(const Stratum &stratum)
{
	Impl &impl = *impl_;
	if (const Result<void> open = impl.inTransaction(); !open) {
		return std::unexpected(open.error());
	}
	const std::size_t index = impl.content.strata.size();
	const std::string text = stratumText(stratum, impl.content.settings.attributes);
	Query &insert = impl.inserts->stratum;
	insert.bind(1, static_cast<std::int64_t>(index)).bind(2, text);
	if (const Result<void> added = impl.take(insert.run()); !added) {
		return std::unexpected(added.error());
	}
	impl.content.strata.push_back(stratum);
	impl.content.strata.back().resize(impl.content.settings.attributes.size());
	return static_cast<std::uint32_t>(index);
}

Result<std::uint32_t> File::addParticipant(const Participant &participant)
{
	Impl &impl = *impl_;
	if (const Result<void> open = impl.inTransaction(); !open) {
		return std::unexpected(open.error());
	}
	if (participant.stratum >= impl.content.strata.size()) {
		return fail(impl.path + ": a participant of a stratum that is not there");
	}
	Query &insert = impl.inserts->participant;
	insert.bind(1, participant.id)
		.bind(2, std::int64_t{participant.stratum})
		.bind(3, std::int64_t{participant.simulated});
	if (participant.tokenHash.empty()) {
		insert.bindNull(4);
	} else {
		insert.bind(4, participant.tokenHash);
	}
	if (const Result<void> added = impl.take(insert.run()); !added) {
		return std::unexpected(added.error());
	}
	const auto index = static_cast<std::uint32_t>(impl.content.participants.size());
	impl.content.participants.push_back({participant.id, participant.stratum, participant.simulated, {}});
	return index;
}

// What the reader would take for damage must not get in.
bool File::Impl::makesSense(const StoredResponse &stored) const
{
	const Response &response = stored.response;
	return response.seq >= 1 && response.seq <= INT64_MAX && response.position_ms >= 0 &&
	       response.position_ms <= kMaxPosition_ms &&
	       (!response.value || content.settings.scale.contains(*response.value));
}

Result<void> File::addResponses(std::span<const StoredResponse> responses)
{
	Impl &impl = *impl_;
	if (Result<void> open = impl.inTransaction(); !open) {
		return open;
	}
	for (const StoredResponse &stored : responses) {
		if (stored.response.participant >= impl.content.participants.size() ||
		    stored.response.target >= impl.content.settings.targets.size()) {
			return fail(impl.path + ": a response of a participant or for a target that is not there");
		}
		if (!impl.makesSense(stored)) {
			return fail(impl.path + ": a response with a seq, a position or a value that cannot be");
		}
	}
	return impl.take(impl.responses.put(responses, impl.inserts->alike, impl.inserts->mixed));
}

Result<void> File::addPlayback(const PlaybackChange &change)
{
	Impl &impl = *impl_;
	if (Result<void> open = impl.inTransaction(); !open) {
		return open;
	}
	Query &insert = impl.inserts->playback;
	insert.bind(1, change.at_ms)
		.bind(2, toText(change.state))
		.bind(3, change.position_ms)
		.bind(4, change.rate)
		.bind(5, std::int64_t{change.pass});
	return impl.take(insert.run());
}

Result<void> File::addCell(const StoredCell &stored)
{
	Impl &impl = *impl_;
	if (Result<void> open = impl.inTransaction(); !open) {
		return open;
	}
	if (!makesSense(stored, impl.content)) {
		return fail(impl.path + ": a cell that cannot be");
	}
	const Cell &cell = stored.cell;
	Query &insert = impl.inserts->cell;
	insert.bind(1, stored.upstream)
		.bind(2, std::int64_t{stored.stratum})
		.bind(3, impl.content.settings.targets[stored.target])
		.bind(4, stored.tick)
		.bind(5, std::int64_t{cell.present})
		.bind(6, std::int64_t{cell.n})
		.bind(7, std::int64_t{cell.likes})
		.bind(8, std::int64_t{cell.dislikes})
		.bind(9, cell.sum.value())
		.bind(10, cell.sum_sq.value());
	return impl.take(insert.run());
}

Result<void> File::clearCells(const std::string &upstream)
{
	Impl &impl = *impl_;
	if (Result<void> open = impl.inTransaction(); !open) {
		return open;
	}
	return impl.take(impl.inserts->clearCells.bind(1, upstream).run());
}

Result<void> File::addTicket(const Ticket &ticket)
{
	Impl &impl = *impl_;
	if (Result<void> open = impl.inTransaction(); !open) {
		return open;
	}
	Query &insert = impl.inserts->ticket;
	insert.bind(1, ticket.hash);
	if (ticket.participant.empty()) {
		insert.bindNull(2);
	} else {
		insert.bind(2, ticket.participant);
	}
	return impl.take(insert.run());
}

Result<void> File::setOut(std::string_view participant, bool out)
{
	Impl &impl = *impl_;
	if (Result<void> open = impl.inTransaction(); !open) {
		return open;
	}
	const auto known = std::ranges::find(impl.content.participants, participant, &Participant::id);
	if (known == impl.content.participants.end()) {
		return fail("no participant of the session has the id '" + std::string(participant) + "'");
	}
	Query &set = out ? impl.inserts->takeOut : impl.inserts->putBack;
	if (Result<void> done = impl.take(set.bind(1, participant).run()); !done) {
		return done;
	}
	const auto index = static_cast<std::uint32_t>(known - impl.content.participants.begin());
	impl.transaction->moved.emplace(index, std::exchange(known->out, out));
	return {};
}

Result<void> File::setNote(const std::string &key, const std::string &value)
{
	Impl &impl = *impl_;
	if (Result<void> open = impl.inTransaction(); !open) {
		return open;
	}
	if (Result<void> set = impl.take(impl.inserts->note.bind(1, key).bind(2, value).run()); !set) {
		return set;
	}
	impl.keepSettings();
	impl.content.notes[key] = value;
	return {};
}

} // namespace pulseline::session
