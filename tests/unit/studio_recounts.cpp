// Sessions counted from their file for views, while they run and when they are over.
#include "ingest/simulator.hpp"
#include "session/store.hpp"
#include "studio/recounts.hpp"
#include "studio/review.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

namespace pulseline::studio {
namespace {

// Goes when nobody writes into it any more: it is a test's first member.
struct Folder : std::filesystem::path {
	Folder()
		: path(std::filesystem::temp_directory_path() / ("pulseline-recounts-" + session::randomId()))
	{
	}
	Folder(const Folder &) = delete;
	Folder &operator=(const Folder &) = delete;
	~Folder() { std::filesystem::remove_all(*this); }
};

class RecountsTest : public testing::Test {
protected:
	RecountsTest()
	{
		for (const char *page : {"pages/audience", "pages/observe"}) {
			std::filesystem::create_directories(folder_ / page);
			std::ofstream(folder_ / page / "index.html") << "<!doctype html><title>test</title>";
		}
		options_.path = path_ = (folder_ / "a.pulse").string();
		options_.pages = (folder_ / "pages").string();
		options_.settings.tick_ms = 250;
		options_.settings.attributes = {{"age", "Age", {"young", "old"}}};
		options_.live = true;
		options_.rate = 0;
	}

	void vote(const Started &started)
	{
		ingest::SimulateOptions simulate;
		simulate.url = "ws" + started.url.substr(4);
		simulate.crowd.code = started.code;
		simulate.crowd.participants = 20;
		simulate.crowd.duration_s = 2.5;
		simulate.crowd.rate_hz = 4;
		simulate.crowd.attributes = {*ingest::Distribution::parse("age=young:50|old:50")};
		const auto done = ingest::simulate(simulate);
		ASSERT_TRUE(done) << done.error().message;
		ASSERT_GT(done->totals.acked, 50U);
	}
	// The next that the reader is told for which `good` holds; the test's time-out is ctest's.
	template <typename Good>
	static std::shared_ptr<const Snapshot> await(Reader &reader, Good good)
	{
		while (true) {
			const auto told = reader.box.take();
			if (told && good(told->get())) {
				return *told;
			}
			std::this_thread::yield();
		}
	}
	static std::vector<std::uint32_t> counts(const Snapshot &snapshot)
	{
		std::vector<std::uint32_t> all;
		for (std::int64_t tick = 0; tick < snapshot.sums.ticks(); ++tick) {
			all.push_back(snapshot.sums.at(0, 0, tick).n);
		}
		return all;
	}
	static bool counted(const Snapshot *snapshot)
	{
		return snapshot && !snapshot->recounting && snapshot->problem.empty();
	}

	Folder folder_;
	std::string path_;
	StartOptions options_;
	Studio studio_;
	Recounts recounts_{studio_};
};

TEST_F(RecountsTest, ARunningSessionIsCountedByAnotherLagAndTickAsItGoesOn)
{
	const Result<Started> started = studio_.start(options_);
	ASSERT_TRUE(started) << started.error().message;
	const Cut cut{"", {500, 750}};
	const std::shared_ptr<Reader> reader = recounts_.open(cut);
	vote(*started);
	const auto live = await(
		*reader, [](const Snapshot *seen) { return counted(seen) && seen->running && seen->sums.ticks() > 0; });
	EXPECT_EQ(live->settings->lag_ms, 500);
	EXPECT_EQ(live->settings->tick_ms, 750);
	EXPECT_EQ(live->playback.state, PlaybackState::playing);
	EXPECT_TRUE(live->simulated);
	recounts_.want(cut, "Young", "age=young");
	await(*reader, [](const Snapshot *seen) { return counted(seen) && seen->findSegment("Young").has_value(); });

	// Everybody who wants the same gets the same.
	const std::shared_ptr<Reader> second = recounts_.open(cut);
	const auto first_told = await(*reader, counted);
	const auto second_told = await(
		*second, [&](const Snapshot *seen) { return counted(seen) && seen->revision >= first_told->revision; });
	EXPECT_EQ(second_told->segments.size(), first_told->segments.size());

	ASSERT_TRUE(studio_.stop());
	const auto last = await(*reader, [](const Snapshot *seen) { return counted(seen) && !seen->running; });
	const auto whole = Review::open(path_, cut.recut);
	ASSERT_TRUE(whole) << whole.error().message;
	EXPECT_EQ(counts(*last), counts(*(*whole)->snapshot()));
	EXPECT_NE(counts(*last), counts(*studio_.snapshot())) << "by its own it is another one";
	EXPECT_EQ(last->closedTicks, last->sums.ticks());
	// As it does itself is what the studio has counted.
	ASSERT_TRUE(studio_.close());
	await(*reader, [](const Snapshot *seen) { return seen == nullptr; });
}

TEST_F(RecountsTest, AClosedSessionGivesWayToTheOneThatGoesOnInItsFile)
{
	ASSERT_TRUE(session::File::create(path_, options_.settings));
	const std::shared_ptr<Reader> reader = recounts_.open({path_, {}});
	EXPECT_FALSE(await(*reader, counted)->running);
	ASSERT_TRUE(studio_.start(options_));
	await(*reader, [](const Snapshot *seen) { return seen == nullptr; }); // the studio's own is what is wanted
	ASSERT_TRUE(studio_.stop());
	ASSERT_TRUE(studio_.close());
	EXPECT_EQ(await(*reader, counted)->path, path_);
}

TEST_F(RecountsTest, WhatIsOverInTheSessionIsOverInItsRecount)
{
	ASSERT_TRUE(session::File::create(path_, options_.settings));
	const auto review = Review::open(path_, {500, {}});
	ASSERT_TRUE(review) << review.error().message;
	Snapshot running;
	running.settings = std::make_shared<const Settings>(options_.settings);
	running.running = true;
	running.playback.state = PlaybackState::paused;
	running.furthest_ms = 5'000;
	running.closedTicks = 20;
	EXPECT_EQ((*review)->snapshot(&running)->closedTicks, 18);
	running.furthest_ms = 1'000; // a jump ahead was taken back, and somebody had responded there
	EXPECT_EQ((*review)->snapshot(&running)->closedTicks, 18);
}

TEST_F(RecountsTest, ABlindSessionStaysBlindWhileItIsCounted)
{
	options_.settings.blind = true;
	const Result<Started> started = studio_.start(options_);
	ASSERT_TRUE(started) << started.error().message;
	const std::shared_ptr<Reader> reader = recounts_.open({"", {500, {}}});
	for (int told = 0; told < 3; ++told) {
		const auto seen = await(*reader, [](const Snapshot *any) { return any != nullptr; });
		EXPECT_TRUE(seen->blind);
		ASSERT_TRUE(studio_.addMarker("", told * 100)); // so that there is something new
	}
	ASSERT_TRUE(studio_.reveal(true));
	await(*reader, [](const Snapshot *seen) { return counted(seen) && !seen->blind; });
}

TEST_F(RecountsTest, ABlindSessionIsBlindUnderEveryNameOfItsFile)
{
	options_.settings.blind = true;
	const Result<Started> started = studio_.start(options_);
	ASSERT_TRUE(started) << started.error().message;
	vote(*started);
	for (const char *name : {"soft.pulse", "hard.pulse"}) {
		const std::filesystem::path link = folder_ / name;
		if (std::string_view(name) == "hard.pulse") {
			std::filesystem::create_hard_link(path_, link);
		} else {
			std::filesystem::create_symlink(path_, link);
		}
		const std::shared_ptr<Reader> reader = recounts_.open({link.string(), {}});
		EXPECT_TRUE(await(*reader, counted)->blind) << name;
	}
	ASSERT_TRUE(studio_.reveal(true));
	const std::shared_ptr<Reader> reader = recounts_.open({(folder_ / "soft.pulse").string(), {}});
	EXPECT_FALSE(await(*reader, [](const Snapshot *seen) { return counted(seen) && !seen->blind; })->sums.ticks() ==
		     0);
}

TEST_F(RecountsTest, SaysWhyAFileCannotBeCounted)
{
	const std::shared_ptr<Reader> reader = recounts_.open({(folder_ / "none.pulse").string(), {500, {}}});
	const auto told = await(*reader, [](const Snapshot *seen) { return seen && !seen->problem.empty(); });
	EXPECT_THAT(told->problem, testing::HasSubstr("none.pulse"));
}

TEST_F(RecountsTest, ANameThatNoFileCanHaveIsSaid)
{
	const std::string name = (folder_ / (std::string(5000, 'x') + ".pulse")).string();
	const std::shared_ptr<Reader> reader = recounts_.open({name, {}});
	await(*reader, [](const Snapshot *seen) { return seen && !seen->problem.empty(); });
	EXPECT_FALSE(studio_.open(name));
	options_.path = name;
	EXPECT_FALSE(studio_.start(options_));
}

} // namespace
} // namespace pulseline::studio
