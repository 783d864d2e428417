#include "ingest/server.hpp"
#include "ingest/simulator.hpp"
#include "wire/memory_backend.hpp"

#include <future>
#include <gmock/gmock.h>
#include <mutex>

namespace pulseline::ingest {
namespace {

using testing::HasSubstr;

class SimulateTest : public testing::Test {
protected:
	void SetUp() override
	{
		// What is stored is "on disk" at once; the server hears of it as from the writer's thread.
		backend.written = [this](Ticket ticket) {
			backend.commit(ticket);
			server->durable(ticket);
		};
		backend.settings_.tick_ms = 1000;
		Result<std::unique_ptr<Server>> started = Server::start({}, backend);
		ASSERT_TRUE(started) << started.error().message;
		server = std::move(*started);
	}
	void onNetwork(const std::function<void()> &task)
	{
		std::promise<void> done;
		server->post([&] {
			task();
			done.set_value();
		});
		done.get_future().wait();
	}
	SimulateOptions options(std::uint32_t participants) const
	{
		SimulateOptions options;
		options.url = "ws" + server->url().substr(4);
		options.crowd.code = "abc234";
		options.crowd.participants = participants;
		options.crowd.attributes = {*Distribution::parse("age=18-34:50|35+:50")};
		return options;
	}

	test::MemoryBackend backend;
	std::unique_ptr<Server> server;
};

TEST_F(SimulateTest, WhatIsSentIsStoredOnce)
{
	SimulateOptions simulate = options(200);
	simulate.crowd.duration_s = 3;
	simulate.crowd.rate_hz = 4;
	const Result<Simulated> simulated = ingest::simulate(simulate);
	ASSERT_TRUE(simulated) << simulated.error().message;
	server.reset();
	std::uint64_t stored = 0, aged = 0;
	for (const test::MemoryBackend::Person &person : backend.people) {
		EXPECT_TRUE(person.simulated);
		stored += person.responses.size();
		for (const Respond &respond : person.responses) {
			aged += respond.age_ms >= 1000;
		}
	}
	const VoterTotals &totals = simulated->totals;
	EXPECT_EQ(backend.people.size(), 200U);
	EXPECT_EQ(totals.joined, 200U);
	EXPECT_GT(totals.sent, 1000U);
	EXPECT_EQ(totals.sent, stored);
	EXPECT_EQ(totals.acked, stored);
	EXPECT_EQ(totals.errors, 0U);
	EXPECT_EQ(simulated->unacknowledged, 0U);
	EXPECT_GE(totals.resumed, 10U) << "five in a hundred lose their connection";
	EXPECT_GT(totals.duplicates, 0U);
	EXPECT_GT(aged, 0U);
	EXPECT_GT(totals.latency.quantile(0.5), 0);
}

TEST_F(SimulateTest, EndsWithThePlayback)
{
	SimulateOptions simulate = options(20);
	simulate.crowd.rate_hz = 5;
	std::promise<void> sending;
	std::once_flag once;
	simulate.progress = [&](const VoterTotals &totals) {
		if (totals.sent > 0) {
			std::call_once(once, [&] { sending.set_value(); });
		}
	};
	std::future<Result<Simulated>> done =
		std::async(std::launch::async, [&] { return ingest::simulate(simulate); });
	sending.get_future().wait();
	server->post([this] {
		backend.now_.state = PlaybackState::ended;
		backend.updates.playback = backend.now_;
	});
	server->wake();
	const Result<Simulated> simulated = done.get();
	ASSERT_TRUE(simulated) << simulated.error().message;
	EXPECT_GT(simulated->totals.sent, 0U);
	EXPECT_EQ(simulated->totals.acked + simulated->totals.refused, simulated->totals.sent);
}

TEST_F(SimulateTest, WaitsForThePlaybackAndStopsWhenTold)
{
	onNetwork([this] { backend.now_.state = PlaybackState::stopped; });
	std::atomic<bool> stop{false};
	SimulateOptions simulate = options(5);
	simulate.stop = &stop;
	int looks = 0;
	simulate.progress = [&](const VoterTotals &totals) { stop = totals.joined == 5 && ++looks > 2; };
	const Result<Simulated> simulated = ingest::simulate(simulate);
	ASSERT_TRUE(simulated);
	EXPECT_EQ(simulated->totals.joined, 5U);
	EXPECT_EQ(simulated->totals.sent, 0U);
}

TEST_F(SimulateTest, EveryoneAtTheirOwnTime)
{
	onNetwork([this] {
		backend.settings_.ownTime = true;
		backend.settings_.duration_ms = 3000;
		backend.now_.state = PlaybackState::stopped;
	});
	const Result<Simulated> simulated = ingest::simulate(options(20));
	ASSERT_TRUE(simulated) << simulated.error().message;
	server.reset();
	std::int64_t furthest = 0;
	for (const test::MemoryBackend::Person &person : backend.people) {
		for (const Respond &respond : person.responses) {
			ASSERT_TRUE(respond.position_ms);
			furthest = std::max(furthest, *respond.position_ms);
		}
	}
	EXPECT_GT(simulated->totals.acked, 20U);
	EXPECT_GT(furthest, 1000);
	EXPECT_LT(furthest, 3000);
}

TEST_F(SimulateTest, SaysWhatIsWrong)
{
	SimulateOptions wrong = options(3);
	wrong.crowd.code = "ZZZZZZ";
	EXPECT_THAT(ingest::simulate(wrong).error().message, HasSubstr("unknown_session"));
	wrong.url = "nonsense";
	EXPECT_THAT(ingest::simulate(wrong).error().message, HasSubstr("ws://"));
	SimulateOptions endless = options(3);
	onNetwork([this] { backend.settings_.ownTime = true; });
	EXPECT_THAT(ingest::simulate(endless).error().message, HasSubstr("--duration-s"));
	server.reset();
	EXPECT_THAT(ingest::simulate(endless).error().message, HasSubstr("cannot connect to ws://127.0.0.1:"));
}

} // namespace
} // namespace pulseline::ingest
