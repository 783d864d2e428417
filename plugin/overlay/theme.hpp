// The colours of a picture. Themes are data (data/themes/*.json); what a file leaves out is as in `dark`, which is also
// what is used without any file. Plain values: any thread.
#pragma once

#include "core/types.hpp"

#include <array>
#include <span>

namespace pulseline::overlay {

// sRGB, straight alpha.
struct Color {
	std::uint8_t r = 255;
	std::uint8_t g = 255;
	std::uint8_t b = 255;
	std::uint8_t a = 255;

	bool operator==(const Color &) const = default;
	// So much of it.
	Color withAlpha(double alpha) const { return {r, g, b, static_cast<std::uint8_t>(alpha * 255 + 0.5)}; }
};

struct Theme {
	Color card{11, 15, 23, 255};
	Color ink{255, 255, 255, 255}; // of what matters most; `dim` of the rest
	Color dim{196, 204, 214, 255};
	Color grid{255, 255, 255, 15};
	Color track{255, 255, 255, 6}; // where cells and bars may come
	Color axis{255, 255, 255, 64}; // the neutral line
	Color chip{255, 255, 255, 46};
	Color warning{230, 159, 0, 255};
	Color warning_ink{11, 15, 23, 255};
	Color alarm{213, 94, 0, 255};
	Color alarm_ink{255, 255, 255, 255};
	Color edge{0, 0, 0, 179}; // around lines, where they cross
	Color playhead{255, 255, 255, 255};
	Color like{61, 155, 233, 255}; // the scale's end above the neutral, in heat and bars
	Color neutral{92, 102, 117, 255};
	Color dislike{240, 138, 29, 255};
	Color like_ink{11, 15, 23, 255};
	Color neutral_ink{255, 255, 255, 255};
	Color dislike_ink{11, 15, 23, 255};
	// Everybody first. Then Okabe and Ito's colours without black, the darkest last.
	std::array<Color, 8> segments{{{245, 247, 250, 255},
				       {230, 159, 0, 255},
				       {86, 180, 233, 255},
				       {0, 158, 115, 255},
				       {240, 228, 66, 255},
				       {204, 121, 167, 255},
				       {213, 94, 0, 255},
				       {0, 114, 178, 255}}};
	double opacity = 0.86; // of the card, as it is seen

	// Dark on light: what is faint must be stronger there to be seen.
	bool onLight() const { return card.r + card.g + card.b > 384; }
	bool operator==(const Theme &) const = default;
};

struct NamedTheme {
	std::string name; // of its file, without .json
	Theme theme;
};

// `#RRGGBB` or `#RRGGBBAA`.
std::optional<Color> colorFromText(std::string_view text);

// The single colours by the names that they have in a file.
struct NamedColor {
	std::string_view name;
	const char *label; // key of its name for people
	Color Theme::*color;
};
std::span<const NamedColor> themeColors();

Result<Theme> parseTheme(std::string_view json);
// Those of a folder by name, `dark` first; always at least that. A file that is no theme is left out and named in
// `problems`.
std::vector<NamedTheme> loadThemes(const std::string &folder, std::vector<std::string> &problems);

} // namespace pulseline::overlay
