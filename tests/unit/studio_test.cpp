// The studio without OBS: what it starts, refuses, publishes and leaves behind. The wire's side of it is tested over
// real sockets in tests/wire.
#include "session/store.hpp"
#include "studio/events.hpp"
#include "studio/publisher.hpp"
#include "studio/registry.hpp"
#include "studio/review.hpp"
#include "studio/running.hpp"
#include "studio/studio.hpp"

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace pulseline::studio {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

class StudioTest : public testing::Test {
protected:
	StudioTest()
	{
		folder_ = std::filesystem::temp_directory_path() /
			  ("pulseline-studio-" + session::randomId() + "-" +
			   std::to_string(::testing::UnitTest::GetInstance()->random_seed()));
		for (const char *page : {"pages/audience", "pages/observe"}) {
			std::filesystem::create_directories(folder_ / page);
			std::ofstream(folder_ / page / "index.html") << "<!doctype html><title>test</title>";
		}
	}
	~StudioTest() override { std::filesystem::remove_all(folder_); }

	StartOptions options(const std::string &name = "a.pulse") const
	{
		StartOptions options;
		options.path = (folder_ / name).string();
		options.pages = (folder_ / "pages").string();
		options.settings.attributes = {{"party", "Party", {"Red", "Blue"}}};
		return options;
	}
	// The next snapshot for which `good` holds. Snapshots come when something changed; the test's time-out is
	// ctest's.
	template <typename Good>
	static std::shared_ptr<const Snapshot> await(Studio &studio, Good good)
	{
		while (true) {
			const std::shared_ptr<const Snapshot> snapshot = studio.snapshot();
			if (snapshot && good(*snapshot)) {
				return snapshot;
			}
			std::this_thread::yield();
		}
	}

	std::filesystem::path folder_;
};

TEST_F(StudioTest, StartsPublishesAndStopsIntoReview)
{
	Studio studio;
	EXPECT_EQ(studio.status().state, Status::State::idle);
	const Result<Started> started = studio.start(options());
	ASSERT_TRUE(started) << started.error().message;
	EXPECT_EQ(started->code.size(), 6U);
	EXPECT_THAT(started->url, testing::StartsWith("http://127.0.0.1:"));
	EXPECT_EQ(started->keys.at("observer").size(), 32U);

	const Status status = studio.status();
	EXPECT_EQ(status.state, Status::State::running);
	EXPECT_EQ(status.code, started->code);
	ASSERT_TRUE(status.snapshot);
	EXPECT_TRUE(status.snapshot->running);
	std::vector<std::string> names;
	for (const Segment &segment : status.snapshot->segments) {
		names.push_back(segment.name);
	}
	EXPECT_THAT(names, ElementsAre("All", "Red", "Blue"));

	ASSERT_TRUE(studio.stop());
	EXPECT_EQ(studio.status().state, Status::State::review);
	EXPECT_FALSE(studio.snapshot()->running);
	EXPECT_FALSE(std::filesystem::exists(options().path + "-wal"));
	ASSERT_TRUE(studio.close());
	EXPECT_EQ(studio.status().state, Status::State::idle);
	EXPECT_EQ(studio.snapshot(), nullptr);
}

TEST_F(StudioTest, InvitesWhileAnybodyMayJoin)
{
	Studio studio;
	StartOptions start = options();
	start.publicUrl = "https://vote.example.org/";
	const Result<Started> started = studio.start(start);
	ASSERT_TRUE(started) << started.error().message;
	const auto invited = await(studio, [](const Snapshot &now) { return now.invitation != nullptr; });
	EXPECT_EQ(invited->invitation->url, started->joinUrls.front());
	EXPECT_EQ(invited->invitation->code, started->code);
	EXPECT_GT(invited->invitation->qr.size, 20);
	ASSERT_TRUE(studio.setDoors(Doors::closed));
	await(studio, [](const Snapshot &now) { return now.invitation == nullptr; });
	ASSERT_TRUE(studio.setDoors(Doors::open));
	await(studio, [](const Snapshot &now) { return now.invitation != nullptr; });
}

TEST_F(StudioTest, WhatIsSaidOfTheDoorsIsOnDisk)
{
	Studio studio;
	ASSERT_TRUE(studio.start(options()));
	const std::string sheet = options().path + ".html";
	ASSERT_TRUE(studio.printTickets(3, sheet));
	{
		const Result<session::File> file = session::File::open(options().path, session::Access::read);
		ASSERT_TRUE(file);
		EXPECT_EQ(file->note("doors"), "tickets");
		EXPECT_EQ(file->tickets()->size(), 3);
	}
	sqlite3 *other = nullptr;
	ASSERT_EQ(sqlite3_open_v2(options().path.c_str(), &other, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
	ASSERT_EQ(sqlite3_exec(other, "PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE", nullptr, nullptr, nullptr),
		  SQLITE_OK);
	const Result<void> closed = studio.setDoors(Doors::closed);
	ASSERT_FALSE(closed);
	EXPECT_THAT(closed.error().message, HasSubstr("not on disk yet: "));
	sqlite3_close(other);
	EXPECT_TRUE(studio.setDoors(Doors::closed));
}

TEST_F(StudioTest, GoesOnWithTheSameCodeAndRefusesOtherSettings)
{
	Studio studio;
	const Result<Started> first = studio.start(options());
	ASSERT_TRUE(first);
	ASSERT_TRUE(studio.stop());

	StartOptions other = options();
	other.settings.tick_ms = 1000;
	const Result<Started> refused = studio.start(other);
	ASSERT_FALSE(refused);
	EXPECT_THAT(refused.error().message, HasSubstr("another tick"));

	const Result<Started> again = studio.start(options());
	ASSERT_TRUE(again) << again.error().message;
	EXPECT_EQ(again->code, first->code);
	EXPECT_TRUE(again->keys.empty()) << "keys are shown once";
	ASSERT_TRUE(studio.stop());

	StartOptions renewed = options();
	renewed.newKeys = true;
	const Result<Started> third = studio.start(renewed);
	ASSERT_TRUE(third);
	EXPECT_NE(third->keys.at("observer"), first->keys.at("observer"));
}

TEST_F(StudioTest, SaysWhatIsWrongInOneLine)
{
	Studio studio;
	EXPECT_FALSE(studio.stop());
	EXPECT_FALSE(studio.close());
	EXPECT_FALSE(studio.setPlayback(PlaybackState::playing, {}));
	EXPECT_FALSE(studio.open((folder_ / "none.pulse").string()));
	StartOptions nowhere = options("no/such/folder/a.pulse");
	EXPECT_FALSE(studio.start(nowhere));
	EXPECT_EQ(studio.status().state, Status::State::idle);

	ASSERT_TRUE(studio.start(options()));
	const Result<Started> twice = studio.start(options("b.pulse"));
	ASSERT_FALSE(twice);
	EXPECT_THAT(twice.error().message, HasSubstr("running already"));
	EXPECT_FALSE(std::filesystem::exists(folder_ / "b.pulse"));
	EXPECT_FALSE(studio.open((folder_ / "a.pulse").string()));
}

TEST_F(StudioTest, LeavesNoFileWhenThePortIsTaken)
{
	Studio first;
	const Result<Started> started = first.start(options());
	ASSERT_TRUE(started);
	StartOptions same = options("b.pulse");
	same.port = static_cast<std::uint16_t>(std::stoi(started->url.substr(started->url.rfind(':') + 1)));
	Studio second;
	const Result<Started> refused = second.start(same);
	ASSERT_FALSE(refused);
	EXPECT_THAT(refused.error().message, HasSubstr(std::to_string(same.port)));
	EXPECT_FALSE(std::filesystem::exists(folder_ / "b.pulse"));
	EXPECT_EQ(second.snapshot(), nullptr);
}

TEST_F(StudioTest, LeavesNoFileWhereItCannotBegin)
{
	const auto expectRefused = [this](const StartOptions &options, const std::string &why) {
		Studio studio;
		const Result<Started> started = studio.start(options);
		ASSERT_FALSE(started);
		EXPECT_THAT(started.error().message, HasSubstr(why));
		EXPECT_FALSE(std::filesystem::exists(options.path));
	};
	StartOptions transcript = options("b.pulse");
	transcript.transcript = (folder_ / "none.srt").string();
	expectRefused(transcript, "none.srt");

	StartOptions upstreams = options("b.pulse");
	upstreams.upstreams.resize(2, {"east", "ws://127.0.0.1:9/", "", ingest::Stream::responses, "K7MPX3", "key"});
	expectRefused(upstreams, "two upstreams are named east");
	const auto expectBad = [&](auto member, const std::string &value, const std::string &why) {
		upstreams.upstreams.resize(1);
		StartOptions bad = upstreams;
		bad.upstreams.front().*member = value;
		expectRefused(bad, why);
	};
	std::ofstream(folder_ / "ca.pem") << "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
	expectBad(&ingest::UpstreamOptions::url, "http://127.0.0.1:9/", "ws:// or wss://");
	expectBad(&ingest::UpstreamOptions::code, "", "needs the code and the key");
	expectBad(&ingest::UpstreamOptions::key, "", "needs the code and the key");
	expectBad(&ingest::UpstreamOptions::ca, (folder_ / "none.pem").string(), "no file of certificates");
	expectBad(&ingest::UpstreamOptions::ca, (folder_ / "ca.pem").string(), "no file of certificates");
}

TEST_F(StudioTest, LiveClockPlaysPausesJumpsAndEnds)
{
	Studio studio;
	StartOptions live = options();
	live.settings.duration_ms = 60'000;
	ASSERT_TRUE(studio.start(live));
	EXPECT_FALSE(studio.setPlayback(PlaybackState::paused, 60'001));
	ASSERT_TRUE(studio.setPlayback(PlaybackState::paused, 30'000));
	auto snapshot = await(studio, [](const Snapshot &s) { return s.playback.state == PlaybackState::paused; });
	EXPECT_EQ(snapshot->position_ms(std::chrono::steady_clock::now()), 30'000);
	EXPECT_EQ(snapshot->playback.pass, 0U);
	EXPECT_EQ(snapshot->closedTicks, 6);

	ASSERT_TRUE(studio.setPlayback(PlaybackState::paused, 10'000));
	snapshot = await(studio, [](const Snapshot &s) { return s.playback.position_ms == 10'000; });
	EXPECT_EQ(snapshot->playback.pass, 1U) << "it jumped back over what was shown";

	ASSERT_TRUE(studio.setPlayback(PlaybackState::playing, 59'990));
	snapshot = await(studio, [](const Snapshot &s) { return s.playback.state == PlaybackState::ended; });
	EXPECT_EQ(snapshot->playback.position_ms, 60'000);
	ASSERT_TRUE(studio.stop());

	const Result<session::File> file = session::File::open(live.path, session::Access::read);
	ASSERT_TRUE(file);
	const Result<std::vector<PlaybackChange>> history = file->playback();
	ASSERT_TRUE(history);
	std::vector<PlaybackState> states;
	for (const PlaybackChange &change : *history) {
		states.push_back(change.state);
	}
	EXPECT_THAT(states, ElementsAre(PlaybackState::paused, PlaybackState::paused, PlaybackState::playing,
					PlaybackState::ended));
}

// Over millions of ticks: what is done for each of them, or each two of them, would keep everybody waiting.
TEST_F(StudioTest, ALiveClockMayJumpAnyDistance)
{
	Studio studio;
	StartOptions live = options();
	live.settings.tick_ms = 250;
	ASSERT_TRUE(studio.start(live));
	ASSERT_TRUE(studio.setPlayback(PlaybackState::paused, kMaxPosition_ms));
	await(studio, [](const Snapshot &s) { return s.closedTicks == kMaxPosition_ms / 250; });
	ASSERT_TRUE(studio.stop());
}

TEST_F(StudioTest, FollowedChangesArePlacedOnTheSessionsClock)
{
	Studio studio;
	StartOptions follow = options();
	follow.follow = "Speech";
	ASSERT_TRUE(studio.start(follow));
	EXPECT_FALSE(studio.setPlayback(PlaybackState::playing, 0)) << "the media source is the clock";
	// The source had looped three times before the session began.
	studio.playbackChanged({Studio::steady_ms(), PlaybackState::paused, 4'000, 1, 3}, 90'000);
	auto snapshot = await(studio, [](const Snapshot &s) { return s.playback.position_ms == 4'000; });
	EXPECT_EQ(snapshot->playback.pass, 0U);
	EXPECT_EQ(snapshot->duration_ms, 90'000);
	studio.playbackChanged({Studio::steady_ms(), PlaybackState::paused, 1'000, 1, 4}, 90'000);
	snapshot = await(studio, [](const Snapshot &s) { return s.playback.position_ms == 1'000; });
	EXPECT_EQ(snapshot->playback.pass, 1U);
}

TEST_F(StudioTest, ReadersGetEverySessionAndItsEnd)
{
	Studio studio;
	const std::shared_ptr<Reader> reader = studio.reader();
	const auto nothing = reader->box.take();
	ASSERT_TRUE(nothing);
	EXPECT_EQ(*nothing, nullptr);
	ASSERT_TRUE(studio.start(options()));
	const auto some = reader->box.take();
	ASSERT_TRUE(some && *some);
	EXPECT_TRUE((*some)->running);
	studio.shutdown();
	const auto end = reader->box.take();
	ASSERT_TRUE(end);
	EXPECT_EQ(*end, nullptr);
}

TEST_F(StudioTest, KeepsMarkersAndStatementsRunningAndInReview)
{
	const std::string transcript = (folder_ / "t.srt").string();
	std::ofstream(transcript) << "1\n00:00:02,000 --> 00:00:04,000\nGood evening.\n";
	Studio studio;
	StartOptions start = options();
	start.live = true;
	start.settings.duration_ms = 60'000;
	start.transcript = transcript;
	ASSERT_TRUE(studio.start(start));
	EXPECT_THAT(studio.snapshot()->annotations->statements, ElementsAre(Statement{2'000, 4'000, "Good evening."}));
	EXPECT_EQ(studio.addMarker("tax", 30'000), (Marker{30'000, "tax"}));
	const Result<Marker> here = studio.addMarker("", {});
	ASSERT_TRUE(here);
	EXPECT_EQ(here->text, "2");
	EXPECT_THAT(studio.addMarker("x", 60'001).error().message, HasSubstr("0 to 60000"));
	EXPECT_THAT(studio.addMarker("x", -1).error().message, HasSubstr("0 to 60000"));
	EXPECT_THAT(studio.addMarker(std::string(1'001, 'x'), 1).error().message, HasSubstr("1000 bytes"));
	const auto marked = await(studio, [](const Snapshot &now) { return now.annotations->markers.size() == 2; });
	EXPECT_EQ(marked->annotations->statements.size(), 1U);
	ASSERT_TRUE(studio.stop());

	EXPECT_THAT(studio.snapshot()->annotations->markers, ElementsAre(*here, Marker{30'000, "tax"}));
	EXPECT_THAT(studio.addMarker("x", {}).error().message, HasSubstr("position_ms"));
	ASSERT_TRUE(studio.addMarker("end", 60'000));
	std::ofstream(transcript) << "1\n00:00:05,000 --> 00:00:06,000\nAt last.\n\n"
				     "2\n00:00:06,000 --> 00:00:06,000\nNever.\n";
	const Result<OpenedTranscript> opened = studio.openTranscript(transcript);
	ASSERT_TRUE(opened);
	EXPECT_EQ(opened->statements, 1U);
	EXPECT_EQ(opened->left_out, 1U);
	EXPECT_THAT(studio.openTranscript("nowhere.srt").error().message, HasSubstr("nowhere.srt"));
	const std::shared_ptr<const Snapshot> now = studio.snapshot();
	EXPECT_THAT(now->annotations->statements, ElementsAre(Statement{5'000, 6'000, "At last."}));
	EXPECT_EQ(now->annotations->markers.size(), 3U);
	studio.shutdown();
	EXPECT_THAT(studio.addMarker("x", 1).error().message, HasSubstr("no session"));
	EXPECT_THAT(studio.openTranscript(transcript).error().message, HasSubstr("no session"));
}

TEST_F(StudioTest, ABlindSessionIsHiddenUntilItIsRevealedOrEnds)
{
	Studio studio;
	StartOptions start = options();
	start.settings.blind = true;
	ASSERT_TRUE(studio.start(start));
	EXPECT_TRUE(studio.snapshot()->blind);
	ASSERT_TRUE(studio.reveal(true));
	await(studio, [](const Snapshot &now) { return !now.blind && now.revealed; });
	ASSERT_TRUE(studio.stop());
	EXPECT_FALSE(studio.snapshot()->blind);
	EXPECT_FALSE(studio.reveal(true));

	ASSERT_TRUE(studio.start(start)); // it was revealed, and stays so
	EXPECT_FALSE(studio.snapshot()->blind);
	ASSERT_TRUE(studio.reveal(false));
	await(studio, [](const Snapshot &now) { return now.blind && !now.revealed; });
}

TEST_F(StudioTest, ABlindSessionThatACrashEndedIsHiddenInReview)
{
	StartOptions start = options();
	start.settings.blind = true;
	const std::string left = (folder_ / "left.pulse").string();
	const std::string alone = (folder_ / "alone.pulse").string(); // and by a file manager, without its log
	{
		Studio studio;
		ASSERT_TRUE(studio.start(start));
		ASSERT_TRUE(session::File::copy(start.path, left)); // as a crash would leave it
		std::filesystem::copy_file(start.path, alone);
	}
	Studio studio;
	ASSERT_TRUE(studio.open(start.path));
	EXPECT_FALSE(studio.snapshot()->blind) << "it has ended";
	for (const std::string &copy : {left, alone}) {
		ASSERT_TRUE(studio.open(copy));
		EXPECT_TRUE(studio.snapshot()->blind) << copy;
		EXPECT_FALSE(studio.reveal(false));
		ASSERT_TRUE(studio.reveal(true));
		EXPECT_FALSE(studio.snapshot()->blind) << copy;
	}
}

TEST_F(StudioTest, CutsTheAudienceAnewInReview)
{
	{
		Studio studio;
		ASSERT_TRUE(studio.start(options()));
		ASSERT_TRUE(studio.stop());
	}
	Studio studio;
	ASSERT_TRUE(studio.open(options().path));
	ASSERT_TRUE(studio.wantSegment("Everyone else", "party="));
	EXPECT_TRUE(studio.snapshot()->findSegment("Everyone else"));
	EXPECT_FALSE(studio.wantSegment("Bad", "town=X"));
	EXPECT_FALSE(studio.wantSegment("All", "party=Red")) << "a name means one thing";
}

TEST_F(StudioTest, CountsAReviewByAnotherLag)
{
	const std::string path = (folder_ / "lag.pulse").string();
	{
		Settings settings;
		settings.lag_ms = 1'000;
		settings.attributes = {{"party", "Party", {"Red"}}};
		Result<session::File> file = session::File::create(path, settings);
		ASSERT_TRUE(file);
		ASSERT_TRUE(file->begin());
		ASSERT_TRUE(file->addStratum({"Red"}));
		ASSERT_TRUE(file->addParticipant({"somebody", 0, false, ""}));
		Response response;
		response.seq = 1;
		response.position_ms = 8'000;
		response.value = 1;
		ASSERT_TRUE(file->addResponses(std::array{session::StoredResponse{response, 0, Stamp::server}}));
		ASSERT_TRUE(file->commit());
	}
	const auto counted = [&](std::optional<std::int64_t> lag_ms) {
		const auto review = Review::open(path, {lag_ms, {}});
		const auto snapshot = (*review)->snapshot();
		return std::pair{snapshot->settings->lag_ms, snapshot->sums.at(0, 0, 1).n};
	};
	EXPECT_EQ(counted({}), (std::pair<std::int64_t, std::uint32_t>{1'000, 1U}));
	EXPECT_EQ(counted(3'000), (std::pair<std::int64_t, std::uint32_t>{3'000, 1U}));
	EXPECT_EQ(counted(3'001), (std::pair<std::int64_t, std::uint32_t>{3'001, 0U}))
		<< "then it is in the first tick";
	const auto length_ms = [&](std::int64_t lag_ms) {
		return (*Review::open(path, {lag_ms, {}}))->snapshot()->duration_ms;
	};
	EXPECT_EQ(length_ms(1'000), 10'000) << "to the end of the last tick";
	EXPECT_EQ(length_ms(3'001), 8'000) << "as far as somebody responded";
}

TEST_F(StudioTest, TakesSomebodyOutOfAReviewAndPutsThemBack)
{
	const std::string path = (folder_ / "out.pulse").string();
	{
		Settings settings;
		settings.attributes = {{"party", "Party", {"Red"}}};
		Result<session::File> file = session::File::create(path, settings);
		ASSERT_TRUE(file && file->begin() && file->addStratum({"Red"}));
		for (std::uint32_t i = 0; i < 3; ++i) {
			ASSERT_TRUE(file->addParticipant({"person" + std::to_string(i), 0, false, ""}));
			ASSERT_TRUE(file->addResponses(
				std::array{session::StoredResponse{{i, 0, 1, 100, 0, 1.0}, 0, Stamp::server}}));
		}
		ASSERT_TRUE(file->commit());
	}
	Studio studio;
	EXPECT_FALSE(studio.setCounts("person1", false));
	ASSERT_TRUE(studio.open(path));
	const auto expectPeople = [&](std::uint32_t people) {
		const std::shared_ptr<const Snapshot> now = studio.snapshot();
		EXPECT_EQ(now->sums.at(0, 0, 0).n, people);
		EXPECT_EQ(now->segmentParticipants.front(), people);
		EXPECT_EQ(studio.status().participants, people);
		EXPECT_EQ(studio.status().out, 3 - people);
		EXPECT_EQ(studio.status().stored, 3U);
	};
	expectPeople(3);
	ASSERT_TRUE(studio.setCounts("person1", false));
	expectPeople(2);
	EXPECT_FALSE(studio.setCounts("nobody", false));
	expectPeople(2);
	ASSERT_TRUE(studio.setCounts("person1", true));
	expectPeople(3);
}

TEST(Registry, PutsUnlistedAnswersUnderOther)
{
	const Registry registry({{"party", "", {"Red", "Blue"}}, {"town", "", {}}});
	EXPECT_THAT(registry.stratumOf({{"party", "Red"}, {"town", "Ulm"}, {"shoe", "44"}}), ElementsAre("Red", "Ulm"));
	EXPECT_THAT(registry.stratumOf({{"party", "Green"}}), ElementsAre("other", ""));
	EXPECT_THAT(registry.stratumOf({{"town", std::string(257, 'x')}}), ElementsAre("", "other"));
}

TEST(Registry, KeepsTheNumberOfStrataBounded)
{
	Registry registry({{"town", "", {}}});
	std::uint32_t place = 0;
	for (int i = 0; i < 20'000; ++i) {
		place = registry.placeOf({std::to_string(i)}).first;
		registry.add("p", place, "");
	}
	EXPECT_EQ(registry.strata().size(), 10'001U);
	EXPECT_THAT(registry.strata()[place], ElementsAre("other"));
	EXPECT_EQ(registry.placeOf({"17"}).first, 17U);
	EXPECT_EQ(registry.peopleOf()[place], 10'000U);
}

TEST(Publisher, SumsSegmentsAsStrataAndTicksChange)
{
	auto settings = std::make_shared<Settings>();
	settings->attributes = {{"party", "", {"Red", "Blue"}}};
	Publisher publisher(settings, {});
	Counter counter(1, settings->scale, 5000, 0);
	std::vector<Stratum> strata{{"Red"}};
	counter.addParticipant(0);
	counter.count({0, 0, 1, 0, 0, 1.0});
	publisher.update(counter.cells(), counter.takeChanged(), strata);
	strata.push_back({"Blue"});
	counter.addParticipant(1);
	counter.count({1, 0, 1, 6000, 0, -1.0});
	publisher.update(counter.cells(), counter.takeChanged(), strata);

	const std::vector<std::uint32_t> people{1, 1};
	const Snapshot snapshot = publisher.snapshot(people);
	EXPECT_THAT(snapshot.segmentParticipants, ElementsAre(2, 1, 1));
	EXPECT_EQ(snapshot.figuresAt(0, 0, 0, Base::active, 1).net, 100);
	EXPECT_EQ(snapshot.figuresAt(0, 0, 1, Base::active, 1).net, -100);
	EXPECT_EQ(snapshot.figuresAt(2, 0, 0, Base::active, 1).n, 0U);
	EXPECT_EQ(snapshot.figuresAt(2, 0, 1, Base::active, 1).dislikes, 1U);

	ASSERT_TRUE(
		publisher.add(*parseSegment("Both", "party=Red|Blue", settings->attributes), counter.cells(), strata));
	EXPECT_EQ(publisher.snapshot(people).figuresAt(3, 0, 1, Base::active, 1).n, 1U);
	EXPECT_EQ(snapshot.segments.size(), 3U) << "a snapshot stays as it was";
}

// What is told between two snapshots, in words.
std::vector<std::string> told(const Snapshot *before, const Snapshot *after)
{
	std::vector<std::string> words;
	for (const SessionEvent &event : eventsBetween(before, after)) {
		if (const auto *started = std::get_if<SessionStarted>(&event)) {
			words.push_back("started " + started->path);
		} else if (const auto *stopped = std::get_if<SessionStopped>(&event)) {
			words.push_back("stopped " + stopped->path);
		} else if (const auto *tick = std::get_if<TickClosed>(&event)) {
			words.push_back(std::to_string(tick->tick) + " closed at " + std::to_string(tick->end_ms));
		} else if (const auto *added = std::get_if<MarkerAdded>(&event)) {
			words.push_back("marker " + added->marker.text);
		}
	}
	return words;
}

TEST(StudioEvents, TellWhatIsNewAndNothingElse)
{
	Snapshot first;
	first.settings = std::make_shared<const Settings>();
	first.path = "a.pulse";
	first.running = true;
	first.closedTicks = 7; // it goes on from before
	first.annotations = std::make_shared<const Annotations>(Annotations{{}, {{1'000, "old"}}});
	EXPECT_THAT(told(nullptr, &first), ElementsAre("started a.pulse"));
	Snapshot later = first;
	EXPECT_THAT(told(&first, &later), testing::IsEmpty());
	later.closedTicks = 9;
	later.annotations = std::make_shared<const Annotations>(Annotations{{}, {{1'000, "old"}, {2'000, "new"}}});
	EXPECT_THAT(told(&first, &later), ElementsAre("marker new", "7 closed at 40000", "8 closed at 45000"));
	Snapshot far = later;
	far.closedTicks = 30'000'000;
	const auto jumped = told(&later, &far);
	EXPECT_EQ(jumped.size(), static_cast<std::size_t>(kMostTicks));
	EXPECT_EQ(jumped.back(), "29999999 closed at 150000000000");
	Snapshot review = later;
	review.running = false;
	review.settings = std::make_shared<const Settings>();
	EXPECT_THAT(told(&later, &review), ElementsAre("stopped a.pulse"));
	Snapshot marked = review;
	marked.annotations = std::make_shared<const Annotations>(
		Annotations{{}, {{500, "in review"}, {1'000, "old"}, {2'000, "new"}}});
	EXPECT_THAT(told(&review, &marked), ElementsAre("marker in review"));
	EXPECT_THAT(told(&marked, nullptr), testing::IsEmpty());
	// Stopped and another one started since the last look.
	Snapshot other = first;
	other.settings = std::make_shared<const Settings>();
	other.path = "b.pulse";
	EXPECT_THAT(told(&later, &other), ElementsAre("stopped a.pulse", "started b.pulse"));
}

} // namespace
} // namespace pulseline::studio
