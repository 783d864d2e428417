// A session file and others who want it: one writer at a time, under whatever name, and programs that read or change
// it.
#include "session_support.hpp"

#include <gmock/gmock.h>

namespace pulseline::session::test {
namespace {

using testing::HasSubstr;

TEST(SessionFile, HasOneWriterAtATime)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	std::filesystem::create_symlink("a.pulse", dir / "other-name.pulse");
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 1, 1);
		EXPECT_THAT(errorOf(path, Access::write), HasSubstr("in use by another program"));
		EXPECT_THAT(errorOf(dir / "other-name.pulse", Access::write), HasSubstr("in use by another program"));
		const int status = inChild(
			[&] { return errorOf(path, Access::write).contains("in use by another program") ? 0 : 1; });
		EXPECT_EQ(WEXITSTATUS(status), 0);
	}
	EXPECT_EQ(errorOf(path, Access::write), "");
}

// The file beside it that is locked goes by the name; what is written goes by the file.
TEST(SessionFile, HasOneWriterUnderWhateverName)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 1, 1);
		const auto expectRefused = [](const std::string &name) {
			EXPECT_THAT(errorOf(name, Access::write), HasSubstr("in use by another program"));
			const int status = inChild([&] {
				return errorOf(name, Access::write).contains("in use by another program") ? 0 : 1;
			});
			EXPECT_EQ(WEXITSTATUS(status), 0);
		};
		std::filesystem::create_hard_link(path, dir / "linked.pulse");
		expectRefused(dir / "linked.pulse");
		std::filesystem::rename(path, dir / "moved.pulse");
		expectRefused(dir / "moved.pulse");
		std::filesystem::rename(dir / "moved.pulse", path);
		std::filesystem::remove(path + "-lock");
		expectRefused(path);
		std::filesystem::copy_file(path, dir / "copied.pulse");
		EXPECT_EQ(errorOf(dir / "copied.pulse", Access::write), "") << "it is another file";
	}
	EXPECT_EQ(dir.names(), (std::set<std::string>{"a.pulse", "copied.pulse", "linked.pulse"}));
	EXPECT_EQ(allResponses(must(File::open(dir / "linked.pulse", Access::write))).size(), 1);
}

TEST(SessionFile, DoesNotGoOnAfterOthersThatAddedToIt)
{
	for (const char *change :
	     {"INSERT INTO response SELECT participant, target, seq + 1, pass, position_ms, value, "
	      "received_ms, stamp FROM response",
	      "DELETE FROM response", "INSERT INTO participant VALUES ('new', 0, 0, NULL)",
	      "INSERT INTO stratum VALUES (2, '{}')"}) {
		TempDir dir;
		const std::string path = dir / "a.pulse";
		File file = must(File::create(path, dialSettings()));
		EXPECT_EQ(errorOf(path, Access::read), "");
		fill(file, 1, 1);
		ask(path, "INSERT INTO segment VALUES ('Young', 'age=18-29')"); // no harm
		must(file.begin());
		must(file.addResponses(only(response(0, 2, 0, 1.0))));
		must(file.commit());
		ask(path, change);
		for (int tries = 0; tries < 2; ++tries) {
			const Result<void> begun = file.begin();
			ASSERT_FALSE(begun) << change;
			EXPECT_THAT(begun.error().message, HasSubstr("was changed by another program"));
		}
	}
}

TEST(SessionFile, DoesNotGoOnAfterOthersThatCameFirst)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 1, 1);
	}
	File file = must(File::open(path, Access::write));
	ask(path, "DELETE FROM response");
	EXPECT_FALSE(file.begin());
}

TEST(SessionFile, IsReadWhileAnotherWrites)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File writer = must(File::create(path, dialSettings()));
		fill(writer, 2, 5);
		const File reader = must(File::open(path, Access::read));
		must(writer.begin());
		must(writer.addParticipant({"late", 0, false, ""}));
		must(writer.addResponses(only(response(2, 1, 99, 5.0))));
		EXPECT_EQ(allResponses(reader).size(), 10);
		must(writer.commit());
		// What came after it opened the file is not its business.
		EXPECT_EQ(allResponses(reader).size(), 10);
		EXPECT_EQ(must(reader.totals()).responses, 10);
		const File later = must(File::open(path, Access::read));
		EXPECT_EQ(allResponses(later).size(), 11);
		EXPECT_EQ(later.participants().size(), 3);
	}
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
}

TEST(SessionFile, IsMadeWholeByTheLastToLeave)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		std::optional<File> writer = must(File::create(path, dialSettings()));
		fill(*writer, 2, 5);
		const File reader = must(File::open(path, Access::read));
		writer.reset();
		EXPECT_EQ(allResponses(reader).size(), 10);
	}
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
	EXPECT_EQ(readBytes(path).substr(18, 2), "\1\1");
}

TEST(SessionFile, IsCompleteWhereOthersHaveItOpen)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	File file = must(File::create(path, dialSettings()));
	fill(file, 2, 5);
	sqlite3 *other = nullptr;
	sqlite3_open_v2(path.c_str(), &other, SQLITE_OPEN_READONLY, nullptr);
	sqlite3_exec(other, "SELECT count(*) FROM response", nullptr, nullptr, nullptr);
	EXPECT_FALSE(must(file.finish())) << "it stays in WAL mode";
	std::filesystem::copy_file(path, dir / "alone.pulse");
	EXPECT_EQ(allResponses(must(File::open(dir / "alone.pulse", Access::read))).size(), 10);
	sqlite3_close(other);
}

TEST(SessionFile, SaysIfItIsNotCompleteWithoutItsLog)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 1, 1);
		sqlite3 *other = nullptr;
		sqlite3_open_v2(path.c_str(), &other, SQLITE_OPEN_READONLY, nullptr);
		sqlite3_exec(other, "BEGIN; SELECT count(*) FROM response", nullptr, nullptr, nullptr);
		must(file.begin());
		must(file.addResponses(only(response(0, 2, 0, 1.0))));
		must(file.commit());
		const Result<bool> finished = file.finish();
		ASSERT_FALSE(finished);
		EXPECT_THAT(finished.error().message, HasSubstr("complete only together with " + path + "-wal"));
		sqlite3_close(other);
	}
	EXPECT_EQ(allResponses(must(File::open(path, Access::read))).size(), 2);
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
}

TEST(SessionFile, DoesNotWriteWhereItsNameIsGone)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	File file = must(File::create(path, dialSettings()));
	fill(file, 1, 1);
	must(file.begin());
	must(file.addResponses(only(response(0, 2, 0, 1.0))));
	std::filesystem::rename(path, dir / "elsewhere.pulse");
	const Result<void> committed = file.commit();
	ASSERT_FALSE(committed);
	EXPECT_THAT(committed.error().message, HasSubstr("was moved while it was in use"));
	std::filesystem::rename(dir / "elsewhere.pulse", path);
	EXPECT_EQ(allResponses(file).size(), 1);
	must(file.begin());
	must(file.addResponses(only(response(0, 2, 0, 1.0))));
	must(file.commit());
	EXPECT_EQ(allResponses(file).size(), 2);
}

} // namespace
} // namespace pulseline::session::test
