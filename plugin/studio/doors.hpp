// Join codes and tickets as people write them. Of this room alone.
#pragma once

#include <string>

namespace pulseline::studio {

std::string upper(std::string text);
// The hash by which a ticket is known: of its code in capitals, without what a sheet puts between its groups.
std::string ticketHash(const std::string &code);

} // namespace pulseline::studio
