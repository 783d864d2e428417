#include "overlay/theme.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

namespace pulseline::overlay {
namespace {

constexpr std::array kColors{
	NamedColor{"card", "Timeline.Color.Card", &Theme::card},
	NamedColor{"ink", "Timeline.Color.Ink", &Theme::ink},
	NamedColor{"dim", "Timeline.Color.Dim", &Theme::dim},
	NamedColor{"grid", "Timeline.Color.Grid", &Theme::grid},
	NamedColor{"track", "Timeline.Color.Track", &Theme::track},
	NamedColor{"axis", "Timeline.Color.Axis", &Theme::axis},
	NamedColor{"chip", "Timeline.Color.Chip", &Theme::chip},
	NamedColor{"warning", "Timeline.Color.Warning", &Theme::warning},
	NamedColor{"warning_ink", "Timeline.Color.WarningInk", &Theme::warning_ink},
	NamedColor{"alarm", "Timeline.Color.Alarm", &Theme::alarm},
	NamedColor{"alarm_ink", "Timeline.Color.AlarmInk", &Theme::alarm_ink},
	NamedColor{"edge", "Timeline.Color.Edge", &Theme::edge},
	NamedColor{"playhead", "Timeline.Color.Playhead", &Theme::playhead},
	NamedColor{"like", "Timeline.Color.Like", &Theme::like},
	NamedColor{"neutral", "Timeline.Color.Neutral", &Theme::neutral},
	NamedColor{"dislike", "Timeline.Color.Dislike", &Theme::dislike},
	NamedColor{"like_ink", "Timeline.Color.LikeInk", &Theme::like_ink},
	NamedColor{"neutral_ink", "Timeline.Color.NeutralInk", &Theme::neutral_ink},
	NamedColor{"dislike_ink", "Timeline.Color.DislikeInk", &Theme::dislike_ink},
};

std::optional<Color> colorOf(const nlohmann::json &value)
{
	return value.is_string() ? colorFromText(value.get_ref<const std::string &>()) : std::nullopt;
}

bool readSegments(const nlohmann::json &list, Theme &theme)
{
	if (!list.is_array() || list.size() > theme.segments.size()) {
		return false;
	}
	for (std::size_t i = 0; i < list.size(); ++i) {
		const std::optional<Color> color = colorOf(list[i]);
		if (!color) {
			return false;
		}
		theme.segments[i] = *color;
	}
	return true;
}

bool readOpacity(const nlohmann::json &value, Theme &theme)
{
	const bool valid = value.is_number() && value.get<double>() >= 0 && value.get<double>() <= 100;
	if (valid) {
		theme.opacity = value.get<double>() / 100;
	}
	return valid;
}

bool readEntry(const std::string &name, const nlohmann::json &value, Theme &theme)
{
	if (name == "segments") {
		return readSegments(value, theme);
	}
	if (name == "opacity") {
		return readOpacity(value, theme);
	}
	const auto *const known = std::ranges::find(kColors, name, &NamedColor::name);
	const std::optional<Color> color = known != kColors.end() ? colorOf(value) : std::nullopt;
	if (color) {
		theme.*known->color = *color;
	}
	return color.has_value();
}

} // namespace

std::optional<Color> colorFromText(std::string_view text)
{
	if ((text.size() != 7 && text.size() != 9) || text[0] != '#') {
		return std::nullopt;
	}
	std::array<std::uint8_t, 4> parts{0, 0, 0, 255};
	for (std::size_t i = 0; 2 * i + 1 < text.size(); ++i) {
		const char *const begin = text.data() + 1 + 2 * i;
		const auto [end, error] = std::from_chars(begin, begin + 2, parts[i], 16);
		if (error != std::errc{} || end != begin + 2) {
			return std::nullopt;
		}
	}
	return Color{parts[0], parts[1], parts[2], parts[3]};
}

std::span<const NamedColor> themeColors()
{
	return kColors;
}

Result<Theme> parseTheme(std::string_view json)
{
	const nlohmann::json object = nlohmann::json::parse(json, nullptr, false);
	if (!object.is_object()) {
		return fail("it is no JSON object");
	}
	Theme theme;
	for (const auto &[name, value] : object.items()) {
		if (!readEntry(name, value, theme)) {
			return fail("it has a wrong '" + name + "'");
		}
	}
	return theme;
}

std::vector<NamedTheme> loadThemes(const std::string &folder, std::vector<std::string> &problems)
{
	std::vector<NamedTheme> themes{{"dark", {}}};
	std::error_code ignored;
	for (const auto &entry : std::filesystem::directory_iterator(folder, ignored)) {
		if (entry.path().extension() != ".json") {
			continue;
		}
		std::ifstream file(entry.path());
		const std::string text{std::istreambuf_iterator<char>(file), {}};
		const Result<Theme> theme = parseTheme(text);
		const std::string name = entry.path().stem().string();
		if (theme && name == themes.front().name) {
			themes.front().theme = *theme;
		} else if (theme) {
			themes.push_back({name, *theme});
		} else {
			problems.push_back(entry.path().string() + " is not used: " + theme.error().message);
		}
	}
	std::ranges::sort(themes.begin() + 1, themes.end(), {}, &NamedTheme::name);
	return themes;
}

} // namespace pulseline::overlay
