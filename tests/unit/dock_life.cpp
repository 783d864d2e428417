// How a session comes and goes: starting, joining, keys, stopping, review; and the dock itself.
#include "dock_fixture.hpp"

#include <QEventLoop>
#include <QFileDialog>

#include <fstream>
#include <future>

namespace pulseline::dock {
namespace {

using namespace std::chrono_literals;
using studio::Status;

TEST_F(Dock, FormWaitsWhileItStarts)
{
	host->hold();
	click("start");
	host->waitUntilEntered();
	ASSERT_TRUE(until([&] { return !get<QWidget>("start")->isEnabled(); }));
	EXPECT_TRUE(get<QWidget>("busy")->isVisible());
	picture("starting");
	host->release();
	ASSERT_TRUE(until([&] { return running(); }));
	EXPECT_FALSE(get<QWidget>("busy")->isVisible());
}

TEST_F(Dock, MayGoWhileASessionStarts)
{
	host->hold();
	click("start");
	host->waitUntilEntered();
	std::promise<void> gone;
	std::thread releases([&] {
		// A dock that did not wait would be gone by then, with its start still on the way.
		gone.get_future().wait_for(300ms);
		host->release();
	});
	dock.reset();
	const bool waited = host->left;
	gone.set_value();
	releases.join();
	EXPECT_TRUE(waited);
	QApplication::processEvents(); // nothing comes back to a dock that is gone
	EXPECT_EQ(host.use_count(), 1);
}

TEST_F(Dock, LooksOnlyWhileItIsSeen)
{
	ASSERT_TRUE(until([&] { return host->polls > 4; }));
	dock->hide();
	const int polls = host->polls;
	QEventLoop loop;
	QTimer::singleShot(600ms, &loop, &QEventLoop::quit);
	loop.exec();
	EXPECT_EQ(host->polls, polls);
}

TEST_F(Dock, FitsANarrowColumnAndALowOne)
{
	picture("idle");
	EXPECT_LE(dock->minimumSizeHint().width(), 300);
	EXPECT_LE(dock->minimumSizeHint().height(), 200);
	click("addQuestion");
	EXPECT_LE(dock->minimumSizeHint().width(), 300);
	picture("question");
	makeRunning();
	EXPECT_LE(dock->minimumSizeHint().width(), 300);
	EXPECT_LE(dock->minimumSizeHint().height(), 200);
	dock->resize(300, 260);
	picture("low");
}

TEST_F(Dock, OpenToTheNetworkShowsWherePhonesReachIt)
{
	host->now = exampleStatus();
	host->now.joinUrls = {"http://192.168.178.24:7337/", "http://10.0.0.7:7337/"};
	ASSERT_TRUE(start());
	EXPECT_EQ(get<QLineEdit>("address")->text(), "http://192.168.178.24:7337/");
	EXPECT_EQ(text("otherAddresses"), "Or: http://10.0.0.7:7337/");
	EXPECT_TRUE(get<QWidget>("qr")->isVisible());
}

TEST_F(Dock, OnNoNetworkOffersNoAddress)
{
	host->now = exampleStatus();
	host->now.joinUrls = {};
	ASSERT_TRUE(start());
	EXPECT_EQ(get<QLineEdit>("address")->text(), "");
	EXPECT_TRUE(text("otherAddresses").contains("is on no network"));
	EXPECT_FALSE(get<QWidget>("copyAddress")->isEnabled());
	EXPECT_FALSE(get<QWidget>("qr")->isVisible());
}

// By a reader that no one here wrote.
TEST_F(Dock, ItsQrCodeIsTheLinkWithTheCode)
{
	makeRunning();
	QTemporaryDir folder;
	const QString file = folder.filePath("qr.png");
	ASSERT_TRUE(get<QWidget>("qr")->grab().save(file));
	QProcess reader;
	reader.start("zbarimg", {"--quiet", "--raw", file});
	ASSERT_TRUE(reader.waitForFinished());
	EXPECT_EQ(reader.readAllStandardOutput().trimmed(), "http://192.168.178.24:7337/#K7PX4M");
}

TEST_F(Dock, StopAsksWherePeopleAreConnected)
{
	makeRunning();
	picture("running");
	click("stop");
	EXPECT_EQ(text("question"), "People are connected: 131. Stop the session?");
	picture("stopping");
	click("keepRunning");
	EXPECT_EQ(host->now.state, Status::State::running);
	EXPECT_FALSE(get<QWidget>("confirmation")->isVisible());
	click("stop");
	click("reallyStop");
	ASSERT_TRUE(until([&] { return get<QWidget>("close")->isVisible(); }));
	EXPECT_EQ(host->now.state, Status::State::review);
}

TEST_F(Dock, StopDoesNotAskWhereNobodyIsThere)
{
	makeRunning();
	host->now.connections = 0;
	ASSERT_TRUE(until([&] { return text("connections") == "0"; }));
	click("stop");
	ASSERT_TRUE(until([&] { return get<QWidget>("close")->isVisible(); }));
}

TEST_F(Dock, KeyIsShownOnceAndThenForgotten)
{
	host->now = exampleStatus();
	ASSERT_TRUE(start());
	EXPECT_EQ(get<QLineEdit>("key")->text(), "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
	picture("started");
	click("copyKey");
	EXPECT_EQ(QApplication::clipboard()->text(), "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
	click("keyDone");
	EXPECT_FALSE(get<QWidget>("keyCard")->isVisible());
	EXPECT_EQ(get<QLineEdit>("key")->text(), "");
}

TEST_F(Dock, KeyGoesWithTheSession)
{
	host->now = exampleStatus();
	ASSERT_TRUE(start());
	host->now.state = Status::State::idle; // somebody else stopped it
	ASSERT_TRUE(until([&] { return get<QWidget>("start")->isVisible(); }));
	EXPECT_EQ(get<QLineEdit>("key")->text(), "");
}

TEST_F(Dock, StopThatFailsLeavesTheSessionAndSaysWhy)
{
	makeRunning();
	host->refusal = "the disk went away";
	click("stop");
	click("reallyStop");
	ASSERT_TRUE(until([&] { return error() == "Not stopped: the disk went away"; }));
	EXPECT_TRUE(running());
}

TEST_F(Dock, FileIsOpenedForReview)
{
	const QTemporaryDir folder;
	host->folder = folder.path().toStdString();
	const QString path = folder.filePath("old.pulse");
	std::ofstream(path.toStdString()) << "any";
	click("open");
	auto *dialog = dock->findChild<QFileDialog *>();
	ASSERT_NE(dialog, nullptr);
	dialog->selectFile(path);
	ASSERT_TRUE(QMetaObject::invokeMethod(dialog, "accept"));
	ASSERT_TRUE(until([&] { return get<QWidget>("close")->isVisible(); }));
	EXPECT_EQ(host->now.path, path.toStdString());
}

TEST_F(Dock, MayGoWhileAFileIsChosen)
{
	click("open");
	ASSERT_NE(dock->findChild<QFileDialog *>(), nullptr);
	dock.reset();
	QApplication::processEvents();
	EXPECT_EQ(host.use_count(), 1);
}

TEST_F(Dock, ReviewShowsTheSessionWithoutDoors)
{
	host->now = exampleStatus();
	host->now.state = Status::State::review;
	make();
	EXPECT_EQ(text("state"), "Review");
	EXPECT_EQ(text("clock"), "Library.pulse");
	EXPECT_FALSE(get<QWidget>("joinCard")->isVisible());
	EXPECT_FALSE(get<QWidget>("connections")->isVisible());
	EXPECT_FALSE(get<QWidget>("stop")->isVisible());
	EXPECT_EQ(cell(0, 3), "0.25");
	picture("review");
	click("close");
	ASSERT_TRUE(until([&] { return get<QWidget>("start")->isVisible(); }));
	EXPECT_EQ(host->now.state, Status::State::idle);
}

} // namespace
} // namespace pulseline::dock
