#include "session/transcript.hpp"

#include "session/store.hpp"

#include <filesystem>
#include <gmock/gmock.h>
#include <sys/stat.h>

namespace pulseline::session {

bool operator==(const Statement &a, const Statement &b)
{
	return a.start_ms == b.start_ms && a.end_ms == b.end_ms && a.text == b.text;
}
void PrintTo(const Statement &statement, std::ostream *out)
{
	*out << statement.start_ms << "-" << statement.end_ms << " \"" << statement.text << '"';
}

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<Statement> parsed(std::string_view text, TranscriptFormat format)
{
	const Result<Transcript> transcript = parseTranscript(text, format, "t");
	EXPECT_TRUE(transcript) << transcript.error().message;
	return transcript.value_or(Transcript()).statements;
}

std::string refused(std::string_view text, TranscriptFormat format)
{
	const Result<Transcript> transcript = parseTranscript(text, format, "t");
	return transcript ? "taken" : transcript.error().message;
}

TEST(Transcript, SubRip)
{
	EXPECT_THAT(parsed("\xEF\xBB\xBF"
			   "1\r\n00:00:01,000 --> 00:00:04,074\r\nGood evening,\r\n<i>everybody</i>.\r\n\r\n"
			   "2\r\n01:02:03,5 --> 01:02:04,05  X1:40 X2:600\r\n{\\an8}We need 3 < 4 > 2.\r\n",
			   TranscriptFormat::srt),
		    ElementsAre(Statement{1'000, 4'074, "Good evening, everybody."},
				Statement{3'723'500, 3'724'050, "We need 3 < 4 > 2."}));
}

// As programs and people leave it: no numbers, empty lines within and none between cues, no words.
TEST(Transcript, SubRipAsItIsFound)
{
	EXPECT_THAT(parsed("\n\n00:00:05,000 --> 00:00:06,000\nlater\n"
			   "7\n00:00:01,000 --> 00:00:02,000\none\n\ntwo\n\n42\n\n"
			   "3\n00:00:03,000 --> 00:00:04,000\n \n",
			   TranscriptFormat::srt),
		    ElementsAre(Statement{1'000, 2'000, "one two 42"}, Statement{5'000, 6'000, "later"}));
}

TEST(Transcript, SubRipWithTooManyLines)
{
	// Each line end doubled; an arrow that is said; a file cut off behind a number; marks of files that were
	// joined.
	EXPECT_THAT(parsed("1\r\r\n00:00:01,000 --> 00:00:02,000\r\r\n\uFEFFone\r\r\n7\r\r\n\r\r\n"
			   "2\r\r\n00:00:03,000 --> 00:00:04,000\r\r\nA --> B\r\r\n\r\r\n3\r\r\n",
			   TranscriptFormat::srt),
		    ElementsAre(Statement{1'000, 2'000, "one 7"}, Statement{3'000, 4'000, "A --> B"}));
	EXPECT_THAT(parsed("00:00:01,000 --> 00:00:02,000\n1984\n\n00:00:03,000 --> 00:00:04,000\n\n3\n",
			   TranscriptFormat::srt),
		    ElementsAre(Statement{1'000, 2'000, "1984"}));
}

TEST(Transcript, WebVttByAnotherName)
{
	EXPECT_THAT(parsed("WEBVTT\n\n00:01.000 --> 00:02.000\na\n", TranscriptFormat::srt),
		    ElementsAre(Statement{1'000, 2'000, "a"}));
	EXPECT_THAT(refused("WEBVTTX\n\n00:01.000 --> 00:02.000\na\n", TranscriptFormat::vtt),
		    HasSubstr("begins with WEBVTT"));
}

TEST(Transcript, WebVttsEscapes)
{
	EXPECT_THAT(
		parsed("WEBVTT\n\n00:01.000 --> 00:02.000\n"
		       "&quot;Q&quot; &#39;n&#x27; &#233;&#x1F600; &hellip; &amp;lt; AT&T &eacut; &#0; &#xD800; &;\n",
		       TranscriptFormat::vtt),
		ElementsAre(Statement{1'000, 2'000, "\"Q\" 'n' é😀 … &lt; AT&T &eacut; &#0; &#xD800; &;"}));
}

TEST(Transcript, WebVtt)
{
	EXPECT_THAT(parsed("WEBVTT - A speech\nKind: captions\n\nNOTE\nnot this --\n\nSTYLE\n::cue { color: red }\n\n"
			   "intro\n00:01.000 --> 00:02.500 align:start position:0%\n"
			   "<v Ms Adams>Bread &amp; butter</v>,\n<c.loud>now</c> &lt;<00:00:02.000>always&gt;\n\n"
			   "stray words\n\n100:00:00.000 --> 100:00:01.000\nlong &amp;lt;\n",
			   TranscriptFormat::vtt),
		    ElementsAre(Statement{1'000, 2'500, "Bread & butter, now <always>"},
				Statement{360'000'000, 360'001'000, "long &lt;"}));
}

TEST(Transcript, Table)
{
	EXPECT_THAT(
		parsed("text,end_ms,speaker,start_ms\r\n\"Good, \"\"old\"\"\nfriends\",2000,x,1000\r\n,3000,x,2000\r\n",
		       TranscriptFormat::csv),
		ElementsAre(Statement{1'000, 2'000, "Good, \"old\" friends"}));
}

// As players do, which never show them.
TEST(Transcript, CuesThatEndAsTheyBeginAreLeftOut)
{
	using enum TranscriptFormat;
	const auto expectLeftOut = [](std::string_view text, TranscriptFormat format) {
		const Result<Transcript> transcript = parseTranscript(text, format, "t");
		ASSERT_TRUE(transcript) << transcript.error().message;
		EXPECT_THAT(transcript->statements,
			    ElementsAre(Statement{1'000, 2'000, "one"}, Statement{5'000, 6'000, "two"}));
		EXPECT_EQ(transcript->left_out, 2U);
		EXPECT_EQ(transcript->remark("t"), "t: left out 2 that do not end after they began");
	};
	expectLeftOut("1\n00:00:01,000 --> 00:00:02,000\none\n\n2\n00:00:03,000 --> 00:00:03,000\nnever\n\nnot\n\n"
		      "3\n00:00:04,000 --> 00:00:03,500\nnor this\n\n4\n00:00:05,000 --> 00:00:06,000\ntwo\n",
		      srt);
	expectLeftOut("WEBVTT\n\n00:01.000 --> 00:02.000\none\n\n00:03.000 --> 00:03.000\nnever\n\n"
		      "00:04.000 --> 00:03.500\nnor this\n\n00:05.000 --> 00:06.000\ntwo\n",
		      vtt);
	expectLeftOut("start_ms,end_ms,text\n1000,2000,one\n3000,3000,never\n4000,3500,nor this\n5000,6000,two\n", csv);
	EXPECT_EQ(parseTranscript("00:00:01,000 --> 00:00:02,000\none\n", srt, "t")->remark("t"), "");
}

TEST(Transcript, WrongOnesAreRefusedWithTheirLine)
{
	using enum TranscriptFormat;
	EXPECT_THAT(refused("1\n00:00:01,000 --> later\nx\n", srt), HasSubstr("t line 2"));
	EXPECT_THAT(refused("1\n00:61:01,000 --> 01:00:00,000\nx\n", srt), HasSubstr("t line 2"));
	EXPECT_THAT(refused("1\n00:00:02,000 --> 00:00:02,000\nx\n", srt), HasSubstr("no statement"));
	EXPECT_THAT(refused("9999999:00:00,000 --> 00:00:01,000\nx\n", srt), HasSubstr("between 0 and"));
	EXPECT_THAT(refused("1\n99999999999999999999:00:02,000 --> 00:00:02,000\nx\n", srt), HasSubstr("t line 2"));
	EXPECT_THAT(refused("9999999:00:00,000 --> 9999999:00:01,000\nx\n", srt), HasSubstr("between 0 and"));
	EXPECT_THAT(refused("Dear all,\n", srt), HasSubstr("t line 1"));
	EXPECT_THAT(refused("", srt), HasSubstr("no statement"));
	EXPECT_THAT(refused("00:01.000 --> 00:02.000\nx\n", vtt), HasSubstr("WEBVTT"));
	EXPECT_THAT(refused("", vtt), HasSubstr("WEBVTT"));
	EXPECT_THAT(refused("WEBVTT\n", vtt), HasSubstr("no statement"));
	EXPECT_THAT(refused("start_ms,text\n1,x\n", csv), HasSubstr("columns"));
	EXPECT_THAT(refused("", csv), HasSubstr("columns"));
	EXPECT_THAT(refused("start_ms,end_ms,text\n1,2,x\n5,a,x\n", csv), HasSubstr("t line 3"));
	EXPECT_THAT(refused("start_ms,end_ms,text\n1\n", csv), HasSubstr("t line 2"));
	EXPECT_THAT(refused("start_ms,end_ms,text\n1,2,\"x\n", csv), HasSubstr("t line 2"));
}

// In a time that grows with their length, not with its square: minutes, otherwise, until the test's time-out.
TEST(Transcript, MarksAreTakenAwayInOneGo)
{
	std::string marks, words;
	for (int i = 0; i < 300'000; ++i) {
		marks += "<i>a</i> &amp;&lt; ";
		words += i == 0 ? "a &<" : " a &<";
	}
	const std::string time = "00:01.000 --> 00:02.000\n";
	using enum TranscriptFormat;
	EXPECT_EQ(parsed("WEBVTT\n\n" + time + marks, vtt).front().text, words);
	std::string joined;
	for (int i = 0; i < 1'000'000; ++i) {
		joined += "\uFEFF";
	}
	EXPECT_EQ(parsed(time + joined + "a" + joined, srt).front().text, "a");
	const std::string open(1'000'000, '<');
	EXPECT_EQ(parsed(time + open + " >", srt).front().text, open + " >");
}

TEST(Transcript, WhatMayNeverEndIsNotRead)
{
	const std::filesystem::path pipe =
		std::filesystem::temp_directory_path() / ("pulseline-" + randomId() + ".srt");
	ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
	EXPECT_THAT(readTranscript(pipe.string()).error().message, HasSubstr("is not a file"));
	std::filesystem::remove(pipe);
}

TEST(Transcript, TheNameSaysTheFormat)
{
	EXPECT_EQ(transcriptFormat("a/b.SRT"), TranscriptFormat::srt);
	EXPECT_EQ(transcriptFormat("b.vtt"), TranscriptFormat::vtt);
	EXPECT_EQ(transcriptFormat("b.csv"), TranscriptFormat::csv);
	EXPECT_EQ(transcriptFormat("b.txt"), std::nullopt);
	EXPECT_EQ(transcriptFormat(""), std::nullopt);
	EXPECT_THAT(readTranscript("nowhere.txt").error().message, HasSubstr(".srt, .vtt or .csv"));
	EXPECT_FALSE(readTranscript("nowhere.srt"));
}

} // namespace
} // namespace pulseline::session
