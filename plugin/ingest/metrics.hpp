// What the server counts of itself, and how /metrics says it. Plain numbers of the network thread, so that counting
// costs an addition and nothing is allocated for a response.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pulseline::ingest {

// How long something took, in buckets.
struct Times {
	static constexpr std::array<double, 11> kBounds_s{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5};

	std::array<std::uint64_t, kBounds_s.size() + 1> counts{}; // each bucket alone; the last has no bound
	double sum_s = 0;

	void add(double seconds, std::uint64_t times = 1)
	{
		const auto bucket = std::ranges::lower_bound(kBounds_s, seconds) - kBounds_s.begin();
		counts[static_cast<std::size_t>(bucket)] += times;
		sum_s += seconds * static_cast<double>(times);
	}
};

// By a name of few: a wire's code, a role.
using Tally = std::map<std::string, std::uint64_t, std::less<>>;
inline void count(Tally &tally, std::string_view name, std::uint64_t times = 1)
{
	const auto found = tally.find(name);
	if (found != tally.end()) {
		found->second += times;
	} else {
		tally.emplace(name, times);
	}
}

// Of the network thread, since the server started.
struct Metrics {
	std::uint64_t opened = 0; // TCP connections
	Tally cut;                // by reason: "full", "crowded", "timeout", "rate"
	Tally joins;              // by role
	Tally joinsRefused;       // by code, `look` among them
	Tally messages;           // by type; "invalid": could not be read
	std::uint64_t duplicates = 0;
	Tally refused;            // responses, by code
	std::uint64_t slowed = 0; // times a connection came over its rate
	std::uint64_t skips = 0;  // times a slow reader was skipped forward
	std::uint64_t wrongCodes = 0;
	Times acks; // from a response's arrival until it may be acknowledged
};

// What the session behind the server knows.
struct BackendMetrics {
	struct Upstream {
		std::string name;  // as configured
		std::string state; // "connecting", "live", "waiting" or "disagrees"
	};
	std::uint64_t counted = 0;     // responses since the doors opened, whoever brought them
	std::uint64_t queued = 0;      // entries that wait for the disk
	std::uint64_t queuedBytes = 0; // what they take in memory
	Times commits;                 // that went well
	std::uint64_t commitFailures = 0;
	std::uint64_t participants = 0;
	std::vector<Upstream> upstreams;
};

// How many are connected, by what they are: "participant", "silent" …
using Connected = std::vector<std::pair<std::string_view, std::size_t>>;

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
// The Prometheus text format 0.0.4.
std::string metricsText(const Metrics &metrics, const BackendMetrics &backend, const Connected &connected, bool ready);

} // namespace pulseline::ingest
