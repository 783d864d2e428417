// Comma-separated values and numbers, as they come from spreadsheets and statistics programs.
#include "session_support.hpp"

#include "session/csv.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <limits>
#include <random>
#include <sstream>

namespace pulseline::session::test {
namespace {

using Record = std::vector<std::string>;

struct Read {
	std::vector<Record> records;
	std::vector<std::size_t> lines;
	std::string error;
	std::size_t errorLine = 0;
};

Read read(std::string_view text)
{
	Read all;
	CsvReader reader(text);
	std::vector<std::string_view> fields;
	while (true) {
		const Result<bool> more = reader.next(fields);
		if (!more) {
			all.error = more.error().message;
			all.errorLine = reader.line();
			return all;
		}
		if (!*more) {
			return all;
		}
		all.records.emplace_back(fields.begin(), fields.end());
		all.lines.push_back(reader.line());
	}
}

TEST(Csv, ReadsEveryLineEnd)
{
	const std::vector<Record> expected{{"a", "b"}, {"1", ""}, {"", "2"}};
	for (const char *text : {"a,b\n1,\n,2\n", "a,b\r\n1,\r\n,2\r\n", "a,b\r1,\r,2", "a,b\n1,\n,2",
				 "\xEF\xBB\xBF"
				 "a,b\n1,\n,2"}) {
		EXPECT_EQ(read(text).records, expected) << text;
	}
	EXPECT_TRUE(read("").records.empty());
	EXPECT_TRUE(read("\n\r\n\n").records.empty());
	EXPECT_EQ(read("a\n\n\nb").lines, (std::vector<std::size_t>{1, 4}));
}

TEST(Csv, ReadsQuotedFields)
{
	const Read all = read("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\"\n\"\",x\"y,\"\"\"\"\nlast");
	EXPECT_EQ(all.records,
		  (std::vector<Record>{{"a,b", "say \"hi\"", "two\r\nlines"}, {"", "x\"y", "\""}, {"last"}}));
	EXPECT_EQ(all.lines, (std::vector<std::size_t>{1, 3, 4}));
}

TEST(Csv, RefusesQuotesThatDoNotFit)
{
	const Read open = read("a,b\n1,\"2\n3,4\n");
	EXPECT_THAT(open.error, testing::HasSubstr("never closed"));
	EXPECT_EQ(open.errorLine, 2);
	const Read after = read("a\n\"b\"c\n");
	EXPECT_THAT(after.error, testing::HasSubstr("closing quote"));
	EXPECT_EQ(after.errorLine, 2);
}

TEST(Csv, ReadsBackWhatItWrites)
{
	std::mt19937 random(3);
	const std::string_view letters = "ab,\"\r\n; =+\xC3\xBC";
	std::vector<Record> records;
	std::ostringstream out;
	{
		CsvWriter writer(out);
		for (int i = 0; i < 500; ++i) {
			Record record{"id" + std::to_string(i)};
			for (int j = 0; j < 3; ++j) {
				std::string text;
				for (std::size_t k = random() % 6; k > 0; --k) {
					text += letters[random() % letters.size()];
				}
				record.push_back(text);
			}
			for (const std::string &field : record) {
				writer.add(field);
			}
			writer.endRow();
			records.push_back(record);
		}
	}
	EXPECT_EQ(read(out.str()).records, records);
}

TEST(Csv, SurvivesAnyBytes)
{
	std::mt19937 random(4);
	for (int i = 0; i < 3'000; ++i) {
		std::string text;
		for (std::size_t k = random() % 60; k > 0; --k) {
			text += "\",\r\na\0\xFF"[random() % 7];
		}
		const Read all = read(text);
		EXPECT_LE(all.records.size(), text.size());
	}
}

TEST(Csv, WritesPlainRows)
{
	std::ostringstream out;
	{
		CsvWriter writer(out);
		writer.add("=1+1").add(0.1).add(std::int64_t{-3}).add(std::optional<double>()).add(std::optional(2.5));
		writer.endRow();
	}
	EXPECT_EQ(out.str(), "=1+1,0.1,-3,,2.5\n");
}

TEST(Csv, TakesOnlyText)
{
	TempDir dir;
	const auto errorFor = [&](const std::string &bytes) {
		writeBytes(dir / "in.csv", bytes);
		const Result<std::string> text = readText(dir / "in.csv");
		return text ? "" : text.error().message;
	};
	EXPECT_EQ(errorFor("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"), "");
	EXPECT_THAT(errorFor("a\nb\ncaf\xE9\n"), testing::HasSubstr("line 3: not UTF-8"));
	EXPECT_THAT(errorFor(std::string("a\0b", 3)), testing::HasSubstr("not UTF-8"));
	EXPECT_THAT(errorFor("\xFF\xFE"
			     "a\0"),
		    testing::HasSubstr("UTF-16"));
	for (const char *wrong :
	     {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF5\x80"}) {
		EXPECT_THAT(errorFor(wrong), testing::HasSubstr("not UTF-8"));
	}
	EXPECT_THAT(readText(dir / "none.csv").error().message, testing::HasSubstr("does not exist"));
	EXPECT_THAT(readText(dir.path().string()).error().message, testing::HasSubstr("is a folder"));
}

TEST(Numbers, AreWrittenAsShortAsTheyReadBack)
{
	EXPECT_EQ(shortest(0), "0");
	EXPECT_EQ(shortest(-0.0), "0");
	EXPECT_EQ(shortest(100), "100");
	EXPECT_EQ(shortest(0.1), "0.1");
	EXPECT_EQ(shortest(1.0 / 3), "0.3333333333333333");
	std::mt19937_64 random(5);
	for (int i = 0; i < 10'000; ++i) {
		const double value = std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 200) - 150);
		EXPECT_EQ(parseNumber(shortest(value)), value);
	}
}

TEST(Numbers, AreReadStrictly)
{
	EXPECT_EQ(parseNumber("12.5"), 12.5);
	EXPECT_EQ(parseNumber(" +3\t"), 3);
	EXPECT_EQ(parseNumber("-1e-3"), -0.001);
	for (const char *wrong :
	     {"", " ", "abc", "1,5", "1 2", "0x10", "nan", "NaN", "inf", "-inf", "1e999", "+-1", "+",
	      "1."
	      "2.3",
	      "NA"}) {
		EXPECT_EQ(parseNumber(wrong), std::nullopt) << wrong;
	}
	EXPECT_EQ(parseWhole("9223372036854775807"), INT64_MAX);
	EXPECT_EQ(parseWhole("3.0"), 3);
	EXPECT_EQ(parseWhole("3e2"), 300);
	for (const char *wrong : {"", "3.5", "1e300", "9223372036854775808", "x"}) {
		EXPECT_EQ(parseWhole(wrong), std::nullopt) << wrong;
	}
}

} // namespace
} // namespace pulseline::session::test
