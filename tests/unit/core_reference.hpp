// What a cell should be, figured without the room's own arithmetic: sums without rounding, spread in two passes.
#pragma once

#include "core/series.hpp"

#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pulseline::reference {

// A sum without any rounding: parts that do not overlap (Shewchuk 1997), added up at the end.
class Exact {
public:
	void add(double value)
	{
		std::vector<double> parts;
		for (double part : parts_) {
			if (std::abs(value) < std::abs(part)) {
				std::swap(value, part);
			}
			const double sum = value + part;
			if (const double error = part - (sum - value); error != 0) {
				parts.push_back(error);
			}
			value = sum;
		}
		parts.push_back(value);
		parts_ = parts;
	}
	double value() const { return std::accumulate(parts_.begin(), parts_.end(), 0.0); }

private:
	std::vector<double> parts_;
};

struct ReferenceCell {
	std::set<std::uint32_t> present;
	std::vector<double> values; // one for each participant with a voice
};
inline void expectNear(double value, double expected, const std::string &what)
{
	EXPECT_LE(std::abs(value - expected), 1e-9 * std::abs(expected)) << what << ": " << value << " != " << expected;
}

inline void expectCell(const Cell &cell, const ReferenceCell &expected, const Scale &scale, const std::string &what)
{
	Exact sum, sum_sq;
	std::uint32_t likes = 0;
	std::uint32_t dislikes = 0;
	for (const double value : expected.values) {
		sum.add(value);
		sum_sq.add(value * value);
		sum_sq.add(std::fma(value, value, -value * value));
		likes += value > scale.neutral ? 1 : 0;
		dislikes += value < scale.neutral ? 1 : 0;
	}
	EXPECT_EQ(cell.present, expected.present.size()) << what;
	EXPECT_EQ(cell.n, expected.values.size()) << what;
	EXPECT_EQ(cell.likes, likes) << what;
	EXPECT_EQ(cell.dislikes, dislikes) << what;
	expectNear(cell.sum.value(), sum.value(), what + " sum");
	expectNear(cell.sum_sq.value(), sum_sq.value(), what + " sum_sq");
	const Figures row = figures(cell, Base::active, 1);
	if (cell.n < 2) {
		EXPECT_FALSE(row.sd) << what;
		return;
	}
	// The squares about the mean, in two passes and more digits.
	const auto n = static_cast<long double>(expected.values.size());
	long double total = 0;
	for (const double value : expected.values) {
		total += static_cast<long double>(value);
	}
	long double squares = 0;
	for (const double value : expected.values) {
		squares +=
			(static_cast<long double>(value) - total / n) * (static_cast<long double>(value) - total / n);
	}
	const auto sd = static_cast<double>(std::sqrt(squares / (n - 1)));
	if (sd > 1e-12) {
		expectNear(*row.sd, sd, what + " sd");
	} else {
		EXPECT_EQ(row.sd, 0) << what;
	}
	expectNear(*row.mean, static_cast<double>(total / n), what + " mean");
}

} // namespace pulseline::reference
