// Messages as CBOR (RFC 8949): the same objects as in JSON. Of this room alone; pure, safe with any bytes whatever.
#pragma once

#include "ingest/codec_reader.hpp"

namespace pulseline::ingest {

// What is nested more deeply is refused; no message needs more than four.
inline constexpr std::size_t kMaxCborDepth = 64;

// Tells `reader` what the bytes say, as the JSON library does of a text. The library's own reader of CBOR calls itself
// for each level and takes texts that are not UTF-8. False: not one well-formed item, or a key that is no text. A tag
// says nothing here, its content counts; `undefined` is a field that is not there; bytes and simple values are what no
// field is.
bool readCbor(std::string_view bytes, Reader &reader);

} // namespace pulseline::ingest
