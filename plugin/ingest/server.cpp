#include "ingest/server.hpp"

#include "ingest/http.hpp"
#include "ingest/hub.hpp"
#include "ingest/listen.hpp"
#include "ingest/quiet_log.hpp"

#include <atomic>
#include <cstring>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace pulseline::ingest {
namespace {

constexpr const char *kProtocol = "pulseline.v1";
constexpr std::size_t kReadBuffer = 1024; // a connection; a message is far shorter, a longer one comes in pieces
constexpr lws_usec_t kBeat_us = 100'000;
constexpr std::chrono::seconds kClosingTime{1};

// What belongs to one connection, be it HTTP or a WebSocket.
struct Connection final : Link {
	explicit Connection(lws *w)
		: wsi(w)
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

	lws *wsi;
	Sending sending;
	PeerPtr peer; // once it is a WebSocket
	bool pingDue = false;
};

// The thread outlives whatever goes wrong in one task: out of memory, most likely, and the next beat tries again.
template <typename Task>
void guarded(Task task) noexcept
{
	try {
		task();
	} catch (const std::exception &) {
		return;
	}
}

} // namespace

struct Server::Impl {
	Impl(ServerOptions o, Backend &b, Pages pages, Doorkeeper doorkeeper)
		: options(std::move(o))
		, backend(b)
		, hub(b)
		, http(std::move(pages), std::move(doorkeeper), [&b] { return b.notReady(); })
	{
	}

	static int callback(lws *wsi, lws_callback_reasons reason, void *user, void *in, size_t length) noexcept;
	static void beat(lws_sorted_usec_list_t *sul) noexcept;
	int dispatch(lws *wsi, lws_callback_reasons reason, void *in, size_t length);
	Connection &connectionOf(lws *wsi);
	int received(lws *wsi, std::string_view piece);
	int writable(lws *wsi);
	void forget(lws *wsi);

	void run(std::promise<Result<std::uint16_t>> &started);
	Result<std::uint16_t> listen();
	void serve();
	void takeInbox();
	template <typename Change>
	void tell(Change change);

	const ServerOptions options;
	Backend &backend;
	Hub hub;
	Http http;
	std::vector<unsigned char> out; // the frame being written, behind libwebsockets' headroom
	struct Timer {
		lws_sorted_usec_list_t sul;
		Impl *impl;
	};
	Timer timer{{}, this};
	QuietLog log;
	lws_context *context = nullptr;
	bool closing = false;
	std::size_t maxConnections = 0;
	std::size_t open = 0;
	std::atomic<std::uint32_t> webSockets{0};
	std::uint16_t port = 0;
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

// ---- libwebsockets' side ------------------------------------------------------------------------------------------

int Server::Impl::callback(lws *wsi, lws_callback_reasons reason, void *, void *in, size_t length) noexcept
{
	try {
		const lws_context *context = lws_get_context(wsi);
		auto *impl = static_cast<Impl *>(lws_context_user(const_cast<lws_context *>(context)));
		return impl == nullptr ? 0 : impl->dispatch(wsi, reason, in, length);
	} catch (const std::exception &) {
		return -1; // closes this connection and no other
	}
}

int Server::Impl::dispatch(lws *wsi, lws_callback_reasons reason, void *in, size_t length)
{
	switch (reason) {
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
		return closing || open >= maxConnections ? 1 : 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return http.upgrade(wsi, kProtocol);
	case LWS_CALLBACK_HTTP:
		return http.request(wsi, {static_cast<const char *>(in), length}, connectionOf(wsi).sending);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return http.writable(wsi, connectionOf(wsi).sending);
	case LWS_CALLBACK_ESTABLISHED: {
		Connection &connection = connectionOf(wsi);
		connection.peer = hub.open(connection);
		++webSockets;
		return 0;
	}
	case LWS_CALLBACK_RECEIVE:
		return received(wsi, {static_cast<const char *>(in), length});
	case LWS_CALLBACK_RECEIVE_PONG:
		if (const Connection &connection = connectionOf(wsi); connection.peer) {
			hub.alive(*connection.peer);
		}
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return writable(wsi);
	case LWS_CALLBACK_WSI_CREATE:
		++open;
		return 0;
	case LWS_CALLBACK_CLOSED:
		forget(wsi);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		forget(wsi);
		--open;
		return 0;
	default:
		return 0;
	}
}

Connection &Server::Impl::connectionOf(lws *wsi)
{
	void *known = lws_get_opaque_user_data(wsi);
	if (known == nullptr) {
		known = std::make_unique<Connection>(wsi).release();
		lws_set_opaque_user_data(wsi, known); // forget() takes it back
	}
	return *static_cast<Connection *>(known);
}

void Server::Impl::forget(lws *wsi)
{
	const std::unique_ptr<Connection> connection(static_cast<Connection *>(lws_get_opaque_user_data(wsi)));
	lws_set_opaque_user_data(wsi, nullptr);
	if (connection && connection->peer) {
		hub.gone(connection->peer);
		--webSockets;
	}
}

int Server::Impl::received(lws *wsi, std::string_view piece)
{
	const Connection &connection = connectionOf(wsi);
	if (connection.peer) {
		const bool last = lws_is_final_fragment(wsi) != 0 && lws_remaining_packet_payload(wsi) == 0;
		hub.receive(connection.peer, piece, lws_frame_is_binary(wsi) != 0, last, Clock::now());
	}
	return 0;
}

int Server::Impl::writable(lws *wsi)
{
	Connection &connection = connectionOf(wsi);
	if (!connection.peer) {
		return 0;
	}
	out.resize(std::max<std::size_t>(out.size(), LWS_PRE));
	if (std::exchange(connection.pingDue, false) && lws_write(wsi, out.data() + LWS_PRE, 0, LWS_WRITE_PING) < 0) {
		return -1;
	}
	while (const Text text = hub.next(*connection.peer)) {
		out.resize(std::max(out.size(), LWS_PRE + text->size()));
		std::memcpy(out.data() + LWS_PRE, text->data(), text->size());
		if (lws_write(wsi, out.data() + LWS_PRE, text->size(), LWS_WRITE_TEXT) < 0) {
			return -1;
		}
		if (lws_send_pipe_choked(wsi) != 0) {
			return lws_callback_on_writable(wsi) < 0 ? -1 : 0;
		}
	}
	if (const std::optional<std::uint16_t> code = hub.closing(*connection.peer)) {
		lws_close_reason(wsi, static_cast<lws_close_status>(*code), nullptr, 0);
		return -1;
	}
	return 0;
}

void Server::Impl::beat(lws_sorted_usec_list_t *sul) noexcept
{
	Impl *impl = lws_container_of(sul, Timer, sul)->impl;
	if (!impl->closing) {
		guarded([impl] { impl->hub.beat(); });
	}
	lws_sul_schedule(impl->context, 0, sul, beat, kBeat_us);
}

// ---- the thread ---------------------------------------------------------------------------------------------------

Result<std::uint16_t> Server::Impl::listen()
{
	static const lws_retry_bo_t noTimers{};
	static const lws_protocols protocols[] = {{kProtocol, callback, 0, kReadBuffer, 0, nullptr, 0},
						  LWS_PROTOCOL_LIST_TERM};
	lws_context_creation_info info{};
	info.log_cx = log.get();
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
		       LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
	info.user = this;
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.timeout_secs = 10;
	info.keepalive_timeout = 20;
	info.max_http_header_data = 8192;
	info.server_string = "pulseline";
	info.retry_and_idle_policy = &noTimers; // the hub looks after that
	info.protocols = protocols;
	context = lws_create_context(&info);
	if (context == nullptr) {
		return fail("the network cannot be used: libwebsockets did not start");
	}
	info.port = options.port;
	info.iface = options.bind.c_str();
	info.vhost_name = "pulseline";
	lws_vhost *vhost = lws_create_vhost(context, &info);
	if (vhost == nullptr) {
		return fail("cannot listen on " + options.bind + " port " + std::to_string(options.port) +
			    "; choose another port");
	}
	return static_cast<std::uint16_t>(lws_get_vhost_listen_port(vhost));
}

void Server::Impl::run(std::promise<Result<std::uint16_t>> &started)
{
	Result<std::uint16_t> listening = listen();
	if (listening) {
		lws_sul_schedule(context, 0, &timer.sul, beat, kBeat_us);
		{
			const std::lock_guard lock(mutex);
			bell = context;
		}
		started.set_value(listening);
		serve();
	}
	{
		const std::lock_guard lock(mutex);
		bell = nullptr;
	}
	if (context != nullptr) {
		lws_sul_cancel(&timer.sul);
		lws_context_destroy(context);
	}
	if (!listening) {
		started.set_value(std::move(listening));
	}
}

void Server::Impl::serve()
{
	while (!closing && lws_service(context, 0) >= 0) {
		takeInbox();
	}
	closing = true;
	guarded([this] { hub.shutdown(); });
	const Clock::time_point deadline = Clock::now() + kClosingTime;
	while (hub.size() > 0 && Clock::now() < deadline && lws_service(context, 0) >= 0) {
		takeInbox();
	}
}

void Server::Impl::takeInbox()
{
	if (!rung.exchange(false)) {
		return;
	}
	Inbox taken;
	{
		const std::lock_guard lock(mutex);
		taken.tasks.swap(inbox.tasks);
		taken.durable = inbox.durable;
		taken.wake = std::exchange(inbox.wake, false);
		taken.stop = inbox.stop;
	}
	for (const std::function<void()> &task : taken.tasks) {
		guarded(task);
	}
	guarded([&] { hub.durable(taken.durable); });
	if (taken.wake && !closing) {
		guarded([this] { hub.news(); });
	}
	closing = closing || taken.stop;
}

template <typename Change>
void Server::Impl::tell(Change change)
{
	const std::lock_guard lock(mutex);
	change(inbox);
	if (!rung.exchange(true) && bell != nullptr) {
		lws_cancel_service(bell);
	}
}

// ---- for the others -----------------------------------------------------------------------------------------------

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Backend &backend)
{
	Result<Pages> pages = Pages::load(options.pages);
	if (!pages) {
		return std::unexpected(pages.error());
	}
	Result<Doorkeeper> doorkeeper = Doorkeeper::make(options.publicUrl);
	if (!doorkeeper) {
		return std::unexpected(doorkeeper.error());
	}
	Result<std::string> address = checkListen(options.bind, options.port);
	if (!address) {
		return std::unexpected(address.error());
	}
	options.bind = std::move(*address);
	auto impl = std::make_unique<Impl>(std::move(options), backend, std::move(*pages), std::move(*doorkeeper));
	impl->maxConnections = std::min(impl->options.maxConnections, raiseFileLimit(impl->options.maxConnections));
	std::promise<Result<std::uint16_t>> started;
	std::future<Result<std::uint16_t>> port = started.get_future();
	impl->thread = std::thread([raw = impl.get(), &started] { raw->run(started); });
	const Result<std::uint16_t> listening = port.get();
	if (!listening) {
		impl->thread.join();
		return std::unexpected(listening.error());
	}
	impl->port = *listening;
	return std::make_unique<Server>(std::move(impl));
}

Server::Server(std::unique_ptr<Impl> impl)
	: impl_(std::move(impl))
{
}

Server::~Server()
{
	impl_->tell([](Impl::Inbox &inbox) { inbox.stop = true; });
	impl_->thread.join();
}

std::uint16_t Server::port() const
{
	return impl_->port;
}

std::string Server::url() const
{
	return httpUrl(impl_->options.bind, impl_->port);
}

std::uint32_t Server::connections() const
{
	return impl_->webSockets;
}

void Server::durable(Ticket ticket)
{
	impl_->tell([ticket](Impl::Inbox &inbox) { inbox.durable = std::max(inbox.durable, ticket); });
}

void Server::wake()
{
	impl_->tell([](Impl::Inbox &inbox) { inbox.wake = true; });
}

void Server::post(std::function<void()> task)
{
	impl_->tell([&task](Impl::Inbox &inbox) { inbox.tasks.push_back(std::move(task)); });
}

} // namespace pulseline::ingest
