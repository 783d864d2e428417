// The figures of a tick, each worked out by hand, and the quantiles against published tables.
#include "core/series.hpp"
#include "core/student_t.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <gtest/gtest.h>

namespace pulseline {
namespace {

Cell cellOf(std::initializer_list<double> values, std::uint32_t present, double neutral)
{
	Cell cell;
	cell.present = present;
	for (const double value : values) {
		++cell.n;
		cell.likes += value > neutral ? 1 : 0;
		cell.dislikes += value < neutral ? 1 : 0;
		cell.sum.add(value);
		cell.sum_sq.addSquare(value, 1);
	}
	return cell;
}

void expectSuppressed(const Figures &row, std::uint32_t n)
{
	EXPECT_EQ(row.n, n);
	EXPECT_EQ(row.majority, Majority::suppressed);
	EXPECT_TRUE(row.suppressed());
	EXPECT_FALSE(row.present || row.likes || row.dislikes || row.mean || row.sd || row.ci_low || row.ci_high ||
		     row.net || row.activity);
}

TEST(Figures, OfButtons)
{
	// 1 1 -1 0 1 of 8 present: sum 2, sum of squares 4.
	const Cell cell = cellOf({1, 1, -1, 0, 1}, 8, 0);
	const Figures row = figures(cell, Base::active, 5);
	EXPECT_EQ(row.n, 5U);
	EXPECT_EQ(row.present, 8U);
	EXPECT_EQ(row.likes, 3U);
	EXPECT_EQ(row.dislikes, 1U);
	EXPECT_DOUBLE_EQ(*row.mean, 0.4);              // 2 / 5
	EXPECT_DOUBLE_EQ(*row.sd, 0.8944271909999159); // sqrt((4 - 5 * 0.16) / 4) = sqrt(0.8)
	// t(0.975, 4) = 2.7764451; * sd / sqrt(5) = * sqrt(0.8 / 5) = * 0.4 = 1.1105780
	EXPECT_NEAR(*row.ci_low, 0.4 - 1.1105780, 1e-7);
	EXPECT_NEAR(*row.ci_high, 0.4 + 1.1105780, 1e-7);
	EXPECT_DOUBLE_EQ(*row.net, 40);         // 100 * (3 - 1) / 5
	EXPECT_DOUBLE_EQ(*row.activity, 0.625); // 5 / 8
	// neutral 1 < likes 3; |2| <= 1.96 * sqrt(4 - 4 / 5) = 3.506
	EXPECT_EQ(row.majority, Majority::divided);
	EXPECT_DOUBLE_EQ(*figures(cell, Base::present, 5).net, 25); // 100 * (3 - 1) / 8
	EXPECT_DOUBLE_EQ(*figures(cell, Base::present, 5).mean, 0.4);
}

TEST(Figures, OfADial)
{
	// 40 55 60 70.5 50, neutral 50: sum 275.5, squares 1600 + 3025 + 3600 + 4970.25 + 2500 = 15695.25.
	const Figures row = figures(cellOf({40, 55, 60, 70.5, 50}, 5, 50), Base::active, 5);
	EXPECT_EQ(row.likes, 3U);
	EXPECT_EQ(row.dislikes, 1U);
	EXPECT_DOUBLE_EQ(*row.mean, 55.1);
	EXPECT_NEAR(*row.sd, 11.3490087673, 1e-10); // sqrt((15695.25 - 5 * 3036.01) / 4) = sqrt(128.8)
	// 2.776445105 * 11.3490087673 / 2.2360679775 = 14.0916556
	EXPECT_NEAR(*row.ci_low, 55.1 - 14.0916556, 1e-7);
	EXPECT_NEAR(*row.ci_high, 55.1 + 14.0916556, 1e-7);
	EXPECT_DOUBLE_EQ(*row.activity, 1);
}

TEST(Figures, BelowMinNOnlyNAndSuppressed)
{
	const Cell four = cellOf({1, 1, 1, 1}, 9, 0);
	expectSuppressed(figures(four, Base::active, kDefaultMinN), 4);
	EXPECT_FALSE(figures(four, Base::active, 4).suppressed());
	EXPECT_FALSE(figures(cellOf({1, 1, 1, 1, 1}, 9, 0), Base::active, kDefaultMinN).suppressed());
}

TEST(Figures, OfOneHaveNoSpread)
{
	const Figures row = figures(cellOf({1}, 4, 0), Base::active, 1);
	EXPECT_EQ(row.mean, 1);
	EXPECT_EQ(row.net, 100);
	EXPECT_EQ(row.activity, 0.25);
	EXPECT_EQ(row.majority, Majority::like); // 1 > 1.96 * sqrt(1 - 1 / 1)
	EXPECT_FALSE(row.sd || row.ci_low || row.ci_high);
}

TEST(Figures, OfNobodyAreEmpty)
{
	expectSuppressed(figures({}, Base::active, 1), 0);
	expectSuppressed(figures(cellOf({}, 7, 0), Base::present, 1), 0);
	expectSuppressed(figures(cellOf({}, 7, 0), Base::present, 0), 0);
}

TEST(Figures, OfTwoDifferAsTheyShould)
{
	const Figures row = figures(cellOf({0, 1}, 2, 0), Base::active, 2);
	EXPECT_DOUBLE_EQ(*row.sd, 0.70710678118654752);   // sqrt((1 - 2 * 0.25) / 1)
	EXPECT_NEAR(*row.ci_high, 0.5 + 6.3531024, 1e-6); // 12.7062047 * 0.7071068 / 1.4142136
}

TEST(Figures, OfEqualValuesAreThatValueWithoutSpread)
{
	// In plain doubles ten times 0.1 is not 1, and the variance is a rounding's.
	for (const double value : {0.1, 0.7, 33.3, 99.9, 1e-3, 1234.567}) {
		for (const int n : {2, 3, 7, 10, 49, 1000, 9999}) {
			Cell cell;
			cell.present = cell.n = static_cast<std::uint32_t>(n);
			for (int i = 0; i < n; ++i) {
				cell.sum.add(value);
				cell.sum_sq.addSquare(value, 1);
			}
			const Figures row = figures(cell, Base::active, 1);
			EXPECT_EQ(row.mean, value) << n;
			EXPECT_EQ(row.sd, 0) << value << " * " << n;
			EXPECT_EQ(row.ci_low, value);
			EXPECT_EQ(row.ci_high, value);
		}
	}
}

TEST(Figures, KeepASmallSpreadAboutALargeMean)
{
	// 1e8 + {1, 2, 3}: sd 1; with n * mean^2 in plain doubles it drowns (1e16 has steps of 2).
	const Figures row = figures(cellOf({100'000'001, 100'000'002, 100'000'003}, 3, 0), Base::active, 1);
	EXPECT_DOUBLE_EQ(*row.mean, 100'000'002);
	EXPECT_DOUBLE_EQ(*row.sd, 1);
}

TEST(Majority, NeutralWhenAtLeastAsManyAsEither)
{
	EXPECT_EQ(majorityOf(10, 3, 2), Majority::neutral); // 5 neutral
	EXPECT_EQ(majorityOf(10, 4, 2), Majority::neutral); // 4 neutral: a tie with the likes
	EXPECT_EQ(majorityOf(10, 2, 4), Majority::neutral); // with the dislikes
	EXPECT_EQ(majorityOf(12, 4, 4), Majority::neutral); // with both
	EXPECT_EQ(majorityOf(5, 0, 0), Majority::neutral);
}

TEST(Majority, DividedWithinTheErrorOfTheDifference)
{
	EXPECT_EQ(majorityOf(8, 4, 4), Majority::divided);
	EXPECT_EQ(majorityOf(10, 6, 1), Majority::like);    // 5 > 1.96 * sqrt(7 - 25 / 10) = 4.158
	EXPECT_EQ(majorityOf(10, 5, 2), Majority::divided); // 3 <= 1.96 * sqrt(7 - 9 / 10) = 4.841
	// No one neutral among 100: 18 <= 1.96 * sqrt(100 - 3.24) = 19.28; 20 > 1.96 * sqrt(100 - 4) = 19.20
	EXPECT_EQ(majorityOf(100, 59, 41), Majority::divided);
	EXPECT_EQ(majorityOf(100, 41, 59), Majority::divided);
	EXPECT_EQ(majorityOf(100, 60, 40), Majority::like);
	EXPECT_EQ(majorityOf(100, 40, 60), Majority::dislike);
	// 1,000 of 10,000 neutral: 186 <= 1.96 * sqrt(9000 - 3.4596) = 185.904 is false, 184 <= 185.906 is true
	EXPECT_EQ(majorityOf(10'000, 4592, 4408), Majority::divided);
	EXPECT_EQ(majorityOf(10'000, 4593, 4407), Majority::like);
	EXPECT_EQ(majorityOf(10'000, 4407, 4593), Majority::dislike);
}

TEST(Majority, AllOfOneMind)
{
	EXPECT_EQ(majorityOf(5, 5, 0), Majority::like); // the error is 1.96 * sqrt(5 - 25 / 5) = 0
	EXPECT_EQ(majorityOf(5, 0, 5), Majority::dislike);
}

TEST(StudentT, IsThatOfThePublishedTables)
{
	// NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.975.
	const std::pair<std::uint32_t, double> table[] = {
		{1, 12.706},  {2, 4.303},  {3, 3.182},  {4, 2.776},  {5, 2.571},  {9, 2.262},
		{10, 2.228},  {19, 2.093}, {29, 2.045}, {30, 2.042}, {40, 2.021}, {60, 2.000},
		{100, 1.984}, {50, 2.009}, {75, 1.992}, {90, 1.987}, {99, 1.984},
	};
	for (const auto &[degrees, quantile] : table) {
		EXPECT_NEAR(studentT975(degrees), quantile, 0.0005) << degrees;
	}
	EXPECT_NEAR(studentT975(1), 12.706204736174704, 1e-12); // tan(0.475 pi)
	EXPECT_NEAR(studentT975(2), 4.302652729749464, 1e-13);  // 0.95 * sqrt(2 / (1 - 0.95^2))
	EXPECT_NEAR(studentT975(4'000'000'000U), 1.959963984540054, 1e-8);
}

TEST(StudentT, ManyDegreesAgreeWithTheLongWay)
{
	for (const std::uint32_t degrees : {1000U, 1023U, 1024U, 1025U, 2000U, 4096U, 9999U, 100'000U, 10'000'000U}) {
		const double quantile =
			boost::math::quantile(boost::math::students_t_distribution<double>(degrees), 0.975);
		EXPECT_NEAR(studentT975(degrees), quantile, 1e-13) << degrees;
		EXPECT_GT(studentT975(degrees - 1), studentT975(degrees));
	}
}

TEST(Base, HasItsWords)
{
	EXPECT_EQ(baseFromText("active"), Base::active);
	EXPECT_EQ(baseFromText("present"), Base::present);
	EXPECT_FALSE(baseFromText("Present"));
	EXPECT_EQ(toText(Base::present), "present");
	EXPECT_EQ(toText(Majority::divided), "divided");
	EXPECT_EQ(toText(Majority::suppressed), "suppressed");
}

} // namespace
} // namespace pulseline
