// What is said in a cue, without how it is marked. Pure: any thread.
#pragma once

#include "session/transcript.hpp"

namespace pulseline::session {

inline constexpr std::string_view kBlanks = " \t\f\r\n";
inline constexpr std::string_view kByteOrderMark = "\uFEFF"; // which programs that join files leave anywhere

std::string_view trimmed(std::string_view text);

// A line of plain words: without marks of style and voice, with what WebVTT's escapes mean.
std::string wordsOf(std::string_view marked, TranscriptFormat format);

} // namespace pulseline::session
