#include "session/csv.hpp"

#include "session/paths.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace pulseline::session {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr std::size_t kBuffer = 1 << 16;

// The bytes of the character at the start of `text`, 0 if it is not UTF-8 (Unicode 16, table 3-7) or is U+0000.
std::size_t characterSize(std::string_view text)
{
	const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
	const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
		return at(i) >= low && at(i) <= high;
	};
	const unsigned first = at(0);
	if (first < 0x80) {
		return first == 0 ? 0 : 1;
	}
	if (first >= 0xC2 && first <= 0xDF) {
		return follows(1) ? 2 : 0;
	}
	if (first >= 0xE0 && first <= 0xEF) {
		const bool second = follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
		return second && follows(2) ? 3 : 0;
	}
	if (first >= 0xF0 && first <= 0xF4) {
		const bool second = follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
		return second && follows(2) && follows(3) ? 4 : 0;
	}
	return 0;
}

Result<void> checkUtf8(const std::string &path, std::string_view text)
{
	if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
		return fail(path + " is UTF-16; save it as UTF-8");
	}
	std::size_t line = 1;
	for (std::size_t i = 0; i < text.size();) {
		const std::size_t size = characterSize(text.substr(i, 4));
		if (size == 0) {
			return fail(path + " line " + std::to_string(line) + ": not UTF-8; save the file as UTF-8");
		}
		line += text[i] == '\n' ? 1 : 0;
		i += size;
	}
	return {};
}

} // namespace

Result<std::string> readText(const std::string &path)
{
	std::ifstream file;
	if (path != "-") {
		std::error_code ignored;
		if (std::filesystem::is_directory(pathOf(path), ignored)) {
			return fail(path + " is a folder");
		}
		file.open(pathOf(path), std::ios::binary);
		if (!file) {
			return fail(path +
				    (exists(path) ? " cannot be read; check its permissions" : " does not exist"));
		}
	}
	std::istream &in = path == "-" ? std::cin : file;
	std::string text;
	std::string part(kBuffer, '\0');
	while (in.read(part.data(), static_cast<std::streamsize>(part.size())) || in.gcount() > 0) {
		text.append(part, 0, static_cast<std::size_t>(in.gcount()));
	}
	if (in.bad()) {
		return fail(path + " cannot be read to its end");
	}
	if (const Result<void> checked = checkUtf8(path, text); !checked) {
		return std::unexpected(checked.error());
	}
	return text;
}

CsvReader::CsvReader(std::string_view text)
	: text_(text)
{
	if (text_.starts_with(kMark)) {
		text_.remove_prefix(kMark.size());
	}
}

bool CsvReader::atLineEnd() const
{
	return text_[place_] == '\n' || text_[place_] == '\r';
}

void CsvReader::skipLineEnd()
{
	place_ += text_.substr(place_).starts_with("\r\n") ? 2 : 1;
	++nextLine_;
}

Result<bool> CsvReader::next(std::vector<std::string_view> &fields)
{
	fields.clear();
	unquoted_.clear();
	while (place_ < text_.size() && atLineEnd()) {
		skipLineEnd();
	}
	line_ = nextLine_;
	if (place_ >= text_.size()) {
		return false;
	}
	while (true) {
		const Result<std::string_view> one = field();
		if (!one) {
			return std::unexpected(one.error());
		}
		fields.push_back(*one);
		if (place_ >= text_.size()) {
			return true;
		}
		if (atLineEnd()) {
			skipLineEnd();
			return true;
		}
		++place_; // the comma
	}
}

// Leaves `place_` on the comma, the line's end or the text's.
Result<std::string_view> CsvReader::field()
{
	if (place_ < text_.size() && text_[place_] == '"') {
		return quotedField();
	}
	const std::size_t start = place_;
	while (place_ < text_.size() && text_[place_] != ',' && !atLineEnd()) {
		++place_;
	}
	return text_.substr(start, place_ - start);
}

Result<std::string_view> CsvReader::quotedField()
{
	std::size_t start = ++place_;
	std::string *joined = nullptr;
	while (true) {
		const std::size_t quote = text_.find('"', place_);
		if (quote == std::string_view::npos) {
			return fail("a quote is opened and never closed");
		}
		place_ = quote + 1;
		const bool doubled = place_ < text_.size() && text_[place_] == '"';
		if (doubled || joined) {
			joined = joined ? joined : &unquoted_.emplace_back();
			joined->append(text_, start, quote - start + (doubled ? 1 : 0));
		}
		if (doubled) {
			start = ++place_;
			continue;
		}
		if (place_ < text_.size() && text_[place_] != ',' && !atLineEnd()) {
			return fail("text follows a closing quote; a quote within quotes is written twice");
		}
		const std::string_view inside = joined ? std::string_view(*joined) : text_.substr(start, quote - start);
		for (std::size_t i = 0; i < inside.size(); ++i) {
			const bool half = inside[i] == '\r' && i + 1 < inside.size() && inside[i + 1] == '\n';
			nextLine_ += (inside[i] == '\n' || inside[i] == '\r') && !half ? 1 : 0;
		}
		return inside;
	}
}

void CsvWriter::separate()
{
	if (!first_) {
		buffer_ += ',';
	}
	first_ = false;
}

CsvWriter &CsvWriter::add(std::string_view text)
{
	separate();
	if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
		buffer_ += text;
		return *this;
	}
	buffer_ += '"';
	for (const char c : text) {
		buffer_.append(c == '"' ? 2 : 1, c);
	}
	buffer_ += '"';
	return *this;
}

CsvWriter &CsvWriter::add(double value)
{
	separate();
	append(buffer_, value);
	return *this;
}

CsvWriter &CsvWriter::add(std::int64_t value)
{
	separate();
	append(buffer_, value);
	return *this;
}

void CsvWriter::endRow()
{
	buffer_ += '\n';
	first_ = true;
	if (buffer_.size() >= kBuffer) {
		flush();
	}
}

void CsvWriter::flush()
{
	out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
	buffer_.clear();
}

} // namespace pulseline::session
