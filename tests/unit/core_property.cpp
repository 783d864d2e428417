// The counter against a reference written straight from the rules: random sets of responses, in any order, with any
// duplicates, split over any number of counters.
#include "core/counter.hpp"
#include "unit/core_reference.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>

namespace pulseline {
namespace {

using reference::expectCell;
using reference::ReferenceCell;
using Random = std::mt19937_64;

// One random audience and everything it sent.
struct Case {
	std::uint32_t targets = 1;
	Scale scale;
	std::int64_t tick_ms = 5000;
	std::int64_t lag_ms = 0;
	std::vector<std::uint32_t> strata; // by participant
	std::vector<Response> responses;
};

std::uint64_t below(Random &random, std::uint64_t limit)
{
	return random() % limit;
}

Case makeCase(Random &random)
{
	Case made;
	made.targets = 1 + static_cast<std::uint32_t>(below(random, 3));
	const Scale scales[] = {{-1, 1, 0}, {-2, 2, 0}, {0, 100, 50}, {1, 7, 4}, {-0.3, 0.9, 0.1}};
	made.scale = scales[below(random, std::size(scales))];
	made.tick_ms = static_cast<std::int64_t>(250 + below(random, 6000));
	made.lag_ms = static_cast<std::int64_t>(below(random, 2) ? below(random, 3000) : 0);
	const std::uint64_t people = 1 + below(random, 12);
	const std::uint64_t length_ms = 1 + below(random, 400'000);
	const bool wide = below(random, 2) == 0; // far seqs and passes
	const double steps = below(random, 2) ? 10 : 1;
	for (std::uint32_t participant = 0; participant < people; ++participant) {
		made.strata.push_back(static_cast<std::uint32_t>(below(random, 4)));
		std::uint64_t seq = wide ? below(random, std::uint64_t{1} << (1 + below(random, 62))) : 0;
		std::uint32_t pass = wide ? static_cast<std::uint32_t>(below(random, 3000)) : 0;
		for (std::uint64_t left = below(random, 60); left > 0; --left) {
			seq += 1 + (wide && below(random, 8) == 0 ? below(random, 100'000) : 0);
			pass += below(random, 6) == 0 ? 1 + static_cast<std::uint32_t>(wide ? below(random, 300) : 0)
						      : 0;
			Response response{participant,
					  static_cast<std::uint32_t>(below(random, made.targets)),
					  seq,
					  static_cast<std::int64_t>(below(random, length_ms)),
					  // A client that plays the speech itself may name any pass.
					  below(random, 8) == 0 ? static_cast<std::uint32_t>(below(random, 3)) : pass,
					  {}};
			if (below(random, 4) != 0) {
				const double span = (made.scale.max - made.scale.min) * steps;
				const auto step =
					static_cast<double>(below(random, 1 + static_cast<std::uint64_t>(span)));
				response.value =
					std::clamp(made.scale.min + step / steps, made.scale.min, made.scale.max);
			}
			made.responses.push_back(response);
		}
	}
	return made;
}

using Place = std::tuple<std::uint32_t, std::uint32_t, std::int64_t>; // stratum or participant, target, tick
using Reference = std::map<Place, ReferenceCell>;

// "Within (participant, target, tick) only the highest pass with any response counts, and in it the non-null value with
// the highest seq." "present: participants with any response in the tick, null or not, for any target."
Reference byTheRules(const Case &of)
{
	std::map<Place, std::vector<Response>> voices;
	Reference cells;
	for (const Response &response : of.responses) {
		const auto shifted = static_cast<double>(std::max<std::int64_t>(0, response.position_ms - of.lag_ms));
		const auto tick = static_cast<std::int64_t>(std::floor(shifted / static_cast<double>(of.tick_ms)));
		voices[{response.participant, response.target, tick}].push_back(response);
		for (std::uint32_t target = 0; target < of.targets; ++target) {
			cells[{of.strata[response.participant], target, tick}].present.insert(response.participant);
		}
	}
	for (const auto &[place, said] : voices) {
		const auto &[participant, target, tick] = place;
		const std::uint32_t pass = std::ranges::max(said, {}, &Response::pass).pass;
		std::optional<Response> counts;
		for (const Response &response : said) {
			if (response.pass == pass && response.value && (!counts || response.seq > counts->seq)) {
				counts = response;
			}
		}
		if (counts) {
			cells[{of.strata[participant], target, tick}].values.push_back(*counts->value);
		}
	}
	return cells;
}

Counter countAll(const Case &of, const std::vector<Response> &responses)
{
	Counter counter(of.targets, of.scale, of.tick_ms, of.lag_ms);
	for (const std::uint32_t stratum : of.strata) {
		counter.addParticipant(stratum);
	}
	for (const Response &response : responses) {
		counter.count(response);
	}
	return counter;
}

std::size_t filled(const Cells &cells)
{
	std::size_t filled = 0;
	for (std::uint32_t stratum = 0; stratum < cells.strata(); ++stratum) {
		for (std::uint32_t target = 0; target < cells.targets(); ++target) {
			for (std::int64_t tick = 0; tick < cells.ticks(); ++tick) {
				filled += cells.at(stratum, target, tick).empty() ? 0 : 1;
			}
		}
	}
	return filled;
}

// Every cell of `cells`, and none more, is as expected.
void expectCells(const Cells &cells, const Reference &expected, const Case &of, const std::string &what)
{
	std::int64_t ticks = 0;
	for (const auto &[place, cell] : expected) {
		const auto &[stratum, target, tick] = place;
		expectCell(cells.at(stratum, target, tick), cell, of.scale,
			   what + ", stratum " + std::to_string(stratum) + ", tick " + std::to_string(tick));
		ticks = std::max(ticks, tick + 1);
	}
	EXPECT_EQ(cells.ticks(), ticks) << what;
	EXPECT_EQ(filled(cells), expected.size()) << what;
}

// The counts and sums alone: sums that came as plain doubles leave of equal values a spread that is not quite 0.
void expectCounts(const Cells &cells, const Reference &expected, const Case &of, const std::string &what)
{
	for (const auto &[place, wanted] : expected) {
		const auto &[stratum, target, tick] = place;
		const Cell &cell = cells.at(stratum, target, tick);
		reference::Exact sum, sum_sq;
		std::uint32_t likes = 0, dislikes = 0;
		for (const double value : wanted.values) {
			sum.add(value);
			sum_sq.add(value * value);
			likes += value > of.scale.neutral ? 1 : 0;
			dislikes += value < of.scale.neutral ? 1 : 0;
		}
		EXPECT_EQ(cell.present, wanted.present.size()) << what;
		EXPECT_EQ(cell.n, wanted.values.size()) << what;
		EXPECT_EQ(cell.likes, likes) << what;
		EXPECT_EQ(cell.dislikes, dislikes) << what;
		EXPECT_NEAR(cell.sum.value(), sum.value(), 1e-9 * (1 + std::abs(sum.value()))) << what;
		EXPECT_NEAR(cell.sum_sq.value(), sum_sq.value(), 1e-9 * (1 + sum_sq.value())) << what;
	}
	EXPECT_EQ(filled(cells), expected.size()) << what;
}

class AnyAudience : public testing::Test {
protected:
	void forEachCase(int cases, const std::function<void(const Case &, Random &, const std::string &)> &each)
	{
		for (int seed = 1; seed <= cases && !HasFailure(); ++seed) {
			Random random(static_cast<std::uint64_t>(seed) * 7919);
			const Case made = makeCase(random);
			each(made, random, "seed " + std::to_string(seed));
		}
	}
};

TEST_F(AnyAudience, IsCountedByTheRules)
{
	forEachCase(800, [](const Case &made, Random &, const std::string &what) {
		expectCells(countAll(made, made.responses).cells(), byTheRules(made), made, what);
	});
}

TEST_F(AnyAudience, WhoIsTakenOutCountsAsIfTheyHadNeverResponded)
{
	forEachCase(400, [](const Case &made, Random &random, const std::string &what) {
		Counter counter = countAll(made, {});
		std::vector<bool> out(made.strata.size());
		const auto turn = [&](std::size_t participant) {
			out[participant] = !out[participant];
			counter.setOut(static_cast<std::uint32_t>(participant), out[participant]);
			counter.setOut(static_cast<std::uint32_t>(participant), out[participant]); // changes nothing
		};
		for (const Response &response : made.responses) {
			if (below(random, 10) == 0) {
				turn(below(random, out.size()));
			}
			counter.count(response);
		}
		Case left = made;
		std::erase_if(left.responses, [&](const Response &response) { return out[response.participant]; });
		expectCounts(counter.cells(), byTheRules(left), made, what);
		// And everybody back.
		counter.takeChanged();
		for (std::size_t participant = 0; participant < out.size(); ++participant) {
			if (out[participant]) {
				turn(participant);
			}
		}
		expectCells(counter.cells(), byTheRules(made), made, what);
	});
}

TEST_F(AnyAudience, AnyOrderAndAnyDuplicatesGiveTheSameCells)
{
	forEachCase(400, [](const Case &made, Random &random, const std::string &what) {
		const Reference expected = byTheRules(made);
		for (int order = 0; order < 3; ++order) {
			std::vector<Response> sent = made.responses;
			for (std::uint64_t again = below(random, 50); again > 0 && !made.responses.empty(); --again) {
				sent.push_back(made.responses[below(random, made.responses.size())]);
			}
			std::ranges::shuffle(sent, random);
			expectCells(countAll(made, sent).cells(), expected, made, what);
		}
	});
}

TEST_F(AnyAudience, PartsOfItAddUpToTheWhole)
{
	forEachCase(300, [](const Case &made, Random &random, const std::string &what) {
		const std::uint64_t parts = 1 + below(random, 4);
		std::vector<std::vector<Response>> sent(parts);
		std::vector<std::uint64_t> partOf(made.strata.size());
		for (std::uint64_t &part : partOf) {
			part = below(random, parts); // a participant stays with one
		}
		for (const Response &response : made.responses) {
			sent[partOf[response.participant]].push_back(response);
		}
		Cells merged(made.targets);
		for (std::vector<Response> &part : sent) {
			std::ranges::shuffle(part, random);
			const Counter counter = countAll(made, part);
			const Cells &cells = counter.cells();
			for (std::uint32_t stratum = 0; stratum < cells.strata(); ++stratum) {
				for (std::uint32_t target = 0; target < made.targets; ++target) {
					for (std::int64_t tick = 0; tick < cells.ticks(); ++tick) {
						if (const Cell &cell = cells.at(stratum, target, tick); !cell.empty()) {
							merged.edit(stratum, target, tick).add(cell);
						}
					}
				}
			}
		}
		expectCells(merged, byTheRules(made), made, what);
	});
}

// Some are counted here, the others come as the cells of other machines, at several moments of the counting and in
// between replaced by nothing, as when a machine begins anew. As on the wire, their sums are plain doubles.
TEST_F(AnyAudience, CellsOfOtherMachinesAddToItsOwn)
{
	forEachCase(300, [](const Case &made, Random &random, const std::string &what) {
		const std::uint64_t machines = 2 + below(random, 3); // the first is here
		std::vector<std::vector<Response>> sent(machines);
		std::vector<std::uint64_t> machineOf(made.strata.size());
		for (std::uint64_t &machine : machineOf) {
			machine = below(random, machines);
		}
		for (const Response &response : made.responses) {
			sent[machineOf[response.participant]].push_back(response);
		}
		Counter here = countAll(made, sent[0]);
		std::map<std::pair<std::uint64_t, Place>, Cell> known;
		const auto bring = [&](std::uint64_t machine, const Cells &cells) {
			for (std::uint32_t stratum = 0; stratum < 4; ++stratum) {
				for (std::uint32_t target = 0; target < made.targets; ++target) {
					for (std::int64_t tick = 0; tick < 2'000; ++tick) {
						Cell cell = cells.at(stratum, target, tick);
						Cell &before = known[{machine, {stratum, target, tick}}];
						cell.sum = {cell.sum.value(), 0};
						cell.sum_sq = {cell.sum_sq.value(), 0};
						here.addForeign(stratum, target, tick, before, cell);
						before = cell;
					}
				}
			}
		};
		for (std::uint64_t machine = 1; machine < machines; ++machine) {
			std::ranges::shuffle(sent[machine], random);
			const auto half = static_cast<std::ptrdiff_t>(below(random, sent[machine].size() + 1));
			bring(machine, countAll(made, {sent[machine].begin(), sent[machine].begin() + half}).cells());
			if (below(random, 2) == 0) {
				bring(machine, Cells(made.targets));
			}
			bring(machine, countAll(made, sent[machine]).cells());
		}
		expectCounts(here.cells(), byTheRules(made), made, what);
		for (std::uint64_t machine = 1; machine < machines; ++machine) {
			bring(machine, Cells(made.targets));
		}
		Case own = made;
		own.responses = sent[0];
		expectCounts(here.cells(), byTheRules(own), own, what + ", without the others");
	});
}

TEST(ForeignCells, TellWhichTicksTheyChange)
{
	Counter counter(2, {-1, 1, 0}, 5000, 0);
	Cell cell;
	cell.present = cell.n = cell.likes = 1;
	cell.sum = cell.sum_sq = {1, 0};
	counter.addForeign(3, 1, 7, {}, cell);
	counter.addForeign(3, 1, 900, {}, {}); // nothing: no tick of the series
	EXPECT_EQ(counter.takeChanged(), std::vector<std::int64_t>{7});
	EXPECT_EQ(counter.cells().ticks(), 8);
	counter.addForeign(3, 1, 7, cell, cell);
	EXPECT_TRUE(counter.takeChanged().empty());
	counter.addForeign(3, 1, 7, cell, {});
	EXPECT_EQ(counter.takeChanged(), std::vector<std::int64_t>{7});
	EXPECT_EQ(counter.cells().at(3, 1, 7), Cell{});
}

TEST_F(AnyAudience, ASnapshotHoldsWhatWasCountedUntilThen)
{
	forEachCase(200, [](const Case &made, Random &random, const std::string &what) {
		Counter counter = countAll(made, {});
		Case until = made;
		until.responses.clear();
		std::vector<std::pair<Cells, Case>> kept;
		for (const Response &response : made.responses) {
			counter.count(response);
			until.responses.push_back(response);
			if (below(random, 40) == 0) {
				kept.emplace_back(counter.snapshot(), until);
			}
		}
		for (const auto &[cells, then] : kept) {
			expectCells(cells, byTheRules(then), then, what);
		}
	});
}

TEST_F(AnyAudience, ItsChangedTicksAreThoseThatDiffer)
{
	forEachCase(200, [](const Case &made, Random &random, const std::string &what) {
		Counter counter = countAll(made, {});
		Cells before = counter.snapshot();
		for (const Response &response : made.responses) {
			counter.count(response);
			if (below(random, 5) != 0) {
				continue;
			}
			const std::vector<std::int64_t> told = counter.takeChanged();
			const std::set<std::int64_t> changed(told.begin(), told.end());
			EXPECT_EQ(changed.size(), told.size()) << what;
			const Cells &now = counter.cells();
			for (std::int64_t tick = 0; tick < now.ticks(); ++tick) {
				for (std::uint32_t stratum = 0; stratum < now.strata(); ++stratum) {
					for (std::uint32_t target = 0; target < made.targets; ++target) {
						const Cell &then = before.at(stratum, target, tick);
						const Cell &cell = now.at(stratum, target, tick);
						const bool same = then.n == cell.n && then.present == cell.present &&
								  then.sum == cell.sum;
						ASSERT_TRUE(same || changed.contains(tick)) << what << " tick " << tick;
					}
				}
			}
			before = now;
		}
	});
}

} // namespace
} // namespace pulseline
