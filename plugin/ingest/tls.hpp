// A look at a certificate before it is used. Any thread; of this room alone.
#pragma once

#include "core/types.hpp"

namespace pulseline::ingest {

// Whether the PEM files can be read and belong together: the server's certificate, with those that vouch for it after
// it, and its private key. Two empty names: no TLS, all is well.
Result<void> checkTls(const std::string &certificate, const std::string &key);

// Whether the PEM file has certificates to trust.
Result<void> checkAuthorities(const std::string &file);

} // namespace pulseline::ingest
