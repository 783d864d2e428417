// A `respond_many`, thousands of rows in a message, read with simdjson: several times as fast as the parser that reads
// everything else. Network thread.
#pragma once

#include "ingest/codec.hpp"

namespace pulseline::ingest {

// The very batch that readClient()'s parser would find, or nothing: then the text is another message, or something is
// wrong with it, or it has a field twice, and that is the parser's business.
std::optional<RespondMany> readBatch(std::string_view text);

} // namespace pulseline::ingest
