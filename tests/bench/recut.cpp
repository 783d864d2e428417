// recut: the audience cut anew, in milliseconds: 100 strata x 1,440 ticks (two hours at 5 s) into 12 segments of 40
// strata each, every figure of every tick with its interval.
//
// The peer has no cells: it counts the 2,000 participants' responses (one a tick) again into the segments, in flat
// arrays of plain doubles, and makes the same figures. The row `recut_plain` compares with the strata's sums kept as
// plain doubles in one flat array instead: what it costs to carry sums to 32 digits.
#include "bench/bench.hpp"
#include "core/counter.hpp"
#include "core/series.hpp"
#include "core/student_t.hpp"

#include <array>
#include <cmath>
#include <random>

using namespace pulseline;

namespace {

constexpr std::uint32_t kStrata = 100;
constexpr std::uint32_t kParticipants = 2'000;
constexpr std::size_t kTicks = 1'440;
constexpr std::size_t kSegments = 12;
constexpr std::size_t kInSegment = 40;
constexpr int kRounds = 9;

struct PlainCell {
	std::uint32_t present = 0, n = 0, likes = 0, dislikes = 0;
	double sum = 0, sum_sq = 0;

	void add(double value)
	{
		++n;
		likes += value > 50 ? 1 : 0;
		dislikes += value < 50 ? 1 : 0;
		sum += value;
		sum_sq += value * value;
	}
	void add(const PlainCell &other)
	{
		present += other.present;
		n += other.n;
		likes += other.likes;
		dislikes += other.dislikes;
		sum += other.sum;
		sum_sq += other.sum_sq;
	}
};

// The figures of a tick in plain doubles.
Figures plainFigures(const PlainCell &cell)
{
	Figures row;
	row.n = cell.n;
	if (cell.n < kDefaultMinN) {
		return row;
	}
	const double n = cell.n;
	row.majority = majorityOf(cell.n, cell.likes, cell.dislikes);
	row.present = cell.present;
	row.likes = cell.likes;
	row.dislikes = cell.dislikes;
	row.mean = cell.sum / n;
	row.sd = std::sqrt(std::max(0.0, (cell.sum_sq - n * *row.mean * *row.mean) / (n - 1)));
	const double half = studentT975(cell.n - 1) * *row.sd / std::sqrt(n);
	row.ci_low = *row.mean - half;
	row.ci_high = *row.mean + half;
	row.net = 100 * (static_cast<double>(cell.likes) - static_cast<double>(cell.dislikes)) / n;
	row.activity = n / cell.present;
	return row;
}

struct Audience {
	std::vector<Response> responses;
	std::vector<std::vector<std::uint32_t>> segments; // strata
	Counter counter{1, {0, 100, 50}, kDefaultTick_ms, 0};
	std::vector<PlainCell> plain{kStrata * kTicks};

	Audience()
	{
		std::mt19937_64 random(20240612);
		for (std::uint32_t participant = 0; participant < kParticipants; ++participant) {
			counter.addParticipant(participant % kStrata);
		}
		std::uint64_t seq = 0;
		for (std::size_t tick = 0; tick < kTicks; ++tick) {
			++seq;
			for (std::uint32_t participant = 0; participant < kParticipants; ++participant) {
				const auto position_ms = static_cast<std::int64_t>(tick) * kDefaultTick_ms;
				const double value = static_cast<double>(random() % 1001) / 10;
				responses.push_back({participant, 0, seq, position_ms, 0, value});
				counter.count(responses.back());
				PlainCell &cell = plain[(participant % kStrata) * kTicks + tick];
				++cell.present;
				cell.add(value);
			}
		}
		std::vector<std::uint32_t> strata(kStrata);
		for (std::uint32_t stratum = 0; stratum < kStrata; ++stratum) {
			strata[stratum] = stratum;
		}
		for (std::size_t segment = 0; segment < kSegments; ++segment) {
			std::ranges::shuffle(strata, random);
			segments.emplace_back(strata.begin(), strata.begin() + kInSegment);
			std::ranges::sort(segments.back());
		}
	}
};

using Table = std::vector<std::vector<Figures>>; // by segment, by tick

// A stretch of ticks for all segments, then the next: what the segments share comes from memory once.
void recut(const Audience &audience, Table &table)
{
	constexpr std::size_t kStretch = 64;
	std::array<Cell, kStretch> sums;
	for (std::size_t from = 0; from < kTicks; from += kStretch) {
		const std::size_t count = std::min(kStretch, kTicks - from);
		for (std::size_t segment = 0; segment < kSegments; ++segment) {
			audience.counter.cells().sum(audience.segments[segment], 0, static_cast<std::int64_t>(from),
						     {sums.data(), count});
			for (std::size_t i = 0; i < count; ++i) {
				table[segment][from + i] = figures(sums[i], Base::active, kDefaultMinN);
			}
		}
	}
}

void recount(const Audience &audience, Table &table)
{
	std::vector<std::vector<std::uint32_t>> segmentsOf(kStrata);
	for (std::uint32_t segment = 0; segment < kSegments; ++segment) {
		for (const std::uint32_t stratum : audience.segments[segment]) {
			segmentsOf[stratum].push_back(segment);
		}
	}
	std::vector<PlainCell> sums(kSegments * kTicks);
	for (const Response &response : audience.responses) {
		const auto tick = static_cast<std::size_t>(tickOf(response.position_ms, 0, kDefaultTick_ms));
		for (const std::uint32_t segment : segmentsOf[response.participant % kStrata]) {
			PlainCell &cell = sums[segment * kTicks + tick];
			++cell.present;
			cell.add(*response.value);
		}
	}
	for (std::size_t segment = 0; segment < kSegments; ++segment) {
		for (std::size_t tick = 0; tick < kTicks; ++tick) {
			table[segment][tick] = plainFigures(sums[segment * kTicks + tick]);
		}
	}
}

void recutPlain(const Audience &audience, Table &table)
{
	std::vector<PlainCell> sums(kTicks);
	for (std::size_t segment = 0; segment < kSegments; ++segment) {
		std::ranges::fill(sums, PlainCell{});
		for (const std::uint32_t stratum : audience.segments[segment]) {
			for (std::size_t tick = 0; tick < kTicks; ++tick) {
				sums[tick].add(audience.plain[stratum * kTicks + tick]);
			}
		}
		for (std::size_t tick = 0; tick < kTicks; ++tick) {
			table[segment][tick] = plainFigures(sums[tick]);
		}
	}
}

bool agree(const Table &a, const Table &b)
{
	for (std::size_t segment = 0; segment < kSegments; ++segment) {
		for (std::size_t tick = 0; tick < kTicks; ++tick) {
			const Figures &left = a[segment][tick];
			const Figures &right = b[segment][tick];
			if (left.n != right.n || left.likes != right.likes || left.majority != right.majority ||
			    std::abs(*left.ci_high - *right.ci_high) > 1e-9 * *right.ci_high) {
				return false;
			}
		}
	}
	return true;
}

} // namespace

int main()
{
	const Audience audience;
	Table ours(kSegments, std::vector<Figures>(kTicks));
	Table peers = ours;
	const auto timed_ms = [&](auto way, Table &table) {
		return [&, way] { return bench::time_ns([&] { way(audience, table); }) / 1e6; };
	};
	bench::inTurn({"recut", "ms", "a recount of the responses", {}, {}}, kRounds, timed_ms(recut, ours),
		      timed_ms(recount, peers))
		.print();
	bool same = agree(ours, peers);
	bench::inTurn({"recut_plain", "ms", "strata's sums as plain doubles", {}, {}}, kRounds, timed_ms(recut, ours),
		      timed_ms(recutPlain, peers))
		.print();
	same = same && agree(ours, peers);
	if (!same) {
		std::fputs("recut: the tables differ\n", stderr);
		return 1;
	}
	return 0;
}
