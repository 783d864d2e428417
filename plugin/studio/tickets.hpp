// Single-use tickets on paper. Pure but for the file that is written. Any thread but the graphics thread.
#pragma once

#include "core/types.hpp"

namespace pulseline::studio {

// Where participants join, and what stands over it.
struct TicketHead {
	std::string title, url, code;
};

// Their codes. Fails on none, or on more than anybody prints.
Result<std::vector<std::string>> makeTickets(std::size_t count);

// A page to print and cut: a card for each ticket, with its QR code.
Result<std::string> ticketSheet(const TicketHead &head, const std::vector<std::string> &tickets);
// The same as a file, which must not be there yet.
Result<void> writeTicketSheet(const std::string &path, const TicketHead &head, const std::vector<std::string> &tickets);

} // namespace pulseline::studio
