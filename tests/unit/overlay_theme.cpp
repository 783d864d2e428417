// Themes are data: what a file may say, and that people can tell its colours apart.
#include "overlay/theme.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

using namespace pulseline;
using namespace pulseline::overlay;

namespace {

double light(Color color)
{
	const auto linear = [](std::uint8_t channel) {
		const double c = channel / 255.0;
		return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
	};
	return 0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b);
}

// WCAG 2.1, "contrast ratio".
double contrast(Color one, Color other)
{
	const double a = light(one) + 0.05;
	const double b = light(other) + 0.05;
	return std::max(a, b) / std::min(a, b);
}

std::vector<NamedTheme> shipped()
{
	std::vector<std::string> problems;
	auto themes = loadThemes(THEMES, problems);
	EXPECT_THAT(problems, testing::IsEmpty());
	return themes;
}

TEST(OverlayTheme, ThreeAreShippedAndDarkIsTheOneInTheCode)
{
	const auto themes = shipped();
	std::vector<std::string> names;
	for (const NamedTheme &theme : themes) {
		names.push_back(theme.name);
	}
	EXPECT_THAT(names, testing::ElementsAre("dark", "contrast", "light"));
	EXPECT_EQ(themes[0].theme, Theme{});
	EXPECT_TRUE(themes[2].theme.onLight());
	EXPECT_FALSE(themes[1].theme.onLight());
}

TEST(OverlayTheme, TextsAndLinesCanBeSeen)
{
	for (const auto &[name, theme] : shipped()) {
		EXPECT_GE(contrast(theme.ink, theme.card), 7) << name;
		EXPECT_GE(contrast(theme.dim, theme.card), 7) << name;
		EXPECT_GE(contrast(theme.warning_ink, theme.warning), 4.5) << name;
		EXPECT_GE(contrast(theme.alarm_ink, theme.alarm), 3) << name; // large, bold
		EXPECT_GE(contrast(theme.like_ink, theme.like), 4.5) << name;
		EXPECT_GE(contrast(theme.neutral_ink, theme.neutral), 4.2) << name;
		EXPECT_GE(contrast(theme.dislike_ink, theme.dislike), 4.5) << name;
		for (const Color &segment : theme.segments) {
			EXPECT_GE(contrast(segment, theme.card), 3) << name;
		}
		// What is neutral is no hole in the card, and neither end looks like it.
		EXPECT_GE(contrast(theme.neutral, theme.card), 1.5) << name;
		EXPECT_GE(contrast(theme.like, theme.neutral), 1.4) << name;
		EXPECT_GE(contrast(theme.dislike, theme.neutral), 1.4) << name;
	}
}

TEST(OverlayTheme, BlueAndOrangeNeverRedAndGreen)
{
	for (const auto &[name, theme] : shipped()) {
		EXPECT_GT(theme.like.b, theme.like.r) << name;
		EXPECT_GT(theme.like.b, theme.like.g) << name;
		EXPECT_GT(theme.dislike.r, theme.dislike.g) << name;
		EXPECT_GT(theme.dislike.g, theme.dislike.b) << name; // orange, not red
	}
}

TEST(OverlayTheme, ReadsColours)
{
	EXPECT_EQ(colorFromText("#0B0F17"), (Color{11, 15, 23, 255}));
	EXPECT_EQ(colorFromText("#ffffff0f"), (Color{255, 255, 255, 15}));
	for (const char *wrong : {"", "#", "0B0F17", "#0B0F1", "#0B0F170", "#GG0000", "#0B0F17 "}) {
		EXPECT_FALSE(colorFromText(wrong)) << wrong;
	}
}

TEST(OverlayTheme, WhatAFileLeavesOutIsAsInDark)
{
	const Result<Theme> theme = parseTheme(R"({"ink": "#102030", "segments": ["#010203"], "opacity": 50})");
	ASSERT_TRUE(theme);
	EXPECT_EQ(theme->ink, (Color{16, 32, 48, 255}));
	EXPECT_EQ(theme->segments[0], (Color{1, 2, 3, 255}));
	EXPECT_EQ(theme->segments[1], Theme{}.segments[1]);
	EXPECT_EQ(theme->opacity, 0.5);
	EXPECT_EQ(theme->card, Theme{}.card);
}

TEST(OverlayTheme, SaysWhatIsWrong)
{
	for (const auto &[text, word] : {std::pair{"[]", "object"},
					 {"{", "object"},
					 {R"({"inc": "#000000"})", "inc"},
					 {R"({"ink": "red"})", "ink"},
					 {R"({"ink": 3})", "ink"},
					 {R"({"segments": "#000000"})", "segments"},
					 {R"({"opacity": 101})", "opacity"}}) {
		const Result<Theme> theme = parseTheme(text);
		ASSERT_FALSE(theme) << text;
		EXPECT_THAT(theme.error().message, testing::HasSubstr(word));
	}
}

TEST(OverlayTheme, AFileThatIsNoThemeIsNamedAndLeftOut)
{
	const auto folder = std::filesystem::path(testing::TempDir()) / "pulseline-themes";
	std::filesystem::create_directories(folder);
	std::ofstream(folder / "broken.json") << "{\"ink\": 1}";
	std::ofstream(folder / "mine.json") << "{\"ink\": \"#010203\"}";
	std::ofstream(folder / "notes.txt") << "no theme";
	std::vector<std::string> problems;
	const auto themes = loadThemes(folder.string(), problems);
	std::filesystem::remove_all(folder);
	ASSERT_EQ(themes.size(), 2U);
	EXPECT_EQ(themes[1].name, "mine");
	ASSERT_EQ(problems.size(), 1U);
	EXPECT_THAT(problems[0], testing::HasSubstr("broken.json"));
	EXPECT_EQ(loadThemes("/nowhere", problems).size(), 1U);
}

} // namespace
