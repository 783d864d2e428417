// What the overlay costs, and what it looks like: measures painting and drawing, and writes pictures to look at.
// Not a test: `overlay_figures [FOLDER]`.
#include "obs/host.hpp"
#include "overlay/painter.hpp"
#include "overlay_sample.hpp"

#include <obs.h>

#include <QGuiApplication>

#include <chrono>
#include <cstdio>

using namespace pulseline;
using namespace pulseline::overlay;

namespace {

using Clock_ = std::chrono::steady_clock;

double ms(Clock_::duration duration)
{
	return std::chrono::duration<double, std::milli>(duration).count();
}

// A target to draw into, and a way to wait until the renderer has done it all: reading it back.
class Canvas {
public:
	Canvas(std::uint32_t width, std::uint32_t height)
		: width_(width)
		, height_(height)
		, target_(gs_texrender_create(GS_BGRA, GS_ZS_NONE))
		, stage_(gs_stagesurface_create(width, height, GS_BGRA))
	{
	}
	Canvas(const Canvas &) = delete;
	Canvas &operator=(const Canvas &) = delete;
	~Canvas()
	{
		gs_stagesurface_destroy(stage_);
		gs_texrender_destroy(target_);
	}

	void draw(auto &&what)
	{
		gs_texrender_reset(target_);
		if (gs_texrender_begin(target_, width_, height_)) {
			gs_ortho(0, static_cast<float>(width_), 0, static_cast<float>(height_), -100, 100);
			what();
			gs_texrender_end(target_);
		}
	}
	void finish()
	{
		gs_stage_texture(stage_, gs_texrender_get_texture(target_));
		std::uint8_t *rows = nullptr;
		std::uint32_t stride = 0;
		if (gs_stagesurface_map(stage_, &rows, &stride)) {
			gs_stagesurface_unmap(stage_);
		}
	}

private:
	std::uint32_t width_, height_;
	gs_texrender_t *target_;
	gs_stagesurf_t *stage_;
};

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

void look(const std::string &folder, Painter &painter, Labels &labels)
{
	const test::SampleOptions five{{"All", "Women", "Men", "18-29", "Undecided"}};
	const auto playing = [](double position) {
		return overlay::Clock{PlaybackState::playing, position, true, false};
	};
	View large;
	View small;
	small.width = 960;
	small.height = 160;
	View dim = large;
	dim.reveal = false;
	const auto half = test::sampleSession(five, 7);
	half->simulated = true;
	const QColor light(235, 238, 240);
	const QColor dark(28, 34, 44);
	shoot(folder, painter, labels, {"large_light", half, large, playing(36'500), light});
	shoot(folder, painter, labels, {"large_dark", half, large, playing(36'500), dark});
	shoot(folder, painter, labels, {"large_dim", test::sampleSession(five, 12), dim, playing(30'000), dark});
	shoot(folder, painter, labels, {"small", half, small, playing(36'500), QColor(90, 120, 90)});
	shoot(folder, painter, labels, {"none", nullptr, small, {}, QColor(90, 120, 90)});
	test::SampleOptions twelve;
	twelve.segments = {"All", "Women", "Men",   "18-29", "30-44", "45-59",
			   "60+", "North", "South", "East",  "West",  "Abroad"};
	twelve.duration_ms = 7'200'000;
	shoot(folder, painter, labels, {"twelve", test::sampleSession(twelve, 1440), large, playing(7'200'000), dark});
	shoot(folder, painter, labels,
	      {"twelve_half", test::sampleSession(twelve, 1000), large, playing(5'000'000), dark});
}

void measure(Painter &painter, Labels &labels, std::uint32_t segments, std::int64_t ticks)
{
	test::SampleOptions options;
	options.segments.clear();
	for (std::uint32_t i = 0; i < segments; ++i) {
		options.segments.push_back("Segment " + std::to_string(i));
	}
	options.duration_ms = ticks * 5000;
	const auto snapshot = test::sampleSession(options, ticks);
	const View view;
	const overlay::Clock clock{PlaybackState::playing, static_cast<double>(ticks) * 4000, true, false};
	const Instant instant = instantOf(snapshot.get(), view, clock, snapshot->playbackAt);
	const Words words;
	constexpr int kTimes = 20;
	constexpr int kFrames = 200;
	double scene = 0, make = 0, submit = 0, paint = 0, draw = 0, drawn = 0, nothing = 0;
	makePicture(snapshot.get(), view, instant, words, labels);
	obs_enter_graphics();
	{
		Canvas canvas(view.width, view.height);
		for (int i = 0; i < kFrames; ++i) {
			const auto t0 = Clock_::now();
			canvas.draw([] {});
			canvas.finish();
			nothing += ms(Clock_::now() - t0) / kFrames;
		}
		for (int i = 0; i < kTimes; ++i) {
			const auto t0 = Clock_::now();
			const Scene built = buildScene(snapshot.get(), view, instant, words, labels);
			const auto t1 = Clock_::now();
			auto picture = makePicture(snapshot.get(), view, instant, words, labels);
			const auto t2 = Clock_::now();
			painter.take(std::move(picture));
			const auto t3 = Clock_::now();
			canvas.draw([&] { painter.draw(clock.position_ms); });
			canvas.finish();
			const auto t4 = Clock_::now();
			scene += ms(t1 - t0) / kTimes;
			make += ms(t2 - t1) / kTimes;
			submit += ms(t3 - t2) / kTimes;
			paint += ms(t4 - t2) / kTimes;
		}
		for (int i = 0; i < kFrames; ++i) {
			const auto t0 = Clock_::now();
			canvas.draw([&] { painter.draw(clock.position_ms + i * 16); });
			const auto t1 = Clock_::now();
			canvas.finish();
			draw += ms(t1 - t0) / kFrames;
			drawn += ms(Clock_::now() - t0) / kFrames;
		}
	}
	obs_leave_graphics();
	std::printf(
		"%u segments x %lld ticks, %ux%u: scene %.2f ms, picture %.2f ms (worker); painting %.2f ms submitted, "
		"%.2f ms until drawn; a frame %.3f ms submitted, %.2f ms until drawn; reading back alone %.2f ms\n",
		segments, static_cast<long long>(ticks), view.width, view.height, scene, make, submit, paint - drawn,
		draw, drawn - nothing, nothing);
}

} // namespace

int main(int argc, char **argv)
{
	const QGuiApplication application(argc, argv);
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
	if (argc > 1) {
		look(argv[1], **painter, labels);
	}
	measure(**painter, labels, 1, 12);
	measure(**painter, labels, 5, 12);
	measure(**painter, labels, 12, 1440);
	obs_enter_graphics();
	painter->reset();
	obs_leave_graphics();
	return 0;
}
