#include "core/utf8.hpp"

#include <cstddef>

namespace pulseline {

bool isUtf8(std::string_view text)
{
	std::size_t i = 0;
	while (i < text.size()) {
		const auto first = static_cast<unsigned char>(text[i++]);
		const int more = first < 0x80                    ? 0
				 : first >= 0xC2 && first < 0xE0 ? 1
				 : first >= 0xE0 && first < 0xF0 ? 2
				 : first >= 0xF0 && first < 0xF5 ? 3
								 : -1;
		if (more < 0) {
			return false;
		}
		for (int k = 0; k < more; ++k) {
			if (i == text.size()) {
				return false;
			}
			const auto next = static_cast<unsigned char>(text[i++]);
			const int low = k > 0 ? 0x80 : first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
			const int high = k > 0 ? 0xBF : first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
			if (next < low || next > high) {
				return false;
			}
		}
	}
	return true;
}

} // namespace pulseline
