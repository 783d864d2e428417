#include "core/student_t.hpp"

#include <array>
#include <atomic>
#include <boost/math/distributions/students_t.hpp>

namespace pulseline {
namespace {

constexpr std::uint32_t kRemembered = 1024;

// Fisher's expansion about the normal quantile (Abramowitz and Stegun 26.7.5); from 1,024 degrees on, what it leaves
// out is below the last digit of a double.
double expanded(double degrees)
{
	constexpr double x = 1.959963984540054235524594430520551527955550;
	constexpr double x2 = x * x;
	constexpr double g1 = x * (x2 + 1) / 4;
	constexpr double g2 = x * ((5 * x2 + 16) * x2 + 3) / 96;
	constexpr double g3 = x * (((3 * x2 + 19) * x2 + 17) * x2 - 15) / 384;
	constexpr double g4 = x * ((((79 * x2 + 776) * x2 + 1482) * x2 - 1920) * x2 - 945) / 92160;
	const double inverse = 1 / degrees;
	return x + inverse * (g1 + inverse * (g2 + inverse * (g3 + inverse * g4)));
}

} // namespace

double studentT975(std::uint32_t degrees)
{
	if (degrees >= kRemembered) {
		return expanded(degrees);
	}
	// 0 is "not yet"; two threads that both find it compute the same number.
	static std::array<std::atomic<double>, kRemembered> known{};
	double quantile = known[degrees].load(std::memory_order_relaxed);
	if (quantile == 0) {
		quantile = boost::math::quantile(boost::math::students_t_distribution<double>(degrees), 0.975);
		known[degrees].store(quantile, std::memory_order_relaxed);
	}
	return quantile;
}

} // namespace pulseline
