// `--upstream [NAME=]URL#stream=…&code=…&key=…&ca=…`. What is behind the # is for us alone and never sent as it is.
#pragma once

#include "ingest/upstream_options.hpp"

namespace pulseline::cli {

// Without a name: host:port. A key that begins with @ is read from the file of this name, so that it need not stand
// in a command line that everybody on the machine can see.
Result<ingest::UpstreamOptions> parseUpstream(const std::string &text);

} // namespace pulseline::cli
