// Called by whoever takes texts from outside, on any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pulseline {

// Well-formed, shortest form, no surrogates (Unicode 15, table 3-7).
bool isUtf8(std::string_view text);

// Empty: no character has this number.
std::string utf8Of(std::uint32_t number);

// One line that a terminal, a log or a label shows and does not obey: line breaks and tabs are spaces, other control
// characters and what is not UTF-8 are U+FFFD. What is longer than `most` bytes is cut.
std::string printable(std::string_view text, std::size_t most = 4096);

} // namespace pulseline
