#include "wire/server_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace pulseline::ingest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class HttpTest : public ServerTest {
protected:
	void SetUp() override
	{
		folder = std::filesystem::temp_directory_path() /
			 ("pulseline-http-" + std::to_string(::getpid()) + "-" +
			  testing::UnitTest::GetInstance()->current_test_info()->name());
		std::filesystem::create_directories(folder / "audience");
		std::filesystem::create_directories(folder / "observe");
		std::ofstream(folder / "audience/index.html") << "<p>page</p>";
		std::ofstream(folder / "observe/index.html") << "<p>figures</p>";
		std::ofstream(folder / "audience/app.js") << std::string(200'000, 'j');
		start({.pages = folder.string()});
	}
	void TearDown() override { std::filesystem::remove_all(folder); }
	std::filesystem::path folder;
};

TEST_F(HttpTest, ServesThePage)
{
	RawClient client(server->port());
	const std::string head = client.request("GET /?x=1 HTTP/1.1\r\nHost: localhost\r\n");
	EXPECT_THAT(head, StartsWith("HTTP/1.1 200"));
	EXPECT_THAT(head, HasSubstr("content-type: text/html; charset=utf-8\r\n"));
	EXPECT_THAT(head, HasSubstr("content-security-policy: default-src 'none'"));
	EXPECT_THAT(head, HasSubstr("x-content-type-options: nosniff"));
	EXPECT_THAT(head, HasSubstr("cache-control: no-cache"));
	EXPECT_THAT(head, HasSubstr("content-length: 11\r\n"));
	EXPECT_EQ(client.readBody(11), "<p>page</p>");
	// the same connection again
	EXPECT_THAT(client.request("GET /app.js HTTP/1.1\r\nHost: localhost\r\n"),
		    HasSubstr("content-length: 200000\r\n"));
	EXPECT_EQ(client.readBody(200'000), std::string(200'000, 'j'));
	EXPECT_THAT(client.request("HEAD /app.js HTTP/1.1\r\nHost: localhost\r\n"),
		    HasSubstr("content-length: 200000\r\n"));
	EXPECT_THAT(client.request("GET /observe HTTP/1.1\r\nHost: localhost\r\n"),
		    HasSubstr("content-length: 14\r\n"));
	EXPECT_EQ(client.readBody(14), "<p>figures</p>");
	EXPECT_THAT(client.request("GET /nothing HTTP/1.1\r\nHost: localhost\r\n"), HasSubstr(" 404 "));
}

TEST_F(HttpTest, PacksForWhoCanUnpack)
{
	RawClient client(server->port());
	const std::string head =
		client.request("GET /app.js HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: deflate, gzip\r\n");
	EXPECT_THAT(head, HasSubstr("content-encoding: gzip\r\n"));
	EXPECT_THAT(head, HasSubstr("vary: accept-encoding\r\n"));
	const std::size_t at = head.find("content-length: ") + 16;
	const std::size_t length = std::stoul(head.substr(at));
	EXPECT_LT(length, 1000U);
	EXPECT_EQ(client.readBody(length).substr(0, 2), "\x1f\x8b");
	EXPECT_THAT(client.request("GET /app.js HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip;q=0\r\n"),
		    HasSubstr("content-length: 200000\r\n"));
	client.readBody(200'000);
}

TEST_F(HttpTest, AnUnchangedPageIsNotSentAgain)
{
	RawClient client(server->port());
	const std::string head = client.request("GET / HTTP/1.1\r\nHost: localhost\r\n");
	client.readBody(11);
	const std::size_t at = head.find("etag: ") + 6;
	const std::string tag = head.substr(at, head.find('\r', at) - at);
	EXPECT_THAT(client.request("GET / HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + tag + "\r\n"),
		    StartsWith("HTTP/1.1 304"));
	EXPECT_THAT(client.request("GET / HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"other\"\r\n"),
		    StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpTest, NoPathLeadsElsewhere)
{
	for (const char *path : {"/../secret", "/%2e%2e/secret", "/..%2fsecret", "//etc/passwd", "/app.js/"}) {
		RawClient client(server->port());
		const std::string head = client.request("GET " + std::string(path) +
							" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
		EXPECT_THAT(head, testing::Not(HasSubstr(" 200 "))) << path;
	}
	EXPECT_THAT(
		RawClient(server->port()).request("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"),
		HasSubstr(" 405 "));
}

TEST_F(HttpTest, HealthSaysWhyNot)
{
	RawClient client(server->port());
	EXPECT_THAT(client.request("GET /healthz HTTP/1.1\r\nHost: localhost\r\n"), StartsWith("HTTP/1.1 200"));
	EXPECT_EQ(client.readBody(3), "ok\n");
	onNetwork([this] { backend.notReady_ = "the disk is full"; });
	EXPECT_THAT(client.request("GET /healthz HTTP/1.1\r\nHost: localhost\r\n"), StartsWith("HTTP/1.1 503"));
	EXPECT_EQ(client.readBody(17), "the disk is full\n");
}

} // namespace
} // namespace pulseline::ingest
