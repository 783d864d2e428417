// Segments, and what settings a session may have.
#include "core/segment.hpp"
#include "core/snapshot.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace pulseline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<Attribute> kAttributes{{"age", "Age", {"young", "old"}},
					 {"party", "Party", {"red", "blue", "other"}}};
//                                     0                1                 2               3              4
const std::vector<Stratum> kStrata{{"young", "red"}, {"young", "blue"}, {"old", "red"}, {"old", ""}, {"", "other"}};

std::vector<std::uint32_t> strataOf(std::string_view expression)
{
	const auto segment = parseSegment("S", expression, kAttributes);
	EXPECT_TRUE(segment) << segment.error().message;
	return segment ? segment->strata(kStrata) : std::vector<std::uint32_t>{99};
}

std::string failureOf(std::string_view expression)
{
	const auto segment = parseSegment("S", expression, kAttributes);
	return segment ? "" : segment.error().message;
}

TEST(Segment, OfEverybody)
{
	EXPECT_EQ(everybody().name, "All");
	EXPECT_THAT(everybody().strata(kStrata), ElementsAre(0, 1, 2, 3, 4));
	EXPECT_THAT(strataOf(""), ElementsAre(0, 1, 2, 3, 4));
}

TEST(Segment, BarIsOrSemicolonIsAnd)
{
	EXPECT_THAT(strataOf("age=young"), ElementsAre(0, 1));
	EXPECT_THAT(strataOf("party=red|blue"), ElementsAre(0, 1, 2));
	EXPECT_THAT(strataOf("age=old;party=red|blue"), ElementsAre(2));
	EXPECT_THAT(strataOf("party=other;age=young|old"), IsEmpty());
	EXPECT_THAT(strataOf("age=young;age=old"), IsEmpty()); // no one is both
}

TEST(Segment, MayOverlap)
{
	EXPECT_THAT(strataOf("age=old"), ElementsAre(2, 3));
	EXPECT_THAT(strataOf("party=red"), ElementsAre(0, 2));
}

TEST(Segment, NamesTheUnanswered)
{
	EXPECT_THAT(strataOf("party="), ElementsAre(3));
	EXPECT_THAT(strataOf("age="), ElementsAre(4));
	EXPECT_THAT(strataOf("age=old|"), ElementsAre(2, 3, 4));
	EXPECT_THAT(strataOf("age=nobody"), IsEmpty());
}

TEST(Segment, ValuesMayHaveEqualsSigns)
{
	const std::vector<Attribute> attributes{{"a", "", {}}};
	const auto segment = parseSegment("S", "a=x=1|y", attributes);
	ASSERT_TRUE(segment);
	EXPECT_TRUE(segment->contains({"x=1"}));
	EXPECT_TRUE(segment->contains({"y"}));
	EXPECT_FALSE(segment->contains({"x"}));
}

TEST(Segment, RefusesWhatItCannotRead)
{
	EXPECT_THAT(failureOf("income=high"), HasSubstr("no attribute 'income'"));
	EXPECT_THAT(failureOf("age"), HasSubstr("attribute=value"));
	EXPECT_THAT(failureOf("age=old;"), HasSubstr("attribute=value"));
	EXPECT_THAT(failureOf("=old"), HasSubstr("no attribute ''"));
	EXPECT_THAT(failureOf("Age=old"), HasSubstr("no attribute 'Age'"));
}

TEST(Segment, KeepsNameAndExpression)
{
	const auto segment = parseSegment("The old", "age=old", kAttributes);
	ASSERT_TRUE(segment);
	EXPECT_EQ(segment->name, "The old");
	EXPECT_EQ(segment->expression, "age=old");
}

TEST(Segment, DefaultsAreOneForEachListedValue)
{
	std::vector<std::string> names;
	for (const Segment &segment : defaultSegments(kAttributes)) {
		names.push_back(segment.name);
		// What they are written as reads back to the same strata.
		EXPECT_EQ(segment.strata(kStrata), strataOf(segment.expression));
	}
	EXPECT_THAT(names, ElementsAre("All", "young", "old", "red", "blue", "other"));
}

TEST(Segment, DefaultsThatWouldShareANameSayTheirAttribute)
{
	const std::vector<Attribute> attributes{
		{"owns", "", {"yes", "no"}}, {"rents", "", {"yes", "All"}}, {"free", "", {}}};
	std::vector<std::string> names;
	for (const Segment &segment : defaultSegments(attributes)) {
		names.push_back(segment.name);
	}
	EXPECT_THAT(names, ElementsAre("All", "owns: yes", "no", "rents: yes", "rents: All"));
}

// What `check` says of good settings with one change.
std::string faultOf(const std::function<void(Settings &)> &change)
{
	Settings settings;
	settings.attributes = kAttributes;
	change(settings);
	const auto fault = check(settings);
	return fault ? fault->message : "";
}

TEST(SettingsCheck, WantsUtf8)
{
	const auto titled = [](std::string title) { return faultOf([title](Settings &s) { s.title = title; }); };
	for (const char *good :
	     {"", "Alderford", "Bücherei", "библиотека", "\xE2\x82\xAC", "\xF0\x9F\x93\x9A", "\xED\x9F\xBF"}) {
		EXPECT_EQ(titled(good), "") << good;
	}
	for (const char *bad :
	     {"\xFF", "\xC3", "\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF0\x9F\x93"}) {
		EXPECT_NE(titled(bad), "") << bad;
	}
	EXPECT_NE(faultOf([](Settings &s) { s.targets = {"t\xFF"}; }), "");
	EXPECT_NE(faultOf([](Settings &s) { s.attributes = {{"a", "", {"\xFF"}}}; }), "");
}

TEST(SettingsCheck, PassesWhatASessionMayBe)
{
	EXPECT_EQ(faultOf([](Settings &) {}), "");
	EXPECT_EQ(faultOf([](Settings &s) { s.scale = {1, 7, 4}; }), "");
	EXPECT_EQ(faultOf([](Settings &s) { s.scale = {0, 100, 0}; }), ""); // neutral at an end
	EXPECT_EQ(faultOf([](Settings &s) { s.tick_ms = 250; }), "");
	EXPECT_EQ(faultOf([](Settings &s) { s.tick_ms = 60'000; }), "");
	EXPECT_EQ(faultOf([](Settings &s) { s.duration_ms = 1; }), "");
	EXPECT_EQ(faultOf([](Settings &s) { s.targets = {"A", "B"}; }), "");
	EXPECT_EQ(faultOf([](Settings &s) { s.attributes = {{"free", "", {}}}; }), "");
}

TEST(SettingsCheck, RefusesScales)
{
	constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
	constexpr double kInfinite = std::numeric_limits<double>::infinity();
	for (const Scale &scale : {Scale{1, 1, 1}, Scale{1, -1, 0}, Scale{0, 100, 101}, Scale{0, 100, -1},
				   Scale{kNaN, 1, 0}, Scale{0, kNaN, 0}, Scale{0, 1, kNaN}, Scale{-kInfinite, 1, 0},
				   Scale{0, kInfinite, 0}, Scale{0, 1e101, 0}}) {
		EXPECT_THAT(faultOf([&](Settings &s) { s.scale = scale; }), HasSubstr("scale"));
	}
}

TEST(SettingsCheck, RefusesTimes)
{
	for (const std::int64_t tick_ms : {0LL, 249LL, 60'001LL, -5000LL}) {
		EXPECT_THAT(faultOf([&](Settings &s) { s.tick_ms = tick_ms; }), HasSubstr("tick"));
	}
	EXPECT_THAT(faultOf([](Settings &s) { s.lag_ms = -1; }), HasSubstr("lag"));
	EXPECT_THAT(faultOf([](Settings &s) { s.lag_ms = 60'001; }), HasSubstr("lag"));
	EXPECT_THAT(faultOf([](Settings &s) { s.audience_delay_ms = -1; }), HasSubstr("delay"));
	EXPECT_THAT(faultOf([](Settings &s) { s.duration_ms = 0; }), HasSubstr("duration"));
	EXPECT_THAT(faultOf([](Settings &s) { s.duration_ms = kMaxPosition_ms + 1; }), HasSubstr("duration"));
}

TEST(SettingsCheck, RefusesNames)
{
	EXPECT_THAT(faultOf([](Settings &s) { s.targets = {}; }), HasSubstr("targets"));
	EXPECT_THAT(faultOf([](Settings &s) { s.targets = {"A", "A"}; }), HasSubstr("targets"));
	EXPECT_THAT(faultOf([](Settings &s) { s.targets = {""}; }), HasSubstr("targets"));
	EXPECT_THAT(faultOf([](Settings &s) { s.attributes = {{"", "", {}}}; }), HasSubstr("attribute names"));
	EXPECT_THAT(faultOf([](Settings &s) { s.attributes = {{"a=b", "", {}}}; }), HasSubstr("attribute names"));
	EXPECT_THAT(faultOf([](Settings &s) { s.attributes = {{"a", "", {}}, {"a", "", {}}}; }), HasSubstr("twice"));
	EXPECT_THAT(faultOf([](Settings &s) { s.attributes = {{"a", "", {"x", "x"}}}; }), HasSubstr("twice"));
	EXPECT_THAT(faultOf([](Settings &s) { s.attributes = {{"a", "", {"x|y"}}}; }), HasSubstr("values of 'a'"));
	EXPECT_THAT(faultOf([](Settings &s) { s.attributes = {{"a", "", {""}}}; }), HasSubstr("values of 'a'"));
}

TEST(Words, ReadBack)
{
	for (const Mode mode : {Mode::reset, Mode::latched}) {
		EXPECT_EQ(modeFromText(toText(mode)), mode);
	}
	for (const Stamp stamp : {Stamp::server, Stamp::client, Stamp::corrected}) {
		EXPECT_EQ(stampFromText(toText(stamp)), stamp);
	}
	for (const auto state :
	     {PlaybackState::stopped, PlaybackState::playing, PlaybackState::paused, PlaybackState::ended}) {
		EXPECT_EQ(playbackStateFromText(toText(state)), state);
	}
	EXPECT_FALSE(modeFromText("dial"));
	EXPECT_EQ(toText(PlaybackState::paused), "paused");
}

TEST(Snapshot, KnowsThePositionOnScreen)
{
	using std::chrono::milliseconds;
	Snapshot snapshot;
	const SteadyTime at{};
	snapshot.playbackAt = at;
	snapshot.playback = {0, PlaybackState::paused, 7000, 1, 0};
	EXPECT_EQ(snapshot.position_ms(at + milliseconds(500)), 7000);
	snapshot.playback.state = PlaybackState::playing;
	EXPECT_EQ(snapshot.position_ms(at + milliseconds(500)), 7500);
	EXPECT_EQ(snapshot.position_ms(at - milliseconds(500)), 7000); // never back before its start
	snapshot.playback.rate = 2;
	EXPECT_EQ(snapshot.position_ms(at + milliseconds(500)), 8000);
	snapshot.duration_ms = 7600;
	EXPECT_EQ(snapshot.position_ms(at + milliseconds(500)), 7600);
}

TEST(Snapshot, FindsByName)
{
	Settings settings;
	settings.targets = {"A", "B"};
	Snapshot snapshot;
	snapshot.settings = std::make_shared<Settings>(settings);
	snapshot.segments = defaultSegments(kAttributes);
	EXPECT_EQ(snapshot.findTarget(""), 0U);
	EXPECT_EQ(snapshot.findTarget("B"), 1U);
	EXPECT_EQ(snapshot.findTarget("C"), std::nullopt);
	EXPECT_EQ(snapshot.findSegment("All"), 0U);
	EXPECT_EQ(snapshot.findSegment("nobody"), std::nullopt);
	snapshot.sums = Cells(2);
	snapshot.sums.edit(1, 1, 3) = {9, 5, 5, 0, {5, 0}, {5, 0}};
	EXPECT_EQ(snapshot.figuresAt(1, 1, 3, Base::present, 5).net, 100.0 * 5 / 9);
	EXPECT_TRUE(snapshot.figuresAt(1, 1, 4, Base::present, 5).suppressed());
}

} // namespace
} // namespace pulseline
