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
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
		return closing || open >= maxConnections ? 1 : 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return http.upgrade(wsi, {kProtocol, kCborProtocol});
	case LWS_CALLBACK_HTTP:
		return http.request(wsi, {static_cast<const char *>(in), length}, connectionOf(wsi).sending);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return http.writable(wsi, connectionOf(wsi).sending);
	case LWS_CALLBACK_ESTABLISHED: {
		Connection &connection = connectionOf(wsi);
		const lws_protocols *protocol = lws_get_protocol(wsi);
		connection.encoding = std::strcmp(protocol->name, kCborProtocol) == 0 ? Encoding::cbor : Encoding::json;
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
