// Called by whoever takes texts from outside, on any thread.
#pragma once

#include <string_view>

namespace pulseline {

// Well-formed, shortest form, no surrogates (Unicode 15, table 3-7).
bool isUtf8(std::string_view text);

} // namespace pulseline
