// What the reader without a parser takes for a response, the parser takes for the same one.
#include "ingest/codec.hpp"
#include "ingest/plain_respond.hpp"

#include <gtest/gtest.h>
#include <random>

using namespace pulseline;
using namespace pulseline::ingest;

namespace {

constexpr Scale kScale{-2, 100, 0};

// A field that only the parser lets pass makes it read the text, with the same meaning.
std::optional<Respond> parsed(std::string text)
{
	text.insert(text.find('{') + 1, R"("":[],)");
	EXPECT_FALSE(readPlainRespond(text, kScale));
	const auto message = readClient(text, kScale);
	const Respond *respond = message ? std::get_if<Respond>(&*message) : nullptr;
	return respond ? std::optional(*respond) : std::nullopt;
}

void expectSame(const Respond &plain, const std::string &text)
{
	const std::optional<Respond> other = parsed(text);
	ASSERT_TRUE(other) << text;
	EXPECT_EQ(plain.seq, other->seq) << text;
	EXPECT_EQ(plain.value, other->value) << text;
	EXPECT_EQ(plain.target, other->target) << text;
	EXPECT_EQ(plain.age_ms, other->age_ms) << text;
	EXPECT_EQ(plain.position_ms, other->position_ms) << text;
	EXPECT_EQ(plain.pass, other->pass) << text;
}

const char *const kSeeds[] = {
	R"({"type":"respond","seq":17,"value":1,"age_ms":240})",
	R"({"type":"respond","seq":18,"value":null})",
	R"({"type":"respond","seq":19,"value":-1,"target":"Ms Adams","age_ms":0})",
	R"({ "type": "respond", "seq": 20, "value": 63.25, "position_ms": 91250, "pass": 0 })",
	R"({"value":-0.5,"seq":999999999999999,"pass":4294967295,"type":"respond","position_ms":8640000000})",
};

TEST(PlainRespond, TakesWhatClientsWrite)
{
	for (const std::string text : kSeeds) {
		const std::optional<Respond> plain = readPlainRespond(text, kScale);
		ASSERT_TRUE(plain) << text;
		expectSame(*plain, text);
	}
}

TEST(PlainRespond, LeavesTheRestToTheParser)
{
	for (const std::string text : {
		     "",
		     "{",
		     R"([])",
		     R"({"type":"clock","t0":1})",
		     R"({"type":"respond","seq":1})",
		     R"({"type":"respond","seq":0,"value":1})",
		     R"({"type":"respond","seq":01,"value":1})",
		     R"({"type":"respond","seq":1.0,"value":1})",
		     R"({"type":"respond","seq":1e3,"value":1})",
		     R"({"type":"respond","seq":1000000000000000,"value":1})",
		     R"({"type":"respond","seq":1,"value":101})",
		     R"({"type":"respond","seq":1,"value":-})",
		     R"({"type":"respond","seq":1,"value":1.})",
		     R"({"type":"respond","seq":1,"value":1,"seq":2})",
		     R"({"type":"respond","seq":1,"value":1,"pass":4294967296})",
		     R"({"type":"respond","seq":1,"value":1,"position_ms":8640000001})",
		     R"({"type":"respond","seq":1,"value":1,"target":"\u0041"})",
		     R"({"type":"respond","seq":1,"value":1,"target":null})",
		     R"({"type":"respond","seq":1,"value":1,})",
		     R"({"type":"respond","seq":1,"value":1} {})",
	     }) {
		EXPECT_FALSE(readPlainRespond(text, kScale)) << text;
	}
}

TEST(PlainRespond, AgreesWithTheParserOnAnythingItTakes)
{
	std::mt19937 random(20240613);
	const std::string_view letters = R"({}[]":,.-+eE0123456789nultrue \ )";
	const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
	int taken = 0;
	for (int round = 0; round < 100'000; ++round) {
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
		if (const std::optional<Respond> plain = readPlainRespond(text, kScale)) {
			++taken;
			expectSame(*plain, text);
		}
	}
	EXPECT_GT(taken, 1'000);
}

} // namespace
