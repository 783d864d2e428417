// Any bytes to a real server over a socket of this machine: requests, upgrades, frames. The server must end every
// connection that its client has ended.
#include "fuzz/fuzz.hpp"
#include "ingest/server.hpp"
#include "wire/memory_backend.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace pulseline;

namespace {

class Target {
public:
	Target()
	{
		std::signal(SIGPIPE, SIG_IGN);
		ingest::ServerOptions options;
		options.pages = PULSELINE_PAGES;
		Result<std::unique_ptr<ingest::Server>> started = ingest::Server::start(std::move(options), backend_);
		fuzz::require(started.has_value(), started ? "" : started.error().message);
		server_ = std::move(*started);
		address_.sin_family = AF_INET;
		address_.sin_port = htons(server_->port());
		address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}

	void talk(std::string_view bytes)
	{
		const int client = ::socket(AF_INET, SOCK_STREAM, 0);
		// Ends with a reset, so that no port is kept back; and gives up on a server that hangs.
		const linger atOnce{.l_onoff = 1, .l_linger = 0};
		const timeval patience{.tv_sec = 25, .tv_usec = 0};
		::setsockopt(client, SOL_SOCKET, SO_LINGER, &atOnce, sizeof(atOnce));
		::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		// From one address after the other: a port that was used rests for a second.
		sockaddr_in own{};
		own.sin_family = AF_INET;
		own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + ++talks_ % 250);
		const int portLater = 1;
		::setsockopt(client, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &portLater, sizeof(portLater));
		fuzz::require(::bind(client, reinterpret_cast<const sockaddr *>(&own), sizeof(own)) == 0,
			      "this machine has many addresses");
		if (::connect(client, reinterpret_cast<const sockaddr *>(&address_), sizeof(address_)) != 0) {
			// libFuzzer's alarm clock interrupts the wait now and then, on a busy machine.
			fuzz::require(errno == EINTR, "the server lets everybody connect");
			::close(client);
			return;
		}
		std::ignore = ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
		::shutdown(client, SHUT_WR);
		std::array<char, 16 * 1024> answer{};
		ssize_t got = 0;
		do {
			got = ::recv(client, answer.data(), answer.size(), 0);
		} while (got > 0);
		fuzz::require(got == 0 || errno != EAGAIN, "the server ends a connection that its client has ended");
		::close(client);
	}

	// What the session in memory has grown to.
	void tidy()
	{
		std::promise<void> done;
		server_->post([&] {
			if (server_->connections() == 0) {
				backend_.people.clear();
				backend_.left.clear();
			}
			done.set_value();
		});
		done.get_future().wait();
	}

private:
	test::MemoryBackend backend_;
	std::unique_ptr<ingest::Server> server_;
	sockaddr_in address_{};
	std::uint32_t talks_ = 0;
};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	static Target target;
	static int inputs = 0;
	target.talk(fuzz::textOf(data, size));
	if (++inputs % 256 == 0) {
		target.tidy();
	}
	return 0;
}
