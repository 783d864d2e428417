// A sound SQLite file whose cells say what no session says. Each line of the input changes a cell: a byte for the
// column, one for the row, one for the type of the value (i, r, t, b, n), and the value.
#include "fuzz/session_base.hpp"
#include "session/numbers.hpp"

#include <vector>

using namespace pulseline;

namespace {

using Statement = sqlite3_stmt *;

std::vector<std::string> columns(sqlite3 *handle)
{
	std::vector<std::string> updates;
	Statement statement = nullptr;
	sqlite3_prepare_v2(
		handle,
		"SELECT 'UPDATE OR IGNORE ' || t.name || ' SET \"' || c.name || '\" = ?1 WHERE rowid = ?2'"
		" FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY t.name, c.cid",
		-1, &statement, nullptr);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		updates.emplace_back(reinterpret_cast<const char *>(sqlite3_column_text(statement, 0)));
	}
	sqlite3_finalize(statement);
	fuzz::require(updates.size() > 40, "the tables have their columns");
	return updates;
}

void bind(Statement statement, char type, std::string_view value)
{
	const int size = static_cast<int>(value.size());
	switch (type) {
	case 'i':
		sqlite3_bind_int64(statement, 1, session::parseWhole(value).value_or(-1));
		break;
	case 'r':
		sqlite3_bind_double(statement, 1, session::parseNumber(value).value_or(1e300));
		break;
	case 'b':
		sqlite3_bind_blob(statement, 1, value.data(), size, SQLITE_TRANSIENT);
		break;
	case 'n':
		sqlite3_bind_null(statement, 1);
		break;
	default:
		sqlite3_bind_text(statement, 1, value.data(), size, SQLITE_TRANSIENT);
	}
}

class Base {
public:
	Base()
	{
		fuzz::makeBase(scratch_ / "base.pulse");
		bytes_ = fuzz::bytesOf(scratch_ / "base.pulse");
	}

	std::string spoilt(std::string_view edits) const
	{
		const std::string path = scratch_.write("a.pulse", bytes_);
		sqlite3 *handle = nullptr;
		sqlite3_open(path.c_str(), &handle);
		sqlite3_exec(handle, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN", nullptr, nullptr,
			     nullptr);
		static const std::vector<std::string> updates = columns(handle);
		while (!edits.empty()) {
			const std::string_view edit = fuzz::takeLine(edits);
			if (edit.size() < 3) {
				continue;
			}
			Statement statement = nullptr;
			const std::string &update = updates[static_cast<unsigned char>(edit[0]) % updates.size()];
			sqlite3_prepare_v2(handle, update.c_str(), -1, &statement, nullptr);
			sqlite3_bind_int64(statement, 2, static_cast<unsigned char>(edit[1]) % 16);
			bind(statement, edit[2], edit.substr(3));
			sqlite3_step(statement);
			sqlite3_finalize(statement);
		}
		sqlite3_exec(handle, "COMMIT", nullptr, nullptr, nullptr);
		sqlite3_close(handle);
		return path;
	}

private:
	fuzz::Scratch scratch_;
	std::string bytes_;
};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	static const Base base;
	fuzz::readAll(base.spoilt(fuzz::textOf(data, size)));
	return 0;
}
