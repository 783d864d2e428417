// Moments found by each rule in short curves, worked out by hand.
#include "core/moments.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace pulseline {
namespace {

constexpr double kNobody = std::numeric_limits<double>::quiet_NaN(); // a tick with too few

// Ticks with these means (sds for the polarising rule); the n of tick i is 10 + i.
std::vector<Figures> curve(const std::vector<double> &means, const std::vector<double> &sds = {})
{
	std::vector<Figures> series;
	for (std::size_t i = 0; i < means.size(); ++i) {
		Figures row;
		row.n = static_cast<std::uint32_t>(10 + i);
		if (!std::isnan(means[i])) {
			row.majority = Majority::divided;
			row.mean = means[i];
			row.sd = i < sds.size() ? sds[i] : 1;
		}
		series.push_back(row);
	}
	return series;
}

std::vector<Moment> absolute(const std::vector<double> &means, double threshold, double neutral,
			     std::int64_t merge_gap_ms = 5000)
{
	return findMoments(curve(means), Rule::absolute, threshold, neutral, 5000, merge_gap_ms);
}

void expectMoment(const Moment &moment, const Moment &expected)
{
	EXPECT_EQ(moment.start_ms, expected.start_ms);
	EXPECT_EQ(moment.end_ms, expected.end_ms);
	EXPECT_EQ(moment.peak_ms, expected.peak_ms);
	EXPECT_DOUBLE_EQ(moment.value, expected.value);
	EXPECT_EQ(moment.n, expected.n);
}

TEST(Moments, AbsoluteIsFartherFromNeutralThanTheThreshold)
{
	// |mean - 50|: 0 10 15 12 3 20 -> above 10: ticks 2 and 3 together, tick 5 alone (10 s after tick 3).
	const auto moments = absolute({50, 60, 65, 62, 53, 30}, 10, 50);
	ASSERT_EQ(moments.size(), 2U);
	expectMoment(moments[0], {10'000, 15'000, 10'000, 65, 12});
	expectMoment(moments[1], {25'000, 25'000, 25'000, 30, 15});
}

TEST(Moments, TheThresholdItselfDoesNotPass)
{
	EXPECT_TRUE(absolute({60, 40}, 10, 50).empty());
	EXPECT_EQ(absolute({60.001}, 10, 50).size(), 1U);
	// 60.1 - 50 is 10.100000000000001 in doubles, and still 10.1.
	EXPECT_TRUE(absolute({60.1, 39.9}, 10.1, 50).empty());
}

TEST(Moments, MergeWithinTheGapOfStarts)
{
	const std::vector<double> means{70, 50, 80, 50, 50, 75};
	// Starts 0, 10000, 25000.
	EXPECT_EQ(absolute(means, 10, 50, 5000).size(), 3U);
	EXPECT_EQ(absolute(means, 10, 50, 9999).size(), 3U);
	const auto two = absolute(means, 10, 50, 10'000);
	ASSERT_EQ(two.size(), 2U);
	expectMoment(two[0], {0, 10'000, 10'000, 80, 12});
	const auto one = absolute(means, 10, 50, 15'000);
	ASSERT_EQ(one.size(), 1U);
	expectMoment(one[0], {0, 25'000, 10'000, 80, 12});
	EXPECT_EQ(absolute({70, 70}, 10, 50, 4999).size(), 2U); // neighbours, 5000 apart
}

TEST(Moments, APeakAndAValleyThatTouchAreOneMoment)
{
	const auto moments = absolute({65, 30}, 10, 50);
	ASSERT_EQ(moments.size(), 1U);
	expectMoment(moments[0], {0, 5000, 5000, 30, 11}); // 20 below is farther than 15 above
}

TEST(Moments, AmongEqualsTheFirstIsThePeak)
{
	expectMoment(absolute({60, 70, 70, 65}, 5, 50).at(0), {0, 15'000, 5000, 70, 11});
	expectMoment(absolute({30, 70}, 5, 50).at(0), {0, 5000, 0, 30, 10}); // as far below as above
	// 4.1 and 3.9 are equally far from 4, though 4.1 - 4 < 4 - 3.9 in doubles.
	expectMoment(absolute({4.1, 3.9}, 0.05, 4).at(0), {0, 5000, 0, 4.1, 10});
}

TEST(Moments, TooFewNeitherPassNorBridge)
{
	// The middle tick has too few: the passing ones are 10 s apart.
	EXPECT_EQ(absolute({70, kNobody, 70}, 10, 50).size(), 2U);
	EXPECT_EQ(absolute({70, kNobody, 70}, 10, 50, 10'000).size(), 1U);
}

TEST(Moments, RelativeIsOutsideTheCurvesOwnBand)
{
	// 1 1 1 1 6: M = 2, SD = sqrt((4 * 1 + 16) / 4) = sqrt(5) = 2.236; |6 - 2| = 4 > 1.5 * SD = 3.354.
	const auto series = curve({1, 1, 1, 1, 6});
	const auto moments = findMoments(series, Rule::relative, 1.5, 99, 5000, 5000);
	ASSERT_EQ(moments.size(), 1U);
	expectMoment(moments[0], {20'000, 20'000, 20'000, 6, 14});
	EXPECT_TRUE(findMoments(series, Rule::relative, 1.8, 99, 5000, 5000).empty()); // 4 < 4.025
	// From 0.4 * SD = 0.894 on the flat part is out as well (|1 - 2| = 1).
	EXPECT_EQ(findMoments(series, Rule::relative, 0.4, 99, 5000, 5000).size(), 1U);
	EXPECT_EQ(findMoments(series, Rule::relative, 0.4, 99, 5000, 5000)[0].start_ms, 0);
}

TEST(Moments, RelativePeaksFarthestFromM)
{
	// 0 10 4: M = 4.667, SD = sqrt((21.78 + 28.44 + 0.44) / 2) = 5.033; above 0.9 * SD = 4.530: 0 (4.667), 10
	// (5.333).
	const auto moments = findMoments(curve({0, 10, 4}), Rule::relative, 0.9, 0, 5000, 5000);
	ASSERT_EQ(moments.size(), 1U);
	expectMoment(moments[0], {0, 5000, 5000, 10, 11});
}

TEST(Moments, TooFewDoNotEnterTheBand)
{
	// As above, with gaps: M and SD are of the five shown ticks alone.
	const auto series = curve({kNobody, 1, 1, kNobody, 1, 1, 6});
	const auto moments = findMoments(series, Rule::relative, 1.5, 0, 5000, 5000);
	ASSERT_EQ(moments.size(), 1U);
	expectMoment(moments[0], {30'000, 30'000, 30'000, 6, 16});
}

TEST(Moments, RelativeNeedsTwoTicks)
{
	EXPECT_TRUE(findMoments(curve({7}), Rule::relative, 0, 0, 5000, 5000).empty());
	EXPECT_TRUE(findMoments(curve({7, kNobody}), Rule::relative, 0, 0, 5000, 5000).empty());
	EXPECT_EQ(findMoments(curve({7, 8}), Rule::relative, 0.5, 0, 5000, 5000).size(), 1U);
	EXPECT_TRUE(findMoments({}, Rule::relative, 0, 0, 5000, 5000).empty());
}

TEST(Moments, AFlatCurveHasNone)
{
	for (const double level : {0.0, 0.1, 1.0 / 3, 50.3}) {
		for (const std::size_t ticks : {2U, 3U, 7U, 10U, 1440U}) {
			const auto series = curve(std::vector<double>(ticks, level));
			EXPECT_TRUE(findMoments(series, Rule::relative, 0, 0, 5000, 5000).empty()) << level << ticks;
		}
	}
	// Flat but for rounding: 0.1 + 0.2 is not 0.3 in doubles.
	EXPECT_TRUE(findMoments(curve({0.3, 0.1 + 0.2, 0.3}), Rule::relative, 0.5, 0, 5000, 5000).empty());
}

TEST(Moments, PolarisingIsALargeSpread)
{
	const auto series = curve({1, 2, 3, 4}, {0.5, 1.5, 1.2, 1.0});
	const auto moments = findMoments(series, Rule::polarising, 1, 0, 5000, 5000);
	ASSERT_EQ(moments.size(), 1U);
	expectMoment(moments[0], {5000, 10'000, 5000, 1.5, 11}); // its value is the sd
}

TEST(Moments, WhatHasNoSpreadDoesNotPolarise)
{
	auto series = curve({5, 5}, {0, 0});
	series[0].sd.reset(); // n = 1
	EXPECT_TRUE(findMoments(series, Rule::polarising, 0, 0, 5000, 5000).empty());
}

TEST(Rule, HasItsWords)
{
	for (const Rule rule : {Rule::absolute, Rule::relative, Rule::polarising}) {
		EXPECT_EQ(ruleFromText(toText(rule)), rule);
	}
	EXPECT_FALSE(ruleFromText("loud"));
}

} // namespace
} // namespace pulseline
