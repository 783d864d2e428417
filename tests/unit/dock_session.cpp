// What a running session shows.
#include "dock_fixture.hpp"

namespace pulseline::dock {
namespace {

using namespace std::chrono_literals;
using studio::Status;

TEST_F(Dock, RunningSessionShowsHowToJoinAndWhoIsThere)
{
	makeRunning();
	EXPECT_EQ(text("code"), "K7PX4M");
	EXPECT_EQ(get<QLineEdit>("address")->text(), "http://192.168.178.24:7337/");
	EXPECT_EQ(text("title"), "A library for the town");
	EXPECT_EQ(text("state"), "Paused at 01:23");
	EXPECT_EQ(text("clock"), "Live clock");
	EXPECT_EQ(text("participants"), "128");
	EXPECT_EQ(text("connections"), "131");
	EXPECT_EQ(text("counted"), "5,412");
	EXPECT_EQ(text("stored"), "5,398");
	EXPECT_FALSE(get<QWidget>("refused")->isVisible());
	EXPECT_FALSE(get<QWidget>("simulated")->isVisible());
	EXPECT_FALSE(get<QWidget>("blind")->isVisible());
	click("copyAddress");
	EXPECT_EQ(QApplication::clipboard()->text(), "http://192.168.178.24:7337/#K7PX4M");
}

TEST_F(Dock, SegmentsShowTheLastTickAndKeepSmallOnesBack)
{
	makeRunning();
	ASSERT_EQ(get<QTableWidget>("segments")->rowCount(), 4);
	EXPECT_EQ(text("tick"), "Last tick: 00:05 to 00:10");
	const auto row = [&](int row) {
		return (QStringList() << cell(row, 0) << cell(row, 1) << cell(row, 2) << cell(row, 3)).join("|");
	};
	EXPECT_EQ(row(0), "All|128|100|0.25");
	EXPECT_EQ(row(1), "18 to 29|4|4|too few");
	EXPECT_EQ(row(2), QStringLiteral("30 to 59|61|50|\u22120.24"));
	EXPECT_EQ(row(3), "60 and over|63|46|0.89");
}

TEST_F(Dock, TargetIsChosenWhereThereAreSeveral)
{
	makeRunning();
	EXPECT_FALSE(get<QWidget>("target")->isVisible());
	auto snapshot = exampleSnapshot();
	auto settings = std::make_shared<Settings>(*snapshot->settings);
	settings->targets = {"Ms Adams", "Mr Brown"};
	snapshot->settings = settings;
	snapshot->sums = Cells(2);
	Cell &cell = snapshot->sums.edit(0, 1, 1);
	cell.present = cell.n = 10;
	cell.sum.add(-5);
	host->now.snapshot = snapshot;
	ASSERT_TRUE(until([&] { return get<QWidget>("target")->isVisible(); }));
	EXPECT_EQ(this->cell(0, 3), "too few");
	get<QComboBox>("target")->setCurrentText("Mr Brown");
	EXPECT_TRUE(until([&] { return this->cell(0, 3) == QStringLiteral("\u22120.50"); }));
}

TEST_F(Dock, DoorsCloseAndSomebodyIsTakenOut)
{
	makeRunning();
	auto *doors = get<QComboBox>("doors");
	EXPECT_EQ(doors->currentText(), "Anybody may join");
	EXPECT_FALSE(get<QLabel>("peopleSum")->isVisible());
	doors->setCurrentIndex(2);
	emit doors->activated(2); // as when it is chosen
	EXPECT_TRUE(until([&] { return host->status().doors == studio::Doors::closed; }));
	host->now.doors = studio::Doors::tickets; // by another program
	host->now.tickets = 200;
	host->now.ticketsUsed = 3;
	EXPECT_TRUE(until([&] { return doors->currentText() == "Only with a ticket"; }));
	EXPECT_EQ(text("peopleSum"), "3 of 200 tickets used");

	EXPECT_FALSE(get<QPushButton>("takeOut")->isEnabled());
	get<QLineEdit>("participant")->setText(" k3v9 ");
	click("takeOut");
	EXPECT_TRUE(until([&] { return text("peopleSum").contains("1 taken out of the count"); }));
	get<QLineEdit>("participant")->setText("nobody");
	click("putBack");
	EXPECT_TRUE(until([&] { return error() == "Not done: nobody has this id"; }));
	dock->resize(dock->width(), 900); // all of it
	picture("people");
}

TEST_F(Dock, EveryStateHasItsWords)
{
	makeRunning();
	const auto state = [&](auto change) {
		auto snapshot = exampleSnapshot();
		change(*snapshot);
		host->now.snapshot = snapshot;
		dock->hide();
		dock->show(); // looks at once
		return text("state").toStdString();
	};
	EXPECT_EQ(state([](Snapshot &s) { s.playback.state = PlaybackState::stopped; }), "Waiting for the speech");
	EXPECT_EQ(state([](Snapshot &s) { s.playback.state = PlaybackState::ended; }), "Ended at 01:23");
	EXPECT_EQ(state([](Snapshot &s) {
			  s.playback = {0, PlaybackState::playing, 3'723'000, 0, 0};
			  s.playbackAt = std::chrono::steady_clock::now();
		  }),
		  "Playing 1:02:03");
	EXPECT_EQ(state([](Snapshot &s) {
			  s.playback = {0, PlaybackState::playing, 60'000, 0, 0};
			  s.playbackAt = std::chrono::steady_clock::now() - 1min;
		  }),
		  "Playing 01:00 \u00b7 no responses");
	EXPECT_EQ(state([](Snapshot &s) {
			  auto settings = std::make_shared<Settings>(*s.settings);
			  settings->ownTime = true;
			  s.settings = settings;
		  }),
		  "Everyone plays the speech in their own time");
	EXPECT_FALSE(get<QWidget>("play")->isVisible());
}

TEST_F(Dock, TroubleIsSaidAsLongAsItLasts)
{
	makeRunning();
	auto snapshot = exampleSnapshot();
	snapshot->simulated = true;
	snapshot->blind = true;
	host->now.snapshot = snapshot;
	host->now.problem = "no space left on the disk";
	host->now.refused = 7;
	dock->hide();
	dock->show();
	bool said = false;
	for (const QLabel *label : dock->findChildren<QLabel *>("message")) {
		said = said || (label->isVisible() && label->text() == "Not writing: no space left on the disk");
	}
	EXPECT_TRUE(said);
	EXPECT_TRUE(get<QWidget>("simulated")->isVisible());
	EXPECT_TRUE(get<QWidget>("blind")->isVisible());
	EXPECT_EQ(text("refused"), "7");
	picture("trouble");
	host->now.problem = "";
	dock->hide();
	dock->show();
	for (const QLabel *label : dock->findChildren<QLabel *>("message")) {
		EXPECT_FALSE(label->isVisible());
	}
}

TEST_F(Dock, LiveClockPlaysAndPauses)
{
	makeRunning();
	EXPECT_EQ(get<QAbstractButton>("play")->text(), "Play");
	click("play");
	ASSERT_TRUE(until([&] { return host->takePlayback() == PlaybackState::playing; }));

	auto snapshot = exampleSnapshot();
	snapshot->playback.state = PlaybackState::playing;
	host->now.snapshot = snapshot;
	ASSERT_TRUE(until([&] { return get<QAbstractButton>("play")->text() == "Pause"; }));
	click("play");
	ASSERT_TRUE(until([&] { return host->takePlayback() == PlaybackState::paused; }));
}

TEST_F(Dock, FollowedClockHasNoPlayButton)
{
	host->clock = "Speech.mp4";
	makeRunning();
	EXPECT_FALSE(get<QWidget>("play")->isVisible());
	EXPECT_EQ(text("clock"), "Follows Speech.mp4");
}

} // namespace
} // namespace pulseline::dock
