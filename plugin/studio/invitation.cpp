#include "studio/invitation.hpp"

#include <memory>
#include <qrencode.h>

namespace pulseline::studio {

std::string joinLink(const std::string &url, const std::string &code)
{
	return url + "#" + code;
}

Result<Qr> makeQr(const std::string &text)
{
	constexpr int kAnyVersion = 0;
	constexpr int kCaseSensitive = 1;
	const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
		QRcode_encodeString(text.c_str(), kAnyVersion, QR_ECLEVEL_M, QR_MODE_8, kCaseSensitive), QRcode_free);
	if (!code) {
		return fail("no QR code holds this address; use a shorter one");
	}
	Qr qr;
	qr.size = code->width;
	const int modules = qr.size * qr.size;
	for (int i = 0; i < modules; ++i) {
		qr.dark.push_back((code->data[i] & 1) != 0); // the lowest bit is the module's colour
	}
	return qr;
}

std::string terminalText(const Qr &qr)
{
	constexpr const char *kBlocks[2][2] = {{" ", "\u2584"}, {"\u2580", "\u2588"}}; // [upper][lower]
	std::string text;
	for (int y = -Qr::kQuiet; y < qr.size + Qr::kQuiet; y += 2) {
		text += "\x1b[30;107m";
		for (int x = -Qr::kQuiet; x < qr.size + Qr::kQuiet; ++x) {
			text += kBlocks[qr.at(x, y)][qr.at(x, y + 1)];
		}
		text += "\x1b[0m\n";
	}
	return text;
}

} // namespace pulseline::studio
