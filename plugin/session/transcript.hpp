// Transcripts as statements: SubRip (.srt), WebVTT (.vtt) and tables (.csv: start_ms,end_ms,text). Reads a file: never
// on the network or graphics thread.
#pragma once

#include "session/store.hpp"

namespace pulseline::session {

enum class TranscriptFormat { srt, vtt, csv };

// By the end of the file's name, in either case; nothing if it is none of them.
std::optional<TranscriptFormat> transcriptFormat(std::string_view path);

struct Transcript {
	std::vector<Statement> statements; // by start, equals in the file's order
	std::size_t left_out = 0;          // cues whose end is not after their start: no player shows them either

	// One line that says so of the file; "": none was left out.
	std::string remark(const std::string &path) const;
};

// The lines of a cue are joined by a space; marks of style and voice are left out, and cues without a word. Fails with
// one line that names the file's line on a time that is none, and where nothing is left.
Result<Transcript> readTranscript(const std::string &path);
// `path` is for messages; `text` is UTF-8.
Result<Transcript> parseTranscript(std::string_view text, TranscriptFormat format, const std::string &path);

} // namespace pulseline::session
