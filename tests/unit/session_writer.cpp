// The writer's thread: tickets, group commit, and what happens when the disk says no.
#include "session_support.hpp"

#include <gmock/gmock.h>
#include <numeric>

namespace pulseline::session::test {
namespace {

using testing::HasSubstr;

TEST(SessionWriter, WritesInOrderAndSaysSo)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	Reports reports;
	{
		Writer writer(must(File::create(path, dialSettings())), reports.durable(), reports.failed());
		EXPECT_EQ(writer.last(), 0);
		EXPECT_EQ(writer.add(Stratum{"30+", "x"}), 1);
		EXPECT_EQ(writer.add(Participant{"somebody", 0, true, "hash"}), 2);
		EXPECT_EQ(writer.add(PlaybackChange{5, PlaybackState::paused, 7, 1, 0}), 3);
		EXPECT_EQ(writer.note("code", "ABCDEF"), 4);
		EXPECT_EQ(writer.add(response(0, 1, 100, 1.0)), 5);
		EXPECT_EQ(writer.last(), 5);
		ASSERT_TRUE(reports.waitForTicket(5));
		EXPECT_EQ(writer.written(), 5);
		EXPECT_EQ(writer.queued(), 0);
		// On disk for everybody, before the writer is done.
		const File reader = must(File::open(path, Access::read));
		EXPECT_EQ(allResponses(reader).size(), 1);
		EXPECT_EQ(reader.note("code"), "ABCDEF");
	}
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
	const File file = must(File::open(path, Access::read));
	EXPECT_EQ(file.participants().at(0).id, "somebody");
	EXPECT_EQ(must(file.playback()).size(), 1);
	EXPECT_TRUE(reports.reasons().empty());
}

TEST(SessionWriter, WritesWhatIsQueuedBeforeItEnds)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	Reports reports;
	{
		Writer writer(must(File::create(path, dialSettings())), reports.durable(), reports.failed());
		writer.add(Stratum{"", ""});
		writer.add(Participant{"p", 0, false, ""});
		for (std::uint64_t seq = 1; seq <= 30'000; ++seq) {
			writer.add(response(0, seq, static_cast<std::int64_t>(seq), 1.0));
		}
	}
	EXPECT_EQ(reports.ticket(), 30'002);
	const std::vector<StoredResponse> stored = allResponses(must(File::open(path, Access::read)));
	ASSERT_EQ(stored.size(), 30'000);
	for (std::size_t i = 0; i < stored.size(); ++i) {
		ASSERT_EQ(stored[i].response.seq, i + 1);
	}
}

TEST(SessionWriter, KeepsTheLastCellsOfEachUpstream)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	Reports reports;
	{
		Writer writer(must(File::create(path, dialSettings())), reports.durable(), reports.failed());
		writer.add(Stratum{"", ""});
		writer.add(StoredCell{"hall", 0, 1, 3, {1, 1, 0, 0, {2.5, 0}, {6.25, 0}}});
		writer.add(StoredCell{"hall", 0, 1, 3, {4, 3, 2, 1, {190.5, 0}, {1e4, 0}}});
		writer.add(StoredCell{"hall", 0, 0, 3, {4, 0, 0, 0, {}, {}}});
		writer.add(StoredCell{"gone", 0, 0, 1, {1, 0, 0, 0, {}, {}}});
		EXPECT_EQ(writer.clearCells("gone"), 6);
	}
	EXPECT_TRUE(reports.reasons().empty());
	std::vector<StoredCell> cells;
	const File file = must(File::open(path, Access::read));
	must(file.cells([&](const StoredCell &cell) {
		cells.push_back(cell);
		return true;
	}));
	ASSERT_EQ(cells.size(), 2);
	std::ranges::sort(cells, {}, &StoredCell::target);
	EXPECT_EQ(cells[0].cell.present, 4);
	EXPECT_EQ(cells[0].cell.n, 0);
	EXPECT_EQ(cells[1].upstream, "hall");
	EXPECT_EQ(cells[1].tick, 3);
	EXPECT_EQ(cells[1].cell.likes, 2);
	EXPECT_EQ(cells[1].cell.sum.value(), 190.5);
	EXPECT_EQ(cells[1].cell.sum_sq.value(), 1e4);
}

TEST(SessionWriter, CountsWhatWaits)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	Reports reports;
	Writer writer(must(File::create(path, dialSettings())), reports.durable(), reports.failed(), {20'000});
	writer.add(Stratum{"", ""});
	writer.add(Participant{"p", 0, false, ""});
	ASSERT_TRUE(reports.waitForTicket(2));
	EXPECT_EQ(writer.stats().queuedBytes, 0);
	std::filesystem::rename(path, dir / "away.pulse");
	std::uint64_t seq = 0;
	while (!writer.full()) {
		++seq;
		writer.add(response(0, seq, 1, 1.0));
		ASSERT_LT(seq, 20'000 / sizeof(StoredResponse));
	}
	ASSERT_TRUE(reports.waitForReasons(1));
	EXPECT_EQ(writer.stats().queued, seq);
	EXPECT_GE(writer.stats().queuedBytes, 20'000);
	EXPECT_GE(writer.stats().failures, 1);
	EXPECT_EQ(writer.problem(), reports.reasons()[0]);

	std::filesystem::rename(dir / "away.pulse", path);
	ASSERT_TRUE(reports.waitForTicket(2 + seq));
	EXPECT_FALSE(writer.full());
	EXPECT_EQ(writer.problem(), "");
	const WriterStats stats = writer.stats();
	EXPECT_EQ(stats.queued, 0);
	EXPECT_EQ(stats.queuedBytes, 0);
	EXPECT_GE(stats.commits, 2);
	EXPECT_EQ(std::accumulate(stats.latency.begin(), stats.latency.end(), std::uint64_t{0}), stats.commits);
	EXPECT_GT(stats.latencySum_us, 0);
}

TEST(SessionWriter, KeepsItsLogShort)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	Reports reports;
	Writer writer(must(File::create(path, dialSettings())), reports.durable(), reports.failed());
	const std::string much(4 << 20, 'x');
	for (int i = 0; i < 40; ++i) {
		ASSERT_TRUE(reports.waitForTicket(writer.note("much", much)));
	}
	EXPECT_LT(std::filesystem::file_size(path + "-wal"), 80 << 20); // of 160 that went through it
	EXPECT_TRUE(reports.reasons().empty());
}

TEST(SessionWriter, GoesOnWithASessionThatIsThere)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 2, 2);
	}
	Reports reports;
	{
		Writer writer(must(File::open(path, Access::write)), reports.durable(), reports.failed());
		EXPECT_EQ(writer.add(response(1, 3, 1, 2.0)), 1);
		EXPECT_EQ(writer.add(Participant{"new", 1, false, ""}), 2);
		EXPECT_EQ(writer.add(response(2, 1, 1, 2.0)), 3);
	}
	EXPECT_EQ(reports.ticket(), 3);
	EXPECT_EQ(allResponses(must(File::open(path, Access::read))).back().response.participant, 2);
}

TEST(SessionWriter, LosesNothingWhileItCannotWrite)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	Reports reports;
	{
		Writer writer(must(File::create(path, dialSettings())), reports.durable(), reports.failed());
		writer.add(Stratum{"", ""});
		writer.add(Participant{"p", 0, false, ""});
		writer.add(response(0, 1, 1, 1.0));
		ASSERT_TRUE(reports.waitForTicket(3));
		std::filesystem::rename(path, dir / "away.pulse");
		writer.add(response(0, 2, 1, 1.0));
		ASSERT_TRUE(reports.waitForReasons(1));
		EXPECT_THAT(reports.reasons()[0], HasSubstr("was moved while it was in use; put it back"));
		writer.add(response(0, 3, 1, 1.0));
		EXPECT_EQ(writer.written(), 3);
		EXPECT_EQ(writer.queued(), 2);
		std::filesystem::rename(dir / "away.pulse", path);
		ASSERT_TRUE(reports.waitForTicket(5));
		EXPECT_EQ(reports.reasons().size(), 2) << "the same reason is reported once";
		EXPECT_EQ(reports.reasons().back(), "");
	}
	const std::vector<StoredResponse> stored = allResponses(must(File::open(path, Access::read)));
	ASSERT_EQ(stored.size(), 3);
	EXPECT_EQ(stored[1].response.seq, 2);
	EXPECT_EQ(stored[2].response.seq, 3);
}

TEST(SessionWriter, GivesUpAtTheEndIfItCannotWrite)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	Reports reports;
	{
		Writer writer(must(File::create(path, dialSettings())), reports.durable(), reports.failed());
		writer.add(Stratum{"", ""});
		ASSERT_TRUE(reports.waitForTicket(1));
		std::filesystem::rename(path, dir / "away.pulse");
		writer.add(Participant{"p", 0, false, ""});
		const Result<bool> closed = writer.close();
		ASSERT_FALSE(closed);
		EXPECT_THAT(closed.error().message, HasSubstr("could not be written"));
	}
	EXPECT_EQ(reports.ticket(), 1);
	EXPECT_EQ(reports.reasons().size(), 1);
}

TEST(SessionSecrets, AreWhatTheyShouldBe)
{
	// FIPS 180-4's examples.
	EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	std::set<std::string> seen;
	for (int i = 0; i < 2'000; ++i) {
		EXPECT_THAT(randomToken(), testing::MatchesRegex("[0-9a-f]{32}"));
		const std::string code = randomCode();
		EXPECT_THAT(code, testing::MatchesRegex("[A-Z2-9]{6}"));
		EXPECT_EQ(code.find_first_of("01OIL"), std::string::npos);
		EXPECT_THAT(randomId(), testing::MatchesRegex("[a-z0-9]{12}"));
		EXPECT_TRUE(seen.insert(randomToken()).second);
		EXPECT_TRUE(seen.insert(randomId()).second);
	}
}

} // namespace
} // namespace pulseline::session::test
