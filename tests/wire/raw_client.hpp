// A WebSocket client of our own on a bare blocking socket, for saying what no proper client would. POSIX.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pulseline::test {

class RawClient {
public:
	struct Frame {
		std::uint8_t opcode = 0; // 1 text, 2 binary, 8 close, 9 ping, 10 pong
		bool last = true;
		std::string payload;
		std::uint16_t closeCode() const;
	};

	// Connects; nothing is said yet.
	explicit RawClient(std::uint16_t port, const std::string &address = "127.0.0.1");
	~RawClient();
	RawClient(const RawClient &) = delete;
	RawClient &operator=(const RawClient &) = delete;

	bool connected() const { return socket_ >= 0; }
	bool sendBytes(std::string_view bytes); // false: the connection has ended
	// Up to the end of the head; then headerOf() answers from it. "" if the connection ended.
	std::string readHead();
	std::string request(const std::string &lines); // sends them and an empty line, returns the head
	std::string readBody(std::size_t length);
	// Becomes a WebSocket; returns the head.
	std::string upgrade(const std::string &extra = "Sec-WebSocket-Protocol: pulseline.v1\r\n",
			    std::string host = {});

	bool send(std::uint8_t opcode, std::string_view payload, bool last = true);
	bool text(std::string_view payload) { return send(1, payload); }
	// The next frame, or nothing if the connection ended or the patience (10 s) did.
	std::optional<Frame> read();
	// The next text frame; pings and others are passed over.
	std::optional<std::string> readText();
	void drop(); // resets the connection
	void shut(); // ends it, also for a thread that is sending

private:
	bool fill();

	int socket_ = -1;
	std::uint16_t port_;
	std::string in_;
};

} // namespace pulseline::test
