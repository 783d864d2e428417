// What a `File` holds beside the responses: statements, markers and tickets.
#include "session/file.hpp"

namespace pulseline::session {
namespace {

// Calls `each(row)` for every row.
template <typename Each>
Result<void> eachRow(Database &database, const std::string &path, std::string_view sql, Each each)
{
	Sql<Query> select = database.prepare(sql);
	if (!select) {
		return std::unexpected(explain(path, select.error()));
	}
	while (true) {
		const Sql<bool> row = select->step();
		if (!row) {
			return std::unexpected(explain(path, row.error()));
		}
		if (!*row) {
			return {};
		}
		each(*select);
	}
}

} // namespace

Result<Annotations> File::annotations() const
{
	const Impl &impl = *impl_;
	Annotations found;
	Result<void> read =
		eachRow(impl.database, impl.path,
			"SELECT start_ms, end_ms, text FROM statement ORDER BY start_ms, rowid", [&](const Query &row) {
				found.statements.push_back({row.integer(0), row.integer(1), std::string(row.text(2))});
			});
	if (read) {
		read = eachRow(
			impl.database, impl.path, "SELECT position_ms, text FROM marker ORDER BY position_ms, rowid",
			[&](const Query &row) { found.markers.push_back({row.integer(0), std::string(row.text(1))}); });
	}
	return read ? Result<Annotations>(std::move(found)) : std::unexpected(read.error());
}

Result<std::vector<Ticket>> File::tickets() const
{
	const Impl &impl = *impl_;
	std::vector<Ticket> tickets;
	const Sql<std::string> version = impl.database.ask("PRAGMA user_version");
	if (version && *version == "1") {
		return tickets;
	}
	const Result<void> read = eachRow(
		impl.database, impl.path, "SELECT hash, participant FROM ticket ORDER BY rowid",
		[&](const Query &row) { tickets.push_back({std::string(row.text(0)), std::string(row.text(1))}); });
	return read ? Result<std::vector<Ticket>>(std::move(tickets)) : std::unexpected(read.error());
}

// Rare enough to prepare their statements each time.
Result<void> File::addMarker(const Marker &marker)
{
	Impl &impl = *impl_;
	if (Result<void> open = impl.inTransaction(); !open) {
		return open;
	}
	Sql<Query> insert = impl.database.prepare("INSERT INTO marker VALUES (?, ?)");
	if (!insert) {
		return std::unexpected(explain(impl.path, insert.error()));
	}
	return impl.take(insert->bind(1, marker.position_ms).bind(2, marker.text).run());
}

Result<void> File::setStatements(const std::vector<Statement> &statements)
{
	Impl &impl = *impl_;
	if (Result<void> open = impl.inTransaction(); !open) {
		return open;
	}
	Result<void> done = impl.take(impl.database.run("DELETE FROM statement"));
	Sql<Query> insert = impl.database.prepare("INSERT INTO statement VALUES (?, ?, ?)");
	if (!insert) {
		return std::unexpected(explain(impl.path, insert.error()));
	}
	for (std::size_t i = 0; done && i < statements.size(); ++i) {
		const Statement &statement = statements[i];
		insert->bind(1, statement.start_ms).bind(2, statement.end_ms).bind(3, statement.text);
		done = impl.take(insert->run());
	}
	return done;
}

} // namespace pulseline::session
