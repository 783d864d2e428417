// The same messages as CBOR: what means the same, what is refused, and that no bytes do harm.
#include "wire/hub_fixture.hpp"

#include <random>

namespace pulseline::ingest {
namespace {

using testing::ElementsAre;

const Scale kDial{0, 100, 50};

std::string cbor(const json &message)
{
	std::string bytes;
	json::to_cbor(message, bytes);
	return bytes;
}

std::string codeOf(std::string_view bytes)
{
	const auto message = readClientCbor(bytes, kDial);
	return message ? "" : message.error().refusal.code;
}

// `{"type":"respond","seq":1,"value": …}` with these bytes for the value.
std::string respondWith(std::string_view value)
{
	return "\xA3"
	       "dtype"
	       "grespond"
	       "cseq"
	       "\x01"
	       "evalue" +
	       std::string(value);
}

std::optional<double> valueOf(std::string_view value)
{
	const auto message = readClientCbor(respondWith(value), kDial);
	EXPECT_TRUE(message) << testing::PrintToString(value);
	return message ? std::get<Respond>(*message).value : -1;
}

TEST(Cbor, ReadsTheSameObjects)
{
	const json join{{"type", "join"},
			{"session", "ABC234"},
			{"attributes", {{"näme", "grün"}, {"x", nullptr}}},
			{"simulated", true},
			{"new", {{"a", {1, {2.5, "x"}}}}}};
	const auto message = readClientCbor(cbor(join), kDial);
	ASSERT_TRUE(message);
	EXPECT_TRUE(std::get<Join>(*message).simulated);
	EXPECT_EQ(std::get<Join>(*message).attributes, (std::map<std::string, std::string>{{"näme", "grün"}}));

	const json respond{
		{"type", "respond"}, {"seq", 9007199254740991}, {"value", 62.5}, {"target", "B"}, {"age_ms", 250}};
	const auto press = readClientCbor(cbor(respond), kDial);
	ASSERT_TRUE(press);
	EXPECT_EQ(std::get<Respond>(*press).seq, 9007199254740991U);
	EXPECT_EQ(std::get<Respond>(*press).value, 62.5);

	const json many{{"type", "respond_many"}, {"batch", 1},         {"participant", {"a"}},
			{"seq", {70000}},         {"position_ms", {5}}, {"value", {nullptr}}};
	const auto batch = readClientCbor(cbor(many), kDial);
	ASSERT_TRUE(batch);
	EXPECT_THAT(std::get<RespondMany>(*batch).columns.view(1).seq, ElementsAre(70000));
}

TEST(Cbor, ReadsNumbersOfEveryWidth)
{
	EXPECT_EQ(valueOf("\x17"), 23);
	EXPECT_EQ(valueOf("\x18\x64"), 100);
	EXPECT_EQ(valueOf(std::string_view("\x1B\0\0\0\0\0\0\0\x07", 9)), 7);
	EXPECT_EQ(valueOf(std::string_view("\xF9\x51\x80", 3)), 44) << "half precision";
	EXPECT_EQ(valueOf(std::string_view("\xF9\x00\x00", 3)), 0);
	EXPECT_EQ(valueOf(std::string_view("\xFA\x42\x2E\x00\x00", 5)), 43.5);
	EXPECT_EQ(valueOf(std::string_view("\xFB\x40\x45\xC0\x00\x00\x00\x00\x00", 9)), 43.5);
	EXPECT_EQ(valueOf("\xF6"), std::nullopt);
	EXPECT_EQ(valueOf("\xC6\x05"), 5) << "a tag says nothing here";
}

TEST(Cbor, WhatIsNoNumberIsABadField)
{
	for (const std::string_view value :
	     {std::string_view("\xF9\x7E\x00", 3), std::string_view("\xF9\x7C\x00", 3),
	      std::string_view("\xF9\xFC\x00", 3), std::string_view("\xFB\x7F\xF0\0\0\0\0\0\0", 9),
	      std::string_view("\xFB\x7F\xF8\0\0\0\0\0\0", 9), std::string_view("\xF7"), std::string_view("\xF4"),
	      std::string_view("\xE0"), std::string_view("\xF8\x20"), std::string_view("\x41\x05"),
	      std::string_view("\xC2\x41\x05"), std::string_view("\x61\x35"), std::string_view("\x81\x05"),
	      std::string_view("\x9F\x05\xFF"), std::string_view("\xBF\xFF"), std::string_view("\x20"),
	      std::string_view("\x3B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
	      std::string_view("\x1B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")}) {
		const auto message = readClientCbor(respondWith(value), kDial);
		ASSERT_FALSE(message) << testing::PrintToString(value);
		EXPECT_EQ(message.error().refusal.code, "bad_field") << testing::PrintToString(value);
		EXPECT_EQ(message.error().seq, 1U);
	}
	EXPECT_EQ(codeOf("\xA2"
			 "dtype"
			 "eclock"
			 "bt0" +
			 std::string("\xF9\x7E\x00", 3)),
		  "bad_field");
}

TEST(Cbor, UndefinedIsAFieldThatIsNotThere)
{
	const auto message = readClientCbor("\xA4"
					    "dtype"
					    "grespond"
					    "cseq"
					    "\x01"
					    "evalue"
					    "\x05"
					    "ftarget"
					    "\xF7",
					    kDial);
	ASSERT_TRUE(message);
	EXPECT_FALSE(std::get<Respond>(*message).target);
}

TEST(Cbor, ReadsWhatHasNoLengthOfItsOwn)
{
	EXPECT_EQ(codeOf("\xBF"
			 "dtype"
			 "\x7F"
			 "blo"
			 "bok"
			 "\xFF"
			 "gsession"
			 "\x7F"
			 "aA"
			 "\xFF"
			 "\xFF"),
		  "")
		<< "a text in chunks";
	EXPECT_EQ(codeOf("\xBF"
			 "\x7F"
			 "bty"
			 "bpe"
			 "\xFF"
			 "eleave"
			 "\xFF"),
		  "");
	for (const std::string_view bad : {"\xBF"
					   "dtype"
					   "eleave",
					   "\xBF"
					   "dtype"
					   "\xFF",
					   "\xBF"
					   "dtype"
					   "\x7F"
					   "bloE"
					   "\xFF\xFF",
					   "\xA1"
					   "dtype"
					   "\x7F"
					   "\x7F"
					   "eleave"
					   "\xFF\xFF",
					   "\xA1"
					   "dtype"
					   "\x7F"
					   "\x45leave"
					   "\xFF",
					   "\xA1"
					   "dtype"
					   "\x7F"
					   "\xC6"
					   "eleave"
					   "\xFF",
					   "\xFF",
					   "\xA1"
					   "dtype"
					   "\xFF",
					   "\xDF"
					   "\xA0",
					   "\x1F", "\x3F"}) {
		EXPECT_EQ(codeOf(bad), "bad_json") << testing::PrintToString(bad);
	}
	// A character cut in two by chunks is none.
	EXPECT_EQ(codeOf("\xA1"
			 "dtype"
			 "\x7F"
			 "a\xC3"
			 "a\xBC"
			 "\xFF"),
		  "bad_json");
}

TEST(Cbor, RefusesWhatIsNoMessage)
{
	for (const std::string &bad : {std::string(), std::string("\x80"), std::string("\x05"), std::string("\xF6"),
				       std::string("eleave"), cbor(json{{"type", "leave"}}) + "\x01",
				       cbor(json{{"type", "leave"}}).substr(0, 5), std::string("{\"type\":\"leave\"}"),
				       std::string("\xA1"
						   "\x01"
						   "eleave"),
				       std::string("\xA1"
						   "\x44type"
						   "eleave"),
				       std::string("\xA1"
						   "\x81"
						   "dtype"
						   "eleave"),
				       std::string("\xA1"
						   "dtype"
						   "e\xC3(ave"),
				       std::string("\xA1"
						   "dtyp\xFF"
						   "eleave"),
				       std::string("\xA1"
						   "dtype"
						   "\xF8\x10"),
				       std::string("\xA1"
						   "dtype"
						   "\x1C")}) {
		EXPECT_EQ(codeOf(bad), "bad_json") << testing::PrintToString(bad);
	}
	EXPECT_EQ(codeOf("\xA0"), "bad_field");
	EXPECT_EQ(codeOf("\xA1"
			 "dtype"
			 "ddone"),
		  "unknown_type");
	EXPECT_EQ(codeOf("\xA1"
			 "dtype"
			 "\x45leave"),
		  "bad_field");
}

TEST(Cbor, NeitherDepthNorDeclaredLengthsCostAnything)
{
	EXPECT_EQ(codeOf(std::string(65'536, '\x81')), "bad_json");
	EXPECT_EQ(codeOf(std::string(65'536, '\x9F')), "bad_json");
	EXPECT_EQ(codeOf(std::string(65'536, '\xBF')), "bad_json");
	EXPECT_EQ(codeOf(std::string(65'536, '\xC6')), "bad_json");
	EXPECT_EQ(codeOf(std::string(65'536, '\x7F')), "bad_json");
	std::string keys;
	while (keys.size() < 65'000) {
		keys += "\xA1"
			"aa";
	}
	EXPECT_EQ(codeOf(keys), "bad_json");
	for (const char type : {'\x5B', '\x7B', '\x9B', '\xBB'}) {
		for (const std::string &length :
		     {std::string(8, '\xFF'), std::string("\x00\x00\x00\x7F\xFF\xFF\xFF\xFF", 8)}) {
			EXPECT_EQ(codeOf("\xA1"
					 "ax" +
					 (type + length)),
				  "bad_json");
			EXPECT_EQ(codeOf(type + length + "dtype" + "eleave"), "bad_json");
		}
	}
	const auto nested = [](std::size_t depth) {
		return "\xA2"
		       "dtype"
		       "eleave"
		       "ax" +
		       std::string(depth, '\x81') + "\x01";
	};
	EXPECT_EQ(codeOf(nested(60)), "") << "what is not known may be nested";
	EXPECT_EQ(codeOf(nested(64)), "bad_json");
}

TEST(Cbor, AnyBytesWhateverAreAMessageOrARefusal)
{
	std::mt19937 random(3);
	const json seed{{"type", "respond_many"},    {"batch", 1},
			{"participant", {"a", "b"}}, {"seq", {1, 2}},
			{"position_ms", {1, 2}},     {"value", {1.5, nullptr}}};
	const std::string good = cbor(seed);
	for (int round = 0; round < 100'000; ++round) {
		std::string bytes = good;
		for (auto changes = 1 + random() % 4; changes > 0; --changes) {
			bytes[random() % bytes.size()] = static_cast<char>(random());
		}
		bytes.resize(random() % 4 == 0 ? random() % bytes.size() : bytes.size());
		const std::string code = codeOf(bytes);
		ASSERT_TRUE(code.empty() || code == "bad_json" || code == "bad_field" || code == "unknown_type")
			<< code;
	}
}

// A connection that speaks CBOR.
class CborConnection final : public Link {
public:
	explicit CborConnection(Hub &hub)
		: hub_(hub)
		, peer_(hub.open(*this, Encoding::cbor))
	{
	}
	~CborConnection() override { hub_.gone(peer_); }
	void wantWrite() override {}
	void hold(bool) override {}
	void ping() override {}
	void cut() override {}
	IpAddress from() const override { return {}; }
	std::size_t queued() const override { return 0; }
	void stands(std::optional<Stage>) override {}

	void say(const std::string &bytes, bool binary = true)
	{
		hub_.receive(peer_, bytes, binary, true, Clock::now());
	}
	json one()
	{
		const Text bytes = hub_.next(*peer_);
		EXPECT_TRUE(bytes);
		EXPECT_FALSE(hub_.next(*peer_));
		raw = bytes ? *bytes : "";
		return bytes ? json::from_cbor(*bytes) : json();
	}
	std::string raw;

private:
	Hub &hub_;
	PeerPtr peer_;
};

TEST_F(HubTest, AnswersInCborWhoSpeaksIt)
{
	CborConnection a(hub);
	a.say(cbor(json{{"type", "clock"}, {"t0", 81250}}));
	const json clock = a.one();
	EXPECT_EQ(clock["t0"], 81250);
	EXPECT_TRUE(clock["server_ms"].is_number_integer());
	EXPECT_EQ(a.raw.substr(0, 12), "\xA3"
				       "dtypeeclock")
		<< "the fields in their order";
	a.say(cbor(kJoin));
	const json joined = a.one();
	EXPECT_EQ(joined["type"], "joined");
	EXPECT_TRUE(joined["scale"]["min"].is_number_integer());
	a.say(cbor(press(1)));
	hub.durable(1);
	EXPECT_EQ(a.one(), (json{{"type", "ack"}, {"seq", 1}}));
	a.say(cbor(press(2, 9)));
	EXPECT_EQ(a.one()["code"], "bad_field");
	a.say(press(3).dump(), false);
	EXPECT_EQ(a.one()["code"], "bad_json") << "a text frame";
	a.say(press(3).dump());
	EXPECT_EQ(a.one()["code"], "bad_json") << "JSON in a binary frame";
	a.say(std::string(65'536, '\x81'));
	EXPECT_EQ(a.one()["code"], "bad_json");
	EXPECT_EQ(backend.people[0].responses.size(), 1U);
}

} // namespace
} // namespace pulseline::ingest
