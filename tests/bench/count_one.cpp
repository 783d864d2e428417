// count_one: what it costs to count one response, in nanoseconds. 10,000 people with buttons over ten minutes of a
// speech; in each tick everybody sends once, in another order each time: a press, or "present, no press", and every
// eighth changes the press within the tick.
//
// The peer keeps the same rule (highest pass, then highest seq) in a hash map by participant, target and tick, with
// cells of plain doubles.
#include "bench/bench.hpp"
#include "core/counter.hpp"

#include <numeric>
#include <random>
#include <unordered_map>

using namespace pulseline;

namespace {

constexpr std::uint32_t kParticipants = 10'000;
constexpr std::uint32_t kStrata = 40;
constexpr std::int64_t kTicks = 120;
constexpr int kRounds = 7;

std::vector<Response> makeStream()
{
	std::mt19937_64 random(20240611);
	std::vector<std::uint32_t> order(kParticipants);
	std::iota(order.begin(), order.end(), 0U);
	std::vector<std::uint64_t> seq(kParticipants, 0);
	std::vector<Response> stream;
	for (std::int64_t tick = 0; tick < kTicks; ++tick) {
		std::ranges::shuffle(order, random);
		for (const std::uint32_t participant : order) {
			for (int send = random() % 8 == 0 ? 2 : 1; send > 0; --send) {
				const auto offset_ms = static_cast<std::int64_t>(random() % 5000);
				Response response{participant, 0, ++seq[participant], tick * 5000 + offset_ms, 0, {}};
				if (const auto press = random() % 4; press < 3) {
					response.value = static_cast<double>(press) - 1;
				}
				stream.push_back(response);
			}
		}
	}
	return stream;
}

class HashCounter {
public:
	struct Cell {
		std::uint32_t present = 0, n = 0, likes = 0, dislikes = 0;
		double sum = 0, sum_sq = 0;
	};

	void count(const Response &response)
	{
		const std::int64_t tick = tickOf(response.position_ms, 0, kDefaultTick_ms);
		const auto [found, fresh] = entries_.try_emplace({response.participant, response.target, tick});
		Entry &entry = found->second;
		Cell &cell = cells_[{response.participant % kStrata, response.target, tick}];
		if (fresh) {
			++cell.present;
			entry.pass = response.pass;
		}
		if (response.pass < entry.pass) {
			return;
		}
		const std::optional<double> before = entry.value;
		if (response.pass > entry.pass) {
			entry = {0, response.pass, {}};
		}
		if (response.value && response.seq > entry.seq) {
			entry.seq = response.seq;
			entry.value = response.value;
		}
		if (before != entry.value) {
			change(cell, before, -1);
			change(cell, entry.value, 1);
		}
	}

	const Cell &cell(std::uint32_t stratum, std::int64_t tick) { return cells_[{stratum, 0, tick}]; }

private:
	struct Key {
		std::uint32_t who, target;
		std::int64_t tick;
		bool operator==(const Key &) const = default;
	};
	struct Hash {
		std::size_t operator()(const Key &key) const
		{
			const std::uint64_t mixed = (std::uint64_t{key.who} << 32) ^ (std::uint64_t{key.target} << 24) ^
						    static_cast<std::uint64_t>(key.tick);
			return static_cast<std::size_t>(mixed * 0x9E3779B97F4A7C15ULL >> 16);
		}
	};
	struct Entry {
		std::uint64_t seq = 0;
		std::uint32_t pass = 0;
		std::optional<double> value;
	};

	static void change(Cell &cell, const std::optional<double> &value, int sign)
	{
		if (!value) {
			return;
		}
		cell.n += static_cast<std::uint32_t>(sign);
		cell.likes += *value > 0 ? static_cast<std::uint32_t>(sign) : 0;
		cell.dislikes += *value < 0 ? static_cast<std::uint32_t>(sign) : 0;
		cell.sum += sign * *value;
		cell.sum_sq += sign * *value * *value;
	}

	std::unordered_map<Key, Entry, Hash> entries_;
	std::unordered_map<Key, Cell, Hash> cells_;
};

} // namespace

int main()
{
	const std::vector<Response> stream = makeStream();
	const auto each = static_cast<double>(stream.size());
	std::uint64_t ourLikes = 0;
	std::uint64_t peerLikes = 0;

	const auto ours = [&] {
		Counter counter(1, {-1, 1, 0}, kDefaultTick_ms, 0);
		for (std::uint32_t participant = 0; participant < kParticipants; ++participant) {
			counter.addParticipant(participant % kStrata);
		}
		const double took_ns = bench::time_ns([&] {
			for (const Response &response : stream) {
				counter.count(response);
			}
		});
		ourLikes = 0;
		for (std::uint32_t stratum = 0; stratum < kStrata; ++stratum) {
			for (std::int64_t tick = 0; tick < kTicks; ++tick) {
				ourLikes += counter.cells().at(stratum, 0, tick).likes;
			}
		}
		return took_ns / each;
	};
	const auto peer = [&] {
		HashCounter counter;
		const double took_ns = bench::time_ns([&] {
			for (const Response &response : stream) {
				counter.count(response);
			}
		});
		peerLikes = 0;
		for (std::uint32_t stratum = 0; stratum < kStrata; ++stratum) {
			for (std::int64_t tick = 0; tick < kTicks; ++tick) {
				peerLikes += counter.cell(stratum, tick).likes;
			}
		}
		return took_ns / each;
	};
	bench::inTurn({"count_one", "ns/response", "hash map by participant, target and tick", {}, {}}, kRounds, ours,
		      peer)
		.print();
	if (ourLikes != peerLikes) {
		std::fputs("count_one: the two counts differ\n", stderr);
		return 1;
	}
	return 0;
}
