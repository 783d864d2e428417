// A session whose file others remove, move, replace or lock while it runs: nothing that was reported durable is lost,
// and the writer says at once what is wrong, also when it has nothing to write.
#include "session_support.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <random>
#include <thread>

namespace pulseline::session::test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class SessionMend : public testing::Test {
protected:
	void start()
	{
		writer_ = std::make_unique<Writer>(must(File::create(path_, dialSettings())), reports_.durable(),
						   reports_.failed(), WriterOptions{1 << 20, 300});
		writer_->add(Stratum{"", ""});
		writer_->add(Participant{"p", 0, false, ""});
		write(100);
	}
	// Adds responses.
	void add(std::uint64_t count)
	{
		for (std::uint64_t i = 0; i < count; ++i) {
			++seq_;
			writer_->add(response(0, seq_, static_cast<std::int64_t>(seq_), 1.0));
		}
	}
	// And waits until they are durable.
	void write(std::uint64_t count)
	{
		add(count);
		ASSERT_TRUE(reports_.waitForTicket(2 + seq_)) << writer_->problem();
	}
	std::string reason(std::size_t number)
	{
		return reports_.waitForReasons(number + 1) ? reports_.reasons()[number] : "nothing was said";
	}
	// With any SQLite client: everything, each once.
	static void expectStored(const std::string &path, std::uint64_t count)
	{
		const std::string all = std::to_string(count);
		EXPECT_EQ(ask(path,
			      "PRAGMA integrity_check; SELECT count(*), count(DISTINCT seq), max(seq) FROM response"),
			  "ok\n" + all + "|" + all + "|" + all + "\n");
	}
	void expectWhole()
	{
		EXPECT_TRUE(must(writer_->close()));
		writer_.reset();
		EXPECT_EQ(dir_.names(), std::set<std::string>{"a.pulse"});
		expectStored(path_, seq_);
	}
	static void awaitEmpty(const std::string &path)
	{
		while (fs::file_size(path) > 0) {
			std::this_thread::yield();
		}
	}
	std::string nameLike(const std::string &part) const
	{
		for (const std::string &name : dir_.names()) {
			if (name.contains(part)) {
				return dir_ / name;
			}
		}
		return "none";
	}

	TempDir dir_;
	const std::string path_ = dir_ / "a.pulse";
	Reports reports_;
	std::unique_ptr<Writer> writer_;
	std::uint64_t seq_ = 0;
};

TEST_F(SessionMend, ARemovedFileIsPutBack)
{
	start();
	fs::remove(path_);
	EXPECT_THAT(reason(0), HasSubstr("a.pulse was removed while it was in use")) << "though nothing is written";
	EXPECT_EQ(reason(1), "");
	expectStored(path_, seq_);
	write(50);
	fs::remove(path_);
	write(50); // also where it is noticed in writing
	EXPECT_EQ(reports_.reasons().size() % 2, 0);
	expectWhole();
}

TEST_F(SessionMend, ARemovedFileIsPutBackWithItsLogAndLock)
{
	start();
	for (const char *suffix : {"", "-wal", "-shm", "-lock"}) {
		fs::remove(path_ + suffix);
	}
	EXPECT_THAT(reason(0), HasSubstr("was removed"));
	EXPECT_EQ(reason(1), "");
	write(50);
	EXPECT_THAT(errorOf(path_, Access::write), HasSubstr("in use by another program"));
	expectWhole();
}

TEST_F(SessionMend, ARemovedFileIsPutBackWithItsFolder)
{
	const fs::path folder = dir_.path() / "show";
	fs::create_directory(folder);
	writer_ = std::make_unique<Writer>(must(File::create((folder / "a.pulse").string(), dialSettings())),
					   reports_.durable(), reports_.failed());
	writer_->add(Stratum{"", ""});
	writer_->add(Participant{"p", 0, false, ""});
	write(100);
	fs::remove_all(folder);
	EXPECT_THAT(reason(0), HasSubstr("was removed"));
	EXPECT_THAT(reason(1), HasSubstr("cannot be put back"));
	add(10);
	fs::create_directory(folder);
	EXPECT_EQ(reason(2), "");
	write(10);
	EXPECT_TRUE(must(writer_->close()));
	writer_.reset();
	expectStored((folder / "a.pulse").string(), seq_);
}

TEST_F(SessionMend, AFileThatTookTheNameIsLeftAlone)
{
	start();
	writeBytes(dir_ / "other", "not ours");
	fs::rename(dir_ / "other", path_);
	EXPECT_THAT(reason(0), HasSubstr("was removed"));
	EXPECT_THAT(reason(1), HasSubstr("another file has its name; move that away"));
	EXPECT_EQ(readBytes(path_), "not ours");
	EXPECT_FALSE(fs::exists(path_ + "-wal")) << "it would be taken for the other file's";
	expectStored(nameLike(".rescued-"), seq_);
	add(50);
	fs::remove(path_);
	EXPECT_EQ(reason(2), "");
	write(1);
	expectWhole();
}

TEST_F(SessionMend, WhatCannotBePutBackByTheEndIsKeptBesideIt)
{
	start();
	writeBytes(dir_ / "other", "not ours");
	fs::rename(dir_ / "other", path_);
	add(10);
	const Result<bool> closed = writer_->close();
	ASSERT_FALSE(closed);
	EXPECT_THAT(closed.error().message, HasSubstr("10 entries, never acknowledged, could not be written"));
	writer_.reset();
	const std::string rescued = nameLike(".rescued-");
	EXPECT_THAT(closed.error().message, HasSubstr(rescued));
	expectStored(rescued, 100);
	EXPECT_EQ(dir_.names().size(), 2);
	EXPECT_EQ(readBytes(path_), "not ours");
}

TEST_F(SessionMend, AMovedFileIsWholeWhereItIsAndGoesOnWhenItIsBack)
{
	start();
	fs::rename(path_, dir_ / "b.pulse");
	EXPECT_THAT(reason(0), HasSubstr("was moved while it was in use; put it back"));
	add(50);
	// Without its log: the writer says so a moment before that is empty.
	awaitEmpty(path_ + "-wal");
	EXPECT_EQ(allResponses(must(File::open(dir_ / "b.pulse", Access::read))).size(), 100);
	fs::rename(dir_ / "b.pulse", path_);
	EXPECT_EQ(reason(1), "");
	write(50);
	expectWhole();
}

TEST_F(SessionMend, AMovedFolderComesBack)
{
	const fs::path folder = dir_.path() / "show";
	fs::create_directory(folder);
	writer_ = std::make_unique<Writer>(must(File::create((folder / "a.pulse").string(), dialSettings())),
					   reports_.durable(), reports_.failed());
	writer_->add(Stratum{"", ""});
	writer_->add(Participant{"p", 0, false, ""});
	write(100);
	fs::rename(folder, dir_ / "elsewhere");
	EXPECT_THAT(reason(0), HasSubstr("was moved"));
	add(10);
	fs::rename(dir_ / "elsewhere", folder);
	EXPECT_EQ(reason(1), "");
	write(1);
	EXPECT_TRUE(must(writer_->close()));
	writer_.reset();
	expectStored((folder / "a.pulse").string(), seq_);
}

TEST_F(SessionMend, AFileThatStaysAwayIsClosedWhole)
{
	start();
	fs::rename(path_, dir_ / "b.pulse");
	const Result<bool> closed = writer_->close();
	ASSERT_FALSE(closed) << "nothing is lost, but it is not where it was";
	EXPECT_THAT(closed.error().message, HasSubstr("was moved"));
	writer_.reset();
	EXPECT_EQ(dir_.names(), std::set<std::string>{"b.pulse"});
	EXPECT_EQ(allResponses(must(File::open(dir_ / "b.pulse", Access::read))).size(), 100);
	expectStored(dir_ / "b.pulse", 100);
}

TEST_F(SessionMend, ALogThatWasRemovedIsMadeAnew)
{
	start();
	std::size_t told = 0;
	for (const char *suffix : {"-wal", "-shm"}) {
		fs::remove(path_ + suffix);
		EXPECT_THAT(reason(told++), HasSubstr("-wal or -shm was removed"));
		EXPECT_EQ(reason(told++), "");
		write(50);
		EXPECT_TRUE(fs::exists(path_ + suffix));
		EXPECT_EQ(allResponses(must(File::open(path_, Access::read))).size(), seq_);
	}
	expectWhole();
}

TEST_F(SessionMend, ALogThatIsReadIsMadeAnewAfterwards)
{
	start();
	sqlite3 *other = nullptr;
	sqlite3_open_v2(path_.c_str(), &other, SQLITE_OPEN_READONLY, nullptr);
	sqlite3_exec(other, "BEGIN; SELECT count(*) FROM response", nullptr, nullptr, nullptr);
	fs::remove(path_ + "-wal");
	add(50);
	EXPECT_THAT(reason(0), HasSubstr("-wal or -shm was removed"));
	EXPECT_THAT(reason(1), HasSubstr("close other programs that read it"));
	EXPECT_EQ(writer_->written(), 2 + seq_ - 50);
	sqlite3_close(other);
	EXPECT_EQ(reason(2), "");
	write(1);
	expectWhole();
}

TEST_F(SessionMend, ALockThatWasRemovedIsTakenAgain)
{
	start();
	fs::remove(path_ + "-lock");
	EXPECT_THAT(reason(0), HasSubstr("-lock was removed"));
	EXPECT_EQ(reason(1), "");
	EXPECT_THAT(errorOf(path_, Access::write), HasSubstr("in use by another program"));
	write(1);
	expectWhole();
}

TEST_F(SessionMend, NobodyGetsInWhileItsLockIsGone)
{
	start();
	for (int i = 0; i < 20; ++i) {
		fs::remove(path_ + "-lock");
		EXPECT_THAT(errorOf(path_, Access::write), HasSubstr("in use by another program"));
	}
	write(1);
	expectWhole();
}

TEST_F(SessionMend, AFileThatWasPutBackHasOneWriter)
{
	start();
	fs::remove(path_);
	EXPECT_THAT(reason(0), HasSubstr("was removed"));
	EXPECT_EQ(reason(1), "");
	fs::create_hard_link(path_, dir_ / "b.pulse");
	EXPECT_THAT(errorOf(dir_ / "b.pulse", Access::write), HasSubstr("in use by another program"));
	fs::remove(dir_ / "b.pulse");
	expectWhole();
}

TEST_F(SessionMend, WhatOthersAddedIsSaidAndNothingWrittenAfterIt)
{
	start();
	ask(path_,
	    "INSERT INTO response SELECT participant, target, seq + 1, pass, position_ms, value, received_ms, stamp "
	    "FROM response WHERE seq = 100");
	add(1);
	EXPECT_THAT(reason(0), HasSubstr("was changed by another program while it was in use"));
	const Result<bool> closed = writer_->close();
	ASSERT_FALSE(closed);
	EXPECT_THAT(closed.error().message, HasSubstr("1 entries, never acknowledged"));
	writer_.reset();
	expectStored(path_, 101);
}

TEST_F(SessionMend, AnotherWriterIsSaidAtOnceAndWaitedFor)
{
	start();
	for (const char *begin : {"BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"}) {
		const std::size_t told = reports_.reasons().size();
		sqlite3 *other = nullptr; // as `sqlite3 a.pulse` does
		sqlite3_open_v2(path_.c_str(), &other, SQLITE_OPEN_READWRITE, nullptr);
		ASSERT_EQ(sqlite3_exec(other, begin, nullptr, nullptr, nullptr), SQLITE_OK);
		add(50);
		EXPECT_THAT(reason(told), HasSubstr("in use by another program"));
		EXPECT_EQ(writer_->written(), 2 + seq_ - 50);
		sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
		sqlite3_close(other);
		EXPECT_EQ(reason(told + 1), "");
		write(1);
	}
	expectWhole();
}

// What is open can be written, whatever the folder says.
TEST_F(SessionMend, GoesOnInAFolderThatBecameReadOnly)
{
	fs::permissions(dir_.path(), fs::perms(0777));
	const fs::path folder = dir_.path() / "show";
	const std::string path = (folder / "a.pulse").string();
	const int status = inChild([&] {
		if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) {
			return 2;
		}
		fs::create_directory(folder);
		Writer writer(must(File::create(path, dialSettings())), reports_.durable(), reports_.failed());
		writer.add(Stratum{"", ""});
		reports_.waitForTicket(1);
		fs::permissions(folder, fs::perms(0555));
		if (std::ofstream(folder / "probe")) {
			return 3;
		}
		writer.add(Participant{"p", 0, false, ""});
		for (std::uint64_t seq = 1; seq <= 100; ++seq) {
			writer.add(response(0, seq, 1, 1.0));
		}
		return reports_.waitForTicket(102) && writer.close() && reports_.reasons().empty() ? 0 : 1;
	});
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(WEXITSTATUS(status), 0);
	EXPECT_EQ(allResponses(must(File::open(path, Access::read))).size(), 100) << "while it is read-only";
	fs::permissions(folder, fs::perms(0755));
	EXPECT_EQ(allResponses(must(File::open(path, Access::read))).size(), 100);
	expectStored(path, 100);
}

// One mishap after the other, often before the last one is mended.
TEST_F(SessionMend, SurvivesWhateverComesInWhateverOrder)
{
	const unsigned seed = std::random_device()();
	SCOPED_TRACE("seed " + std::to_string(seed));
	std::mt19937 random(seed);
	start();
	const std::string away = dir_ / "away.pulse";
	for (int i = 0; i < 30; ++i) {
		const std::size_t told = reports_.reasons().size();
		const auto mishap = random() % 6;
		if (mishap < 5) {
			const char *const suffixes[] = {"", "-wal", "-shm", "-lock"};
			for (unsigned part = 0; part < 4; ++part) {
				if (mishap == part || mishap == 4) { // 4: all of them
					fs::remove(path_ + suffixes[part]);
				}
			}
		} else if (std::error_code none; fs::rename(path_, away, none), !none) {
			add(5);
			if (random() % 2 == 0) {
				reports_.waitForReasons(told + 1);
			}
			fs::rename(away, path_);
		}
		add(20);
		if (random() % 3 == 0) {
			write(1);
		}
	}
	write(1);
	expectWhole();
}

// Killed while it is moved away, or while another file has its name.
TEST_F(SessionMend, SurvivesBeingKilledMeanwhile)
{
	for (const bool removed : {false, true}) {
		const std::string path = dir_ / (removed ? "removed.pulse" : "moved.pulse");
		const int status = inChild([&] {
			Reports reports;
			Writer writer(must(File::create(path, dialSettings())), reports.durable(), reports.failed());
			writer.add(Stratum{"", ""});
			writer.add(Participant{"p", 0, false, ""});
			for (std::uint64_t seq = 1; seq <= 100; ++seq) {
				writer.add(response(0, seq, 1, 1.0));
			}
			if (!reports.waitForTicket(102)) {
				return 1;
			}
			if (removed) {
				writeBytes(dir_ / "other", "not ours");
				fs::rename(dir_ / "other", path);
				reports.waitForReasons(2);
			} else {
				fs::rename(path, dir_ / "away.pulse");
				awaitEmpty(path + "-wal");
			}
			::kill(::getpid(), SIGKILL);
			return 0;
		});
		ASSERT_TRUE(WIFSIGNALED(status));
		expectStored(removed ? nameLike(".rescued-") : dir_ / "away.pulse", 100);
	}
}

} // namespace
} // namespace pulseline::session::test
