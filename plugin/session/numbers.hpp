// Numbers as text, the same whatever the locale. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pulseline::session {

// The shortest text that reads back to the same number; "0" for -0.
std::string shortest(double value);
void append(std::string &text, double value);
void append(std::string &text, std::int64_t value);

// A finite decimal number, or nothing. Blanks around it and a leading + are taken.
std::optional<double> parseNumber(std::string_view text);
// A whole number, also written as 3.0 or 3e2, or nothing.
std::optional<std::int64_t> parseWhole(std::string_view text);

} // namespace pulseline::session
