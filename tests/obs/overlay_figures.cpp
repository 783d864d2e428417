// What the overlay costs, and what it looks like: measures painting and drawing, and writes pictures to look at.
// Not a test: `overlay_figures [FOLDER]`.
#include "obs/host.hpp"
#include "overlay/layouts.hpp"
#include "overlay/painter.hpp"
#include "overlay_sample.hpp"

#include <obs.h>

#include <QGuiApplication>

#include <chrono>
#include <cstdio>
#include <format>

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

// What is measured, in milliseconds; means.
struct Costs {
	double first = 0;   // the whole picture with all its texts drawn anew
	double scene = 0;   // the scene alone
	double picture = 0; // the whole picture, texts known
	double paint_submitted = 0, painted = 0;
	double frame_submitted = 0, framed = 0;
	double nothing = 0; // reading back an empty target
};

struct Subject {
	std::shared_ptr<Snapshot> snapshot;
	View view;
	overlay::Clock clock;
	Instant instant;
};

Subject subjectOf(std::uint32_t segments, std::int64_t ticks)
{
	test::SampleOptions options;
	options.segments.clear();
	for (std::uint32_t i = 0; i < segments; ++i) {
		options.segments.push_back("Segment " + std::to_string(i));
	}
	options.duration_ms = ticks * 5000;
	Subject subject;
	subject.snapshot = test::sampleSession(options, ticks);
	subject.clock = {PlaybackState::playing, static_cast<double>(ticks) * 4000, true, false};
	subject.instant = instantOf(subject.snapshot.get(), subject.view, subject.clock, subject.snapshot->playbackAt);
	return subject;
}

void measurePictures(const Subject &subject, Painter &painter, Canvas &canvas, Costs &costs)
{
	constexpr int kTimes = 20;
	const Words words;
	Labels labels;
	const auto make = [&] {
		return makePicture(subject.snapshot.get(), subject.view, subject.instant, words, labels);
	};
	const auto begin = Clock_::now();
	make();
	costs.first = ms(Clock_::now() - begin);
	for (int i = 0; i < kTimes; ++i) {
		const auto t0 = Clock_::now();
		const Scene built = buildScene(subject.snapshot.get(), subject.view, subject.instant, words, labels);
		const auto t1 = Clock_::now();
		auto picture = make();
		const auto t2 = Clock_::now();
		painter.take(std::move(picture));
		const auto t3 = Clock_::now();
		canvas.draw([&] { painter.draw(subject.clock.position_ms); });
		canvas.finish();
		costs.scene += ms(t1 - t0) / kTimes;
		costs.picture += ms(t2 - t1) / kTimes;
		costs.paint_submitted += ms(t3 - t2) / kTimes;
		costs.painted += ms(Clock_::now() - t2) / kTimes;
	}
}

void measureFrames(const Subject &subject, Painter &painter, Canvas &canvas, Costs &costs)
{
	constexpr int kFrames = 200;
	for (int i = 0; i < kFrames; ++i) {
		const auto t0 = Clock_::now();
		canvas.draw([] {});
		canvas.finish();
		const auto t1 = Clock_::now();
		canvas.draw([&] { painter.draw(subject.clock.position_ms + i * 16); });
		const auto t2 = Clock_::now();
		canvas.finish();
		costs.nothing += ms(t1 - t0) / kFrames;
		costs.frame_submitted += ms(t2 - t1) / kFrames;
		costs.framed += ms(Clock_::now() - t1) / kFrames;
	}
}

void measure(Painter &painter, std::uint32_t segments, std::int64_t ticks)
{
	const Subject subject = subjectOf(segments, ticks);
	Costs costs;
	obs_enter_graphics();
	{
		Canvas canvas(subject.view.width, subject.view.height);
		measurePictures(subject, painter, canvas, costs);
		measureFrames(subject, painter, canvas, costs);
	}
	obs_leave_graphics();
	std::printf("%u segments x %lld ticks, %ux%u\n"
		    "  worker: scene %.2f ms, whole picture %.2f ms, with its texts drawn anew %.2f ms\n"
		    "  painting it: %.2f ms submitted, %.2f ms until drawn\n"
		    "  a frame: %.3f ms submitted, %.2f ms until drawn\n",
		    segments, static_cast<long long>(ticks), subject.view.width, subject.view.height, costs.scene,
		    costs.picture, costs.first, costs.paint_submitted, costs.painted - costs.framed,
		    costs.frame_submitted, costs.framed - costs.nothing);
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
	measure(**painter, 1, 12);
	measure(**painter, 5, 12);
	measure(**painter, 12, 1440);
	obs_enter_graphics();
	painter->reset();
	obs_leave_graphics();
	return 0;
}
