// The figures of a segment in one tick, from its summed cell (README.md here, "Series").
#pragma once

#include "core/cells.hpp"

namespace pulseline {

// What the net is a share of: those with a value, or those present.
enum class Base { active, present };
std::string_view toText(Base base);
std::optional<Base> baseFromText(std::string_view text);

enum class Majority { suppressed, neutral, divided, like, dislike };
std::string_view toText(Majority majority);

// What is not defined is empty. Below min_n everything is empty but `n` and `majority` (suppressed).
struct Figures {
	std::uint32_t n = 0;
	Majority majority = Majority::suppressed;
	std::optional<std::uint32_t> present, likes, dislikes;
	std::optional<double> mean;
	std::optional<double> sd;              // sample standard deviation, n >= 2
	std::optional<double> ci_low, ci_high; // mean -+ t(0.975, n - 1) * sd / sqrt(n)
	std::optional<double> net;             // 100 * (likes - dislikes) / base, in percent
	std::optional<double> activity;        // n / present, 0..1

	bool suppressed() const { return majority == Majority::suppressed; }
};

Figures figures(const Cell &cell, Base base, std::uint32_t min_n);

// `divided` if |likes - dislikes| <= 1.96 * sqrt(likes + dislikes - (likes - dislikes)^2 / n): the standard error of a
// difference of two shares of the same n (multinomial). Not for n < min_n.
Majority majorityOf(std::uint32_t n, std::uint32_t likes, std::uint32_t dislikes);

} // namespace pulseline
