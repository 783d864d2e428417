// The peer of the benchmarks of ingest: a WebSocket server of libwebsockets alone, with the options ours has, that
// counts the messages it gets (with --parse: the responses in them, as nlohmann's plain parser finds them) and keeps
// nothing. A connection hears "done" after every --each messages.
//
// bench_bare_server [--loop poll|ev|uv] [--each N] [--parse]; prints its port, then serves until its input ends.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <libwebsockets.h>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

struct Peer {
	std::uint64_t messages = 0;
	std::string *partial = nullptr;
};

std::uint64_t each = 1;
bool parse = false;
double total = 0; // of the values, so that parsing is for something
std::uint64_t responses = 0;

void look(std::string_view text)
{
	const nlohmann::json message = nlohmann::json::parse(text);
	const std::string type = message.value("type", "");
	if (type == "respond") {
		++responses;
		total += message["value"].get<double>() + static_cast<double>(message["seq"].get<std::uint64_t>());
	} else if (type == "respond_many") {
		const auto people = message["participant"].get<std::vector<std::string>>();
		const auto seqs = message["seq"].get<std::vector<std::uint64_t>>();
		const auto positions = message["position_ms"].get<std::vector<std::int64_t>>();
		const auto values = message["value"].get<std::vector<double>>();
		for (std::size_t row = 0; row < people.size(); ++row) {
			++responses;
			total += values[row] + static_cast<double>(seqs[row] + people[row].size()) +
				 static_cast<double>(positions[row]);
		}
	}
}

void message(Peer &peer, lws *wsi, std::string_view piece)
{
	const bool last = lws_is_final_fragment(wsi) != 0 && lws_remaining_packet_payload(wsi) == 0;
	if (!last || peer.partial) {
		peer.partial = peer.partial ? peer.partial : new std::string;
		*peer.partial += piece;
		piece = *peer.partial;
	}
	if (!last) {
		return;
	}
	if (parse) {
		look(piece);
	}
	delete std::exchange(peer.partial, nullptr);
	if (++peer.messages % each == 0) {
		lws_callback_on_writable(wsi);
	}
}

int callback(lws *wsi, lws_callback_reasons reason, void *user, void *in, size_t length)
{
	auto *peer = static_cast<Peer *>(user);
	if (reason == LWS_CALLBACK_RECEIVE) {
		message(*peer, wsi, {static_cast<const char *>(in), length});
	} else if (reason == LWS_CALLBACK_SERVER_WRITEABLE) {
		unsigned char out[LWS_PRE + 4];
		std::memcpy(out + LWS_PRE, "done", 4);
		return lws_write(wsi, out + LWS_PRE, 4, LWS_WRITE_TEXT) < 0 ? -1 : 0;
	} else if (reason == LWS_CALLBACK_CLOSED) {
		delete std::exchange(peer->partial, nullptr);
	}
	return 0;
}

} // namespace

int main(int count, char **arguments)
{
	static const lws_retry_bo_t noTimers{};
	static const lws_protocols protocols[] = {{"pulseline.v1", callback, sizeof(Peer), 1024, 0, nullptr, 0},
						  LWS_PROTOCOL_LIST_TERM};
	lws_context_creation_info info{};
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
	for (int i = 1; i < count; ++i) {
		const std::string_view option = arguments[i];
		if (option == "--parse") {
			parse = true;
		} else if (option == "--each" && i + 1 < count) {
			each = std::strtoull(arguments[++i], nullptr, 10);
		} else if (option == "--loop" && i + 1 < count) {
			const std::string_view loop = arguments[++i];
			info.options |= loop == "ev"   ? LWS_SERVER_OPTION_LIBEV
					: loop == "uv" ? LWS_SERVER_OPTION_LIBUV
						       : 0;
		}
	}
	lws_set_log_level(LLL_ERR, nullptr);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.max_http_header_data = 8192;
	info.retry_and_idle_policy = &noTimers;
	info.protocols = protocols;
	lws_context *context = lws_create_context(&info);
	info.port = 0;
	info.iface = "127.0.0.1";
	lws_vhost *vhost = context ? lws_create_vhost(context, &info) : nullptr;
	if (!vhost) {
		return 1;
	}
	std::printf("%d\n", lws_get_vhost_listen_port(vhost));
	std::fflush(stdout);
	std::thread([] {
		while (std::getchar() != EOF) {
		}
		std::_Exit(0);
	}).detach();
	while (lws_service(context, 0) >= 0) {
	}
	return 0;
}
