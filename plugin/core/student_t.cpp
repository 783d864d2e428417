#include "core/student_t.hpp"

#include <array>
#include <atomic>
#include <boost/math/distributions/students_t.hpp>

namespace pulseline {

double studentT975(std::uint32_t degrees)
{
	// 0 is "not yet"; two threads that both find it compute the same number.
	static std::array<std::atomic<double>, 4096> known{};
	const auto compute = [degrees] {
		return boost::math::quantile(boost::math::students_t_distribution<double>(degrees), 0.975);
	};
	if (degrees >= known.size()) {
		return compute();
	}
	double quantile = known[degrees].load(std::memory_order_relaxed);
	if (quantile == 0) {
		quantile = compute();
		known[degrees].store(quantile, std::memory_order_relaxed);
	}
	return quantile;
}

} // namespace pulseline
