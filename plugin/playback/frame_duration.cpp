#include "playback/frame_duration.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::playback {
namespace {

constexpr std::size_t kSteps = 15;
constexpr double kShortest_ms = 1;
constexpr double kLongest_ms = 500; // longer steps are jumps

} // namespace

void FrameDuration::claim(double mean_ms)
{
	if (mean_ms != claimed_ms_) {
		claimed_ms_ = mean_ms;
		settle();
	}
}

void FrameDuration::see(double step_ms)
{
	if (step_ms <= kShortest_ms || step_ms >= kLongest_ms) {
		return;
	}
	steps_ms_.push_back(step_ms);
	if (steps_ms_.size() > kSteps) {
		steps_ms_.pop_front();
	}
	settle();
}

void FrameDuration::settle()
{
	const bool claimed = claimed_ms_ > kShortest_ms;
	if (steps_ms_.empty()) {
		value_ms_ = claimed ? claimed_ms_ : value_ms_;
		return;
	}
	std::deque<double> sorted = steps_ms_;
	const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
	std::ranges::nth_element(sorted, middle);
	value_ms_ = *middle;
	if (claimed && claimed_ms_ < 1.1 * *middle) {
		const double exact_ms = *middle / std::round(*middle / claimed_ms_);
		value_ms_ = std::abs(exact_ms - claimed_ms_) < 0.05 * claimed_ms_ ? exact_ms : claimed_ms_;
	}
}

} // namespace pulseline::playback
