// What the overlay looks like: writes every layout in every size and theme, to look at, over a photograph if there is
// one. Not a test: `overlay_pictures FOLDER [PHOTO]`. What it costs, ci/bench says.
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
	std::string name;
	std::shared_ptr<Snapshot> snapshot;
	View view;
	overlay::Clock clock;
	QColor background;
	QImage photo; // of the canvas, instead of a plain background
};

// What a canvas that this source spans at its lower edge shows under it, pixel by pixel.
void drawPhoto(const QImage &photo, const View &view)
{
	const auto width = static_cast<int>(view.width);
	const auto height = static_cast<int>(view.height);
	const QSize canvas(width, std::max(height, width * 9 / 16));
	const QImage scaled = photo.scaled(canvas, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation)
				      .convertToFormat(QImage::Format_RGB32);
	const QImage part = scaled.copy((scaled.width() - width) / 2, scaled.height() - height, width, height);
	const std::uint8_t *pixels = part.constBits();
	gs_texture_t *const texture = gs_texture_create(view.width, view.height, GS_BGRX, 1, &pixels, 0);
	gs_effect_t *const effect = obs_get_base_effect(OBS_EFFECT_OPAQUE);
	gs_effect_set_texture(gs_effect_get_param_by_name(effect, "image"), texture);
	while (gs_effect_loop(effect, "Draw")) {
		gs_draw_sprite(texture, 0, 0, 0);
	}
	gs_texture_destroy(texture);
}

void shoot(const std::string &folder, Painter &painter, Labels &labels, const Shot &shot)
{
	const SteadyTime now = shot.snapshot ? shot.snapshot->playbackAt : SteadyTime{};
	const Instant instant = instantOf(shot.snapshot.get(), shot.view, shot.clock, now);
	auto picture = makePicture(shot.snapshot.get(), shot.view, instant, Words{}, labels);
	const QImage image = test::drawn(shot.view.width, shot.view.height, shot.background, [&] {
		if (!shot.photo.isNull()) {
			drawPhoto(shot.photo, shot.view);
		}
		painter.take(std::move(picture));
		painter.draw(shot.clock.position_ms);
	});
	image.convertToFormat(QImage::Format_RGB32).save(QString::fromStdString(folder + "/" + shot.name + ".png"));
}

// So many of everything, the first ones of these.
test::SampleOptions someOf(std::size_t targets, std::size_t segments)
{
	test::SampleOptions options{{"All", "Women", "Men", "18-29", "30-49", "50-64", "65+", "Undecided",
				     "Leaning left", "Leaning right", "North", "South"}};
	options.segments.resize(segments);
	options.targets = {"Smith", "Jones",    "Garcia", "Chen",  "Kowalski", "Okafor",
			   "Silva", "Andersen", "Haddad", "Novak", "Tanaka",   "Rossi"};
	options.targets.resize(targets);
	return options;
}

// With all that may be said beside the curves, in a state of which there is much to say.
Shot talkative(View view, const QImage &photo)
{
	const auto snapshot = test::sampleSession(someOf(2, 12), 8);
	test::makeDifficult(*snapshot);
	auto settings = std::make_shared<Settings>(*snapshot->settings);
	settings->lag_ms = 4000;
	snapshot->settings = settings;
	Annotations annotations;
	annotations.markers = {{5'000, "Jobs"}, {20'000, "Housing and rents"}};
	annotations.statements = {{0, 15'000, "My opponent has never met a payroll."},
				  {15'000, 60'000, "We shall build more homes than any government before us."}};
	snapshot->annotations = std::make_shared<const Annotations>(annotations);
	view.measure = Measure::net;
	view.base = Base::present;
	view.show_words = true;
	view.window_ms = 30'000;
	const overlay::Clock lost{PlaybackState::paused, 36'500, false, false};
	return {std::format("{}_{}x{}_talkative", view.layout, view.width, view.height),
		snapshot,
		view,
		lost,
		QColor(160, 178, 190),
		photo};
}

// Every layout in every size, with few and with many targets and segments; at one size in every theme.
void look(const std::string &folder, Painter &painter, Labels &labels, const QImage &photo)
{
	const overlay::Clock playing{PlaybackState::playing, 36'500, true, false};
	std::vector<std::string> problems;
	const std::vector<NamedTheme> themes = loadThemes(THEMES, problems);
	const auto each = [&](View view, std::size_t targets, std::size_t segments) {
		const auto snapshot = test::sampleSession(someOf(targets, segments), 8);
		if (segments > 3) {
			test::makeDifficult(*snapshot);
		}
		for (const NamedTheme &theme : themes) {
			if (theme.name != "dark" && (view.width != 1920 || view.height != 320)) {
				continue;
			}
			view.theme = theme.theme;
			const QColor video = theme.name == "light" ? QColor(28, 34, 44) : QColor(160, 178, 190);
			const std::string name = std::format("{}_{}x{}_{}_{}_{}", view.layout, view.width, view.height,
							     targets, segments, theme.name);
			shoot(folder, painter, labels, {name, snapshot, view, playing, video, photo});
		}
	};
	const std::array<std::pair<std::uint32_t, std::uint32_t>, 14> sizes{{{1920, 1080},
									     {1920, 320},
									     {1920, 240},
									     {1280, 720},
									     {1280, 200},
									     {960, 160},
									     {853, 140},
									     {640, 360},
									     {640, 130},
									     {640, 100},
									     {320, 180},
									     {320, 100},
									     {400, 1600},
									     {1080, 600}}};
	for (const auto &[width, height] : sizes) {
		for (const LayoutKind &layout : layouts()) {
			View view;
			view.layout = layout.name;
			view.width = width;
			view.height = height;
			for (const std::size_t targets : {1U, 2U, 4U, 12U}) {
				for (const std::size_t segments : {1U, 3U, 12U}) {
					each(view, targets, segments);
				}
			}
			shoot(folder, painter, labels, talkative(view, photo));
		}
	}
}

} // namespace

int main(int argc, char **argv)
{
	const QGuiApplication application(argc, argv);
	const QImage photo = argc == 3 ? QImage(argv[2]) : QImage();
	if (argc < 2 || argc > 3 || (argc == 3 && photo.isNull())) {
		std::fputs("usage: overlay_pictures FOLDER [PHOTO]\n", stderr);
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
	look(argv[1], **painter, labels, photo);
	obs_enter_graphics();
	painter->reset();
	obs_leave_graphics();
	return 0;
}
