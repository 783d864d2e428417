#include "session/transcript_words.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <ranges>

namespace pulseline::session {
namespace {

// Takes away what lies between `open` and `close`, where it begins as a mark does: "3 < 4" stays.
std::string withoutMarks(std::string_view text, char open, char close, bool (*begins)(char))
{
	std::string kept;
	std::size_t end = 0; // of the next mark
	for (std::size_t at = 0; at < text.size();) {
		const std::size_t mark = std::min(text.find(open, at), text.size());
		kept += text.substr(at, mark - at);
		end = end > mark ? end : text.find(close, mark);
		if (end == std::string_view::npos) {
			return kept += text.substr(mark);
		}
		const bool is_mark = mark + 1 < end && begins(text[mark + 1]);
		if (!is_mark) {
			kept += open;
		}
		at = is_mark ? end + 1 : mark + 1;
	}
	return kept;
}

// What `&name;` means: a character's number, or the names that captions are written with. Empty: none of them.
std::string meaningOf(std::string_view name)
{
	struct Escape {
		std::string_view name, meaning;
	};
	constexpr std::array<Escape, 15> kEscapes{{{"lt", "<"},
						   {"gt", ">"},
						   {"amp", "&"},
						   {"quot", "\""},
						   {"apos", "'"},
						   {"nbsp", " "},
						   {"lrm", "\u200e"},
						   {"rlm", "\u200f"},
						   {"hellip", "…"},
						   {"ndash", "–"},
						   {"mdash", "—"},
						   {"lsquo", "‘"},
						   {"rsquo", "’"},
						   {"ldquo", "“"},
						   {"rdquo", "”"}}};
	if (name.starts_with('#')) {
		const bool hex = name.starts_with("#x") || name.starts_with("#X");
		const std::string_view digits = name.substr(hex ? 2 : 1);
		std::uint32_t number = 0;
		const auto [end, problem] =
			std::from_chars(digits.data(), digits.data() + digits.size(), number, hex ? 16 : 10);
		return problem == std::errc() && end == digits.data() + digits.size() ? utf8Of(number) : "";
	}
	const auto *const found = std::ranges::find(kEscapes, name, &Escape::name);
	return found == kEscapes.end() ? "" : std::string(found->meaning);
}

// Of WebVTT, each once.
std::string withoutEscapes(std::string_view text)
{
	constexpr std::size_t kLongest = 8; // of names
	std::string plain;
	while (!text.empty()) {
		const std::size_t end = text.substr(0, kLongest + 2).find(';');
		const std::string meaning =
			text[0] == '&' && end != std::string_view::npos ? meaningOf(text.substr(1, end - 1)) : "";
		plain += meaning.empty() ? text.substr(0, 1) : meaning;
		text.remove_prefix(meaning.empty() ? 1 : end + 1);
	}
	return plain;
}

} // namespace

std::string_view trimmed(std::string_view text)
{
	const std::size_t from = std::min(text.find_first_not_of(kBlanks), text.size());
	text.remove_prefix(from);
	return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::string wordsOf(std::string_view marked, TranscriptFormat format)
{
	const auto tag = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '/'; };
	std::string text = withoutMarks(marked, '<', '>', tag);
	text = format == TranscriptFormat::vtt ? withoutEscapes(text)
					       : withoutMarks(text, '{', '}', [](char c) { return c == '\\'; });
	text = text | std::views::split(kByteOrderMark) | std::views::join | std::ranges::to<std::string>();
	std::string words;
	for (std::string_view rest = trimmed(text); !rest.empty();) {
		const std::string_view word = rest.substr(0, rest.find_first_of(kBlanks));
		words += words.empty() ? "" : " ";
		words += word;
		rest = trimmed(rest.substr(word.size()));
	}
	return words;
}

} // namespace pulseline::session
