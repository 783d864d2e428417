// Comma-separated values (RFC 4180). No I/O but what is asked for; any thread.
#pragma once

#include "session/numbers.hpp"

#include "core/types.hpp"

#include <deque>
#include <ostream>

namespace pulseline::session {

// A whole text file, "-" for standard input. Fails on what is not UTF-8.
Result<std::string> readText(const std::string &path);

// Takes text with or without a byte order mark, with LF, CRLF or CR, with fields in quotes or without. Any bytes.
class CsvReader {
public:
	// `text` must outlive the reader.
	explicit CsvReader(std::string_view text);

	// The fields of the next record that is not an empty line, good until the next call; false at the end. Fails
	// on a quote that does not fit, without saying where: that is line().
	Result<bool> next(std::vector<std::string_view> &fields);
	// The line on which the last record starts, from 1.
	std::size_t line() const { return line_; }

private:
	Result<std::string_view> field();
	Result<std::string_view> quotedField();
	bool atLineEnd() const;
	void skipLineEnd();

	std::string_view text_;
	std::size_t place_ = 0;
	std::size_t line_ = 0;
	std::size_t nextLine_ = 1;
	std::deque<std::string> unquoted_; // of this record, where a doubled quote had to go
};

// Rows end with LF. What a stream cannot take shows in its state, after flush().
class CsvWriter {
public:
	explicit CsvWriter(std::ostream &out)
		: out_(out)
	{
	}
	CsvWriter(const CsvWriter &) = delete;
	CsvWriter &operator=(const CsvWriter &) = delete;
	~CsvWriter() { flush(); }

	CsvWriter &add(std::string_view text);
	CsvWriter &add(double value);
	CsvWriter &add(std::int64_t value);
	CsvWriter &add(std::uint32_t value) { return add(std::int64_t{value}); }
	template <typename T>
	CsvWriter &add(const std::optional<T> &value) // empty: an empty field
	{
		return value ? add(*value) : add(std::string_view());
	}
	void endRow();
	void flush();

private:
	void separate();

	std::ostream &out_;
	std::string buffer_;
	bool first_ = true;
};

} // namespace pulseline::session
