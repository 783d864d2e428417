// What a crash leaves: everything that was reported durable is there, and the file becomes one again.
#include "session_support.hpp"

#include <algorithm>
#include <csignal>
#include <gmock/gmock.h>

namespace pulseline::session::test {
namespace {

using testing::HasSubstr;

TEST(SessionCrash, IsRecoveredByTheNextReader)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	leaveCrashed(path);
	ASSERT_EQ(dir.names(), (std::set<std::string>{"a.pulse", "a.pulse-lock", "a.pulse-shm", "a.pulse-wal"}));
	{
		const File file = must(File::open(path, Access::read));
		EXPECT_EQ(file.participants().size(), 10);
		EXPECT_EQ(allResponses(file).size(), 200);
	}
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
	EXPECT_EQ(readBytes(path).substr(18, 2), "\1\1");
}

TEST(SessionCrash, IsRecoveredByTheNextWriter)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	leaveCrashed(path);
	{
		File file = must(File::open(path, Access::write));
		EXPECT_EQ(allResponses(file).size(), 200);
		must(file.begin());
		must(file.addResponses(only(response(9, 21, 1, 1.0))));
		must(file.commit());
	}
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
	EXPECT_EQ(allResponses(must(File::open(path, Access::read))).size(), 201);
}

TEST(SessionCrash, IsReadBesideAReaderThatWasThereFirst)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	leaveCrashed(path);
	sqlite3 *other = nullptr; // any SQLite client, in the middle of reading
	sqlite3_open_v2(path.c_str(), &other, SQLITE_OPEN_READONLY, nullptr);
	sqlite3_exec(other, "BEGIN; SELECT count(*) FROM response", nullptr, nullptr, nullptr);
	EXPECT_EQ(allResponses(must(File::open(path, Access::read))).size(), 200);
	sqlite3_close(other);
	EXPECT_EQ(allResponses(must(File::open(path, Access::read))).size(), 200);
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
}

TEST(SessionCrash, IsNotPutIntoADamagedFile)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 10, 200);
	}
	const int status = inChild([&] {
		File file = must(File::open(path, Access::write));
		must(file.begin());
		must(file.setNote("code", "ABCDEF"));
		must(file.commit());
		::kill(::getpid(), SIGKILL);
		return 0;
	});
	ASSERT_TRUE(WIFSIGNALED(status));
	std::string bytes = readBytes(path);
	std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2), bytes.end(), 'x');
	writeBytes(path, bytes);
	const std::string log = readBytes(path + "-wal");
	for (const Access access : {Access::read, Access::write}) {
		EXPECT_THAT(errorOf(path, access), HasSubstr("is damaged"));
		EXPECT_TRUE(readBytes(path) == bytes);
		EXPECT_TRUE(readBytes(path + "-wal") == log);
	}
}

TEST(SessionCrash, WhileBeingMadeLeavesNothingThatLooksLikeASession)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	writeBytes(path, "");
	EXPECT_THAT(errorOf(path, Access::write), HasSubstr("is not a Pulseline session"));
}

// Runs `check` as somebody who may read the folder and not write to it.
void expectAsReader(const std::filesystem::path &folder, const std::function<bool()> &check)
{
	std::filesystem::permissions(folder, std::filesystem::perms(0555));
	const int status = inChild([&] {
		if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) {
			return 2;
		}
		std::ofstream probe(folder / "probe");
		return probe ? 3 : check() ? 0 : 1;
	});
	std::filesystem::permissions(folder, std::filesystem::perms(0755));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SessionReadOnly, ClosedFilesAreRead)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 10, 20);
	}
	expectAsReader(dir.path(), [&] {
		return allResponses(must(File::open(path, Access::read))).size() == 200 &&
		       errorOf(path, Access::write).contains("read-only");
	});
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
}

TEST(SessionReadOnly, CrashedFilesAreReadWithTheirLog)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	leaveCrashed(path);
	const auto check = [&] { return allResponses(must(File::open(path, Access::read))).size() == 200; };
	expectAsReader(dir.path(), check);
	std::filesystem::remove(path + "-shm"); // as when the two were copied to a medium
	expectAsReader(dir.path(), check);
	EXPECT_TRUE(dir.names().contains("a.pulse-wal"));
}

TEST(SessionReadOnly, FilesMarkedForALogThatIsNotThereAreRead)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 10, 20);
	}
	ask(path, "PRAGMA journal_mode = WAL"); // any SQLite client; it puts the log away when it closes
	ASSERT_EQ(readBytes(path).substr(18, 2), "\2\2");
	expectAsReader(dir.path(), [&] { return allResponses(must(File::open(path, Access::read))).size() == 200; });
}

// The writer of a session in a process of its own. Each commit brings the next responses and is reported through a
// pipe, as the ticket that is durable.
class DoomedWriter {
public:
	explicit DoomedWriter(const std::string &path)
	{
		int ends[2];
		if (::pipe(ends) != 0) {
			throw std::runtime_error("pipe");
		}
		process_ = ::fork();
		if (process_ == 0) {
			::close(ends[0]);
			write(path, ends[1]);
		}
		::close(ends[1]);
		reports_ = ends[0];
	}
	~DoomedWriter()
	{
		kill();
		::close(reports_);
	}

	// The next ticket that was reported; empty when there is none any more.
	std::optional<std::uint64_t> next()
	{
		std::uint64_t ticket = 0;
		return ::read(reports_, &ticket, sizeof ticket) == sizeof ticket ? std::optional(ticket) : std::nullopt;
	}

	void kill()
	{
		if (process_ > 0) {
			::kill(process_, SIGKILL);
			::waitpid(process_, nullptr, 0);
			process_ = 0;
		}
	}

private:
	static void write(const std::string &path, int reports)
	{
		::alarm(120); // should nobody come to kill it
		std::unique_ptr<Writer> writer;
		std::atomic<bool> ready = false;
		std::uint64_t seq = 0;
		const auto addSome = [&] {
			for (int i = 0; i < 400; ++i) {
				++seq;
				writer->add(response(0, seq, static_cast<std::int64_t>(seq),
						     static_cast<double>(seq % 101)));
			}
		};
		const auto durable = [&](std::uint64_t ticket) {
			if (::write(reports, &ticket, sizeof ticket) != sizeof ticket) {
				::_exit(1);
			}
			ready.wait(false);
			addSome();
		};
		writer =
			std::make_unique<Writer>(must(File::create(path, dialSettings())), durable, [](std::string) {});
		writer->add(Stratum{"18-29", "north"});
		writer->add(Participant{"person", 0, false, ""});
		ready = true;
		ready.notify_all();
		while (true) {
			::pause();
		}
	}

	pid_t process_ = 0;
	int reports_ = -1;
};

TEST(SessionCrash, KeepsEverythingThatWasReportedDurable)
{
	TempDir dir;
	for (int round = 0; round < 5; ++round) {
		const std::string path = dir / (std::to_string(round) + ".pulse");
		std::uint64_t durable = 0;
		{
			DoomedWriter writer(path);
			for (int i = 0; i < 4 + round; ++i) {
				const std::optional<std::uint64_t> ticket = writer.next();
				ASSERT_TRUE(ticket);
				durable = *ticket;
			}
			// While it runs: it can be read, and not written.
			EXPECT_GE(allResponses(must(File::open(path, Access::read))).size(), durable - 2);
			EXPECT_THAT(errorOf(path, Access::write), HasSubstr("in use by another program"));
			writer.kill();
			while (const std::optional<std::uint64_t> ticket = writer.next()) {
				durable = *ticket;
			}
		}
		const File file = must(File::open(path, round % 2 == 0 ? Access::read : Access::write));
		const std::vector<StoredResponse> stored = allResponses(file);
		EXPECT_GE(stored.size(), durable - 2); // one stratum, one participant
		for (std::size_t i = 0; i < stored.size(); ++i) {
			ASSERT_EQ(stored[i].response.seq, i + 1);
		}
	}
}

TEST(SessionCrash, ReadersAndAWriterThatComesAndGoesDoNotDisturbEachOther)
{
	constexpr std::uint64_t kSittings = 25;
	constexpr std::uint64_t kEach = 40;
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 1, 0);
	}
	const pid_t writer = ::fork();
	if (writer == 0) {
		for (std::uint64_t seq = 1; seq <= kSittings * kEach;) {
			Result<File> file = File::open(path, Access::write);
			if (!file) {
				::_exit(2);
			}
			for (std::uint64_t i = 0; i < kEach; i += 4, seq += 4) {
				Result<void> done = file->begin();
				for (std::uint64_t j = 0; done && j < 4; ++j) {
					done = file->addResponses(only(response(0, seq + j, 0, 1.0)));
				}
				if (!done || !file->commit()) {
					::_exit(3);
				}
			}
		}
		::_exit(0);
	}
	std::size_t seen = 0;
	int status = 0;
	int reads = 0;
	while (::waitpid(writer, &status, WNOHANG) == 0) {
		const Result<File> file = File::open(path, Access::read);
		ASSERT_TRUE(file) << file.error().message;
		const std::size_t now = allResponses(*file).size();
		ASSERT_GE(now, seen);
		ASSERT_EQ(now % 4, 0);
		seen = now;
		++reads;
	}
	EXPECT_EQ(WEXITSTATUS(status), 0);
	EXPECT_GT(reads, 0);
	EXPECT_EQ(allResponses(must(File::open(path, Access::read))).size(), kSittings * kEach);
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
}

} // namespace
} // namespace pulseline::session::test
