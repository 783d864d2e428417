// Quantiles of Student's t distribution (Boost.Math), remembered. Any thread.
#pragma once

#include <cstdint>

namespace pulseline {

// The 0.975 quantile for `degrees` >= 1 degrees of freedom: half the width of a 95 % interval, in standard errors.
double studentT975(std::uint32_t degrees);

} // namespace pulseline
