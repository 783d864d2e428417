// What the overlay looks like: writes every layout in every size and theme, to look at. Not a test:
// `overlay_pictures FOLDER`. What it costs, ci/bench says.
#include "obs/host.hpp"
#include "overlay/layouts.hpp"
#include "overlay/painter.hpp"
#include "overlay_sample.hpp"

#include <obs.h>

#include <QGuiApplication>

#include <cstdio>
#include <format>

using namespace pulseline;
using namespace pulseline::overlay;

namespace {

struct Shot {
	const char *name;
	std::shared_ptr<Snapshot> snapshot;
	View view;
	overlay::Clock clock;
	QColor background;
};

void shoot(const std::string &folder, Painter &painter, Labels &labels, const Shot &shot)
{
	const SteadyTime now = shot.snapshot ? shot.snapshot->playbackAt : SteadyTime{};
	const Instant instant = instantOf(shot.snapshot.get(), shot.view, shot.clock, now);
	auto picture = makePicture(shot.snapshot.get(), shot.view, instant, Words{}, labels);
	const QImage image = test::drawn(shot.view.width, shot.view.height, shot.background, [&] {
		painter.take(std::move(picture));
		painter.draw(shot.clock.position_ms);
	});
	image.convertToFormat(QImage::Format_RGB32).save(QString::fromStdString(folder + "/" + shot.name + ".png"));
}

// Every layout in every size and theme, for one target and for two.
void look(const std::string &folder, Painter &painter, Labels &labels)
{
	const overlay::Clock playing{PlaybackState::playing, 36'500, true, false};
	std::vector<std::string> problems;
	const std::vector<NamedTheme> themes = loadThemes(THEMES, problems);
	test::SampleOptions options{{"All", "Women", "Men", "18-29", "Undecided"}};
	const std::array<std::pair<std::uint32_t, std::uint32_t>, 5> sizes{
		{{1920, 320}, {1920, 1080}, {1280, 200}, {960, 160}, {1920, 240}}};
	for (const auto &[width, height] : sizes) {
		for (const LayoutKind &layout : layouts()) {
			for (const std::size_t targets : {1U, 2U}) {
				options.targets = {"Smith", "Jones"};
				options.targets.resize(targets);
				const auto snapshot = test::sampleSession(options, 8);
				test::makeDifficult(*snapshot);
				for (const NamedTheme &theme : themes) {
					if (theme.name != "dark" && (width != 1920 || height != 320)) {
						continue;
					}
					View view;
					view.layout = layout.name;
					view.width = width;
					view.height = height;
					view.theme = theme.theme;
					const std::string name = std::format("{}_{}x{}_{}_{}", layout.name, width,
									     height, targets, theme.name);
					const QColor video =
						theme.name == "light" ? QColor(28, 34, 44) : QColor(160, 178, 190);
					shoot(folder, painter, labels, {name.c_str(), snapshot, view, playing, video});
				}
			}
		}
	}
}

} // namespace

int main(int argc, char **argv)
{
	const QGuiApplication application(argc, argv);
	if (argc != 2) {
		std::fputs("usage: overlay_pictures FOLDER\n", stderr);
		return 2;
	}
	const test::ObsHost host(960, 540);
	if (!host.ready()) {
		std::fputs("libobs did not start; run it with tests/obs/headless\n", stderr);
		return 1;
	}
	Labels labels;
	obs_enter_graphics();
	auto painter = Painter::create(EFFECT);
	obs_leave_graphics();
	if (!painter) {
		std::fprintf(stderr, "%s\n", painter.error().message.c_str());
		return 1;
	}
	look(argv[1], **painter, labels);
	obs_enter_graphics();
	painter->reset();
	obs_leave_graphics();
	return 0;
}
