#include "ingest/pages.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace pulseline::ingest {
namespace {

TEST(Doorkeeper, KnowsAddressesAndLocalhost)
{
	const Doorkeeper door = *Doorkeeper::make("");
	for (const char *host : {"127.0.0.1", "127.0.0.1:8080", "192.168.1.20:80", "[::1]", "[fe80::1]:8080",
				 "localhost", "LOCALHOST:4000"}) {
		EXPECT_TRUE(door.hostAllowed(host)) << host;
	}
	for (const char *host : {"",
				 "example.org",
				 "127.0.0.1.example.org",
				 "localhost.example.org",
				 "1.2.3",
				 "1.2.3.4.5",
				 "256.1.1.1",
				 "1.2.3.x",
				 "[::1",
				 "::1",
				 "[example.org]",
				 "127.0.0.1:",
				 "[1234]",
				 "127.0.0.1:99999",
				 "127.0.0.1:80x",
				 "a b",
				 "[::1]x",
				 "127.0.0.1\r\nx",
				 "localhost.",
				 "127.0.0.1.",
				 "me@127.0.0.1",
				 "127.0.0.1,127.0.0.1",
				 "0x7f.1"}) {
		EXPECT_FALSE(door.hostAllowed(host)) << host;
	}
}

TEST(Doorkeeper, KnowsThePublicName)
{
	const Doorkeeper door = *Doorkeeper::make("https://Vote.Example.org/live");
	EXPECT_TRUE(door.hostAllowed("vote.example.org"));
	EXPECT_TRUE(door.hostAllowed("vote.example.org:443"));
	EXPECT_FALSE(door.hostAllowed("example.org"));
	EXPECT_TRUE(door.originAllowed("https://vote.example.org", "vote.example.org"));
	EXPECT_TRUE(door.originAllowed("https://vote.example.org", "127.0.0.1:8080")); // a proxy that sets its own Host
	EXPECT_FALSE(door.originAllowed("http://vote.example.org", "127.0.0.1:8080"));
	EXPECT_FALSE(door.originAllowed("http://vote.example.org", "vote.example.org"));
	EXPECT_TRUE(door.originAllowed("http://127.0.0.1:8080", "127.0.0.1:8080"));
	EXPECT_FALSE(Doorkeeper::make("vote.example.org"));
	EXPECT_FALSE(Doorkeeper::make("ftp://vote.example.org/"));
}

TEST(Doorkeeper, OriginMustBeOurs)
{
	const Doorkeeper door = *Doorkeeper::make("");
	EXPECT_TRUE(door.originAllowed("", "127.0.0.1:8080"));
	EXPECT_TRUE(door.originAllowed("http://127.0.0.1:8080", "127.0.0.1:8080"));
	EXPECT_TRUE(door.originAllowed("http://localhost", "localhost:80"));
	EXPECT_TRUE(door.originAllowed("http://[::1]:8080", "[::1]:8080"));
	for (const char *origin :
	     {"null", "http://example.org", "http://127.0.0.1:8081", "http://localhost:8080", "file://",
	      "https://127.0.0.1", "https://127.0.0.1:8080", "127.0.0.1:8080", "http://127.0.0.1:8080x",
	      "http://me@127.0.0.1:8080", "http://127.0.0.1.:8080", "http://127.0.0.1"}) {
		EXPECT_FALSE(door.originAllowed(origin, "127.0.0.1:8080")) << origin;
	}
}

class PageFolder : public testing::Test {
protected:
	PageFolder()
		: folder_(std::filesystem::temp_directory_path() /
			  ("pulseline-pages-" + std::to_string(testing::UnitTest::GetInstance()->random_seed()) + "-" +
			   testing::UnitTest::GetInstance()->current_test_info()->name()))
	{
		std::filesystem::remove_all(folder_);
		std::filesystem::create_directories(folder_ / "audience/img");
		std::filesystem::create_directories(folder_ / "observe");
	}
	~PageFolder() override { std::filesystem::remove_all(folder_); }
	void write(const char *name, const char *text) const { std::ofstream(folder_ / name) << text; }
	std::filesystem::path folder_;
};

TEST_F(PageFolder, ServesWhatIsThere)
{
	write("audience/index.html", "<p>hello</p>");
	write("audience/app.js", "1");
	write("audience/img/ring.svg", "<svg/>");
	write("audience/.hidden", "no");
	write("observe/index.html", "<p>figures</p>");
	write("observe/app.js", "2");
	const Result<Pages> pages = Pages::load(folder_.string());
	ASSERT_TRUE(pages);
	ASSERT_NE(pages->find("/", false), nullptr);
	EXPECT_EQ(pages->find("/", false)->body, "<p>hello</p>");
	EXPECT_EQ(pages->find("/", false)->type, "text/html; charset=utf-8");
	EXPECT_EQ(pages->find("/app.js", false)->type, "text/javascript; charset=utf-8");
	EXPECT_EQ(pages->find("/img/ring.svg", false)->type, "image/svg+xml");
	EXPECT_EQ(pages->find("/observe", false)->body, "<p>figures</p>");
	EXPECT_EQ(pages->find("/observe/app.js", false)->body, "2");
	EXPECT_NE(pages->find("/", false)->tag, pages->find("/app.js", false)->tag);
	for (const char *path : {"/.hidden", "/img", "/img/", "/../index.html", "//index.html", "index.html",
				 "/audience/app.js", "/nothing"}) {
		EXPECT_EQ(pages->find(path, false), nullptr) << path;
	}
}

TEST_F(PageFolder, PacksWhatGetsShorter)
{
	write("audience/index.html", "short");
	write("audience/app.js", std::string(1000, 'j').c_str());
	write("observe/index.html", "short");
	const Result<Pages> pages = Pages::load(folder_.string());
	ASSERT_TRUE(pages);
	EXPECT_EQ(pages->find("/", true), pages->find("/", false));
	const Page *packed = pages->find("/app.js", true);
	EXPECT_EQ(packed->encoding, "gzip");
	EXPECT_EQ(packed->body.substr(0, 2), "\x1f\x8b");
	EXPECT_LT(packed->body.size(), 100U);
	EXPECT_EQ(packed->type, "text/javascript; charset=utf-8");
	EXPECT_NE(packed->tag, pages->find("/app.js", false)->tag);
}

TEST_F(PageFolder, SaysWhatIsMissing)
{
	EXPECT_FALSE(Pages::load(folder_.string()));
	write("audience/index.html", "<p>hello</p>");
	EXPECT_FALSE(Pages::load(folder_.string()));
	EXPECT_FALSE(Pages::load((folder_ / "nowhere").string()));
	const Result<Pages> none = Pages::load("");
	ASSERT_TRUE(none);
	EXPECT_EQ(none->find("/", true), nullptr);
}

TEST(ContentPolicy, AllowsOnlyOurOwn)
{
	const std::string policy = contentPolicy("192.168.1.20:8080");
	EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
	EXPECT_NE(policy.find("connect-src 'self' ws://192.168.1.20:8080"), std::string::npos);
	EXPECT_EQ(policy.find("unsafe"), std::string::npos);
}

} // namespace
} // namespace pulseline::ingest
