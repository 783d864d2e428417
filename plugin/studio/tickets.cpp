#include "studio/tickets.hpp"

#include "session/store.hpp"
#include "studio/invitation.hpp"

#include <algorithm>
#include <fstream>

namespace pulseline::studio {
namespace {

constexpr std::size_t kGroup = 4; // characters of a ticket's code that stand together

// In millimetres; three cards stand side by side on A4 and on Letter.
constexpr const char *kHead = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tickets</title>
<style>
@page { margin: 10mm; }
body { margin: 0; display: grid; grid-template-columns: repeat(auto-fill, 62mm); font: 9pt/1.3 system-ui, sans-serif; color: #000; background: #fff; }
article { box-sizing: border-box; height: 68mm; padding: 3mm; border: 0.2mm dashed #777; break-inside: avoid; text-align: center; overflow: hidden; }
h2 { margin: 0; font-size: 10pt; line-height: 1.2; max-height: 2.4em; overflow: hidden; }
p { margin: 0; overflow-wrap: anywhere; }
svg { display: block; width: 38mm; height: 38mm; margin: 1mm auto; }
b { font: 700 9pt ui-monospace, monospace; }
</style>
)";

std::string escaped(std::string_view text)
{
	std::string safe;
	for (const char c : text) {
		switch (c) {
		case '&':
			safe += "&amp;";
			break;
		case '<':
			safe += "&lt;";
			break;
		case '>':
			safe += "&gt;";
			break;
		default:
			safe += c;
		}
	}
	return safe;
}

// Rows of dark modules as one path.
std::string picture(const Qr &qr)
{
	std::string path;
	for (int y = 0; y < qr.size; ++y) {
		for (int x = 0; x < qr.size; ++x) {
			int wide = 0;
			while (x + wide < qr.size && qr.at(x + wide, y)) {
				++wide;
			}
			if (wide > 0) {
				const std::string w = std::to_string(wide);
				path += "M" + std::to_string(x) + " " + std::to_string(y) + "h" + w + "v1h-" + w + "z";
				x += wide;
			}
		}
	}
	const int whole = qr.size + 2 * Qr::kQuiet;
	const std::string from = std::to_string(-Qr::kQuiet);
	const std::string size = std::to_string(whole);
	return R"(<svg viewBox=")" + from + " " + from + " " + size + " " + size +
	       R"(" role="img" aria-label="QR code" shape-rendering="crispEdges"><path d=")" + path + R"("/></svg>)";
}

std::string grouped(const std::string &ticket)
{
	std::string text;
	for (std::size_t i = 0; i < ticket.size(); i += kGroup) {
		text += (i > 0 ? "-" : "") + ticket.substr(i, kGroup);
	}
	return text;
}

} // namespace

Result<std::vector<std::string>> makeTickets(std::size_t count)
{
	constexpr std::size_t kMost = 10'000;
	if (count == 0 || count > kMost) {
		return fail("1 to " + std::to_string(kMost) + " tickets can be made at once");
	}
	std::vector<std::string> tickets(count);
	std::ranges::generate(tickets, session::randomTicket);
	return tickets;
}

Result<std::string> ticketSheet(const TicketHead &head, const std::vector<std::string> &tickets)
{
	std::string sheet = kHead;
	for (const std::string &ticket : tickets) {
		const Result<Qr> qr = makeQr(joinLink(head.url, head.code) + "." + ticket);
		if (!qr) {
			return std::unexpected(qr.error());
		}
		sheet += "<article><h2>" + escaped(head.title) + "</h2>" + picture(*qr) + "<p>For one person.</p><p>" +
			 escaped(head.url) + "</p><p><b>" + head.code + "." + grouped(ticket) + "</b></p></article>\n";
	}
	return sheet + "</html>\n";
}

Result<void> writeTicketSheet(const std::string &path, const TicketHead &head, const std::vector<std::string> &tickets)
{
	const Result<std::string> sheet = ticketSheet(head, tickets);
	if (!sheet) {
		return std::unexpected(sheet.error());
	}
	std::ofstream file(path, std::ios::binary | std::ios::noreplace);
	file << *sheet << std::flush;
	return file ? Result<void>() : fail(path + " could not be written; is it there already?");
}

} // namespace pulseline::studio
