#include "ingest/server_impl.hpp"

#include <cstring>
#include <utility>

// What libwebsockets calls: thin, and nothing thrown here reaches it.
namespace pulseline::ingest {

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
	case LWS_CALLBACK_RAW_RX_FILE:
		letIn();
		return 0;
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED: {
		Connection &connection = connectionOf(wsi);
		connection.address = peerAddress(lws_get_socket_fd(wsi));
		connection.stands(Stage::request);
		return 0;
	}
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return http.upgrade(wsi, {kProtocol, kCborProtocol});
	case LWS_CALLBACK_HTTP: {
		Connection &connection = connectionOf(wsi);
		connection.stands(Stage::page);
		return http.request(wsi, {static_cast<const char *>(in), length}, connection.address,
				    connection.sending);
	}
	case LWS_CALLBACK_HTTP_WRITEABLE: {
		Connection &connection = connectionOf(wsi);
		connection.stands(Stage::page);
		return http.writable(wsi, connection.sending);
	}
	case LWS_CALLBACK_ESTABLISHED: {
		Connection &connection = connectionOf(wsi);
		const lws_protocols *protocol = lws_get_protocol(wsi);
		connection.encoding = std::strcmp(protocol->name, kCborProtocol) == 0 ? Encoding::cbor : Encoding::json;
		connection.address = http.sender(wsi, connection.address);
		connection.stands(Stage::silent);
		connection.peer = hub.open(connection, connection.encoding);
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
	case LWS_CALLBACK_CLOSED:
	case LWS_CALLBACK_WSI_DESTROY:
		forget(wsi);
		return 0;
	default:
		return 0;
	}
}

Connection &Server::Impl::connectionOf(lws *wsi)
{
	void *known = lws_get_opaque_user_data(wsi);
	if (known == nullptr) {
		known = std::make_unique<Connection>(wsi, *this).release();
		lws_set_opaque_user_data(wsi, known); // forget() takes it back
		++open;
		++hub.metrics.opened;
	}
	return *static_cast<Connection *>(known);
}

void Server::Impl::forget(lws *wsi)
{
	const std::unique_ptr<Connection> connection(static_cast<Connection *>(lws_get_opaque_user_data(wsi)));
	lws_set_opaque_user_data(wsi, nullptr);
	if (!connection) {
		return;
	}
	if (connection->peer) {
		hub.gone(connection->peer);
		--webSockets;
	}
	lobby.leave(*connection);
	--open;
}

void Connection::stands(std::optional<Stage> stage)
{
	if (stage) {
		server.lobby.enter(*this, *stage, server.options.clock());
	} else {
		server.lobby.leave(*this);
	}
}

// Some of those who stand at the door. Then those who are in have their turn.
void Server::Impl::letIn()
{
	// With TLS each costs a thousand times as much.
	const std::size_t most = options.tlsCert.empty() ? 64 : 4;
	for (std::size_t i = 0; i < most; ++i) {
		if (lobby.crammed(options.clock())) {
			pause(true);
			return;
		}
		const std::optional<std::intptr_t> newcomer = listener.accept();
		if (!newcomer) {
			pause(i == 0); // it is ready and gives nobody: there is no file to be had
			return;
		}
		if (admit()) {
			lws_adopt_socket_vhost(vhost, static_cast<lws_sockfd_type>(*newcomer));
		} else {
			Listener::close(*newcomer);
		}
	}
}

// Until the next beat at the latest.
void Server::Impl::pause(bool now)
{
	if (paused != now) {
		paused = now;
		lws_rx_flow_control(listening, now ? 0 : 1);
	}
}

// A newcomer comes in instead of somebody who has not joined, if there is no room for both.
bool Server::Impl::admit()
{
	if (closing) {
		return false;
	}
	if (open >= maxConnections + kSpare && !lobby.makeRoom()) {
		count(hub.metrics.cut, "full");
		return false;
	}
	return true;
}

std::string Server::Impl::notReady() const
{
	std::string why = backend.notReady();
	for (const BackendMetrics::Upstream &upstream : backend.metrics().upstreams) {
		if (why.empty() && upstream.state == "disagrees") {
			why = "upstream " + upstream.name + " disagrees with this session";
		}
	}
	return why;
}

std::string Server::Impl::metricsNow() const
{
	Metrics metrics = hub.metrics;
	count(metrics.cut, "crowded", lobby.crowded());
	count(metrics.cut, "timeout", lobby.late());
	Connected connected = hub.connected();
	for (const auto &[name, stage] : {std::pair("request", Stage::request), std::pair("page", Stage::page),
					  std::pair("silent", Stage::silent), std::pair("looked", Stage::looked)}) {
		connected.emplace_back(name, lobby.size(stage));
	}
	return metricsText(metrics, backend.metrics(), connected, notReady().empty());
}

Http::Watch Server::Impl::mayWatch(const IpAddress &from, std::string_view key)
{
	const Clock::time_point now = options.clock();
	if (key.empty()) {
		return Http::Watch::no;
	}
	if (hub.wrongCodes.spent(from, now)) {
		return Http::Watch::later;
	}
	if (backend.mayObserve(key)) {
		return Http::Watch::yes;
	}
	++hub.metrics.wrongCodes;
	hub.wrongCodes.count(from, now);
	return Http::Watch::no;
}

int Server::Impl::received(lws *wsi, std::string_view piece)
{
	const Connection &connection = connectionOf(wsi);
	if (connection.peer) {
		const std::size_t rest = lws_remaining_packet_payload(wsi);
		const bool last = lws_is_final_fragment(wsi) != 0 && rest == 0;
		hub.receive(connection.peer, piece, lws_frame_is_binary(wsi) != 0, last, options.clock(), rest);
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
	const lws_write_protocol kind = connection.encoding == Encoding::cbor ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
	while (const Text text = hub.next(*connection.peer)) {
		out.resize(std::max(out.size(), LWS_PRE + text->size()));
		std::memcpy(out.data() + LWS_PRE, text->data(), text->size());
		if (lws_write(wsi, out.data() + LWS_PRE, text->size(), kind) < 0) {
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

} // namespace pulseline::ingest
