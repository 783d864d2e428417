// What the fast reader takes for a batch, the parser takes for the same one.
#include "ingest/batch_reader.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace pulseline;
using namespace pulseline::ingest;

namespace {

// A field given twice makes the parser read the text; the last counts, so the meaning is the same.
std::optional<RespondMany> parsed(std::string text)
{
	text.insert(text.find('{') + 1, R"("batch":1,)");
	EXPECT_FALSE(readBatch(text));
	auto message = readClient(text, {-1, 1, 0});
	RespondMany *many = message ? std::get_if<RespondMany>(&*message) : nullptr;
	return many ? std::optional(std::move(*many)) : std::nullopt;
}

void expectSame(const RespondMany &fast, const std::string &text)
{
	const std::optional<RespondMany> other = parsed(text);
	ASSERT_TRUE(other) << text;
	const Batch a = fast.columns.view(fast.batch);
	const Batch b = other->columns.view(other->batch);
	EXPECT_EQ(a.batch, b.batch) << text;
	EXPECT_TRUE(std::ranges::equal(a.participant, b.participant)) << text;
	EXPECT_TRUE(std::ranges::equal(a.seq, b.seq)) << text;
	EXPECT_TRUE(std::ranges::equal(a.position_ms, b.position_ms)) << text;
	EXPECT_TRUE(std::ranges::equal(a.value, b.value, [](double x, double y) {
		return x == y || (std::isnan(x) && std::isnan(y));
	})) << text;
	EXPECT_TRUE(std::ranges::equal(a.target, b.target, [](std::string_view x, std::string_view y) {
		return x == y && (x.data() == nullptr) == (y.data() == nullptr);
	})) << text;
	EXPECT_TRUE(std::ranges::equal(a.pass, b.pass)) << text;
}

const char *const kSeeds[] = {
	R"({"type":"respond_many","batch":7,"participant":["a","b"],"seq":[1,2],"position_ms":[0,250],"value":[1,null]})",
	R"({"value":[0.5,-1e-1,"x",[],{}],"participant":["\u00e4","",1,"d","e"],"seq":[0,1.0,2.5,-1,18446744073709551615],)"
	R"("position_ms":[-1,1.5,null,9007199254740993,4],"batch":0,"type":"respond_many"})",
	R"({ "type": "respond_many", "batch": 9007199254740991, "participant": ["a"], "seq": [3], "position_ms": [1e3],)"
	R"( "value": [-0.0], "target": [null], "pass": [2], "more": {"seq": [1, 2, 3]} })",
};

TEST(BatchReader, TakesWhatFeedsWrite)
{
	for (const std::string text : kSeeds) {
		const std::optional<RespondMany> fast = readBatch(text);
		ASSERT_TRUE(fast) << text;
		expectSame(*fast, text);
	}
}

TEST(BatchReader, LeavesTheRestToTheParser)
{
	for (const std::string text : {
		     R"({"type":"respond","seq":1,"value":1})",
		     R"({"type":"respond_many"})",
		     R"({"type":"respond_many","batch":-1,"participant":[],"seq":[],"position_ms":[],"value":[]})",
		     R"({"type":"respond_many","batch":1,"participant":["a"],"seq":[],"position_ms":[],"value":[]})",
		     R"({"type":"respond_many","batch":1,"participant":[],"seq":[],"position_ms":[],"value":null})",
		     R"({"type":"respond_many","batch":1,"participant":[],"seq":[],"position_ms":[],"value":[]} 1)",
		     R"({"type":"respond_many","batch":1,"participant":[],"seq":[],"position_ms":[],"value":[],"seq":[]})",
		     R"(["respond_many"])",
	     }) {
		EXPECT_FALSE(readBatch(text)) << text;
	}
}

TEST(BatchReader, AgreesWithTheParserOnAnythingItTakes)
{
	std::mt19937 random(20240614);
	const std::string_view letters = R"({}[]":,.-+eE0123456789nultrue \ )";
	const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
	int taken = 0;
	for (int round = 0; round < 50'000; ++round) {
		std::string text = kSeeds[below(std::size(kSeeds))];
		for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
			const std::size_t at = below(text.size());
			switch (below(3)) {
			case 0:
				text[at] = letters[below(letters.size())];
				break;
			case 1:
				text.insert(at, 1, letters[below(letters.size())]);
				break;
			default:
				text.erase(at, 1);
			}
		}
		if (const std::optional<RespondMany> fast = readBatch(text)) {
			++taken;
			expectSame(*fast, text);
		}
	}
	EXPECT_GT(taken, 1'000);
}

} // namespace
