#include "ingest/codec.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <random>

namespace pulseline::ingest {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const Scale kButtons{-1, 1, 0};

std::string refusalOf(std::string_view text, const Scale &scale = kButtons)
{
	const auto message = readClient(text, scale);
	return message ? "accepted" : message.error().refusal.code;
}

std::optional<std::uint64_t> refusedSeqOf(std::string_view text)
{
	const auto message = readClient(text, kButtons);
	return message ? std::nullopt : message.error().seq;
}

Respond respondOf(std::string_view text, const Scale &scale = kButtons)
{
	const auto message = readClient(text, scale);
	EXPECT_TRUE(message) << text << ": " << (message ? "" : message.error().refusal.message);
	return message ? std::get<Respond>(*message) : Respond{};
}

TEST(Codec, ReadsAJoin)
{
	const auto message = readClient(R"({"type":"join","session":"ABC234","role":"participant","token":"t","key":"k",
		"attributes":{"age":"18-34","party":"","region":null,"näme":"värde"},"simulated":true,"ticket":"ABCD-2345","new":[{"x":[1]}]})",
					kButtons);
	ASSERT_TRUE(message);
	const Join &join = std::get<Join>(*message);
	EXPECT_EQ(join.session, "ABC234");
	EXPECT_EQ(join.role, Role::participant);
	EXPECT_EQ(join.token, "t");
	EXPECT_EQ(join.key, "k");
	EXPECT_EQ(join.ticket, "ABCD-2345");
	EXPECT_TRUE(join.simulated);
	EXPECT_EQ(join.attributes,
		  (std::map<std::string, std::string>{{"age", "18-34"}, {"party", ""}, {"näme", "värde"}}));
}

TEST(Codec, RoleIsParticipantUnlessSaid)
{
	EXPECT_EQ(std::get<Join>(*readClient(R"({"type":"join","session":"A"})", kButtons)).role, Role::participant);
	EXPECT_EQ(std::get<Join>(*readClient(R"({"type":"join","session":"A","role":"observer"})", kButtons)).role,
		  Role::observer);
	EXPECT_EQ(refusalOf(R"({"type":"join","session":"A","role":"king"})"), "bad_field");
}

TEST(Codec, RefusesAWrongJoin)
{
	for (const char *text : {
		     R"({"type":"join"})",
		     R"({"type":"join","session":""})",
		     R"({"type":"join","session":7})",
		     R"({"type":"join","session":{"a":"b"}})",
		     R"({"type":"join","session":"A","attributes":"age"})",
		     R"({"type":"join","session":"A","attributes":["age"]})",
		     R"({"type":"join","session":"A","attributes":{"age":3}})",
		     R"({"type":"join","session":"A","attributes":{"age":{"a":"b"}}})",
		     R"({"type":"join","session":"A","attributes":{"age":["a"]}})",
		     R"({"type":"join","session":"A","simulated":"yes"})",
		     R"({"type":"join","session":"A","token":[]})",
	     }) {
		EXPECT_EQ(refusalOf(text), "bad_field") << text;
	}
	json many{{"type", "join"}, {"session", "A"}};
	for (int i = 0; i < 65; ++i) {
		many["attributes"]["a" + std::to_string(i)] = "x";
	}
	EXPECT_EQ(refusalOf(many.dump()), "bad_field");
	const json longValue{{"type", "join"}, {"session", "A"}, {"attributes", {{"a", std::string(257, 'x')}}}};
	EXPECT_EQ(refusalOf(longValue.dump()), "bad_field");
	const json longToken{{"type", "join"}, {"session", "A"}, {"token", std::string(257, 'x')}};
	EXPECT_EQ(refusalOf(longToken.dump()), "bad_field");
}

TEST(Codec, ReadsAResponse)
{
	const Respond respond = respondOf(
		R"({"type":"respond","seq":17,"value":-1,"target":"B","age_ms":250,"position_ms":90000,"pass":2})");
	EXPECT_EQ(respond.seq, 17U);
	EXPECT_EQ(respond.value, -1.0);
	EXPECT_EQ(respond.target, "B");
	EXPECT_EQ(respond.age_ms, 250);
	EXPECT_EQ(respond.position_ms, 90'000);
	EXPECT_EQ(respond.pass, 2U);
	const Respond silent = respondOf(R"({"type":"respond","seq":1,"value":null})");
	EXPECT_FALSE(silent.value);
	EXPECT_FALSE(silent.target);
	EXPECT_FALSE(silent.position_ms);
	EXPECT_EQ(silent.age_ms, 0);
	EXPECT_EQ(respondOf(R"({"type":"respond","seq":9007199254740991,"value":0.25})").seq, 9007199254740991U);
	EXPECT_EQ(respondOf(R"({"type":"respond","seq":3.0,"value":72.5})", {0, 100, 50}).value, 72.5);
}

TEST(Codec, RefusesAWrongResponse)
{
	for (const char *rest : {
		     R"("value":1)",
		     R"("seq":0,"value":1)",
		     R"("seq":-1,"value":1)",
		     R"("seq":1.5,"value":1)",
		     R"("seq":"1","value":1)",
		     R"("seq":9007199254740992,"value":1)",
		     R"("seq":18446744073709551615,"value":1)",
		     R"("seq":99999999999999999999999,"value":1)",
		     R"("seq":1)",
		     R"("seq":1,"value":"1")",
		     R"("seq":1,"value":true)",
		     R"("seq":1,"value":[1])",
		     R"("seq":1,"value":1.0001)",
		     R"("seq":1,"value":-2)",
		     R"("seq":1,"value":1e400)",
		     R"("seq":1,"value":1,"age_ms":-1)",
		     R"("seq":1,"value":1,"age_ms":"1")",
		     R"("seq":1,"value":1,"age_ms":0.5)",
		     R"("seq":1,"value":1,"target":5)",
		     R"("seq":1,"value":1,"pass":-1)",
		     R"("seq":1,"value":1,"pass":4294967296)",
		     R"("seq":1,"value":1,"position_ms":"0")",
		     R"("seq":1,"value":1,"position_ms":0.5)",
	     }) {
		EXPECT_EQ(refusalOf(R"({"type":"respond",)" + std::string(rest) + "}"), "bad_field") << rest;
	}
	EXPECT_EQ(refusalOf(R"({"type":"respond","seq":1,"value":1,"position_ms":-1})"), "bad_position");
	EXPECT_EQ(refusalOf(R"({"type":"respond","seq":1,"value":1,"position_ms":9000000000000})"), "bad_position");
	const std::string target(kMaxName + 1, 'x');
	EXPECT_EQ(refusalOf(json{{"type", "respond"}, {"seq", 1}, {"value", 1}, {"target", target}}.dump()),
		  "bad_field");
}

TEST(Codec, AnErrorNamesTheSeqItConcerns)
{
	EXPECT_EQ(refusedSeqOf(R"({"type":"respond","seq":5,"value":9})"), 5U);
	EXPECT_EQ(refusedSeqOf(R"({"value":9,"type":"respond","seq":6})"), 6U);
	EXPECT_EQ(refusedSeqOf(R"({"type":"respond","seq":0,"value":9})"), std::nullopt);
	EXPECT_EQ(refusedSeqOf(R"({"type":"respond","seq":"7","value":9})"), std::nullopt);
	EXPECT_EQ(refusedSeqOf(R"({"type":"respond","seq":8,"value":1e999})"), 8U);
	EXPECT_EQ(refusedSeqOf(R"({"type":"vote","seq":4})"), 4U);
}

TEST(Codec, RefusesWhatIsNoMessage)
{
	for (const std::string_view text :
	     {"", " ", "null", "7", "\"join\"", "[]", "[{\"type\":\"leave\"}]", "{", "{\"type\":\"leave\"", "{]",
	      "{\"type\":\"leave\"}x", "{'type':'leave'}", "{\"type\":\"le\xff\"}", "{\"type\":\"\xc3\x28\"}",
	      "{\"a\":NaN,\"type\":\"leave\"}", "\xff\xfe{\0}\0", "{\"type\":\"\\ud800\"}"}) {
		EXPECT_EQ(refusalOf(text), "bad_json") << text;
	}
	EXPECT_EQ(refusalOf(std::string_view("{\"type\":\"leave\"}\0{", 18)), "bad_json");
	EXPECT_EQ(refusalOf(R"({})"), "bad_field");
	EXPECT_EQ(refusalOf(R"({"type":7})"), "bad_field");
	EXPECT_EQ(refusalOf(R"({"type":{"type":"leave"}})"), "bad_field");
	EXPECT_EQ(refusalOf(R"({"type":"Join","session":"A"})"), "unknown_type");
	EXPECT_EQ(refusalOf(R"({"type":"respond_none"})"), "unknown_type");
	EXPECT_EQ(refusalOf(R"({"type":"look"})"), "bad_field");
}

TEST(Codec, DepthCostsNothing)
{
	const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
	EXPECT_EQ(refusalOf(deep), "bad_json");
	EXPECT_EQ(refusalOf(std::string(65'536, '[')), "bad_json");
	EXPECT_EQ(refusalOf("{\"x\":" + deep + ",\"type\":\"leave\"}"), "accepted");
	EXPECT_EQ(refusalOf("{\"type\":\"respond\",\"seq\":1,\"value\":" + deep + "}"), "bad_field");
	std::string objects;
	for (int i = 0; i < 10'000; ++i) {
		objects += "{\"a\":";
	}
	EXPECT_EQ(refusalOf(objects + "1" + std::string(10'000, '}')), "bad_field");
	EXPECT_EQ(refusalOf("{\"type\":\"join\",\"session\":\"A\",\"attributes\":" + objects + "1" +
			    std::string(10'000, '}') + "}"),
		  "bad_field");
}

TEST(Codec, TheLastOfTwoFieldsCounts)
{
	EXPECT_EQ(respondOf(R"({"type":"respond","seq":1,"seq":2,"value":1})").seq, 2U);
	const auto join =
		readClient(R"({"type":"join","session":"A","attributes":{"a":"1"},"attributes":{"b":"2"}})", kButtons);
	ASSERT_TRUE(join);
	EXPECT_EQ(std::get<Join>(*join).attributes, (std::map<std::string, std::string>{{"b", "2"}}));
}

TEST(Codec, ClockSendsBackTheNumberAsItCame)
{
	EXPECT_EQ(std::get<ClockAsk>(*readClient(R"({"type":"clock","t0":123456789012})", kButtons)).t0,
		  "123456789012");
	EXPECT_EQ(std::get<ClockAsk>(*readClient(R"({"type":"clock","t0":-4})", kButtons)).t0, "-4");
	EXPECT_EQ(json::parse(clockText(std::get<ClockAsk>(*readClient(R"({"type":"clock","t0":81.25})", kButtons)).t0,
					99))["t0"],
		  81.25);
	EXPECT_EQ(refusalOf(R"({"type":"clock"})"), "bad_field");
	EXPECT_EQ(refusalOf(R"({"type":"clock","t0":"1"})"), "bad_field");
}

// Nothing that comes in may do more than be refused.
TEST(Codec, SurvivesDamagedMessages)
{
	const std::vector<std::string> good{
		R"({"type":"join","session":"ABC234","attributes":{"age":"18-34"},"token":"0123","simulated":false})",
		R"({"type":"respond","seq":17,"value":-1,"target":"B","age_ms":250,"position_ms":90000,"pass":2})",
		R"({"type":"clock","t0":12.5e3})"};
	std::mt19937 random(1);
	for (int i = 0; i < 30'000; ++i) {
		std::string text = good[random() % good.size()];
		for (unsigned change = random() % 4; change > 0; --change) {
			const std::size_t at = random() % text.size();
			switch (random() % 3) {
			case 0:
				text[at] = static_cast<char>(random() % 256);
				break;
			case 1:
				text.insert(at, 1, static_cast<char>(random() % 256));
				break;
			default:
				text.erase(at, 1 + random() % 3);
				text += ' ';
			}
		}
		const auto message = readClient(text, kButtons);
		if (!message) {
			EXPECT_FALSE(message.error().refusal.code.empty());
			EXPECT_TRUE(
				json::accept(errorText(message.error().refusal.code, message.error().refusal.message)));
		}
	}
}

TEST(Codec, WritesJoined)
{
	Settings settings;
	settings.title = "Speech \"one\"\n\xff";
	settings.scale = {0, 100, 50};
	settings.mode = Mode::latched;
	settings.targets = {"A", "B"};
	settings.attributes = {{"age", "Your age", {"18-34", "35+"}}};
	const PlaybackChange now{1000, PlaybackState::paused, 5000, 1, 2};
	const json text = json::parse(
		joinedText({3, "id", "token", 12}, Role::participant, {settings, now, 90'000, false, true}));
	EXPECT_EQ(text["type"], "joined");
	EXPECT_EQ(text["participant"], "id");
	EXPECT_EQ(text["token"], "token");
	EXPECT_EQ(text["last_seq"], 12);
	EXPECT_EQ(text["mode"], "latched");
	EXPECT_EQ(text["scale"], (json{{"min", 0}, {"max", 100}, {"neutral", 50}}));
	EXPECT_EQ(text["tick_ms"], 5000);
	EXPECT_EQ(text["targets"], (json{"A", "B"}));
	EXPECT_EQ(text["attributes"],
		  (json::array({{{"name", "age"}, {"label", "Your age"}, {"values", {"18-34", "35+"}}}})));
	EXPECT_EQ(text["playback"],
		  (json{{"state", "paused"}, {"position_ms", 5000}, {"rate", 1}, {"pass", 2}, {"server_ms", 1000}}));
	EXPECT_EQ(text["duration_ms"], 90'000);
	EXPECT_EQ(text["revealed"], false);
	EXPECT_EQ(text["simulated"], true);
	const json observer = json::parse(joinedText({}, Role::observer, {settings, now, {}, false, false}));
	EXPECT_FALSE(observer.contains("token"));
	EXPECT_FALSE(observer.contains("duration_ms"));
	EXPECT_FALSE(observer.contains("participant"));
	const json session = json::parse(sessionText({settings, now, {}, false, false}));
	EXPECT_EQ(session["type"], "session");
	EXPECT_EQ(session["attributes"], text["attributes"]);
	EXPECT_FALSE(session.contains("token"));
}

TEST(Codec, WritesFiguresByTheTablesNames)
{
	const Figures enough{.n = 6,
			     .majority = Majority::divided,
			     .present = 8,
			     .likes = 4,
			     .dislikes = 1,
			     .mean = 0.5,
			     .sd = 0.8366600265340756,
			     .ci_low = -0.37801,
			     .ci_high = 1.37801,
			     .net = 50,
			     .activity = 0.75};
	Figures few;
	few.n = 4;
	const json tick = json::parse(tickText({"main", 4, 20'000, true, {{"All", enough}, {"few", few}}}));
	EXPECT_EQ(tick["type"], "tick");
	EXPECT_EQ(tick["tick"], 4);
	EXPECT_EQ(tick["start_ms"], 20'000);
	EXPECT_EQ(tick["closed"], true);
	const json &all = tick["segments"]["All"];
	EXPECT_EQ(all["present"], 8);
	EXPECT_EQ(all["n"], 6);
	EXPECT_EQ(all["mean"], 0.5);
	EXPECT_EQ(all["net"], 50);
	EXPECT_EQ(all["activity"], 0.75);
	EXPECT_EQ(all["sd"], 0.8366600265340756);
	EXPECT_EQ(all["majority"], "divided");
	EXPECT_EQ(tick["segments"]["few"]["n"], 4);
	EXPECT_EQ(tick["segments"]["few"]["majority"], "suppressed");
	for (const char *column :
	     {"present", "likes", "dislikes", "mean", "sd", "ci_low", "ci_high", "net", "activity"}) {
		EXPECT_TRUE(tick["segments"]["few"][column].is_null()) << column;
	}
	const json series = json::parse(seriesText({"main", 2, {{"All", {enough, few}}}}));
	EXPECT_EQ(series["from_tick"], 2);
	EXPECT_EQ(series["segments"]["All"]["n"], (json{6, 4}));
	EXPECT_EQ(series["segments"]["All"]["mean"], (json{0.5, nullptr}));
	EXPECT_EQ(series["segments"]["All"]["majority"].size(), 2U);
}

} // namespace
} // namespace pulseline::ingest
