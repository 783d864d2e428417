// Mirrors: whatever they take and whenever, in the end they have the cells.
#include "wire/hub_fixture.hpp"

#include <random>

namespace pulseline::ingest {
namespace {

using testing::ElementsAre;

const json kMirrors{{"type", "join"}, {"session", "ABC234"}, {"role", "mirror"}, {"key", "mirror"}};

// What a mirror makes of the messages, by the wire's description alone.
struct Kept {
	std::map<std::tuple<json, std::string, std::int64_t>, std::vector<double>> cells;
	std::vector<json> strata;
	std::vector<std::string> parts;
	std::optional<int> set;

	void take(const json &message)
	{
		if (message["type"] != "cells") {
			return;
		}
		parts.push_back(message["part"]);
		EXPECT_EQ(message["lag_ms"], 250);
		EXPECT_EQ(message["tick_ms"], 5000);
		if (message["part"] == "first") {
			cells.clear();
			strata.clear();
			set = message["set"];
		}
		EXPECT_EQ(message["set"], *set);
		strata.insert(strata.end(), message["strata"].begin(), message["strata"].end());
		for (const json &row : message["rows"]) {
			ASSERT_LT(row[0].get<std::size_t>(), strata.size());
			EXPECT_EQ(row.size(), 9U);
			cells[{strata[row[0].get<std::size_t>()], row[1], row[2]}] =
				std::vector<double>(row.begin() + 3, row.end());
		}
	}
};

class MirrorTest : public HubTest {
protected:
	MirrorTest()
	{
		backend.settings_.lag_ms = 250;
		for (int i = 0; i < 30; ++i) {
			backend.strata.push_back({"group " + std::to_string(i)});
		}
	}
	void set(std::uint32_t stratum, std::int64_t tick, std::uint32_t n, double sum)
	{
		for (std::uint32_t target = 0; target < 2; ++target) {
			Cell &cell = backend.cells_.edit(stratum, target, tick);
			cell = {n, target == 0 ? n : 0, n / 2, 0, {}, {}};
			if (target == 0) {
				cell.sum.add(sum);
				cell.sum_sq.addSquare(sum, 1);
			}
		}
		backend.updates.changedTicks.push_back(tick);
	}
	void expectSame(const Kept &kept) const
	{
		std::size_t filled = 0;
		for (std::uint32_t stratum = 0; stratum < backend.strata.size(); ++stratum) {
			for (std::uint32_t target = 0; target < 2; ++target) {
				for (std::int64_t tick = 0; tick < backend.cells_.ticks(); ++tick) {
					const Cell &cell = backend.cells_.at(stratum, target, tick);
					const auto found = kept.cells.find({{{"age", backend.strata[stratum][0]}},
									    backend.settings_.targets[target],
									    tick});
					if (found == kept.cells.end()) {
						EXPECT_TRUE(cell.empty()) << stratum << " " << tick;
						continue;
					}
					++filled;
					EXPECT_THAT(found->second,
						    ElementsAre(cell.present, cell.n, cell.likes, cell.dislikes,
								cell.sum.value(), cell.sum_sq.value()));
				}
			}
		}
		EXPECT_EQ(filled, kept.cells.size());
	}
};

TEST_F(MirrorTest, GetsAWholeSetThenWhatChanged)
{
	set(3, 0, 5, 2.5);
	set(7, 4, 1, -1);
	hub.news();
	FakeConnection mirror(hub);
	mirror.say(kMirrors);
	EXPECT_EQ(mirror.one()["type"], "joined");
	Kept kept;
	hub.beat();
	const json first = mirror.one();
	kept.take(first);
	EXPECT_EQ(first["rows"].size(), 4U) << "a row for every target";
	EXPECT_THAT(first["rows"][0], ElementsAre(0, "main", 0, 5, 5, 2, 0, 2.5, 6.25));
	EXPECT_THAT(first["rows"][1], ElementsAre(0, "second", 0, 5, 0, 2, 0, 0, 0));
	EXPECT_EQ(first["strata"], json::array({{{"age", "group 3"}}, {{"age", "group 7"}}}));
	hub.beat();
	kept.take(mirror.one());
	EXPECT_THAT(kept.parts, ElementsAre("first", "last"));
	expectSame(kept);
	hub.beat();
	EXPECT_TRUE(mirror.take().empty());

	set(3, 0, 6, 3.5);
	set(8, 9, 2, 1);
	hub.beat();
	const json more = mirror.one();
	kept.take(more);
	EXPECT_EQ(more["part"], "more");
	EXPECT_EQ(more["strata"], json::array({{{"age", "group 8"}}})) << "only what is new";
	expectSame(kept);
}

TEST_F(MirrorTest, AnEmptySessionIsASetToo)
{
	FakeConnection mirror(hub);
	mirror.say(kMirrors);
	mirror.one();
	Kept kept;
	for (int i = 0; i < 5; ++i) {
		hub.beat();
		for (const json &message : mirror.take()) {
			kept.take(message);
		}
	}
	EXPECT_THAT(kept.parts, ElementsAre("first", "last"));
	EXPECT_TRUE(kept.cells.empty());
}

TEST_F(MirrorTest, HearsOfCellsThatBecameEmpty)
{
	set(1, 2, 5, 1);
	FakeConnection mirror(hub);
	mirror.say(kMirrors);
	Kept kept;
	const auto hear = [&] {
		for (int i = 0; i < 3; ++i) {
			hub.beat();
			for (const json &message : mirror.take()) {
				kept.take(message);
			}
		}
	};
	hear();
	set(1, 2, 0, 0);
	hear();
	ASSERT_EQ(kept.cells.size(), 2U);
	EXPECT_THAT(kept.cells.begin()->second, ElementsAre(0, 0, 0, 0, 0, 0));
}

TEST_F(MirrorTest, NoMoreThanOneMessageABeatAndNoneLarge)
{
	for (std::uint32_t stratum = 0; stratum < 30; ++stratum) {
		for (std::int64_t tick = 0; tick < 1440; ++tick) {
			set(stratum, tick, stratum + 1, static_cast<double>(tick) / 7);
		}
	}
	hub.news();
	FakeConnection mirror(hub);
	mirror.say(kMirrors);
	mirror.one();
	Kept kept;
	std::size_t beats = 0, largest = 0;
	while (kept.parts.empty() || kept.parts.back() != "last") {
		ASSERT_LT(++beats, 1000U);
		hub.beat();
		int cells = 0;
		for (const json &message : mirror.take()) {
			kept.take(message);
			cells += message["type"] == "cells";
			largest = std::max(largest, message.dump().size());
		}
		EXPECT_LE(cells, 1);
	}
	EXPECT_LT(largest, 300'000U);
	EXPECT_GT(kept.parts.size(), 10U);
	expectSame(kept);
}

TEST_F(MirrorTest, InTheEndEveryMirrorHasTheCellsHoweverSlowlyItReads)
{
	std::mt19937 random(5);
	FakeConnection quick(hub), slow(hub), never(hub);
	for (FakeConnection *mirror : {&quick, &slow, &never}) {
		mirror->say(kMirrors);
	}
	Kept keptQuick, keptSlow;
	const auto take = [](FakeConnection &mirror, Kept &kept) {
		for (const json &message : mirror.take()) {
			kept.take(message);
		}
	};
	for (int round = 0; round < 300; ++round) {
		for (int i = 0; i < 20; ++i) {
			set(static_cast<std::uint32_t>(random() % 30), static_cast<std::int64_t>(random() % 50),
			    1 + static_cast<std::uint32_t>(random() % 9), static_cast<double>(random() % 100) / 8);
		}
		hub.beat();
		take(quick, keptQuick);
		if (round % 50 == 0) {
			take(slow, keptSlow);
		}
	}
	EXPECT_LE(keptSlow.parts.size(), 6U) << "one message each time it reads: skipped forward";
	for (int i = 0; i < 10; ++i) {
		hub.beat();
		take(quick, keptQuick);
		take(slow, keptSlow);
	}
	expectSame(keptQuick);
	expectSame(keptSlow);
	EXPECT_NE(keptQuick.set, keptSlow.set);
}

} // namespace
} // namespace pulseline::ingest
