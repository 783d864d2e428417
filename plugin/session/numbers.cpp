#include "session/numbers.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace pulseline::session {
namespace {

// Above this not every whole number is a double.
constexpr double kMaxExact = 9'007'199'254'740'992.0;

template <typename T>
void appendChars(std::string &text, T value)
{
	std::array<char, 32> chars;
	const std::to_chars_result written = std::to_chars(chars.data(), chars.data() + chars.size(), value);
	text.append(chars.data(), written.ptr);
}

template <typename T>
std::optional<T> parseAll(std::string_view text)
{
	T value{};
	const char *const end = text.data() + text.size();
	const std::from_chars_result read = std::from_chars(text.data(), end, value);
	if (text.empty() || read.ec != std::errc() || read.ptr != end) {
		return std::nullopt;
	}
	return value;
}

std::string_view trim(std::string_view text)
{
	const std::size_t first = text.find_first_not_of(" \t");
	if (first == std::string_view::npos) {
		return {};
	}
	text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
	if (text.size() > 1 && text[0] == '+' && text[1] != '-') {
		text.remove_prefix(1);
	}
	return text;
}

} // namespace

std::string shortest(double value)
{
	std::string text;
	append(text, value);
	return text;
}

void append(std::string &text, double value)
{
	appendChars(text, value == 0 ? 0.0 : value);
}

void append(std::string &text, std::int64_t value)
{
	appendChars(text, value);
}

std::optional<double> parseNumber(std::string_view text)
{
	const std::optional<double> value = parseAll<double>(trim(text));
	return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::int64_t> parseWhole(std::string_view text)
{
	if (const std::optional<std::int64_t> whole = parseAll<std::int64_t>(trim(text))) {
		return whole;
	}
	const std::optional<double> value = parseNumber(text);
	if (!value || std::trunc(*value) != *value || std::abs(*value) > kMaxExact) {
		return std::nullopt;
	}
	return static_cast<std::int64_t>(*value);
}

} // namespace pulseline::session
