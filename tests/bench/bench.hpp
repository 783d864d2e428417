// Two ways of doing the same work, timed in turn, so that a slow moment of the machine meets both. A benchmark prints
// one line of JSON, a row of build/bench.json: medians of the rounds, ratio = ours / peer.
#pragma once

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

namespace pulseline::bench {

inline double median(std::vector<double> values)
{
	std::ranges::sort(values);
	const std::size_t half = values.size() / 2;
	return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// The processor time that `work` takes, in nanoseconds: on a busy machine the clock on the wall tells of the others.
inline double time_ns(const std::function<void()> &work)
{
	const std::clock_t start = std::clock();
	work();
	return static_cast<double>(std::clock() - start) * (1e9 / CLOCKS_PER_SEC);
}

// Keeps the optimiser from leaving out what makes `value`.
template <typename T>
void keep(const T &value)
{
	static const volatile void *seen;
	seen = &value;
	(void)seen;
}

struct Row {
	std::string name;
	std::string unit;
	std::string peer; // what ours is compared with, in a few words
	std::vector<double> ours, others;

	void add(double our, double other)
	{
		ours.push_back(our);
		others.push_back(other);
	}
	void print() const
	{
		const double ourMedian = median(ours);
		const double peerMedian = median(others);
		std::printf("{\"name\": \"%s\", \"ours\": %.6g, \"peer\": %.6g, \"unit\": \"%s\", \"ratio\": %.6g, "
			    "\"runs\": %zu, \"against\": \"%s\"}\n",
			    name.c_str(), ourMedian, peerMedian, unit.c_str(), ourMedian / peerMedian, ours.size(),
			    peer.c_str());
	}
};

// `ours` and `peer` do the work once and return how long it took, in the row's unit. One round warms up.
inline Row inTurn(Row row, int rounds, const std::function<double()> &ours, const std::function<double()> &peer)
{
	for (int round = -1; round < rounds; ++round) {
		const double our = ours();
		const double other = peer();
		if (round >= 0) {
			row.add(our, other);
		}
	}
	return row;
}

} // namespace pulseline::bench
