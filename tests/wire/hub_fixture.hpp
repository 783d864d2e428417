// A hub with connections that have no socket.
#pragma once

#include "ingest/hub.hpp"
#include "wire/memory_backend.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace pulseline::ingest {

using nlohmann::json;

// A connection without a socket: takes what the hub has for it when it is asked to.
class FakeConnection final : public Link {
public:
	explicit FakeConnection(Hub &hub)
		: hub_(hub)
		, peer_(hub.open(*this))
	{
	}
	~FakeConnection() override { hub_.gone(peer_); }
	void wantWrite() override { wanted = true; }
	void hold(bool h) override { held = h; }
	void ping() override { ++pings; }
	void cut() override { wasCut = true; }
	IpAddress from() const override { return address; }
	std::size_t queued() const override { return waiting; }
	void stands(std::optional<Stage> s) override { stage = s; }

	void say(const std::string &text) { hub_.receive(peer_, text, false, true, Clock::now()); }
	void say(const json &message) { say(message.dump()); }
	// What is written when the connection can be written to.
	std::vector<json> take(std::size_t most = 1'000'000)
	{
		std::vector<json> texts;
		while (wanted && texts.size() < most) {
			const Text text = hub_.next(*peer_);
			if (!text) {
				closed = hub_.closing(*peer_);
				wanted = false;
				break;
			}
			texts.push_back(json::parse(*text));
		}
		return texts;
	}
	json one()
	{
		const std::vector<json> texts = take();
		EXPECT_EQ(texts.size(), 1U) << json(texts).dump(1);
		return texts.empty() ? json() : texts.front();
	}
	const PeerPtr &peer() const { return peer_; }

	IpAddress address = *addressFrom("192.0.2.7");
	std::size_t waiting = 0;
	std::optional<Stage> stage = Stage::silent;
	bool wanted = false, held = false, wasCut = false;
	int pings = 0;
	std::optional<std::uint16_t> closed;

private:
	Hub &hub_;
	PeerPtr peer_;
};

inline std::vector<std::string> typesOf(const std::vector<json> &texts)
{
	std::vector<std::string> types;
	for (const json &text : texts) {
		types.push_back(text["type"]);
	}
	return types;
}

inline const json kJoin{{"type", "join"}, {"session", "ABC234"}, {"role", "participant"}};
inline const json kWatch{{"type", "join"}, {"session", "ABC234"}, {"role", "observer"}, {"key", "watch"}};

inline json press(std::uint64_t seq, int value = 1)
{
	return {{"type", "respond"}, {"seq", seq}, {"value", value}};
}

class HubTest : public testing::Test {
protected:
	test::MemoryBackend backend;
	Clock::time_point now = Clock::now();
	Hub hub{backend};

	void beats(int n)
	{
		for (int i = 0; i < n; ++i) {
			hub.beat(now += std::chrono::milliseconds(100));
		}
	}
	static TickFigures tick(std::int64_t number, std::uint32_t n = 3)
	{
		Figures figures;
		figures.n = n;
		return {"main", number, number * 5000, false, {{"All", figures}}};
	}
};

} // namespace pulseline::ingest
