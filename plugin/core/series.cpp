#include "core/series.hpp"

#include "core/student_t.hpp"

#include <cmath>

namespace pulseline {

std::string_view toText(Base base)
{
	return base == Base::active ? "active" : "present";
}

std::optional<Base> baseFromText(std::string_view text)
{
	for (const Base base : {Base::active, Base::present}) {
		if (toText(base) == text) {
			return base;
		}
	}
	return std::nullopt;
}

std::string_view toText(Majority majority)
{
	switch (majority) {
	case Majority::suppressed:
		return "suppressed";
	case Majority::neutral:
		return "neutral";
	case Majority::divided:
		return "divided";
	case Majority::like:
		return "like";
	case Majority::dislike:
		return "dislike";
	}
	return {};
}

Majority majorityOf(std::uint32_t n, std::uint32_t likes, std::uint32_t dislikes)
{
	const std::uint32_t neutral = n - likes - dislikes;
	if (neutral >= likes && neutral >= dislikes) {
		return Majority::neutral;
	}
	const double difference = static_cast<double>(likes) - static_cast<double>(dislikes);
	const double variance =
		static_cast<double>(likes) + static_cast<double>(dislikes) - difference * difference / n;
	if (std::abs(difference) <= 1.96 * std::sqrt(std::max(0.0, variance))) {
		return Majority::divided;
	}
	return difference > 0 ? Majority::like : Majority::dislike;
}

Figures figures(const Cell &cell, Base base, std::uint32_t min_n)
{
	Figures row;
	row.n = cell.n;
	if (cell.n < min_n || cell.n == 0) {
		return row;
	}
	const double n = cell.n;
	const double difference = static_cast<double>(cell.likes) - static_cast<double>(cell.dislikes);
	row.majority = majorityOf(cell.n, cell.likes, cell.dislikes);
	row.present = cell.present;
	row.likes = cell.likes;
	row.dislikes = cell.dislikes;
	row.mean = cell.sum.over(n);
	if (cell.n >= 2) {
		row.sd = std::sqrt(squaredDeviations(n, cell.sum, cell.sum_sq) / (n - 1));
		const double half = studentT975(cell.n - 1) * *row.sd / std::sqrt(n);
		row.ci_low = *row.mean - half;
		row.ci_high = *row.mean + half;
	}
	const double whole = base == Base::active ? n : cell.present;
	if (whole > 0) {
		row.net = 100 * difference / whole;
	}
	if (cell.present > 0) {
		row.activity = n / cell.present;
	}
	return row;
}

} // namespace pulseline
