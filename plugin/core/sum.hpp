// A sum of doubles carried to about 32 digits, so that adding and taking back values in any order gives the same
// figure, and a variance does not drown in rounding. Any thread: a plain value.
//
// Error-free transformations after Dekker (1971) and Knuth (TAOCP 4.2.2); addition of double-doubles as
// "AccurateDWPlus- DW" and "DWPlusFP" in Joldes, Muller, Popescu, "Tight and rigorous error bounds for basic building
// blocks of double- word arithmetic" (2017): relative error below 2^-103. They rely on every operation being rounded to
// double: no -ffast-math, no contraction.
#pragma once

#include <cmath>

namespace pulseline {

struct Sum {
	double high = 0;
	double low = 0; // at most half a unit in the last place of `high`

	inline void add(double value);
	inline void add(Sum other);
	// Adds sign * value^2, for sign 1 or -1.
	inline void addSquare(double value, double sign);
	double value() const { return high + low; }
	// Divided by n and rounded once: the mean of equal values is that value.
	inline double over(double n) const;
	bool operator==(const Sum &) const = default;
};

// a + b exactly, as a rounded sum and its error.
inline Sum twoSum(double a, double b)
{
	const double sum = a + b;
	const double bPart = sum - a;
	return {sum, (a - (sum - bPart)) + (b - bPart)};
}

// The same for |a| >= |b|.
inline Sum quickTwoSum(double a, double b)
{
	const double sum = a + b;
	return {sum, b - (sum - a)};
}

// a * b exactly, as a rounded product and its error; for |a|, |b| below 2^996.
inline Sum twoProduct(double a, double b)
{
	const double product = a * b;
#ifdef FP_FAST_FMA
	return {product, std::fma(a, b, -product)};
#else
	// Without the instruction, std::fma is a call; halves of 26 bits multiply exactly.
	const auto halves = [](double value) {
		const double scaled = 134217729.0 * value; // 2^27 + 1
		const double high = scaled - (scaled - value);
		return Sum{high, value - high};
	};
	const Sum x = halves(a);
	const Sum y = halves(b);
	return {product, ((x.high * y.high - product) + x.high * y.low + x.low * y.high) + x.low * y.low};
#endif
}

inline void Sum::add(double value)
{
	const Sum highs = twoSum(high, value);
	*this = quickTwoSum(highs.high, highs.low + low);
}

inline void Sum::add(Sum other)
{
	Sum highs = twoSum(high, other.high);
	const Sum lows = twoSum(low, other.low);
	highs = quickTwoSum(highs.high, highs.low + lows.high);
	*this = quickTwoSum(highs.high, highs.low + lows.low);
}

inline void Sum::addSquare(double value, double sign)
{
	const Sum square = twoProduct(value, value);
	if (square.low == 0) { // whole numbers, halves …
		add(sign * square.high);
	} else {
		add({sign * square.high, sign * square.low});
	}
}

inline double Sum::over(double n) const
{
	const double quotient = high / n;
	const Sum back = twoProduct(quotient, n);
	return quotient + (((high - back.high) - back.low) + low) / n;
}

} // namespace pulseline
