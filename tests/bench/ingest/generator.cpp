// An audience for the benchmarks of ingest, cheaper than any server: one epoll loop, messages made beforehand, and of
// what comes back only what is needed is read. It speaks to `pulseline serve` and to the bare server.
//
// bench_generator PORT [--code C] [--key K] [--connections N] [--messages N] [--window N] [--burst N] [--rows N]
//                      [--every MS --rounds N]
//
// Without --code the server is the bare one: nobody joins and nothing is acknowledged, it says "done" at the end.
// Each connection sends --messages messages with at most --window of them not acknowledged. --burst: messages in one
// send(), where the window lets it. --key: a feed; each message is a `respond_many` of --rows rows.
// --every: everybody sends one response each so many milliseconds, spread evenly, --rounds times.
// Prints a line of JSON when all are there, waits for a line of input, works, and prints what came of it.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
	std::uint16_t port = 0;
	std::string code, key;
	std::size_t connections = 200, messages = 1000, window = 256, burst = 1, rows = 0, rounds = 0;
	std::int64_t every_ms = 0;
};

[[noreturn]] void stop(const char *why)
{
	std::fprintf(stderr, "generator: %s (%s)\n", why, std::strerror(errno));
	std::exit(1);
}

std::string frame(std::string_view text)
{
	static constexpr unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
	std::string out{'\x81'};
	const std::size_t size = text.size();
	const auto byte = [&](std::size_t value) { out += static_cast<char>(value & 0xFF); };
	if (size < 126) {
		byte(0x80 | size);
	} else {
		byte(0x80 | (size < 65536 ? 126 : 127));
		for (int shift = size < 65536 ? 8 : 56; shift >= 0; shift -= 8) {
			byte(size >> shift);
		}
	}
	out.append(reinterpret_cast<const char *>(mask), sizeof mask);
	for (std::size_t i = 0; i < size; ++i) {
		byte(static_cast<unsigned char>(text[i]) ^ mask[i % 4]);
	}
	return out;
}

struct Connection {
	int socket = -1;
	bool greeted = false, upgraded = false;
	bool writable = true;
	std::size_t sent = 0, acked = 0; // messages
	std::size_t begun = 0;           // bytes that the socket took; the messages up to `sent` may have more
	Clock::time_point sentAt;
	std::string in;
};

class Generator {
public:
	explicit Generator(Options options)
		: o_(std::move(options))
		, epoll_(epoll_create1(0))
		, connections_(o_.connections)
	{
		makeMessages();
	}

	void connectAll()
	{
		for (std::size_t i = 0; i < connections_.size(); ++i) {
			open(i);
			// In small parties, so that no queue of the kernel runs over.
			while (i + 1 - there_ >= 64) {
				poll(-1);
			}
		}
		while (there_ < connections_.size()) {
			poll(-1);
		}
	}

	void sendAll()
	{
		while (finished_ < connections_.size()) {
			bool moved = false;
			for (Connection &connection : connections_) {
				moved = push(connection) || moved;
			}
			poll(moved ? 0 : -1);
		}
	}

	void sendInTime()
	{
		const Clock::time_point start = Clock::now();
		const auto step = std::chrono::nanoseconds(o_.every_ms * 1'000'000 /
							   static_cast<std::int64_t>(connections_.size()));
		const std::size_t total = o_.rounds * connections_.size();
		for (std::size_t next = 0; next < total || acked_ < total;) {
			const auto wait = start + step * static_cast<std::int64_t>(next) - Clock::now();
			if (next < total && wait <= Clock::duration::zero()) {
				push(connections_[next % connections_.size()]);
				++next;
				continue;
			}
			const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count();
			poll(next < total ? static_cast<int>(ms) + 1 : -1);
		}
	}

	std::size_t acked() const { return acked_; }
	double latency_ms(double share)
	{
		std::ranges::sort(latencies_ms_);
		return latencies_ms_.empty() ? 0
					     : latencies_ms_[static_cast<std::size_t>(
						       share * static_cast<double>(latencies_ms_.size() - 1))];
	}

private:
	// The n-th message of every connection is the same, so one buffer holds them all.
	void makeMessages()
	{
		const std::size_t count = o_.every_ms > 0 ? o_.rounds : o_.messages;
		for (std::size_t n = 1; n <= count; ++n) {
			ends_.push_back(messages_.size());
			messages_ += frame(o_.rows > 0 ? batch(n) : single(n));
		}
		ends_.push_back(messages_.size());
	}
	static std::string single(std::size_t n)
	{
		return R"({"type":"respond","seq":)" + std::to_string(n) + R"(,"value":)" +
		       std::to_string(static_cast<int>(n % 3) - 1) + R"(,"age_ms":)" + std::to_string(n * 7 % 20) + "}";
	}
	std::string batch(std::size_t n) const
	{
		std::string people, seqs, positions, values;
		for (std::size_t row = 0; row < o_.rows; ++row) {
			const char *comma = row > 0 ? "," : "";
			people += comma + ("\"phone-" + std::to_string(10'000 + row) + '"');
			seqs += comma + std::to_string(n);
			positions += comma + std::to_string(n * 250 + row % 250);
			values += comma + std::to_string(static_cast<int>((row + n) % 3) - 1);
		}
		return R"({"type":"respond_many","batch":)" + std::to_string(n) + R"(,"participant":[)" + people +
		       R"(],"seq":[)" + seqs + R"(],"position_ms":[)" + positions + R"(],"value":[)" + values + "]}";
	}
	std::string joinText() const
	{
		return R"({"type":"join","session":")" + o_.code + R"(","role":")" +
		       (o_.key.empty() ? "participant" : "feed") + R"(","key":")" + o_.key + R"("})";
	}
	std::string people() const
	{
		std::string items;
		for (std::size_t row = 0; row < o_.rows; ++row) {
			items += (row > 0 ? "," : "") +
				 ("\"phone-" + std::to_string(10'000 + row) + R"(":{"age":"18-34"})");
		}
		return R"({"type":"participants","items":{)" + items + "}}";
	}

	void open(std::size_t index)
	{
		Connection &connection = connections_[index];
		connection.socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connection.socket < 0) {
			stop("no socket");
		}
		const int one = 1;
		setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		// 10,000 from each address: there are not ports enough for more.
		sockaddr_in address{};
		address.sin_family = AF_INET;
		address.sin_addr.s_addr = htonl(0x7F000002 + static_cast<std::uint32_t>(index / 10'000));
		setsockopt(connection.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
		if (bind(connection.socket, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0) {
			stop("cannot bind");
		}
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address.sin_port = htons(o_.port);
		if (connect(connection.socket, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 &&
		    errno != EINPROGRESS) {
			stop("cannot connect");
		}
		epoll_event event{EPOLLIN | EPOLLOUT | EPOLLET, {.u64 = index}};
		epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event);
	}

	void poll(int timeout_ms)
	{
		epoll_event events[256];
		const int count = epoll_wait(epoll_, events, 256, timeout_ms);
		for (int i = 0; i < count; ++i) {
			Connection &connection = connections_[events[i].data.u64];
			if ((events[i].events & EPOLLOUT) && !std::exchange(connection.greeted, true)) {
				greet(connection);
			}
			connection.writable = connection.writable || (events[i].events & EPOLLOUT);
			if (events[i].events & EPOLLIN) {
				read(connection);
			}
			if (events[i].events & (EPOLLERR | EPOLLHUP)) {
				stop("the server closed a connection");
			}
		}
	}
	void say(Connection &connection, const std::string &text)
	{
		if (send(connection.socket, text.data(), text.size(), MSG_NOSIGNAL) !=
		    static_cast<ssize_t>(text.size())) {
			stop("cannot send");
		}
	}
	void greet(Connection &connection)
	{
		say(connection, "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(o_.port) +
					"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
					"Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n"
					"Sec-WebSocket-Protocol: pulseline.v1\r\n\r\n");
	}

	void read(Connection &connection)
	{
		char bytes[4096];
		while (true) {
			const ssize_t got = recv(connection.socket, bytes, sizeof bytes, 0);
			if (got == 0) {
				stop("the server closed a connection");
			}
			if (got < 0) {
				return;
			}
			connection.in.append(bytes, static_cast<std::size_t>(got));
			take(connection);
			if (static_cast<std::size_t>(got) < sizeof bytes) {
				return;
			}
		}
	}
	void take(Connection &connection)
	{
		std::string &in = connection.in;
		if (!connection.upgraded) {
			const std::size_t end = in.find("\r\n\r\n");
			if (end == std::string::npos) {
				return;
			}
			if (!in.starts_with("HTTP/1.1 101")) {
				stop("no upgrade");
			}
			in.erase(0, end + 4);
			connection.upgraded = true;
			if (o_.code.empty()) {
				++there_;
			} else {
				say(connection, frame(joinText()));
			}
		}
		std::size_t at = 0;
		while (in.size() - at >= 2) {
			std::size_t size = static_cast<unsigned char>(in[at + 1]);
			std::size_t head = 2;
			if (size == 126 && in.size() - at >= 4) {
				size = static_cast<std::size_t>(static_cast<unsigned char>(in[at + 2])) << 8 |
				       static_cast<unsigned char>(in[at + 3]);
				head = 4;
			}
			if (in.size() - at < head + size) {
				break;
			}
			hear(connection, std::string_view(in).substr(at + head, size));
			at += head + size;
		}
		in.erase(0, at);
		if (in.empty()) {
			in = std::string(); // a reader of 50,000 connections keeps nothing it need not
		}
	}
	void hear(Connection &connection, std::string_view text)
	{
		if (text.find("\"ack\"") != text.npos) {
			const std::string_view name = o_.rows > 0 ? "\"batch\":" : "\"seq\":";
			const std::size_t at = text.find(name);
			const std::size_t seq = std::strtoull(text.data() + at + name.size(), nullptr, 10);
			acknowledged(connection, seq);
		} else if (text == "done") {
			acknowledged(connection, connection.sent);
		} else if (text.find("\"joined\"") != text.npos) {
			++there_;
			if (o_.rows > 0) {
				say(connection, frame(people()));
			}
		} else if (text.find("\"error\"") != text.npos) {
			std::fprintf(stderr, "generator: %.*s\n", static_cast<int>(text.size()), text.data());
			std::exit(1);
		}
	}
	void acknowledged(Connection &connection, std::size_t upTo)
	{
		acked_ += upTo - connection.acked;
		connection.acked = upTo;
		finished_ += upTo + 1 == ends_.size() ? 1 : 0;
		if (o_.every_ms > 0) {
			latencies_ms_.push_back(
				std::chrono::duration<double, std::milli>(Clock::now() - connection.sentAt).count());
		}
	}

	bool push(Connection &connection)
	{
		const std::size_t window = o_.code.empty() ? ends_.size() : o_.window;
		const std::size_t most = std::min(ends_.size() - 1, connection.acked + window);
		const std::size_t upTo = std::min(most, connection.sent + o_.burst);
		if (!connection.writable || (upTo == connection.sent && connection.begun == ends_[upTo])) {
			return false;
		}
		connection.sent = upTo;
		connection.sentAt = o_.every_ms > 0 ? Clock::now() : connection.sentAt;
		const std::size_t end = ends_[connection.sent];
		const ssize_t wrote = send(connection.socket, messages_.data() + connection.begun,
					   end - connection.begun, MSG_NOSIGNAL);
		if (wrote < 0 && errno != EAGAIN) {
			stop("cannot send");
		}
		connection.begun += wrote > 0 ? static_cast<std::size_t>(wrote) : 0;
		connection.writable = connection.begun == end;
		return wrote > 0;
	}

	Options o_;
	int epoll_;
	std::vector<Connection> connections_;
	std::string messages_;
	std::vector<std::size_t> ends_; // of the first n messages, by n
	std::size_t there_ = 0, finished_ = 0, acked_ = 0;
	std::vector<double> latencies_ms_;
};

double processor_s()
{
	rusage used{};
	getrusage(RUSAGE_SELF, &used);
	const auto seconds = [](const timeval &time) {
		return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
	};
	return seconds(used.ru_utime) + seconds(used.ru_stime);
}

Options parse(int count, char **arguments)
{
	Options o;
	o.port = static_cast<std::uint16_t>(count > 1 ? std::atoi(arguments[1]) : 0);
	std::unordered_map<std::string_view, std::string> given;
	for (int i = 2; i + 1 < count; i += 2) {
		given[arguments[i]] = arguments[i + 1];
	}
	const auto number = [&](std::string_view name, auto &to) {
		if (given.contains(name)) {
			to = static_cast<std::remove_reference_t<decltype(to)>>(std::stoull(given[name]));
		}
	};
	o.code = given["--code"];
	o.key = given["--key"];
	number("--connections", o.connections);
	number("--messages", o.messages);
	number("--window", o.window);
	number("--burst", o.burst);
	number("--rows", o.rows);
	number("--every", o.every_ms);
	number("--rounds", o.rounds);
	return o;
}

} // namespace

int main(int count, char **arguments)
{
	const Options options = parse(count, arguments);
	Generator generator(options);
	generator.connectAll();
	std::printf("{\"there\": %zu}\n", options.connections);
	std::fflush(stdout);
	if (std::getchar() == EOF) {
		return 0;
	}
	const Clock::time_point start = Clock::now();
	const double before_s = processor_s();
	if (options.every_ms > 0) {
		generator.sendInTime();
	} else {
		generator.sendAll();
	}
	const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
	std::printf("{\"acked\": %zu, \"seconds\": %.6f, \"processor_s\": %.6f, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
		    generator.acked(), seconds, processor_s() - before_s, generator.latency_ms(0.5),
		    generator.latency_ms(0.99));
	std::fflush(stdout);
	while (std::getchar() != EOF) {
	}
	return 0;
}
