#include "wire/raw_client.hpp"

#include <arpa/inet.h>
#include <array>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pulseline::test {
namespace {
constexpr int kPatience_ms = 10'000;
}

std::uint16_t RawClient::Frame::closeCode() const
{
	return opcode == 8 && payload.size() >= 2
		       ? static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
						    static_cast<unsigned char>(payload[1]))
		       : std::uint16_t{0};
}

RawClient::RawClient(std::uint16_t port, const std::string &address)
	: port_(port)
{
	addrinfo hints{};
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	hints.ai_socktype = SOCK_STREAM;
	addrinfo *found = nullptr;
	if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
		return;
	}
	socket_ = ::socket(found->ai_family, SOCK_STREAM, 0);
	if (::connect(socket_, found->ai_addr, found->ai_addrlen) != 0) {
		::close(socket_);
		socket_ = -1;
	}
	const int yes = 1;
	setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	freeaddrinfo(found);
}

RawClient::~RawClient()
{
	if (socket_ >= 0) {
		::close(socket_);
	}
}

void RawClient::drop()
{
	const linger now{1, 0};
	setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	::close(socket_);
	socket_ = -1;
}

bool RawClient::sendBytes(std::string_view bytes)
{
	while (!bytes.empty()) {
		const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
		if (sent <= 0) {
			return false;
		}
		bytes.remove_prefix(static_cast<std::size_t>(sent));
	}
	return true;
}

void RawClient::shut()
{
	::shutdown(socket_, SHUT_RDWR);
}

bool RawClient::fill()
{
	pollfd ready{socket_, POLLIN, 0};
	if (socket_ < 0 || ::poll(&ready, 1, kPatience_ms) != 1) {
		return false;
	}
	std::array<char, 16384> buffer{};
	const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
	if (got <= 0) {
		return false;
	}
	in_.append(buffer.data(), static_cast<std::size_t>(got));
	return true;
}

std::string RawClient::readHead()
{
	std::size_t end = in_.find("\r\n\r\n");
	while (end == std::string::npos) {
		if (!fill()) {
			return {};
		}
		end = in_.find("\r\n\r\n");
	}
	std::string head = in_.substr(0, end + 4);
	in_.erase(0, end + 4);
	return head;
}

std::string RawClient::request(const std::string &lines)
{
	sendBytes(lines + "\r\n");
	return readHead();
}

std::string RawClient::readBody(std::size_t length)
{
	while (in_.size() < length && fill()) {
	}
	std::string body = in_.substr(0, length);
	in_.erase(0, length);
	return body;
}

std::string RawClient::upgrade(const std::string &extra, std::string host)
{
	if (host.empty()) {
		host = "127.0.0.1:" + std::to_string(port_);
	}
	return request("GET / HTTP/1.1\r\nHost: " + host +
		       "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
		       extra);
}

bool RawClient::send(std::uint8_t opcode, std::string_view payload, bool last)
{
	std::string frame(1, static_cast<char>((last ? 0x80 : 0) | opcode));
	if (payload.size() < 126) {
		frame += static_cast<char>(0x80 | payload.size());
	} else if (payload.size() < 65536) {
		frame += {static_cast<char>(0xfe), static_cast<char>(payload.size() >> 8),
			  static_cast<char>(payload.size() & 0xff)};
	} else {
		frame += static_cast<char>(0xff);
		for (int shift = 56; shift >= 0; shift -= 8) {
			frame += static_cast<char>(payload.size() >> shift & 0xff);
		}
	}
	constexpr std::array<char, 4> mask{0x12, 0x34, 0x56, 0x78};
	frame.append(mask.data(), mask.size());
	for (std::size_t i = 0; i < payload.size(); ++i) {
		frame += static_cast<char>(payload[i] ^ mask[i % 4]);
	}
	return sendBytes(frame);
}

std::optional<RawClient::Frame> RawClient::read()
{
	const auto need = [this](std::size_t length) {
		while (in_.size() < length) {
			if (!fill()) {
				return false;
			}
		}
		return true;
	};
	if (!need(2)) {
		return std::nullopt;
	}
	std::size_t length = static_cast<unsigned char>(in_[1]) & 0x7f;
	const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
	if (!need(2 + more)) {
		return std::nullopt;
	}
	if (more > 0) {
		length = 0;
		for (std::size_t i = 0; i < more; ++i) {
			length = length << 8 | static_cast<unsigned char>(in_[2 + i]);
		}
	}
	if (!need(2 + more + length)) {
		return std::nullopt;
	}
	const auto first = static_cast<unsigned char>(in_[0]);
	Frame frame{static_cast<std::uint8_t>(first & 0x0f), (first & 0x80) != 0, in_.substr(2 + more, length)};
	in_.erase(0, 2 + more + length);
	return frame;
}

std::optional<std::string> RawClient::readText()
{
	while (std::optional<Frame> frame = read()) {
		if (frame->opcode == 1) {
			return frame->payload;
		}
		if (frame->opcode == 8) {
			return std::nullopt;
		}
	}
	return std::nullopt;
}

} // namespace pulseline::test
