// How the audience comes in: an address, the code, and both in one QR code. Any thread.
#pragma once

#include "core/qr.hpp"
#include "core/types.hpp"

namespace pulseline::studio {

// The address with the code after '#', where the page takes it from and no server ever sees it.
std::string joinLink(const std::string &url, const std::string &code);

// With error correction M, as a screen in a room needs it. Fails on text that no QR code holds.
Result<Qr> makeQr(const std::string &text);

// For a terminal: two modules in a character, with the quiet zone, in black on white whatever the terminal's colours.
std::string terminalText(const Qr &qr);

} // namespace pulseline::studio
