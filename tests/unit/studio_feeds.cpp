// Feeds and keys at a running session, without a server: whom they bring, what of a batch is taken, and what is found
// again after a restart.
#include "session/store.hpp"
#include "studio/running.hpp"

#include <cmath>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pulseline::studio {
namespace {

using ingest::Role;
using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

// A batch by rows, for a test to write down.
struct Row {
	std::string who;
	std::uint64_t seq = 0;
	std::int64_t position_ms = 0;
	double value = 0;
	const char *target = nullptr;
};

class FeedsTest : public testing::Test {
protected:
	FeedsTest()
	{
		folder_ = std::filesystem::temp_directory_path() / ("pulseline-feeds-" + session::randomId());
		std::filesystem::create_directories(folder_);
		options.path = (folder_ / "a.pulse").string();
		options.settings.attributes = {{"party", "Party", {"Red", "Blue"}}};
		options.settings.targets = {"Ms Adams", "Mr Bell"};
		options.settings.ownTime = true;
		options.settings.duration_ms = 60'000;
	}
	~FeedsTest() override
	{
		running = nullptr;
		std::filesystem::remove_all(folder_);
	}

	void start()
	{
		running = nullptr;
		Result<std::shared_ptr<Running>> made = Running::prepare(options, [](const auto &) {});
		ASSERT_TRUE(made) << made.error().message;
		running = *made;
		code = running->code();
		keys.insert(running->keys().begin(), running->keys().end());
	}
	ingest::Answer<ingest::Joined> join(Role role, const std::string &key, bool simulated = false)
	{
		ingest::Join join;
		join.session = code;
		join.role = role;
		join.key = key;
		join.simulated = simulated;
		return running->join(join);
	}
	std::uint32_t feed(bool simulated = false) { return join(Role::feed, keys.at("feed"), simulated)->participant; }

	ingest::BatchTaken send(std::uint32_t feed, const std::vector<Row> &rows)
	{
		std::vector<std::string_view> who, target;
		std::vector<std::uint64_t> seq;
		std::vector<std::int64_t> position_ms;
		std::vector<double> value;
		for (const Row &row : rows) {
			who.push_back(row.who);
			seq.push_back(row.seq);
			position_ms.push_back(row.position_ms);
			value.push_back(row.value);
			target.push_back(row.target ? std::string_view(row.target) : std::string_view());
		}
		const ingest::Batch batch{1, who, seq, position_ms, value, target, {}};
		const ingest::Answer<ingest::BatchTaken> taken =
			running->respondMany(feed, batch, SteadyTime::clock::now());
		EXPECT_TRUE(taken);
		return taken.value_or(ingest::BatchTaken{});
	}
	static std::vector<std::pair<std::uint32_t, std::string>> codes(const ingest::BatchTaken &taken)
	{
		std::vector<std::pair<std::uint32_t, std::string>> pairs;
		for (const ingest::RowRefusal &refusal : taken.refused) {
			pairs.emplace_back(refusal.row, refusal.code);
		}
		return pairs;
	}
	session::File file()
	{
		EXPECT_TRUE(running->close());
		Result<session::File> read = session::File::open(options.path, session::Access::read);
		EXPECT_TRUE(read);
		return std::move(*read);
	}

	std::filesystem::path folder_;
	StartOptions options;
	std::shared_ptr<Running> running;
	std::string code;
	std::map<std::string, std::string> keys;
};

TEST_F(FeedsTest, EachRoleNeedsItsOwnKey)
{
	start();
	EXPECT_THAT(keys, UnorderedElementsAre(Pair("observer", testing::SizeIs(32)), Pair("feed", testing::SizeIs(32)),
					       Pair("mirror", testing::SizeIs(32))));
	const std::map<std::string, Role> roles{
		{"observer", Role::observer}, {"feed", Role::feed}, {"mirror", Role::mirror}};
	for (const auto &[name, role] : roles) {
		for (const auto &[other, key] : keys) {
			const auto joined = join(role, key);
			EXPECT_EQ(joined.has_value(), name == other);
			EXPECT_TRUE(joined || joined.error().code == "forbidden");
		}
		EXPECT_FALSE(join(role, ""));
	}
	const session::File kept = file();
	EXPECT_EQ(kept.note("key_feed"), session::sha256(keys["feed"]));
	EXPECT_EQ(kept.note("key_mirror"), session::sha256(keys["mirror"]));
}

TEST_F(FeedsTest, ASessionWithoutAFeedKeyLetsNoFeedInUntilItGetsOne)
{
	start();
	ASSERT_TRUE(running->close());
	{
		Result<session::File> older = session::File::open(options.path, session::Access::write);
		ASSERT_TRUE(older && older->begin() && older->setNote("key_feed", "") && older->commit());
	}
	const std::string was = keys["feed"];
	start();
	EXPECT_FALSE(join(Role::feed, was));
	EXPECT_FALSE(join(Role::feed, ""));
	EXPECT_TRUE(join(Role::mirror, keys["mirror"])) << "the others are as they were";
	options.newKeys = true;
	keys.clear();
	start();
	EXPECT_TRUE(join(Role::feed, keys.at("feed")));
}

TEST_F(FeedsTest, BringsPeopleOnceWithTheirFirstAttributes)
{
	start();
	const std::uint32_t number = feed();
	running->bring(number, {{"p1", {{"party", "Red"}}}, {"p2", {{"party", "Green"}}}});
	running->bring(number, {{"p1", {{"party", "Blue"}}}, {"bad\nid", {}}});
	EXPECT_TRUE(send(number, {{"p3", 1, 100, 1}}).refused.empty()) << "who was not brought has empty attributes";
	running->bring(number, {{"p3", {{"party", "Blue"}}}});
	const session::File kept = file();
	std::map<std::string, std::string> party;
	for (const session::Participant &person : kept.participants()) {
		party[person.id] = kept.strata()[person.stratum][0];
		EXPECT_FALSE(person.simulated);
		EXPECT_EQ(person.tokenHash, "");
	}
	EXPECT_THAT(party, UnorderedElementsAre(Pair("feed/p1", "Red"), Pair("feed/p2", "other"), Pair("feed/p3", "")));
}

TEST_F(FeedsTest, ARefusedRowTouchesNothingElse)
{
	start();
	const std::uint32_t number = feed();
	const double null = std::nan("");
	const ingest::BatchTaken taken = send(number, {{"a", 1, 0, 1},
						       {"", 1, 0, 1},
						       {"a", 0, 0, 1},
						       {"a", 2, 0, 2},
						       {"a", 2, 0, ingest::Batch::kNoValue},
						       {"a", 2, ingest::Batch::kNoWhole, 1},
						       {"a", 2, -1, 1},
						       {"a", 2, 60'001, 1},
						       {"a", 2, 0, 1, "Nobody"},
						       {"a", 2, 60'000, null, "Mr Bell"},
						       {"ghost", 1, 60'001, 1},
						       {"b", 7, 5, -1}});
	EXPECT_THAT(codes(taken), ElementsAre(Pair(1, "bad_field"), Pair(2, "bad_field"), Pair(3, "bad_field"),
					      Pair(4, "bad_field"), Pair(5, "bad_field"), Pair(6, "bad_position"),
					      Pair(7, "bad_position"), Pair(8, "bad_field"), Pair(10, "bad_position")));
	EXPECT_GT(taken.ticket, 0U);
	const session::File kept = file();
	EXPECT_EQ(kept.participants().size(), 2U) << "who said nothing that could be taken did not take part";
	std::vector<std::string> rows;
	ASSERT_TRUE(kept.responses([&](const session::StoredResponse &stored) {
		const Response &response = stored.response;
		rows.push_back(kept.participants()[response.participant].id + " " + std::to_string(response.seq) + " " +
			       std::to_string(response.target) + " " + std::to_string(response.position_ms) +
			       (response.value ? "" : " null"));
		EXPECT_EQ(stored.stamp, Stamp::client);
		return true;
	}));
	EXPECT_THAT(rows, ElementsAre("feed/a 1 0 0", "feed/a 2 1 60000 null", "feed/b 7 0 5"));
}

TEST_F(FeedsTest, DuplicatesChangeNothingAlsoAfterARestart)
{
	start();
	std::uint32_t number = feed();
	running->bring(number, {{"a", {{"party", "Red"}}}});
	EXPECT_EQ(codes(send(number, {{"a", 1, 0, 1}, {"a", 1, 0, -1}, {"a", 2, 9000, 1}})).size(), 0U);
	const ingest::BatchTaken again = send(number, {{"a", 1, 0, -1}, {"a", 2, 99'000, 1, "Nobody"}});
	EXPECT_TRUE(again.refused.empty()) << "what was taken stands, whatever comes under its seq";
	start();
	number = feed();
	running->bring(number, {{"a", {{"party", "Blue"}}}});
	const ingest::BatchTaken later = send(number, {{"a", 2, 0, 0}, {"a", 1, 0, 0}});
	EXPECT_TRUE(later.refused.empty());
	EXPECT_EQ(later.ticket, 0U) << "it is on disk since long";
	EXPECT_GT(send(number, {{"a", 3, 0, 0}}).ticket, 0U);
	const session::File kept = file();
	EXPECT_EQ(kept.participants().size(), 1U);
	EXPECT_EQ(kept.strata()[kept.participants()[0].stratum], Stratum{"Red"});
	std::vector<double> values;
	ASSERT_TRUE(kept.responses([&](const session::StoredResponse &stored) {
		values.push_back(*stored.response.value);
		return true;
	}));
	EXPECT_THAT(values, ElementsAre(1, 1, 0));
}

TEST_F(FeedsTest, ScopesKeepPeopleApart)
{
	start();
	const std::uint32_t number = feed();
	const std::uint32_t hall = running->openScope("hall", false);
	EXPECT_NE(number, hall);
	EXPECT_EQ(running->openScope("hall", false), hall);
	send(number, {{"a", 1, 0, 1}});
	send(hall, {{"a", 1, 0, -1}});
	send(hall, {{"a/b", 1, 0, -1}});
	start();
	EXPECT_EQ(send(running->openScope("hall", false), {{"a", 1, 0, 0}, {"a/b", 1, 0, 0}}).ticket, 0U);
	const session::File kept = file();
	std::vector<std::string> ids;
	for (const session::Participant &person : kept.participants()) {
		ids.push_back(person.id);
	}
	EXPECT_THAT(ids, ElementsAre("feed/a", "hall/a", "hall/a/b"));
}

TEST_F(FeedsTest, WhatASimulatedFeedBringsIsMarked)
{
	start();
	const std::uint32_t real = feed();
	const std::uint32_t made = feed(true);
	send(real, {{"a", 1, 0, 1}});
	EXPECT_FALSE(running->simulated());
	send(made, {{"a", 2, 0, 1}, {"b", 1, 0, 1}});
	EXPECT_TRUE(running->simulated());
	const session::File kept = file();
	ASSERT_EQ(kept.participants().size(), 2U);
	EXPECT_FALSE(kept.participants()[0].simulated);
	EXPECT_TRUE(kept.participants()[1].simulated);
}

TEST_F(FeedsTest, CellsAreThoseOfTheCounter)
{
	start();
	const std::uint32_t number = feed();
	running->bring(number, {{"a", {{"party", "Red"}}}, {"b", {{"party", "Blue"}}}});
	send(number, {{"a", 1, 0, 1}, {"b", 1, 5'000, -1, "Mr Bell"}});
	const ingest::CellsNow now = running->cells();
	EXPECT_EQ(now.tick_ms, 5000);
	EXPECT_THAT(std::vector(now.strata.begin(), now.strata.end()), ElementsAre(Stratum{"Red"}, Stratum{"Blue"}));
	EXPECT_EQ(now.cells.at(0, 0, 0).likes, 1U);
	EXPECT_EQ(now.cells.at(1, 1, 1).dislikes, 1U);
	EXPECT_EQ(now.cells.at(1, 0, 1).present, 1U);
	EXPECT_THAT(running->drain().changedTicks, UnorderedElementsAre(0, 1));
}

} // namespace
} // namespace pulseline::studio
