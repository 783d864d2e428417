// Files that are no sessions, or no longer: each is refused with one line of its own, and stays as it is.
#include "session_support.hpp"

#include <gmock/gmock.h>
#include <random>

namespace pulseline::session::test {
namespace {

using testing::HasSubstr;

constexpr Access kBoth[] = {Access::read, Access::write};

void expectRefused(const TempDir &dir, const std::string &path, const std::string &why)
{
	const std::string bytes = readBytes(path);
	const std::set<std::string> names = dir.names();
	for (const Access access : kBoth) {
		const std::string error = errorOf(path, access);
		EXPECT_THAT(error, HasSubstr(why));
		EXPECT_THAT(error, HasSubstr(path));
		EXPECT_FALSE(error.contains('\n')) << error;
		EXPECT_EQ(readBytes(path), bytes);
		EXPECT_EQ(dir.names(), names);
	}
	EXPECT_FALSE(File::copy(path, dir / "copy.pulse"));
	EXPECT_EQ(dir.names(), names);
}

std::string makeSession(const TempDir &dir, const std::string &name, std::uint64_t each)
{
	File file = must(File::create(dir / name, dialSettings()));
	fill(file, 8, each);
	return dir / name;
}

TEST(SessionDamage, RefusesWhatIsNotThere)
{
	TempDir dir;
	for (const Access access : kBoth) {
		EXPECT_THAT(errorOf(dir / "a.pulse", access), HasSubstr("does not exist"));
		EXPECT_THAT(errorOf(dir.path().string(), access), HasSubstr("is a folder"));
		EXPECT_THAT(errorOf("/dev/null", Access::read), HasSubstr("not a Pulseline session"));
	}
	EXPECT_TRUE(dir.names().empty());
}

TEST(SessionDamage, RefusesForeignFiles)
{
	TempDir dir;
	writeBytes(dir / "empty", "");
	writeBytes(dir / "text", "participant,t0\n");
	writeBytes(dir / "long", std::string(100'000, 'x'));
	for (const char *name : {"empty", "text", "long"}) {
		expectRefused(dir, dir / name, "is not a Pulseline session");
	}
	sqlite3 *handle = nullptr;
	sqlite3_open((dir / "other.db").c_str(), &handle);
	sqlite3_exec(handle, "PRAGMA journal_mode = WAL; CREATE TABLE response (x)", nullptr, nullptr, nullptr);
	sqlite3_close(handle);
	expectRefused(dir, dir / "other.db", "is not a Pulseline session");
}

TEST(SessionDamage, RefusesNewerSessions)
{
	TempDir dir;
	const std::string path = makeSession(dir, "a.pulse", 2);
	ask(path, "PRAGMA user_version = 3");
	expectRefused(dir, path, "newer Pulseline (schema 3");
	ask(path, "PRAGMA user_version = 0");
	expectRefused(dir, path, "is damaged");
}

TEST(SessionDamage, RefusesSessionsThatMakeNoSense)
{
	TempDir dir;
	makeSession(dir, "a.pulse", 2);
	int i = 0;
	for (const char *sql : {
		     "DELETE FROM session WHERE key = 'scale_max'",
		     "UPDATE session SET value = 'sometimes' WHERE key = 'mode'",
		     "UPDATE session SET value = '3' WHERE key = 'tick_ms'",
		     "DELETE FROM target",
		     "UPDATE attribute SET \"values\" = '[1'",
		     "UPDATE attribute SET \"values\" = '[1]'",
		     "UPDATE stratum SET attributes = 'x'",
		     "UPDATE stratum SET id = 7 WHERE id = 1",
		     "UPDATE participant SET stratum = 2",
		     "UPDATE participant SET stratum = -1",
		     "ALTER TABLE participant RENAME TO people",
		     "ALTER TABLE response DROP COLUMN pass",
		     "DROP TABLE attribute",
	     }) {
		SCOPED_TRACE(sql);
		const std::string path = dir / (std::to_string(++i) + ".pulse");
		std::filesystem::copy_file(dir / "a.pulse", path);
		ask(path, sql);
		if (const Result<File> file = File::open(path, Access::read)) {
			// Only what the responses' table lacks shows when they are read.
			const Result<void> read = file->responses([](const StoredResponse &) { return true; });
			ASSERT_FALSE(read);
			continue;
		}
		expectRefused(dir, path, "is damaged");
	}
}

// A file from anywhere may hold what a terminal would obey.
TEST(SessionDamage, QuotesTheFileWithoutControlCharacters)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	must(File::create(path, dialSettings()));
	ask(path, "INSERT INTO segment VALUES ('x', char(27) || '[2J' || char(10) || '=young')");
	const Result<std::vector<Segment>> segments = must(File::open(path, Access::read)).segments();
	ASSERT_FALSE(segments);
	EXPECT_THAT(segments.error().message, HasSubstr("\uFFFD[2J "));
}

TEST(SessionDamage, SaysWhichResponseMakesNoSense)
{
	TempDir dir;
	makeSession(dir, "a.pulse", 2);
	int i = 0;
	for (const char *change :
	     {"participant = 'nobody'", "target = 'nothing'", "seq = 0", "seq = 'x'", "pass = -1", "position_ms = -1",
	      "position_ms = 9000000000000", "value = 101", "value = 'x'", "value = 9e999", "stamp = 'guessed'",
	      "participant = NULL", "target = NULL", "seq = NULL", "pass = NULL", "position_ms = NULL",
	      "received_ms = NULL", "stamp = NULL"}) {
		SCOPED_TRACE(change);
		const std::string path = dir / (std::to_string(++i) + ".pulse");
		std::filesystem::copy_file(dir / "a.pulse", path);
		ask(path, std::string("UPDATE response SET ") + change + " WHERE rowid = 4");
		const File file = must(File::open(path, Access::read));
		const Result<void> read = file.responses([](const StoredResponse &) { return true; });
		ASSERT_FALSE(read);
		EXPECT_THAT(read.error().message, HasSubstr("damaged (response 4"));
	}
}

TEST(SessionDamage, RefusesTruncatedFiles)
{
	TempDir dir;
	const std::string whole = readBytes(makeSession(dir, "a.pulse", 300));
	ASSERT_GT(whole.size(), 100'000);
	std::mt19937 random(7);
	std::vector<std::size_t> sizes{1,   15,  16,    50,    99,    100,   101,
				       511, 512, 4'095, 4'096, 4'097, 8'192, whole.size() - 1};
	for (int i = 0; i < 40; ++i) {
		sizes.push_back(random() % whole.size());
	}
	for (const std::size_t size : sizes) {
		SCOPED_TRACE(size);
		writeBytes(dir / "cut.pulse", whole.substr(0, size));
		expectRefused(dir, dir / "cut.pulse", size < 100 ? "is not a Pulseline session" : "is damaged");
	}
}

// Reads all there is; what it says does not matter, only that it comes back.
std::string readAll(const std::string &path, Access access)
{
	const Result<File> file = File::open(path, access);
	if (!file) {
		return file.error().message;
	}
	const Result<void> read = file->responses([](const StoredResponse &) { return true; });
	const Result<Totals> totals = file->totals();
	const Result<std::vector<Segment>> segments = file->segments();
	const Result<std::vector<PlaybackChange>> playback = file->playback();
	return !read ? read.error().message : !totals || !segments || !playback ? "something" : "";
}

void flipAndRead(const std::string &whole, unsigned seed, std::size_t range, int flips, int rounds)
{
	TempDir dir;
	const std::string path = dir / "flipped.pulse";
	std::mt19937 random(seed);
	int refused = 0;
	for (int round = 0; round < rounds; ++round) {
		std::string bytes = whole;
		for (int i = 0; i < flips; ++i) {
			bytes[random() % range] = static_cast<char>(random());
		}
		writeBytes(path, bytes);
		for (const Access access : kBoth) {
			const std::string error = readAll(path, access);
			ASSERT_FALSE(error.contains('\n')) << error;
			refused += error.empty() ? 0 : 1;
			ASSERT_EQ(dir.names(), std::set<std::string>{"flipped.pulse"})
				<< "round " << round << ": " << error;
			ASSERT_EQ(readBytes(path), bytes) << "round " << round << ": " << error;
		}
	}
	EXPECT_GT(refused, 0);
}

TEST(SessionDamage, SurvivesFlippedBytesAnywhere)
{
	TempDir dir;
	const std::string whole = readBytes(makeSession(dir, "a.pulse", 40));
	flipAndRead(whole, 1, whole.size(), 8, 250);
}

TEST(SessionDamage, SurvivesFlippedBytesInTheHeaderAndSchema)
{
	TempDir dir;
	const std::string whole = readBytes(makeSession(dir, "a.pulse", 40));
	flipAndRead(whole, 2, 100, 1, 200);
	flipAndRead(whole, 3, 4'096, 3, 200);
}

TEST(SessionDamage, SurvivesEveryValueOfTheJournalMark)
{
	TempDir dir;
	const std::string whole = readBytes(makeSession(dir, "a.pulse", 4));
	const std::string path = dir / "marked.pulse";
	for (const std::size_t place : {std::size_t{18}, std::size_t{19}}) {
		for (int value = 0; value < 256; ++value) {
			std::string bytes = whole;
			bytes[place] = static_cast<char>(value);
			writeBytes(path, bytes);
			readAll(path, Access::read);
			ASSERT_EQ(readBytes(path), bytes) << place << " " << value;
			ASSERT_EQ(dir.names().size(), 2) << place << " " << value;
		}
	}
}

TEST(SessionDamage, SurvivesFlippedBytesInTheLogOfACrash)
{
	TempDir crashed;
	leaveCrashed(crashed / "a.pulse");
	const std::string file = readBytes(crashed / "a.pulse");
	const std::string log = readBytes(crashed / "a.pulse-wal");
	ASSERT_GT(log.size(), 4'096);
	std::mt19937 random(11);
	for (int round = 0; round < 150; ++round) {
		TempDir dir;
		std::string bytes = log;
		for (int i = 0; i < 3; ++i) {
			bytes[random() % (round % 2 == 0 ? bytes.size() : 64)] = static_cast<char>(random());
		}
		writeBytes(dir / "a.pulse", file);
		writeBytes(dir / "a.pulse-wal", bytes);
		const std::string error = readAll(dir / "a.pulse", kBoth[round % 3 == 0]);
		ASSERT_FALSE(error.contains('\n')) << error;
	}
}

} // namespace
} // namespace pulseline::session::test
