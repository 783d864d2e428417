// SQLite's handles as values (sqlite3.org/c3ref). Only this room sees them. One thread at a time.
#pragma once

#include "core/types.hpp"

#include <memory>
#include <sqlite3.h>

namespace pulseline::session {

// What SQLite said.
struct SqlError {
	int code = SQLITE_ERROR; // extended result code
	std::string text;

	int primary() const { return code & 0xFF; }
};
template <typename T>
using Sql = std::expected<T, SqlError>;

// One line that says what to do. `path` is as the user wrote it.
Error explain(const std::string &path, const SqlError &error);
Error damaged(const std::string &path, std::string_view detail);

class Query {
public:
	Query() = default;
	explicit Query(sqlite3_stmt *statement)
		: statement_(statement)
	{
	}

	// Parameters count from 1. Text must stay as it is until the statement ran.
	Query &bind(int parameter, std::int64_t value);
	Query &bind(int parameter, double value);
	Query &bind(int parameter, std::string_view value);
	Query &bindNull(int parameter);

	// True: there is a row.
	Sql<bool> step();
	// Runs a statement that gives no rows, and makes it ready for the next time.
	Sql<void> run();

	// Columns count from 0. Text is good until the next step().
	bool isNull(int column) const;
	bool isInteger(int column) const;
	bool isNumber(int column) const;
	bool isText(int column) const;
	std::int64_t integer(int column) const;
	double number(int column) const;
	std::string_view text(int column) const;

private:
	struct Finalize {
		void operator()(sqlite3_stmt *statement) const { sqlite3_finalize(statement); }
	};
	std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
public:
	enum class Open {
		read,      // shares the file with a writer
		immutable, // nobody writes: neither locks nor files beside it
		alone,     // nobody else has it, and nothing can be made beside it: the log's index lives in memory
		write,     // must exist
		create,    // must not exist
	};

	Database() = default;
	static Sql<Database> open(const std::string &path, Open how);

	Sql<void> run(const char *sql);
	Sql<Query> prepare(std::string_view sql);
	// The first column of the first row, as text; "" without a row.
	Sql<std::string> ask(std::string_view sql);

	sqlite3 *raw() const { return handle_.get(); }
	bool isOpen() const { return handle_ != nullptr; }
	void close() { handle_.reset(); }

private:
	struct Close {
		void operator()(sqlite3 *handle) const { sqlite3_close_v2(handle); }
	};
	std::unique_ptr<sqlite3, Close> handle_;
};

} // namespace pulseline::session
