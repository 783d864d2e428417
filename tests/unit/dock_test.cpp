// The dock with a host that only remembers what it was asked. Pictures of its states go to the folder that
// PULSELINE_PICTURES names, if it is set.
#include "dock/dock.hpp"
#include "dock/reach.hpp"
#include "session/store.hpp"

#include <gmock/gmock.h>

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QEventLoop>
#include <QHostAddress>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStyleFactory>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTimer>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <thread>

namespace pulseline::dock {
namespace {

using namespace std::chrono_literals;
using studio::Status;

std::map<std::string, std::string> readLocale()
{
	std::map<std::string, std::string> texts;
	std::ifstream file(PULSELINE_LOCALE);
	for (std::string line; std::getline(file, line);) {
		const std::size_t equals = line.find("=\"");
		if (equals != std::string::npos && line.ends_with('"')) {
			texts[line.substr(0, equals)] = line.substr(equals + 2, line.size() - equals - 3);
		}
	}
	return texts;
}

class FakeHost final : public Host {
public:
	Result<studio::Started> start(const studio::StartOptions &options, const std::string &follow) override
	{
		std::unique_lock lock(mutex_);
		entered = true;
		changed_.notify_all();
		changed_.wait(lock, [this] { return !held_; });
		asked = options;
		followed = follow;
		left = true;
		if (!refusal.empty()) {
			return fail(refusal);
		}
		now.state = Status::State::running;
		return studio::Started{now.url, now.code, {{"observer", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}}};
	}
	Result<void> stop() override { return to(Status::State::review); }
	Result<void> close() override { return to(Status::State::idle); }
	Result<void> open(const std::string &path) override
	{
		{
			const std::lock_guard lock(mutex_);
			now.path = path;
		}
		return to(Status::State::review);
	}
	Result<void> setPlayback(PlaybackState state, std::optional<std::int64_t>) override
	{
		const std::lock_guard lock(mutex_);
		playback_ = state;
		return {};
	}
	Status status() const override
	{
		const std::lock_guard lock(mutex_);
		++polls;
		return now;
	}
	std::string clockInWords() const override { return clock; }
	std::vector<MediaSource> mediaSources() const override { return sources; }
	std::string sessionFolder() const override { return folder; }
	std::string text(const char *key) const override
	{
		const auto found = texts_.find(key);
		EXPECT_NE(found, texts_.end()) << "the locale lacks " << key;
		return found == texts_.end() ? key : found->second;
	}

	// Holds the next start() back until release().
	void hold() { held_ = true; }
	void waitUntilEntered()
	{
		std::unique_lock lock(mutex_);
		changed_.wait(lock, [this] { return entered.load(); });
	}
	void release()
	{
		const std::lock_guard lock(mutex_);
		held_ = false;
		changed_.notify_all();
	}

	// What setPlayback() was asked since the last time, if anything.
	std::optional<PlaybackState> takePlayback()
	{
		const std::lock_guard lock(mutex_);
		return std::exchange(playback_, std::nullopt);
	}

	Status now;
	std::string clock, folder = "/sessions", refusal;
	std::vector<MediaSource> sources{{"uuid-1", "Speech.mp4"}, {"uuid-2", "Bumper"}};
	studio::StartOptions asked;
	std::string followed;
	std::atomic<bool> entered = false, left = false;
	mutable std::atomic<int> polls = 0;

private:
	Result<void> to(Status::State state)
	{
		const std::lock_guard lock(mutex_);
		now.state = state;
		return refusal.empty() ? Result<void>{} : fail(refusal);
	}

	mutable std::mutex mutex_;
	std::optional<PlaybackState> playback_;
	std::condition_variable changed_;
	bool held_ = false;
	const std::map<std::string, std::string> texts_ = readLocale();
};

// 128 people in three segments, two ticks over; the youngest are too few to say anything of.
std::shared_ptr<Snapshot> exampleSnapshot()
{
	auto settings = std::make_shared<Settings>();
	settings->title = "A library for the town";
	settings->attributes = {{"Age", "Age", {"18 to 29", "30 to 59", "60 and over"}}};
	auto snapshot = std::make_shared<Snapshot>();
	snapshot->settings = settings;
	snapshot->running = true;
	snapshot->segments = defaultSegments(settings->attributes);
	snapshot->segmentParticipants = {128, 4, 61, 63};
	snapshot->sums = Cells(1);
	const auto count = [&](std::uint32_t segment, std::uint32_t n, double sum) {
		Cell &cell = snapshot->sums.edit(segment, 0, 1);
		cell.present = cell.n = n;
		cell.sum.add(sum);
		cell.sum_sq.add(n);
	};
	count(0, 100, 25);
	count(1, 4, -4);
	count(2, 50, -12);
	count(3, 46, 41);
	snapshot->closedTicks = 2;
	snapshot->playback.state = PlaybackState::paused;
	snapshot->playback.position_ms = 83'400;
	return snapshot;
}

Status exampleStatus()
{
	Status status;
	status.path = "/sessions/Library.pulse";
	status.url = "http://192.168.178.24:7337/";
	status.code = "K7PX4M";
	status.connections = 131;
	status.participants = 128;
	status.counted = 5'412;
	status.stored = 5'398;
	status.snapshot = exampleSnapshot();
	return status;
}

// Much like OBS's own dark theme.
QPalette darkPalette()
{
	QPalette palette(QColor(0x2b, 0x2e, 0x38));
	palette.setColor(QPalette::Window, QColor(0x1d, 0x1f, 0x26));
	palette.setColor(QPalette::Base, QColor(0x13, 0x14, 0x1a));
	palette.setColor(QPalette::AlternateBase, QColor(0x1d, 0x1f, 0x26));
	for (const QPalette::ColorRole text : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText}) {
		palette.setColor(QPalette::Disabled, text, QColor(0x80, 0x84, 0x90));
	}
	palette.setColor(QPalette::Highlight, QColor(0x28, 0x4c, 0xb8));
	return palette;
}

class Dock : public testing::Test {
protected:
	static void SetUpTestSuite()
	{
		qputenv("QT_QPA_PLATFORM", "offscreen");
		static int argc = 1;
		static char name[] = "dock_test";
		static char *argv[] = {name, nullptr};
		application = std::make_unique<QApplication>(argc, argv);
		QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
		QApplication::setStyle(QStyleFactory::create("Fusion"));
		QApplication::setPalette(darkPalette());
	}
	static void TearDownTestSuite() { application.reset(); }

	void SetUp() override { make(); }

	void make()
	{
		dock.reset(createDock(host));
		dock->resize(300, 620);
		dock->show();
	}
	void makeRunning()
	{
		host->now = exampleStatus();
		host->now.state = Status::State::running;
		make();
	}

	template <typename T>
	T *get(const char *name)
	{
		T *found = dock->findChild<T *>(name);
		EXPECT_NE(found, nullptr) << name;
		return found;
	}
	void click(const char *name)
	{
		auto *button = get<QAbstractButton>(name);
		ASSERT_TRUE(button->isVisible() && button->isEnabled()) << name;
		button->click();
	}
	QString text(const char *name) { return get<QLabel>(name)->text(); }
	QString error() { return get<QWidget>("messageBar")->isVisible() ? text("message") : QString(); }
	QString cell(int row, int column) { return get<QTableWidget>("segments")->item(row, column)->text(); }

	// Runs the event loop until it holds; the time is only for a test that fails.
	template <typename Condition>
	static bool until(Condition holds)
	{
		QEventLoop loop;
		QTimer look, late;
		bool held = false;
		QObject::connect(&look, &QTimer::timeout, &loop, [&] {
			held = holds();
			if (held) {
				loop.quit();
			}
		});
		QObject::connect(&late, &QTimer::timeout, &loop, &QEventLoop::quit);
		look.start(2ms);
		late.start(30s);
		loop.exec();
		return held;
	}
	bool running() { return get<QWidget>("code")->isVisible(); }
	bool start()
	{
		click("start");
		return until([&] { return host->left.load(); }) &&
		       until([&] { return running() || !error().isEmpty(); });
	}

	void picture(const char *name)
	{
		const QString folder = qEnvironmentVariable("PULSELINE_PICTURES");
		if (folder.isEmpty()) {
			return;
		}
		QDir().mkpath(folder);
		QApplication::processEvents();
		EXPECT_TRUE(dock->grab().save(folder + "/" + name + ".png"));
	}

	static inline std::unique_ptr<QApplication> application;
	std::shared_ptr<FakeHost> host = std::make_shared<FakeHost>();
	std::unique_ptr<QWidget> dock;
};

TEST_F(Dock, StartsWithSafeDefaults)
{
	ASSERT_TRUE(start());
	EXPECT_EQ(host->asked.bind, "127.0.0.1");
	EXPECT_EQ(host->asked.port, 7337);
	EXPECT_EQ(host->asked.path, ""); // the host's choice
	EXPECT_EQ(host->asked.settings, Settings{});
	EXPECT_FALSE(host->asked.live);
	EXPECT_FALSE(host->asked.newKeys);
	EXPECT_EQ(host->followed, "");
}

TEST_F(Dock, FormBecomesStartOptions)
{
	get<QLineEdit>("title")->setText("  Tonight's speech ");
	get<QLineEdit>("file")->setText("tonight");
	get<QComboBox>("answers")->setCurrentIndex(1);
	get<QDoubleSpinBox>("tick")->setValue(2.25);
	get<QComboBox>("clock")->setCurrentText("Speech.mp4");
	get<QComboBox>("access")->setCurrentIndex(1);
	get<QSpinBox>("port")->setValue(8080);
	click("addQuestion");
	click("addQuestion");
	click("addQuestion");
	const auto names = dock->findChildren<QLineEdit *>("questionName");
	const auto answers = dock->findChildren<QLineEdit *>("questionAnswers");
	ASSERT_EQ(names.size(), 3);
	names[0]->setText("Age");
	answers[0]->setText("under 30, 30 to 59 ,, 60 and over");
	names[1]->setText("Town");
	ASSERT_TRUE(start());

	const Settings &settings = host->asked.settings;
	EXPECT_EQ(settings.title, "Tonight's speech");
	EXPECT_EQ(settings.mode, Mode::latched);
	EXPECT_EQ(settings.scale, (Scale{0, 100, 50}));
	EXPECT_EQ(settings.tick_ms, 2'250);
	EXPECT_EQ(settings.attributes, (std::vector<Attribute>{{"Age", "Age", {"under 30", "30 to 59", "60 and over"}},
							       {"Town", "Town", {}}}));
	EXPECT_EQ(host->asked.path, "/sessions/tonight.pulse");
	EXPECT_EQ(host->asked.bind, "0.0.0.0");
	EXPECT_EQ(host->asked.port, 8080);
	EXPECT_EQ(host->followed, "uuid-1");
}

TEST_F(Dock, RemovedQuestionIsNotAsked)
{
	click("addQuestion");
	click("addQuestion");
	dock->findChildren<QLineEdit *>("questionName")[0]->setText("Age");
	dock->findChildren<QLineEdit *>("questionName")[1]->setText("Town");
	dock->findChildren<QAbstractButton *>("removeQuestion")[0]->click();
	ASSERT_TRUE(start());
	ASSERT_EQ(host->asked.settings.attributes.size(), 1U);
	EXPECT_EQ(host->asked.settings.attributes[0].name, "Town");
}

TEST_F(Dock, AnswersWithoutAQuestionAreNotDroppedSilently)
{
	click("addQuestion");
	get<QLineEdit>("questionAnswers")->setText("yes, no");
	click("start");
	EXPECT_THAT(error().toStdString(), testing::HasSubstr("no name"));
	EXPECT_FALSE(host->entered);
}

TEST_F(Dock, ChosenMediaSourceStaysChosenWhenItIsGone)
{
	get<QComboBox>("clock")->setCurrentText("Bumper");
	host->sources.clear();
	dock->hide();
	dock->show(); // looks again
	EXPECT_EQ(get<QComboBox>("clock")->currentText(), "Bumper");
	ASSERT_TRUE(start());
	EXPECT_EQ(host->followed, "uuid-2");
}

TEST_F(Dock, ErrorIsShownInTheDockAndCanBePutAway)
{
	host->refusal = "port 7337 is in use; choose another";
	ASSERT_TRUE(start());
	EXPECT_EQ(error(), "Not started: port 7337 is in use; choose another");
	EXPECT_FALSE(running());
	EXPECT_TRUE(get<QWidget>("start")->isEnabled());
	picture("error");
	click("dismiss");
	EXPECT_EQ(error(), "");
}

TEST_F(Dock, FileWithASessionGoesOnWithItsOwnSettings)
{
	const QTemporaryDir folder;
	host->folder = folder.path().toStdString();
	Settings kept;
	kept.title = "Yesterday";
	kept.mode = Mode::latched;
	kept.scale = {1, 7, 4};
	ASSERT_TRUE(session::File::create(host->folder + "/kept.pulse", kept));

	get<QLineEdit>("file")->setText("kept.pulse");
	emit get<QLineEdit>("file")->editingFinished();
	ASSERT_TRUE(until([&] { return get<QWidget>("existing")->isVisible(); }));
	EXPECT_THAT(text("existing").toStdString(), testing::HasSubstr("Yesterday"));
	EXPECT_FALSE(get<QWidget>("title")->isVisible());
	picture("existing");
	get<QCheckBox>("newKeys")->setChecked(true);
	ASSERT_TRUE(start());
	EXPECT_EQ(host->asked.settings, kept);
	EXPECT_TRUE(host->asked.newKeys);
}

TEST_F(Dock, ForeignFileIsRefusedBeforeTheStart)
{
	const QTemporaryDir folder;
	host->folder = folder.path().toStdString();
	std::ofstream(host->folder + "/letter.pulse") << "Dear all, this is no session";
	get<QLineEdit>("file")->setText("letter.pulse");
	emit get<QLineEdit>("file")->editingFinished();
	ASSERT_TRUE(until([&] { return !error().isEmpty(); }));
	click("start");
	ASSERT_TRUE(until([&] { return error().startsWith("Not started"); }));
	EXPECT_FALSE(host->entered);
}

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
	click("copyAddress");
	EXPECT_EQ(QApplication::clipboard()->text(), "http://192.168.178.24:7337/#K7PX4M");
}

TEST_F(Dock, OpenToTheNetworkShowsWherePhonesReachIt)
{
	host->now = exampleStatus();
	host->now.url = "http://127.0.0.1:7337/"; // what a server that listens everywhere says
	get<QComboBox>("access")->setCurrentIndex(1);
	ASSERT_TRUE(start());
	const QStringList urls = urlsAt("http://127.0.0.1:7337/", hostsOf(interfaces()));
	EXPECT_EQ(get<QLineEdit>("address")->text(), urls.value(0));
	EXPECT_EQ(text("otherAddresses").contains("is on no network"), urls.isEmpty());
	EXPECT_EQ(get<QWidget>("copyAddress")->isEnabled(), !urls.isEmpty());
}

TEST(Reach, TakesWhatPhonesAreOnFirst)
{
	const auto at = [](const char *address) { return QHostAddress(QLatin1String(address)); };
	const std::vector<Interface> found{{"lo", {at("127.0.0.1")}},
					   {"docker0", {at("172.17.0.1")}},
					   {"eth1", {at("169.254.7.7")}},
					   {"eth0", {at("203.0.113.5")}},
					   {"wlan0", {at("192.168.178.24")}}};
	const QStringList hosts = hostsOf(found);
	EXPECT_EQ(hosts, QStringList({"192.168.178.24", "203.0.113.5", "169.254.7.7"}));
	EXPECT_EQ(urlsAt("http://127.0.0.1:7337/", hosts).value(0), "http://192.168.178.24:7337/");
	EXPECT_TRUE(urlsAt("http://127.0.0.1:7337/", {}).isEmpty());
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

TEST_F(Dock, NextSessionGetsAFileOfItsOwn)
{
	get<QLineEdit>("file")->setText("first");
	host->now = exampleStatus();
	ASSERT_TRUE(start());
	host->now.state = Status::State::idle;
	ASSERT_TRUE(until([&] { return get<QWidget>("start")->isVisible(); }));
	EXPECT_EQ(get<QLineEdit>("file")->text(), "");
}

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
	std::thread releases([&] { host->release(); });
	dock.reset();
	EXPECT_TRUE(host->left); // it waited for its worker
	releases.join();
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

} // namespace
} // namespace pulseline::dock
