#include "session/response_rows.hpp"

#include <algorithm>
#include <new>

namespace pulseline::session {
namespace {

// SQLite's objects, with ours behind theirs; what it opens it closes.
struct Table : sqlite3_vtab {
	const ResponseRows *rows;
};
struct Cursor : sqlite3_vtab_cursor {
	std::size_t row;
};

const ResponseRows &rowsOf(sqlite3_vtab_cursor *cursor)
{
	return *static_cast<Table *>(cursor->pVtab)->rows;
}

int connect(sqlite3 *database, void *rows, int, const char *const *, sqlite3_vtab **table, char **)
{
	sqlite3_vtab_config(database, SQLITE_VTAB_DIRECTONLY); // not for triggers and views that a file may bring
	const int done =
		sqlite3_declare_vtab(database, "CREATE TABLE rows (participant TEXT, target TEXT, seq INTEGER, "
					       "pass INTEGER, position_ms INTEGER, value REAL, "
					       "received_ms INTEGER, stamp TEXT)");
	if (done != SQLITE_OK) {
		return done;
	}
	*table = new (std::nothrow) Table{{}, static_cast<const ResponseRows *>(rows)};
	return *table ? SQLITE_OK : SQLITE_NOMEM;
}

int disconnect(sqlite3_vtab *table)
{
	delete static_cast<Table *>(table);
	return SQLITE_OK;
}

int plan(sqlite3_vtab *, sqlite3_index_info *)
{
	return SQLITE_OK; // always all of them, in order
}

int open(sqlite3_vtab *, sqlite3_vtab_cursor **cursor)
{
	*cursor = new (std::nothrow) Cursor{};
	return *cursor ? SQLITE_OK : SQLITE_NOMEM;
}

int close(sqlite3_vtab_cursor *cursor)
{
	delete static_cast<Cursor *>(cursor);
	return SQLITE_OK;
}

int first(sqlite3_vtab_cursor *cursor, int, const char *, int, sqlite3_value **)
{
	static_cast<Cursor *>(cursor)->row = 0;
	return SQLITE_OK;
}

int next(sqlite3_vtab_cursor *cursor)
{
	++static_cast<Cursor *>(cursor)->row;
	return SQLITE_OK;
}

int atEnd(sqlite3_vtab_cursor *cursor)
{
	return static_cast<Cursor *>(cursor)->row >= rowsOf(cursor).shown.size();
}

int rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *number)
{
	*number = static_cast<sqlite3_int64>(static_cast<Cursor *>(cursor)->row);
	return SQLITE_OK;
}

void giveText(sqlite3_context *to, std::string_view text)
{
	sqlite3_result_text(to, text.empty() ? "" : text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

int column(sqlite3_vtab_cursor *cursor, sqlite3_context *to, int number)
{
	const ResponseRows &rows = rowsOf(cursor);
	const StoredResponse &stored = rows.shown[static_cast<Cursor *>(cursor)->row];
	const Response &response = stored.response;
	switch (number) {
	case 0:
		giveText(to, rows.content->participants[response.participant].id);
		break;
	case 1:
		giveText(to, rows.content->settings.targets[response.target]);
		break;
	case 2:
		sqlite3_result_int64(to, static_cast<std::int64_t>(response.seq));
		break;
	case 3:
		sqlite3_result_int64(to, std::int64_t{response.pass});
		break;
	case 4:
		sqlite3_result_int64(to, response.position_ms);
		break;
	default:
		if (response.value) {
			sqlite3_result_double(to, *response.value);
		}
	}
	return SQLITE_OK;
}

// A table that is there without being created, and is never written to.
constexpr sqlite3_module kModule = [] {
	sqlite3_module module{};
	module.xConnect = connect;
	module.xBestIndex = plan;
	module.xDisconnect = disconnect;
	module.xOpen = open;
	module.xClose = close;
	module.xFilter = first;
	module.xNext = next;
	module.xEof = atEnd;
	module.xColumn = column;
	module.xRowid = rowid;
	return module;
}();

} // namespace

Sql<void> ResponseRows::makeKnown(Database &database)
{
	const int done = sqlite3_create_module(database.raw(), "pulseline_rows", &kModule, this);
	if (done != SQLITE_OK) {
		return std::unexpected(SqlError{done, sqlite3_errstr(done)});
	}
	return {};
}

Sql<void> ResponseRows::put(std::span<const StoredResponse> all, Query &alike, Query &mixed)
{
	Sql<void> done;
	while (done && !all.empty()) {
		const StoredResponse &first = all.front();
		const auto otherTime = [&](const StoredResponse &row) {
			return row.received_ms != first.received_ms || row.stamp != first.stamp;
		};
		const auto otherAim = [&](const StoredResponse &row) {
			return row.response.target != first.response.target || row.response.pass != first.response.pass;
		};
		shown = all.first(static_cast<std::size_t>(std::ranges::find_if(all, otherTime) - all.begin()));
		all = all.subspan(shown.size());
		const bool mix = std::ranges::any_of(shown, otherAim);
		Query &insert = mix ? mixed : alike;
		insert.bind(1, first.received_ms).bind(2, toText(first.stamp));
		if (!mix) {
			insert.bind(3, content->settings.targets[first.response.target])
				.bind(4, std::int64_t{first.response.pass});
		}
		done = insert.run();
	}
	return done;
}

} // namespace pulseline::session
