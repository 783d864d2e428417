// The session file: what was written is read back, by us and by any SQLite client, and it is one file when closed.
#include "session_support.hpp"

#include "session/recount.hpp"

#include <cmath>
#include <gmock/gmock.h>

namespace pulseline::session::test {
namespace {

using testing::HasSubstr;

TEST(SessionFile, ReadsBackWhatWasWritten)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	Settings settings = dialSettings();
	settings.duration_ms = 90'000;
	settings.blind = true;
	const PlaybackChange change{1'700'000'000'123, PlaybackState::playing, 4'000, 1.25, 2};
	std::vector<StoredResponse> written;
	{
		File file = must(File::create(path, settings));
		fill(file, 6, 10);
		must(file.begin());
		must(file.addPlayback(change));
		must(file.setNote("code", "ABC234"));
		must(file.addResponses(only({{5, 1, 11, 89'999, 4, 0.1}, 1, Stamp::corrected})));
		must(file.commit());
		written = allResponses(file);
	}
	const File file = must(File::open(path, Access::read));
	EXPECT_EQ(file.settings(), settings);
	EXPECT_EQ(file.strata(), (std::vector<Stratum>{{"18-29", "north"}, {"30+", ""}}));
	ASSERT_EQ(file.participants().size(), 6);
	EXPECT_EQ(file.participants()[0].tokenHash, sha256("t"));
	EXPECT_EQ(file.participants()[5].id, "person5");
	EXPECT_EQ(file.participants()[5].stratum, 1);
	EXPECT_TRUE(file.participants()[3].simulated);
	EXPECT_EQ(file.note("code"), "ABC234");
	EXPECT_EQ(file.note("nothing"), "");
	EXPECT_EQ(must(file.playback()), std::vector<PlaybackChange>{change});

	const std::vector<StoredResponse> read = allResponses(file);
	ASSERT_EQ(read.size(), 61);
	ASSERT_EQ(written.size(), 61);
	for (std::size_t i = 0; i < 61; ++i) {
		EXPECT_EQ(read[i].response.participant, written[i].response.participant);
		EXPECT_EQ(read[i].response.seq, written[i].response.seq);
		EXPECT_EQ(read[i].response.value, written[i].response.value);
	}
	EXPECT_EQ(read[60].response.value, 0.1);
	EXPECT_EQ(read[60].response.pass, 4);
	EXPECT_EQ(read[60].response.target, 1);
	EXPECT_EQ(read[60].stamp, Stamp::corrected);
	const Totals totals = must(file.totals());
	EXPECT_EQ(totals.responses, 61);
	EXPECT_EQ(totals.furthest_ms, 89'999);
}

TEST(SessionFile, IsOneFileOnceClosed)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 2, 3);
		EXPECT_TRUE(dir.names().contains("a.pulse-wal"));
		EXPECT_EQ(ask(path, "PRAGMA journal_mode"), "wal\n");
	}
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
	const std::string bytes = readBytes(path);
	EXPECT_EQ(bytes.substr(68, 4), "PULS");
	EXPECT_EQ(bytes.substr(60, 4), std::string("\0\0\0\2", 4));
	EXPECT_EQ(bytes.substr(18, 2), "\1\1"); // a rollback journal
	{
		const File file = must(File::open(path, Access::read));
		EXPECT_EQ(allResponses(file).size(), 6);
		EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
	}
	EXPECT_EQ(readBytes(path), bytes);
}

TEST(SessionFile, KnowsWhoIsOutOfTheCountAndWhichTicketsAreUsed)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	const auto expectOut = [](const File &file, std::uint64_t out, std::uint64_t voices) {
		EXPECT_EQ(must(file.totals()).responses, 12);
		EXPECT_EQ(must(file.totals()).out, out);
		Counter counter = counterFor(file.settings());
		must(recount(file, counter));
		std::uint64_t present = 0;
		for (std::int64_t tick = 0; tick < counter.cells().ticks(); ++tick) {
			present += counter.cells().at(0, 0, tick).present + counter.cells().at(1, 0, tick).present;
		}
		EXPECT_EQ(present, voices);
		EXPECT_EQ(allResponses(file).size(), 12);
	};
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 4, 3);
		must(file.begin());
		must(file.setOut("person1", true));
		must(file.setOut("person2", true));
		must(file.setOut("person2", true));
		must(file.addTicket({"aa", ""}));
		must(file.addTicket({"bb", ""}));
		must(file.commit());
		must(file.begin());
		must(file.setOut("person1", false));
		must(file.setOut("person3", true));
		EXPECT_FALSE(file.setOut("nobody", true));
		must(file.rollback());
		expectOut(file, 6, 2);
		must(file.begin());
		must(file.setOut("person1", false));
		must(file.addTicket({"bb", "person3"}));
		must(file.commit());
	}
	const File file = must(File::open(path, Access::read));
	EXPECT_TRUE(file.participants()[2].out);
	EXPECT_FALSE(file.participants()[1].out);
	expectOut(file, 3, 3);
	const std::vector<Ticket> tickets = must(file.tickets());
	ASSERT_EQ(tickets.size(), 2);
	EXPECT_EQ(tickets[0].participant, "");
	EXPECT_EQ(tickets[1].participant, "person3");
}

TEST(SessionFile, ReadsAFileOfVersion1AndRenewsItWhenItIsWrittenTo)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 4, 3);
	}
	ask(path, "DROP TABLE ticket; DROP TABLE taken_out; PRAGMA user_version = 1");
	const std::string bytes = readBytes(path);
	{
		const File file = must(File::open(path, Access::read));
		EXPECT_EQ(must(file.totals()).out, 0);
		EXPECT_TRUE(must(file.tickets()).empty());
	}
	{
		const File file = must(File::open(path, Access::write));
		EXPECT_EQ(allResponses(file).size(), 12);
	}
	EXPECT_EQ(readBytes(path), bytes) << "nobody wrote to it";
	{
		File file = must(File::open(path, Access::write));
		must(file.begin());
		must(file.setOut("person0", true));
		must(file.commit());
	}
	EXPECT_EQ(ask(path, "PRAGMA user_version; SELECT * FROM taken_out; SELECT count(*) FROM ticket"),
		  "2\nperson0\n0\n");
	EXPECT_EQ(must(must(File::open(path, Access::read)).totals()).out, 3);
}

TEST(SessionFile, SpeaksPlainlyToOtherClients)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 2, 2);
	}
	EXPECT_EQ(ask(path, "SELECT * FROM response"), "person0|Ben|1|0|700|37.0|1700000000000|server\n"
						       "person1|Ben|1|0|701|48.0|1700000000000|server\n"
						       "person0|Ada|2|0|1400|74.0|1700000000000|server\n"
						       "person1|Ada|2|0|1401|85.0|1700000000000|server\n");
	EXPECT_EQ(ask(path, "SELECT id, stratum, simulated FROM participant"), "person0|0|0\nperson1|1|0\n");
	EXPECT_EQ(ask(path, "SELECT id, attributes ->> 'age', attributes ->> 'region' FROM stratum"),
		  "0|18-29|north\n1|30+|\n");
	EXPECT_EQ(ask(path, "SELECT name, label, value FROM attribute, json_each(\"values\")"),
		  "age|Age|18-29\nage|Age|30+\n");
	EXPECT_EQ(ask(path, "SELECT value FROM session WHERE key IN ('mode', 'scale_max', 'tick_ms') ORDER BY key"),
		  "latched\n100\n2500\n");
	EXPECT_EQ(ask(path, "SELECT id FROM target ORDER BY position"), "Ada\nBen\n");
	for (const char *table : {"playback", "cell", "segment", "statement", "marker"}) {
		EXPECT_EQ(ask(path, std::string("SELECT count(*) FROM ") + table), "0\n");
	}
}

TEST(SessionFile, GoesOnWhereItWas)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 2, 2);
	}
	{
		File file = must(File::open(path, Access::write));
		EXPECT_EQ(allResponses(file).size(), 4);
		must(file.begin());
		EXPECT_EQ(must(file.addStratum({"30+", "south"})), 2);
		EXPECT_EQ(must(file.addParticipant({"late", 2, false, ""})), 2);
		must(file.addResponses(only(response(2, 1, 10, 1.0))));
		must(file.commit());
		EXPECT_EQ(allResponses(file).size(), 5);
	}
	const File file = must(File::open(path, Access::read));
	EXPECT_EQ(file.participants().back().id, "late");
	EXPECT_EQ(allResponses(file).back().response.participant, 2);
}

TEST(SessionFile, IsUntouchedUntilTheFirstTransaction)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 2, 2);
	}
	const std::string bytes = readBytes(path);
	{
		const File file = must(File::open(path, Access::write));
		EXPECT_EQ(allResponses(file).size(), 4);
		EXPECT_EQ(dir.names(), (std::set<std::string>{"a.pulse", "a.pulse-lock"}));
	}
	EXPECT_EQ(readBytes(path), bytes);
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
}

TEST(SessionFile, TakesBackWhatIsNotCommitted)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	File file = must(File::create(path, dialSettings()));
	fill(file, 2, 2);
	const Settings before = file.settings();
	must(file.begin());
	must(file.addTarget("Cem"));
	std::vector<Attribute> attributes = before.attributes;
	attributes[0].values.push_back("unknown");
	attributes.push_back({"party", "Party", {"red"}});
	must(file.setAttributes(attributes));
	EXPECT_EQ(file.settings().attributes, attributes);
	must(file.addStratum({"unknown", "", "red"}));
	must(file.addParticipant({"late", 2, false, ""}));
	must(file.addResponses(only(response(2, 1, 10, 1.0))));
	must(file.setNote("code", "XYZ"));
	must(file.rollback());

	EXPECT_EQ(file.settings(), before);
	EXPECT_EQ(file.strata().size(), 2);
	EXPECT_EQ(file.strata()[0].size(), 2);
	EXPECT_EQ(file.participants().size(), 2);
	EXPECT_EQ(file.note("code"), "");
	EXPECT_EQ(allResponses(file).size(), 4);
	must(file.begin());
	EXPECT_EQ(must(file.addStratum({"unknown", ""})), 2);
	EXPECT_EQ(must(file.addParticipant({"late", 2, false, ""})), 2);
	must(file.commit());
}

TEST(SessionFile, TakesNewTargetsAndAttributes)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 2, 2);
		must(file.begin());
		EXPECT_EQ(must(file.addTarget("Cem")), 2);
		EXPECT_FALSE(file.addTarget("Ada"));
		std::vector<Attribute> attributes = file.settings().attributes;
		attributes.push_back({"party", "Party", {"red"}});
		must(file.setAttributes(attributes));
		EXPECT_FALSE(file.setAttributes({}));
		EXPECT_EQ(file.strata()[1], (Stratum{"30+", "", ""}));
		must(file.addStratum({"30+", "", "red"}));
		must(file.commit());
	}
	const File file = must(File::open(path, Access::read));
	EXPECT_EQ(file.settings().targets, (std::vector<std::string>{"Ada", "Ben", "Cem"}));
	EXPECT_EQ(file.settings().attributes.at(2).label, "Party");
	EXPECT_EQ(file.strata(), (std::vector<Stratum>{{"18-29", "north", ""}, {"30+", "", ""}, {"30+", "", "red"}}));
}

TEST(SessionFile, RefusesEntriesThatFitNowhere)
{
	TempDir dir;
	File file = must(File::create(dir / "a.pulse", dialSettings()));
	EXPECT_FALSE(file.addStratum({"", ""})); // no transaction
	fill(file, 1, 1);
	must(file.begin());
	EXPECT_FALSE(file.begin());
	EXPECT_FALSE(file.addParticipant({"x", 9, false, ""}));
	EXPECT_FALSE(file.addParticipant({"person0", 0, false, ""}));
	EXPECT_FALSE(file.addResponses(only(response(7, 1, 0, 1.0))));
	StoredResponse odd = response(0, 2, 0, 1.0);
	odd.response.target = 5;
	EXPECT_FALSE(file.addResponses(only(odd)));
	for (const Response &wrong : {
		     Response{0, 0, 0, 0, 0, 1.0},
		     Response{0, 0, UINT64_MAX, 0, 0, 1.0},
		     Response{0, 0, 2, -1, 0, 1.0},
		     Response{0, 0, 2, kMaxPosition_ms + 1, 0, 1.0},
		     Response{0, 0, 2, 0, 0, 100.5},
		     Response{0, 0, 2, 0, 0, std::nan("")},
	     }) {
		EXPECT_FALSE(file.addResponses(only({wrong, 0, Stamp::client})));
	}
}

TEST(SessionFile, IsNotMadeOverAnother)
{
	TempDir dir;
	writeBytes(dir / "a.pulse", "something");
	const Result<File> file = File::create(dir / "a.pulse", dialSettings());
	ASSERT_FALSE(file);
	EXPECT_THAT(file.error().message, HasSubstr("exists already"));
	EXPECT_EQ(readBytes(dir / "a.pulse"), "something");
	EXPECT_FALSE(File::create(dir / "no/such/folder/a.pulse", dialSettings()));
	Settings wrong = dialSettings();
	wrong.tick_ms = 1;
	EXPECT_FALSE(File::create(dir / "b.pulse", wrong));
	EXPECT_EQ(dir.names(), std::set<std::string>{"a.pulse"});
}

TEST(SessionFile, GivesItsStoredSegments)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		fill(file, 2, 1);
	}
	ask(path, "INSERT INTO segment VALUES ('Young', 'age=18-29'), ('North or South', 'region=north|south')");
	const File file = must(File::open(path, Access::read));
	const std::vector<Segment> segments = must(file.segments());
	ASSERT_EQ(segments.size(), 2);
	EXPECT_EQ(segments[0].name, "Young");
	EXPECT_EQ(segments[0].strata(file.strata()), std::vector<std::uint32_t>{0});
	EXPECT_EQ(segments[1].conditions.at(0).values, (std::vector<std::string>{"north", "south"}));
}

TEST(SessionFile, IsCopiedWhileInUse)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	File writer = must(File::create(path, dialSettings()));
	fill(writer, 3, 400);
	double share = 0;
	must(File::copy(path, dir / "b.pulse", [&](double done) { share = done; }));
	EXPECT_EQ(share, 1);
	EXPECT_FALSE(dir.names().contains("b.pulse-wal"));
	EXPECT_EQ(readBytes(dir / "b.pulse").substr(18, 2), "\1\1");
	EXPECT_EQ(allResponses(must(File::open(dir / "b.pulse", Access::read))).size(), 1'200);
	const Result<void> again = File::copy(path, dir / "b.pulse");
	ASSERT_FALSE(again);
	EXPECT_THAT(again.error().message, HasSubstr("exists already"));
	fill(writer, 0, 0); // the original goes on
	EXPECT_EQ(dir.names().size(), 5) << "a.pulse, its log, index and lock, and the copy";
}

TEST(SessionFile, IsCountedAnew)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		must(file.begin());
		must(file.addStratum({"", ""}));
		must(file.addParticipant({"a", 0, false, ""}));
		must(file.addParticipant({"b", 0, false, ""}));
		must(file.addResponses(only({{0, 0, 1, 4'100, 0, 80.0}, 0, Stamp::client})));
		must(file.addResponses(only({{0, 0, 2, 4'200, 0, 20.0}, 0, Stamp::client})));
		must(file.addResponses(only({{1, 0, 1, 9'000, 0, std::nullopt}, 0, Stamp::client})));
		must(file.commit());
	}
	const File file = must(File::open(path, Access::read));
	Counter own = counterFor(file.settings()); // tick 2,500 ms, lag 1,500 ms
	const Totals totals = must(recount(file, own));
	EXPECT_EQ(totals.responses, 3);
	EXPECT_EQ(totals.furthest_ms, 9'000);
	EXPECT_EQ(own.cells().ticks(), 4);
	EXPECT_EQ(own.cells().at(0, 0, 1).n, 1);
	EXPECT_EQ(own.cells().at(0, 0, 1).sum.value(), 20);
	EXPECT_EQ(own.cells().at(0, 0, 3).present, 1);
	EXPECT_EQ(own.cells().at(0, 0, 3).n, 0);
	Counter other = counterFor(file.settings(), 1'000, 0);
	int seen = 0;
	must(recount(file, other, [&](const StoredResponse &) { return ++seen < 2; }));
	EXPECT_EQ(seen, 2);
	EXPECT_EQ(other.cells().ticks(), 5);
}

TEST(SessionFile, IsCountedAnewWithTheCellsOfUpstreams)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	{
		File file = must(File::create(path, dialSettings()));
		must(file.begin());
		must(file.addStratum({"", ""}));
		must(file.addStratum({"30+", ""}));
		must(file.addParticipant({"a", 0, false, ""}));
		must(file.addResponses(only({{0, 0, 1, 4'100, 0, 80.0}, 0, Stamp::client})));
		must(file.addCell({"hall", 0, 0, 1, {3, 2, 1, 1, {70, 0}, {3'700, 0}}}));
		must(file.addCell({"hall", 1, 1, 6, {1, 0, 0, 0, {}, {}}}));
		must(file.addCell({"foyer", 0, 0, 1, {1, 1, 1, 0, {60, 0}, {3'600, 0}}}));
		EXPECT_FALSE(file.addCell({"hall", 2, 0, 1, {1, 0, 0, 0, {}, {}}})) << "no such stratum";
		EXPECT_FALSE(file.addCell({"hall", 0, 0, 1, {1, 2, 0, 0, {}, {}}})) << "more voices than people";
		must(file.commit());
	}
	const File file = must(File::open(path, Access::read));
	Counter counter = counterFor(file.settings());
	EXPECT_EQ(must(recount(file, counter)).responses, 1);
	const Cell &cell = counter.cells().at(0, 0, 1);
	EXPECT_EQ(cell.present, 5);
	EXPECT_EQ(cell.n, 4);
	EXPECT_EQ(cell.likes, 3);
	EXPECT_EQ(cell.sum.value(), 210);
	EXPECT_EQ(cell.sum_sq.value(), 13'700);
	EXPECT_EQ(counter.cells().at(1, 1, 6).present, 1);
	EXPECT_EQ(counter.cells().ticks(), 7);
	Counter other = counterFor(file.settings(), {}, 0);
	const Result<Totals> refused = recount(file, other);
	ASSERT_FALSE(refused);
	EXPECT_THAT(refused.error().message, HasSubstr("a lag of 1500 ms in ticks of 2500 ms"));
}

} // namespace
} // namespace pulseline::session::test
