// What feeds say: people, and responses in columns.
#include "ingest/codec.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace pulseline::ingest {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Scale kDial{0, 100, 50};

std::expected<ClientMessage, BadMessage> read(const json &message)
{
	return readClient(message.dump(), kDial);
}

BadMessage refused(const json &message)
{
	const auto read_ = read(message);
	EXPECT_FALSE(read_) << message.dump();
	return read_ ? BadMessage{} : read_.error();
}

json batchOf(json columns)
{
	json message{{"type", "respond_many"},      {"batch", 3},
		     {"participant", {"a", "b"}},   {"seq", {1, 2}},
		     {"position_ms", {1000, 2000}}, {"value", {50, nullptr}}};
	message.update(columns);
	return message;
}

TEST(FeedCodec, ReadsColumns)
{
	const auto message = read(batchOf({{"target", {"B", nullptr}}, {"pass", {0, 4294967295U}}}));
	ASSERT_TRUE(message);
	const RespondMany &many = std::get<RespondMany>(*message);
	const Batch batch = many.columns.view(many.batch);
	EXPECT_EQ(batch.batch, 3U);
	EXPECT_THAT(batch.participant, ElementsAre("a", "b"));
	EXPECT_THAT(batch.seq, ElementsAre(1, 2));
	EXPECT_THAT(batch.position_ms, ElementsAre(1000, 2000));
	EXPECT_EQ(batch.value[0], 50);
	EXPECT_TRUE(std::isnan(batch.value[1]));
	EXPECT_EQ(batch.target[0], "B");
	EXPECT_EQ(batch.target[1].data(), nullptr);
	EXPECT_THAT(batch.pass, ElementsAre(0, 4294967295U));
}

TEST(FeedCodec, TargetAndPassMayBeLeftOut)
{
	const auto message = read(batchOf({{"target", nullptr}}));
	ASSERT_TRUE(message);
	const Batch batch = std::get<RespondMany>(*message).columns.view(3);
	EXPECT_THAT(batch.target, IsEmpty());
	EXPECT_THAT(batch.pass, IsEmpty());
	const auto none = read({{"type", "respond_many"},
				{"batch", 0},
				{"participant", json::array()},
				{"seq", json::array()},
				{"position_ms", json::array()},
				{"value", json::array()}});
	ASSERT_TRUE(none);
	EXPECT_THAT(std::get<RespondMany>(*none).columns.view(0).participant, IsEmpty());
}

TEST(FeedCodec, AWrongRowIsMarkedAndTheOthersStand)
{
	const std::string longId(65, 'x');
	const json wrong =
		json::array({7, nullptr, "", longId, "a\nb", json::array({"c"}), json::object({{"d", 1}}), "ok"});
	const json numbers = json::array({"1", nullptr, 1.5, -1, true, json::array({2}), json::object({{"d", 2}}), 8});
	const auto message = read({{"type", "respond_many"},
				   {"batch", 1},
				   {"participant", wrong},
				   {"seq", numbers},
				   {"position_ms", numbers},
				   {"value", numbers},
				   {"target", wrong}});
	ASSERT_TRUE(message) << message.error().refusal.message;
	const Batch batch = std::get<RespondMany>(*message).columns.view(1);
	EXPECT_THAT(batch.participant, ElementsAre("", "", "", "", "", "", "", "ok"));
	EXPECT_THAT(batch.seq, ElementsAre(0, 0, 0, 0, 0, 0, 0, 8));
	constexpr std::int64_t kNot = Batch::kNoWhole;
	EXPECT_THAT(batch.position_ms, ElementsAre(kNot, kNot, kNot, -1, kNot, kNot, kNot, 8));
	EXPECT_EQ(batch.value[0], Batch::kNoValue);
	EXPECT_TRUE(std::isnan(batch.value[1]));
	EXPECT_EQ(batch.value[2], 1.5);
	EXPECT_EQ(batch.value[3], -1);
	EXPECT_EQ(batch.value[4], Batch::kNoValue);
	EXPECT_EQ(batch.value[5], Batch::kNoValue);
	EXPECT_EQ(batch.target[1].data(), nullptr);
	EXPECT_NE(batch.target[2].data(), nullptr) << "no name at all is not the same as none given";
	EXPECT_EQ(batch.target[7], "ok");
}

TEST(FeedCodec, AWrongPassCostsItsRow)
{
	const auto message = read(batchOf({{"pass", {-1, 4294967296}}}));
	ASSERT_TRUE(message);
	EXPECT_THAT(std::get<RespondMany>(*message).columns.view(3).seq, ElementsAre(0, 0));
	const auto later = read(batchOf({{"pass", {nullptr, "x"}}}));
	ASSERT_TRUE(later);
	EXPECT_THAT(std::get<RespondMany>(*later).columns.view(3).seq, ElementsAre(1, 0));
}

TEST(FeedCodec, SaysWhichColumnIsWrong)
{
	for (const char *column : {"participant", "seq", "position_ms", "value"}) {
		json message = batchOf(json::object());
		message.erase(column);
		for (const json &bad : {json(), json(7), json("x"), json::object()}) {
			if (!bad.is_null()) {
				message[column] = bad;
			}
			const BadMessage problem = refused(message);
			EXPECT_EQ(problem.refusal.code, "bad_field");
			EXPECT_THAT(problem.refusal.message, HasSubstr(column));
			EXPECT_EQ(problem.batch, 3U);
			EXPECT_FALSE(problem.seq);
		}
	}
	for (const char *column : {"seq", "position_ms", "value", "target", "pass"}) {
		const BadMessage problem = refused(batchOf({{column, {1, 2, 3}}}));
		EXPECT_EQ(problem.refusal.code, "bad_field");
		EXPECT_THAT(problem.refusal.message, HasSubstr(column));
		EXPECT_EQ(problem.batch, 3U);
	}
	for (const json &number : {json(), json(-1), json(1.5), json("3"), json(9007199254740992)}) {
		const BadMessage problem = refused(batchOf({{"batch", number}}));
		EXPECT_THAT(problem.refusal.message, HasSubstr("batch"));
		EXPECT_FALSE(problem.batch);
	}
}

TEST(FeedCodec, OfAColumnGivenTwiceTheLastCounts)
{
	const auto message = readClient(
		R"({"type":"respond_many","batch":1,"seq":[9,9,9],"participant":["a"],"seq":[4],"position_ms":[1],)"
		R"("value":[1],"pass":[1],"pass":null})",
		kDial);
	ASSERT_TRUE(message) << message.error().refusal.message;
	const Batch batch = std::get<RespondMany>(*message).columns.view(1);
	EXPECT_THAT(batch.seq, ElementsAre(4));
	EXPECT_THAT(batch.pass, IsEmpty());
	EXPECT_FALSE(readClient(R"({"type":"respond_many","batch":1,"seq":[4],"participant":["a"],"seq":4,)"
				R"("position_ms":[1],"value":[1]})",
				kDial));
}

TEST(FeedCodec, ReadsPeople)
{
	const auto message = read(
		{{"type", "participants"},
		 {"items", {{"p1", {{"age", "18-34"}, {"party", nullptr}}}, {"p2", json::object()}, {"p3", nullptr}}}});
	ASSERT_TRUE(message) << message.error().refusal.message;
	const People expected{{"p1", {{"age", "18-34"}}}, {"p2", {}}, {"p3", {}}};
	EXPECT_EQ(std::get<Participants>(*message).people, expected);
	EXPECT_TRUE(read({{"type", "participants"}, {"items", json::object()}}));
}

TEST(FeedCodec, RefusesWrongPeople)
{
	for (const json &items :
	     {json(), json(7), json::array(), json{{"", json::object()}}, json{{std::string(65, 'x'), json::object()}},
	      json{{"a\tb", json::object()}}, json{{"a", 7}}, json{{"a", json::array()}}, json{{"a", {{"age", 7}}}},
	      json{{"a", {{"age", {{"age", "x"}}}}}}, json{{"a", {{"age", std::string(257, 'x')}}}}}) {
		EXPECT_EQ(refused({{"type", "participants"}, {"items", items}}).refusal.code, "bad_field") << items;
	}
	// What is wrong with one is not hidden by the next.
	EXPECT_FALSE(read({{"type", "participants"}, {"items", {{"a", 7}, {"b", json::object()}}}}));
	EXPECT_FALSE(read({{"type", "participants"}, {"items", {{"a", {{"x", 7}}}, {"b", {{"x", "y"}}}}}}));
}

TEST(FeedCodec, WritesWhatWasRefused)
{
	EXPECT_EQ(batchAckText(5, {}), R"({"type":"ack","batch":5,"refused":[]})");
	const std::vector<RowRefusal> rows{{0, "bad_field"}, {17, "bad_position"}};
	EXPECT_EQ(batchAckText(5, rows), R"({"type":"ack","batch":5,"refused":[[0,"bad_field"],[17,"bad_position"]]})");
}

} // namespace
} // namespace pulseline::ingest
