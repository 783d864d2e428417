// overlay_tick: what it costs when a tick closes, and when the whole picture is painted. 12 segments over 1,440 ticks,
// libobs with Mesa's software renderer; processor time of the whole process, the renderer's threads among it.
//
// Rows: `overlay_tick` painting a tick that closes (on the graphics thread and in the renderer), beside painting the
// whole picture; `overlay_tick_worker` making the pictures for that (on the source's own thread); `…_heat` the same in
// that layout. `overlay_repaint_…` painting everything in two sizes, beside QPainter drawing the same lines without
// anything else; `…_elapsed` how long one waits for it, for the renderer uses all processors and QPainter one.
#include "bench/bench.hpp"
#include "obs/host.hpp"
#include "overlay/painter.hpp"
#include "overlay_sample.hpp"

#include <obs.h>

#include <QGuiApplication>
#include <QPainter>
#include <QPolygonF>

#include <chrono>
#include <format>
#include <functional>
#include <numeric>

using namespace pulseline;
using namespace pulseline::overlay;

namespace {

constexpr int kRounds = 7;
constexpr std::int64_t kTicks = 1'440;
constexpr std::int64_t kSteps = 40; // ticks that close in a round

class Graphics {
public:
	Graphics() { obs_enter_graphics(); }
	Graphics(const Graphics &) = delete;
	Graphics &operator=(const Graphics &) = delete;
	~Graphics() { obs_leave_graphics(); }
};

// A small target; once a drawing into it can be read back, the renderer has done all that the drawing needs.
class Corner {
public:
	Corner()
		: target_(gs_texrender_create(GS_BGRA, GS_ZS_NONE))
		, stage_(gs_stagesurface_create(kSide, kSide, GS_BGRA))
	{
	}
	Corner(const Corner &) = delete;
	Corner &operator=(const Corner &) = delete;
	~Corner()
	{
		gs_stagesurface_destroy(stage_);
		gs_texrender_destroy(target_);
	}

	void wait(Painter &painter, const View &view, double position_ms)
	{
		gs_texrender_reset(target_);
		if (gs_texrender_begin(target_, kSide, kSide)) {
			gs_ortho(0, static_cast<float>(view.width), 0, static_cast<float>(view.height), -100, 100);
			painter.draw(position_ms);
			gs_texrender_end(target_);
		}
		gs_stage_texture(stage_, gs_texrender_get_texture(target_));
		std::uint8_t *rows = nullptr;
		std::uint32_t stride = 0;
		if (gs_stagesurface_map(stage_, &rows, &stride)) {
			gs_stagesurface_unmap(stage_);
		}
	}

private:
	static constexpr std::uint32_t kSide = 16;
	gs_texrender_t *target_;
	gs_stagesurf_t *stage_;
};

struct Step {
	std::shared_ptr<const Snapshot> snapshot;
	Instant instant;
	double position_ms = 0;
};

// The last ticks of the speech: each one closes, and there are votes in the one after it.
std::vector<Step> stepsOf(const View &view)
{
	test::SampleOptions options;
	options.segments.clear();
	for (int i = 0; i < 12; ++i) {
		options.segments.push_back("Segment " + std::to_string(i));
	}
	options.duration_ms = kTicks * options.tick_ms;
	const auto whole = test::sampleSession(options, kTicks);
	auto snapshot = test::sampleSession(options, kTicks);
	snapshot->sums = Cells();
	const auto vote = [&](std::int64_t tick) {
		for (std::uint32_t segment = 0; segment < options.segments.size(); ++segment) {
			snapshot->sums.edit(segment, 0, tick) = whole->sums.at(segment, 0, tick);
		}
	};
	const std::int64_t first = kTicks - kSteps - 1;
	for (std::int64_t tick = 0; tick < first; ++tick) {
		vote(tick);
	}
	std::vector<Step> steps;
	for (std::int64_t closed = first; closed < kTicks; ++closed) {
		vote(closed);
		snapshot->closedTicks = closed;
		const double position_ms = static_cast<double>(closed * options.tick_ms + 300);
		const overlay::Clock clock{PlaybackState::playing, position_ms, true, false};
		steps.push_back({std::make_shared<Snapshot>(*snapshot),
				 instantOf(snapshot.get(), view, clock, snapshot->playbackAt), position_ms});
	}
	return steps;
}

struct Costs {
	double worker_ms = 0;
	double paint_ms = 0;
};

// Each of the steps but the first. `next` makes a step's picture.
Costs play(Painter &painter, Corner &corner, const View &view, const std::vector<Step> &steps, auto &&next)
{
	painter.take(next(steps.front()));
	corner.wait(painter, view, steps.front().position_ms);
	Costs costs;
	for (std::size_t i = 1; i < steps.size(); ++i) {
		std::unique_ptr<Picture> picture;
		costs.worker_ms += bench::time_ns([&] { picture = next(steps[i]); });
		costs.paint_ms += bench::time_ns([&] {
			picture = painter.take(std::move(picture));
			corner.wait(painter, view, steps[i].position_ms);
		});
	}
	const double each = 1e-6 / static_cast<double>(steps.size() - 1);
	return {costs.worker_ms * each, costs.paint_ms * each};
}

// The lines alone.
void drawLines(const Scene &scene)
{
	QImage image(static_cast<int>(scene.width), static_cast<int>(scene.height),
		     QImage::Format_ARGB32_Premultiplied);
	image.fill(Qt::transparent);
	QPainter painter(&image);
	painter.setRenderHint(QPainter::Antialiasing);
	for (const Curve &curve : scene.curves) {
		QPen pen(QColor(curve.color.r, curve.color.g, curve.color.b), static_cast<double>(curve.width));
		pen.setJoinStyle(Qt::RoundJoin);
		painter.setPen(pen);
		for (const Run &run : curve.runs) {
			QPolygonF line;
			for (const Point &point : run.points) {
				line << QPointF(static_cast<double>(point.x), static_cast<double>(point.y));
			}
			painter.drawPolyline(line);
		}
	}
	painter.end();
	bench::keep(image);
}

void measureTicks(Painter &painter, Corner &corner, const std::string &layout, const std::string &name)
{
	View view; // 1920x320
	view.layout = layout;
	const std::vector<Step> steps = stepsOf(view);
	const std::string whole = "the whole picture, 1920x320";
	bench::Row paint{name, "ms", "painting " + whole, {}, {}};
	bench::Row worker{name + "_worker", "ms", "making " + whole, {}, {}};
	for (int round = -1; round < kRounds; ++round) {
		Pictures pictures{Words{}};
		const Costs ours = play(painter, corner, view, steps, [&](const Step &step) {
			return pictures.next(step.snapshot.get(), view, step.instant);
		});
		Labels labels;
		const Costs peer = play(painter, corner, view, steps, [&](const Step &step) {
			return makePicture(step.snapshot.get(), view, step.instant, Words{}, labels);
		});
		if (round >= 0) {
			paint.add(ours.paint_ms, peer.paint_ms);
			worker.add(ours.worker_ms, peer.worker_ms);
		}
	}
	paint.print();
	worker.print();
}

// Processor time, and what passes on the clock on the wall meanwhile.
struct Spent {
	double processor_ms = 0;
	double elapsed_ms = 0;
};

Spent spentOn(const std::function<void()> &work)
{
	using namespace std::chrono;
	const steady_clock::time_point start = steady_clock::now();
	const double processor_ms = 1e-6 * bench::time_ns(work);
	return {processor_ms, duration<double, std::milli>(steady_clock::now() - start).count()};
}

void measureRepaint(Painter &painter, Corner &corner, std::uint32_t width, std::uint32_t height)
{
	View view;
	view.width = width;
	view.height = height;
	const Step last = stepsOf(view).back();
	Labels labels;
	const auto picture = [&] { return makePicture(last.snapshot.get(), view, last.instant, Words{}, labels); };
	const Scene scene = *picture()->scene;
	const std::string name = std::format("overlay_repaint_{}x{}", width, height);
	bench::Row processor{name, "ms", "QPainter, the lines alone", {}, {}};
	bench::Row elapsed{name + "_elapsed", "ms", "QPainter, the lines alone", {}, {}};
	for (int round = -1; round < kRounds; ++round) {
		auto next = picture();
		const Spent ours = spentOn([&] {
			next = painter.take(std::move(next));
			corner.wait(painter, view, last.position_ms);
		});
		const Spent peer = spentOn([&] { drawLines(scene); });
		if (round >= 0) {
			processor.add(ours.processor_ms, peer.processor_ms);
			elapsed.add(ours.elapsed_ms, peer.elapsed_ms);
		}
	}
	processor.print();
	elapsed.print();
}

} // namespace

int main(int argc, char **argv)
{
	test::goHeadless(argc, argv);
	const QGuiApplication application(argc, argv);
	const test::ObsHost host(960, 540);
	if (!host.ready()) {
		std::fputs("overlay_tick: libobs did not start\n", stderr);
		return 1;
	}
	const Graphics graphics;
	auto painter = Painter::create(EFFECT);
	if (!painter) {
		std::fprintf(stderr, "overlay_tick: %s\n", painter.error().message.c_str());
		return 1;
	}
	Corner corner;
	measureTicks(**painter, corner, "lines", "overlay_tick");
	measureTicks(**painter, corner, "heat", "overlay_tick_heat");
	measureRepaint(**painter, corner, 1920, 320);
	measureRepaint(**painter, corner, 3840, 640);
	painter->reset();
	return 0;
}
