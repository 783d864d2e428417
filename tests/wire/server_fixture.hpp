// A server on a free port of this machine, with a session in memory behind it.
#pragma once

#include "ingest/server.hpp"
#include "wire/memory_backend.hpp"
#include "wire/raw_client.hpp"

#include <future>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace pulseline::ingest {

using nlohmann::json;
using test::RawClient;

inline const std::string kJoinText =
	R"({"type":"join","session":"ABC234","role":"participant","attributes":{"age":"35+"}})";

class ServerTest : public testing::Test {
protected:
	void SetUp() override { start(); }
	void start(ServerOptions options = {})
	{
		server = nullptr;
		Result<std::unique_ptr<Server>> started = Server::start(std::move(options), backend);
		ASSERT_TRUE(started) << started.error().message;
		server = std::move(*started);
	}
	// On the network thread, and waits for it.
	void onNetwork(const std::function<void()> &task)
	{
		std::promise<void> done;
		server->post([&] {
			task();
			done.set_value();
		});
		done.get_future().wait();
	}
	void commitAtOnce()
	{
		onNetwork([this] {
			backend.written = [this](Ticket ticket) {
				backend.commit(ticket);
				server->durable(ticket);
			};
		});
	}
	static json read(RawClient &client)
	{
		const std::optional<std::string> text = client.readText();
		return text ? json::parse(*text) : json();
	}
	// The next message that is not a playback, which may come at any time.
	static json answer(RawClient &client)
	{
		json message = read(client);
		while (message.is_object() && message["type"] == "playback") {
			message = read(client);
		}
		return message;
	}
	json joined(RawClient &client, const std::string &join = kJoinText)
	{
		EXPECT_THAT(client.upgrade(), testing::StartsWith("HTTP/1.1 101"));
		client.text(join);
		return answer(client);
	}

	test::MemoryBackend backend;
	std::unique_ptr<Server> server;
};

} // namespace pulseline::ingest
