#include "core/utf8.hpp"

namespace pulseline {
namespace {

// The character that `text`, which is not empty, begins with.
struct Character {
	char32_t code = 0;
	std::size_t bytes = 0; // 0: it is not well-formed
};

Character firstOf(std::string_view text)
{
	const auto first = static_cast<unsigned char>(text.front());
	const std::size_t more = first < 0x80                    ? 0
				 : first >= 0xC2 && first < 0xE0 ? 1
				 : first >= 0xE0 && first < 0xF0 ? 2
				 : first >= 0xF0 && first < 0xF5 ? 3
								 : text.size();
	if (more >= text.size()) {
		return {};
	}
	char32_t code = more == 0 ? first : first & (0x3FU >> more);
	for (std::size_t k = 1; k <= more; ++k) {
		const auto next = static_cast<unsigned char>(text[k]);
		const int low = k > 1 ? 0x80 : first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
		const int high = k > 1 ? 0xBF : first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
		if (next < low || next > high) {
			return {};
		}
		code = code << 6 | (next & 0x3FU);
	}
	return {code, more + 1};
}

bool isSpace(char32_t code)
{
	return (code >= '\t' && code <= '\r') || code == 0x85 || code == 0x2028 || code == 0x2029;
}

// What a terminal obeys instead of showing it, and what turns the direction of the text that follows.
bool isControl(char32_t code)
{
	return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
	       (code >= 0x2066 && code <= 0x2069);
}

} // namespace

bool isUtf8(std::string_view text)
{
	while (!text.empty()) {
		const std::size_t bytes = firstOf(text).bytes;
		if (bytes == 0) {
			return false;
		}
		text.remove_prefix(bytes);
	}
	return true;
}

std::string utf8Of(std::uint32_t number)
{
	if (number == 0 || number > 0x10FFFF || (number >= 0xD800 && number < 0xE000)) {
		return {};
	}
	if (number < 0x80) {
		return {static_cast<char>(number)};
	}
	const int more = number < 0x800 ? 1 : number < 0x10000 ? 2 : 3; // bytes behind the first one
	std::string text(1, static_cast<char>(0xFFU << (7 - more) | number >> (6 * more)));
	for (int left = more; left-- > 0;) {
		text += static_cast<char>(0x80 | (number >> (6 * left) & 0x3F));
	}
	return text;
}

std::string printable(std::string_view text, std::size_t most)
{
	std::string shown;
	while (!text.empty()) {
		const Character first = firstOf(text);
		const std::size_t bytes = first.bytes == 0 ? 1 : first.bytes;
		if (shown.size() + bytes > most) {
			return shown + "…";
		}
		if (isSpace(first.code)) {
			shown += ' ';
		} else if (first.bytes == 0 || isControl(first.code)) {
			shown += "\uFFFD";
		} else {
			shown += text.substr(0, bytes);
		}
		text.remove_prefix(bytes);
	}
	return shown;
}

} // namespace pulseline
