// A `respond` as nearly every client writes it, read in one go over its bytes: what a response costs at the door is
// mostly its parsing. Pure; any thread.
#pragma once

#include "ingest/backend.hpp"

namespace pulseline::ingest {

// The very response that readClient()'s parser would find, or nothing: then the text is anything else, right or wrong,
// and the parser's business. Taken are the fields of a `respond`, each at most once, in any order, with whole numbers
// of up to 15 digits, a value without an exponent, and a target in ASCII without escapes.
std::optional<Respond> readPlainRespond(std::string_view text, const Scale &scale);

} // namespace pulseline::ingest
