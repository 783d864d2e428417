// Loss of power at any write or sync, and disks that fail for a while: what was acknowledged is there afterwards.
#include "power_vfs.hpp"
#include "session_support.hpp"

#include <random>

namespace pulseline::session::test {
namespace {

constexpr std::uint64_t kRuns = 300;

// As another program does; whether it can is not said.
void checkpoint(const std::string &path, std::uint64_t how)
{
	sqlite3 *other = nullptr;
	const char *const ways[] = {"PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA wal_checkpoint(RESTART)",
				    "PRAGMA wal_checkpoint(TRUNCATE)"};
	if (sqlite3_open_v2(path.c_str(), &other, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
		sqlite3_exec(other, ways[how % 3], nullptr, nullptr, nullptr);
	}
	sqlite3_close(other);
}

// One life of a session: sittings of commits, some cut short, checkpoints by another program in between.
class Life {
public:
	Life(const std::string &path, std::uint64_t seed)
		: path_(path)
		, random_(seed)
	{
	}

	// Until it is over or something fails.
	void live()
	{
		const std::uint64_t sittings = 1 + random_() % 3;
		for (std::uint64_t i = 0; i < sittings; ++i) {
			if (!sit(20 + random_() % 60)) {
				return;
			}
		}
	}

	bool created = false;
	std::uint64_t acknowledged = 0; // the responses 1 … acknowledged
	std::uint64_t offered = 0;

private:
	bool sit(std::uint64_t commits)
	{
		Result<pulseline::session::File> file = std::filesystem::exists(path_)
								? File::open(path_, Access::write)
								: File::create(path_, dialSettings());
		if (!file) {
			return false;
		}
		created = true;
		for (std::uint64_t i = 0; i < commits; ++i) {
			if (!commit(*file)) {
				return false;
			}
			if (random_() % 8 == 0) {
				checkpoint(path_, random_());
			}
		}
		return true;
	}

	bool commit(File &file)
	{
		const std::uint64_t last = acknowledged + 1 + random_() % 150;
		Result<void> done = file.begin();
		if (done && file.strata().empty()) {
			done = file.addStratum({"18-29", "north"}) && file.addParticipant({"p", 0, false, ""})
				       ? Result<void>()
				       : fail("no room");
		}
		offered = last;
		for (std::uint64_t seq = acknowledged + 1; done && seq <= last; ++seq) {
			done = file.addResponses(
				only(response(0, seq, static_cast<std::int64_t>(seq), static_cast<double>(seq % 101))));
		}
		if (!done || !file.commit()) {
			return false;
		}
		acknowledged = last;
		return true;
	}

	std::string path_;
	std::mt19937_64 random_;
};

// "" or what is wrong with what the disk kept.
std::string verdict(const std::string &path, const Life &life, Access access)
{
	const Result<pulseline::session::File> file = File::open(path, access);
	if (!file) {
		return life.created ? file.error().message : "";
	}
	std::uint64_t count = 0;
	bool inOrder = true;
	const Result<void> read = file->responses([&](const StoredResponse &stored) {
		const Response &one = stored.response;
		inOrder = inOrder && one.seq == ++count && one.value == static_cast<double>(one.seq % 101);
		return inOrder;
	});
	if (!read) {
		return read.error().message;
	}
	// A commit is there whole or not at all; the last one may be, though nobody was told.
	if (!inOrder || (count != life.acknowledged && count != life.offered)) {
		return std::to_string(count) + " responses, " + std::to_string(life.acknowledged) + " acknowledged, " +
		       std::to_string(life.offered) + " offered";
	}
	return "";
}

// "" or what the loss of power cost.
std::string loseThePower(PowerVfs &vfs, std::uint64_t seed, std::uint64_t most)
{
	TempDir dir;
	const std::string path = dir / "a.pulse";
	std::mt19937_64 random(seed);
	vfs.boot(dir.path().string(), 1 + random() % most, seed);
	Life life(path, seed);
	life.live();
	if (!vfs.dead()) {
		return verdict(path, life, Access::read);
	}
	vfs.restore();
	vfs.boot(dir.path().string(), 0, seed);
	const std::string first = verdict(path, life, seed % 2 == 0 ? Access::read : Access::write);
	return first.empty() ? verdict(path, life, Access::write) : first;
}

TEST(SessionPower, LosingItCostsNothingThatWasAcknowledged)
{
	const std::uint64_t first = std::random_device()();
	std::printf("seeds %llu …\n", static_cast<unsigned long long>(first));
	PowerVfs vfs;
	for (std::uint64_t seed = first; seed < first + kRuns; ++seed) {
		ASSERT_EQ(loseThePower(vfs, seed, seed % 4 == 0 ? 60 : 900), "") << "seed " << seed;
	}
	EXPECT_GT(vfs.deaths(), kRuns / 2);
}

// Were nothing synced, as with `synchronous = OFF`, the same runs would show it.
TEST(SessionPower, IsLostWithoutSyncs)
{
	PowerVfs vfs;
	vfs.ignoreSyncs();
	int lost = 0;
	for (std::uint64_t seed = 1; seed <= 20; ++seed) {
		lost += loseThePower(vfs, seed, 300).empty() ? 0 : 1;
	}
	EXPECT_GT(lost, 10);
}

// Writes, syncs and truncations that fail for a while, anywhere: the same again, until it goes, stores everything once.
TEST(SessionPower, ADiskThatFailsForAWhileLosesNothing)
{
	PowerVfs vfs;
	std::uint64_t failed = 0;
	for (std::uint64_t seed = 1; seed <= kRuns / 3; ++seed) {
		TempDir dir;
		const std::string path = dir / "a.pulse";
		std::mt19937_64 random(seed);
		vfs.boot(dir.path().string(), 0, seed);
		File file = must(File::create(path, dialSettings()));
		must(file.begin());
		must(file.addStratum({"", ""}));
		must(file.addParticipant({"p", 0, false, ""}));
		must(file.commit());
		constexpr int kCodes[] = {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC};
		vfs.fail(vfs.calls() + 1 + random() % 60, 1 + random() % 30, kCodes[seed % 3]);
		for (std::uint64_t seq = 1; seq <= 40;) {
			Result<void> done = file.begin();
			for (std::uint64_t next = seq; done && next < seq + 4; ++next) {
				done = file.addResponses(only(response(0, next, 1, static_cast<double>(next % 101))));
			}
			if (!done) {
				must(file.rollback());
			} else {
				done = file.commit();
			}
			seq += done ? 4 : 0;
			failed += done ? 0 : 1;
			if (random() % 6 == 0) {
				checkpoint(path, random());
			}
		}
		const std::vector<StoredResponse> stored = allResponses(file);
		ASSERT_EQ(stored.size(), 40) << "seed " << seed;
		for (std::size_t i = 0; i < stored.size(); ++i) {
			ASSERT_EQ(stored[i].response.seq, i + 1) << "seed " << seed;
		}
	}
	EXPECT_GT(failed, kRuns / 3);
}

} // namespace
} // namespace pulseline::session::test
