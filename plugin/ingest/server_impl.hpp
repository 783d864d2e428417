// The server's inside: what its thread owns, and what other threads may put into it. Of this room alone.
#pragma once

#include "ingest/guarded.hpp"
#include "ingest/http.hpp"
#include "ingest/hub.hpp"
#include "ingest/listen.hpp"
#include "ingest/quiet_log.hpp"
#include "ingest/server.hpp"

#include <atomic>
#include <ev.h>
#include <future>
#include <mutex>
#include <thread>

namespace pulseline::ingest {

inline constexpr const char *kProtocol = "pulseline.v1";
inline constexpr const char *kCborProtocol = "pulseline.v1.cbor";
inline constexpr const char *kListener = "listener"; // no protocol: libwebsockets' name for who looks after it

// What belongs to one connection, be it HTTP or a WebSocket.
struct Connection final : Link, Guest {
	Connection(lws *w, Server::Impl &s)
		: wsi(w)
		, server(s)
	{
	}
	void wantWrite() override { lws_callback_on_writable(wsi); }
	void hold(bool held) override { lws_rx_flow_control(wsi, held ? 0 : 1); }
	void ping() override
	{
		pingDue = true;
		wantWrite();
	}
	void cut() override { lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC); }
	IpAddress from() const override { return address; }
	std::size_t queued() const override { return queuedBytes(lws_get_socket_fd(wsi)); }
	void stands(std::optional<Stage> stage) override;

	lws *wsi;
	Server::Impl &server;
	IpAddress address{}; // of who is behind it, also behind a reverse proxy
	Sending sending;
	PeerPtr peer; // once it is a WebSocket
	Encoding encoding = Encoding::json;
	bool pingDue = false;
};

struct Server::Impl {
	// Connections beyond the most: for /healthz, /metrics, and who comes back before their old connection is known
	// to be dead.
	static constexpr std::size_t kSpare = 16;

	Impl(ServerOptions o, Listener l, Backend &b, Pages pages, Doorkeeper doorkeeper)
		: options(std::move(o))
		, listener(std::move(l))
		, backend(b)
		, maxConnections(raiseFileLimit(options.maxConnections))
		, hub(b,
		      {options.rate,
		       static_cast<std::uint32_t>(std::min<std::uint64_t>(10ULL * options.rate, UINT32_MAX))},
		      maxConnections)
		, lobby(maxConnections)
		, http(std::move(pages), std::move(doorkeeper), !options.publicUrl.empty(),
		       {[this] { return notReady(); }, [this] { return metricsNow(); },
			[this](const IpAddress &from, std::string_view key) { return mayWatch(from, key); }})
	{
	}

	static int callback(lws *wsi, lws_callback_reasons reason, void *user, void *in, size_t length) noexcept;
	static void beat(lws_sorted_usec_list_t *sul) noexcept;
	int dispatch(lws *wsi, lws_callback_reasons reason, void *in, size_t length);
	Connection &connectionOf(lws *wsi);
	int received(lws *wsi, std::string_view piece);
	int writable(lws *wsi);
	void forget(lws *wsi);
	void letIn();
	void pause(bool now);
	bool admit();
	std::string notReady() const;
	std::string metricsNow() const;
	Http::Watch mayWatch(const IpAddress &from, std::string_view key);

	void run(std::promise<Result<void>> &started);
	Result<void> listen();
	void makeContext(lws_context_creation_info info);
	bool step();
	void serve();
	void takeInbox();
	template <typename Change>
	void tell(Change change);

	const ServerOptions options;
	const Listener listener;
	Backend &backend;
	const std::size_t maxConnections;
	Hub hub;
	Lobby lobby;
	Http http;
	std::vector<unsigned char> out; // the frame being written, behind libwebsockets' headroom
	struct Timer {
		lws_sorted_usec_list_t sul;
		Impl *impl;
	};
	Timer timer{{}, this};
	QuietLog log;
	struct EndLoop {
		void operator()(struct ev_loop *ending) const { ev_loop_destroy(ending); }
	};
	std::unique_ptr<struct ev_loop, EndLoop> loop;
	lws_context *context = nullptr;
	lws_vhost *vhost = nullptr;
	lws *listening = nullptr; // the listener, as libwebsockets watches it
	bool paused = false;      // it does not, for now
	bool closing = false;
	std::size_t open = 0;
	std::atomic<std::uint32_t> webSockets{0};
	std::thread thread;

	// From other threads.
	struct Inbox {
		std::vector<std::function<void()>> tasks;
		Ticket durable = 0;
		bool wake = false;
		bool stop = false;
	};
	std::mutex mutex; // of the next two
	Inbox inbox;
	lws_context *bell = nullptr;   // the context, while it may be woken
	std::atomic<bool> rung{false}; // the inbox has something
};

} // namespace pulseline::ingest
