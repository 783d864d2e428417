#include "dock_fixture.hpp"

#include <QDir>
#include <QEventLoop>
#include <QStyleFactory>

#include <fstream>

namespace pulseline::dock {
namespace {

using namespace std::chrono_literals;

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

} // namespace

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

studio::Status exampleStatus()
{
	studio::Status status;
	status.path = "/sessions/Library.pulse";
	status.url = "http://192.168.178.24:7337/";
	status.joinUrls = {status.url};
	status.code = "K7PX4M";
	status.connections = 131;
	status.participants = 128;
	status.counted = 5'412;
	status.stored = 5'398;
	status.snapshot = exampleSnapshot();
	return status;
}

void Dock::SetUpTestSuite()
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

bool Dock::until(const std::function<bool()> &holds)
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

void Dock::picture(const char *name)
{
	const QString folder = qEnvironmentVariable("PULSELINE_PICTURES");
	if (folder.isEmpty()) {
		return;
	}
	QDir().mkpath(folder);
	QApplication::processEvents();
	EXPECT_TRUE(dock->grab().save(folder + "/" + name + ".png"));
}

} // namespace pulseline::dock
