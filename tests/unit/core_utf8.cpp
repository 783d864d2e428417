// Texts from outside: whether they are UTF-8, and what of them a terminal may get.
#include "core/utf8.hpp"

#include <gtest/gtest.h>

namespace pulseline {
namespace {

using namespace std::string_literals;

TEST(Utf8, IsTheShortestFormOfWhatUnicodeHas)
{
	for (const std::string &good :
	     {""s, "plain"s, "\0"s, "é"s, "…"s, "\u{10FFFF}"s, "\xED\x9F\xBF"s, "\xEE\x80\x80"s}) {
		EXPECT_TRUE(isUtf8(good)) << good;
	}
	for (const std::string &bad :
	     {"\x80"s, "\xC1\xBF"s, "\xC3"s, "\xC3("s, "\xE0\x9F\xBF"s, "\xED\xA0\x80"s, "\xE2\x80"s,
	      "\xF0\x8F\xBF\xBF"s, "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s, "good \xFF"s}) {
		EXPECT_FALSE(isUtf8(bad)) << bad;
	}
}

TEST(Printable, LeavesWhatCanBeShown)
{
	for (const std::string &text : {""s, "it is full"s, "Über «alles» – 聴衆 👏"s, "\u200Fعربي"s}) {
		EXPECT_EQ(printable(text), text);
	}
}

TEST(Printable, IsOneLineThatNothingObeys)
{
	EXPECT_EQ(printable("two\nlines\r\nand\ta tab"), "two lines  and a tab");
	EXPECT_EQ(printable("line\u2028and\u2029paragraph\u0085"), "line and paragraph ");
	EXPECT_EQ(printable("\x1b[31mred\x07\x7f"), "\uFFFD[31mred\uFFFD\uFFFD");
	EXPECT_EQ(printable("\u009b31m"), "\uFFFD31m");
	EXPECT_EQ(printable("\u202Eback\u2066"), "\uFFFDback\uFFFD");
	EXPECT_EQ(printable("a\0b"s), "a\uFFFDb");
	EXPECT_EQ(printable("\x9b\xC3(\xE2\x80"), "\uFFFD\uFFFD(\uFFFD\uFFFD");
}

TEST(Printable, CutsBetweenCharacters)
{
	EXPECT_EQ(printable("abcdé", 5), "abcd…");
	EXPECT_EQ(printable("abcdé", 6), "abcdé");
}

} // namespace
} // namespace pulseline
