// From the scene to quads: dashes, what a piece covers, what moves with the playhead.
#include "overlay/mesh.hpp"
#include "overlay_metrics.hpp"
#include "overlay_sample.hpp"

#include <gtest/gtest.h>

#include <cmath>

using namespace pulseline;
using namespace pulseline::overlay;

namespace {

const test::EvenMetrics kMetrics;

Scene sceneOf(const Snapshot &snapshot, double position_ms, const View &view = {})
{
	const Clock clock{PlaybackState::playing, position_ms, true, false};
	return buildScene(&snapshot, view, instantOf(&snapshot, view, clock, snapshot.playbackAt), Words{}, kMetrics);
}

// How far the point is from a stroke's piece, in Meshes::reach, as the quad whose first vertex is `first` tells it; far
// where it does not lie in the quad.
float distance(const Quads &quads, std::size_t first, Point at)
{
	const auto side = [&](std::size_t to) {
		return Point{quads.points[to].x - quads.points[first].x, quads.points[to].y - quads.points[first].y};
	};
	const auto share = [&](Point axis) {
		return ((at.x - quads.points[first].x) * axis.x + (at.y - quads.points[first].y) * axis.y) /
		       (axis.x * axis.x + axis.y * axis.y);
	};
	const auto within = [](float one) { return one >= -1e-4F && one <= 1.0001F; };
	const float along = share(side(first + 1));
	const float across = share(side(first + 2));
	if (!within(along) || !within(across)) {
		return 1e9F;
	}
	const Four &begin = quads.extras[first];
	const float u = std::lerp(begin.x, quads.extras[first + 1].x, along);
	const float v = std::lerp(begin.y, quads.extras[first + 2].y, across);
	return std::hypot(std::max({-u, u - begin.z, 0.0F}), v);
}

TEST(OverlayMesh, DashesStandStillOnTheTimeAxis)
{
	const std::vector<Point> line{{0, 0}, {100, 0}};
	const Dash dash{10, 5};
	const auto pieces = cutDashes(line, dash, 2, 0);
	ASSERT_EQ(pieces.size(), 7U);
	EXPECT_EQ(pieces[0], (std::vector<Point>{{1, 0}, {9, 0}})); // round ends stand out by half the width
	EXPECT_EQ(pieces[1], (std::vector<Point>{{16, 0}, {24, 0}}));
	EXPECT_EQ(pieces[6], (std::vector<Point>{{91, 0}, {99, 0}}));
	// The same passage, painted from another moment on.
	const auto later = cutDashes(std::vector<Point>{{0, 0}, {70, 0}}, dash, 2, 30);
	EXPECT_EQ(later[0], (std::vector<Point>{{1, 0}, {9, 0}}));
	const auto between = cutDashes(std::vector<Point>{{0, 0}, {70, 0}}, dash, 2, 20);
	EXPECT_EQ(between[0], (std::vector<Point>{{0, 0}, {4, 0}}));
	EXPECT_EQ(between[1], (std::vector<Point>{{11, 0}, {19, 0}}));
}

TEST(OverlayMesh, DashesFollowTheLine)
{
	const std::vector<Point> line{{0, 0}, {5, 10}, {20, 10}};
	const auto pieces = cutDashes(line, {10, 5}, 2, 0);
	ASSERT_EQ(pieces.size(), 2U);
	EXPECT_EQ(pieces[0], (std::vector<Point>{{1, 2}, {5, 10}, {9, 10}}));
	EXPECT_EQ(pieces[1], (std::vector<Point>{{16, 10}, {20, 10}}));
	// All the way up a slope of 3 to 4, gaps are four fifths as long on the axis.
	const auto steep = cutDashes(std::vector<Point>{{0, 0}, {60, 45}}, {10, 5}, 2, 0);
	ASSERT_GE(steep.size(), 3U);
	const Point end = steep[0].back();
	const Point begin = steep[1].front();
	EXPECT_NEAR(std::hypot(begin.x - end.x, begin.y - end.y), 7, 1e-4F); // 5, and half of 2 at both ends
	EXPECT_EQ(cutDashes(std::vector<Point>{{3, 4}}, {10, 5}, 2, 0).size(), 1U);
	EXPECT_TRUE(cutDashes({}, {10, 5}, 2, 0).empty());
}

TEST(OverlayMesh, EverythingNearALineIsCoveredByAQuadThatKnowsIt)
{
	const auto snapshot = test::sampleSession({}, 12);
	const Scene scene = sceneOf(*snapshot, 60'000);
	const Meshes meshes = buildMeshes(scene, {}, {});
	ASSERT_EQ(meshes.strokes.size(), 1U);
	const QuadSpan strokes = meshes.strokes[0].strokes;
	ASSERT_EQ(strokes.count, 11U); // twelve points
	const float reach = meshes.strokes[0].halves[0] + 0.5F;
	const std::vector<Point> &points = scene.curves[0].runs[0].points;
	ASSERT_LT(reach, meshes.reach);
	for (std::size_t i = 0; i < points.size(); ++i) {
		for (int step = 0; step < 64; ++step) {
			const auto angle = static_cast<float>(step) * 0.0981748F;
			const Point at{points[i].x + scene.margin + reach * std::cos(angle),
				       points[i].y + meshes.drop + reach * std::sin(angle)};
			float seen = 1e9F;
			for (std::size_t quad = strokes.first; quad < strokes.first + strokes.count; ++quad) {
				seen = std::min(seen, distance(meshes.quads, quad * 4, at) * meshes.reach);
			}
			EXPECT_LE(seen, reach + 0.01F) << "point " << i << ", " << step << " of 64 around it";
		}
	}
}

TEST(OverlayMesh, OpenTicksAreThinner)
{
	const auto snapshot = test::sampleSession({}, 12);
	snapshot->closedTicks = 11;
	const Meshes meshes = buildMeshes(sceneOf(*snapshot, 60'000), {}, {});
	const QuadSpan strokes = meshes.strokes[0].strokes;
	const auto strength = [&](std::size_t quad) { return meshes.quads.extras[quad * 4].w; };
	EXPECT_EQ(strength(strokes.first), 1);
	EXPECT_LT(strength(strokes.first + strokes.count - 1), 0.95F);
}

TEST(OverlayMesh, FewPeopleAreDashed)
{
	const auto snapshot = test::emptySession();
	for (const std::int64_t tick : {0, 1, 2, 3, 4}) {
		const std::uint32_t likes = tick == 3 ? 29 : 30; // the fourth is one short of thirty
		test::setCell(*snapshot, 0, tick, 40, likes, 0);
	}
	snapshot->closedTicks = 5;
	const Scene scene = sceneOf(*snapshot, 60'000);
	EXPECT_EQ(scene.curves[0].runs[0].few, (std::vector<bool>{false, false, false, true, false}));
	const Meshes meshes = buildMeshes(scene, {}, {});
	const QuadSpan strokes = meshes.strokes[0].strokes;
	// Two whole pieces, and then many short ones.
	const auto length = [&](std::size_t quad) {
		return meshes.quads.extras[(strokes.first + quad) * 4].z * meshes.reach;
	};
	const float tick = scene.outline.ruler.plot.width / 12;
	EXPECT_NEAR(length(0), tick, 0.01F);
	EXPECT_NEAR(length(1), tick, 0.01F);
	EXPECT_GE(strokes.count, 7U);
	for (std::size_t quad = 2; quad < strokes.count; ++quad) {
		EXPECT_LE(length(quad), scene.curves[0].width * 3.3F);
	}
}

TEST(OverlayMesh, FourCurvesShareAPass)
{
	test::SampleOptions six{{"All", "A", "B", "C", "D", "E"}};
	const Meshes meshes = buildMeshes(sceneOf(*test::sampleSession(six, 12), 60'000), {}, {});
	ASSERT_EQ(meshes.strokes.size(), 2U);
	EXPECT_EQ(meshes.strokes[0].curves, 4U);
	EXPECT_EQ(meshes.strokes[1].curves, 2U);
	// Everybody lies in front: the last of the last group, in the second channel.
	EXPECT_EQ(meshes.strokes[1].colors[1], (Color{245, 247, 250, 255}));
	EXPECT_EQ(meshes.quads.colors[(meshes.strokes[1].strokes.first + meshes.strokes[1].strokes.count - 1) * 4],
		  0x0000FF00U);
}

TEST(OverlayMesh, GroupsOfLinesLieApart)
{
	test::SampleOptions many;
	many.segments.resize(16, "A");
	View view;
	view.height = 640;
	const Scene scene = sceneOf(*test::sampleSession(many, 12), 60'000, view);
	const Meshes meshes = buildMeshes(scene, {}, {});
	ASSERT_EQ(meshes.strokes.size(), 4U);
	ASSERT_EQ(meshes.lanes, 3U);
	for (std::size_t i = 0; i < meshes.strokes.size(); ++i) {
		const float top = meshes.lane * static_cast<float>(i % meshes.lanes);
		const QuadSpan strokes = meshes.strokes[i].strokes;
		for (std::size_t corner = strokes.first * 4; corner < (strokes.first + strokes.count) * 4; ++corner) {
			// A corner is less than one and a half times as far away as what is seen of a stroke.
			const float y = meshes.quads.points[corner].y;
			ASSERT_GT(y, top + scene.rim - 1.5F * meshes.reach);
			ASSERT_LT(y, top + meshes.lane - scene.rim - 0.5F * meshes.reach);
		}
	}
}

TEST(OverlayMesh, TextsWithNothingButTheGroundAroundThemNeedNotBlend)
{
	Scene scene;
	scene.width = 200;
	scene.height = 100;
	const Color ground{11, 15, 23, 200};
	scene.boxes = {{{0, 0, 200, 100}, 4, ground}, {{100, 40, 20, 20}, 0, Color{255, 255, 255, 255}}};
	// Alone; over a box; beyond the ground's inside; two over each other.
	for (const Point at : {Point{20, 20}, Point{110, 50}, Point{195, 20}, Point{20, 70}, Point{25, 75}}) {
		scene.texts.push_back({"x", Face::regular, 10, at.x, at.y, Align::left, {}});
	}
	const std::vector<TextPlace> places(scene.texts.size(), {{0, 0, 10, 10}, {0, -5}, 10});
	const Meshes meshes = buildMeshes(scene, places, {});
	EXPECT_EQ(meshes.groundColor, ground);
	ASSERT_EQ(meshes.groundTexts.count, 1U);
	EXPECT_EQ(meshes.texts.count, 4U);
	EXPECT_EQ(meshes.quads.points[meshes.groundTexts.first * 4].x, 20);
	EXPECT_EQ(meshes.quads.points[meshes.groundTexts.first * 4].y, 15);
}

TEST(OverlayMesh, BandsMeetWithoutOverlap)
{
	const Meshes meshes = buildMeshes(sceneOf(*test::sampleSession({}, 12), 60'000), {}, {});
	ASSERT_EQ(meshes.bands.count, 11U);
	for (std::size_t quad = meshes.bands.first; quad + 1 < meshes.bands.first + meshes.bands.count; ++quad) {
		EXPECT_EQ(meshes.quads.points[quad * 4 + 1].x, meshes.quads.points[(quad + 1) * 4].x);
	}
}

TEST(OverlayFrame, ThePlayheadAndTheDotsStandAtThePosition)
{
	const auto snapshot = test::sampleSession({{"All", "Women"}}, 12);
	const Scene scene = sceneOf(*snapshot, 31'000);
	FrameQuads frame;
	buildFrame(scene, 31'000, frame);
	const Rect &plot = scene.outline.ruler.plot;
	const float x = plot.x + plot.width * 31 / 60;
	int playheads = 0;
	int dots = 0;
	for (std::size_t quad = frame.traces.first; quad < frame.traces.first + frame.traces.count; ++quad) {
		const Four &ends = frame.quads.extras[quad * 4];
		playheads += ends.x == ends.z && ends.y == plot.y && ends.w == plot.bottom();
		dots += ends.x == ends.z && ends.y == ends.w && ends.y != plot.bottom();
		if (ends.x == ends.z) {
			EXPECT_NEAR(ends.x, x, 0.01F);
		}
	}
	EXPECT_EQ(playheads, 1);
	EXPECT_EQ(dots, 4); // with their dark edges
}

TEST(OverlayFrame, DotsLieOnTheLineBetweenTwoTicks)
{
	const auto snapshot = test::emptySession();
	test::setCell(*snapshot, 0, 0, 20, 10, 0);
	test::setCell(*snapshot, 0, 1, 20, 0, 10);
	snapshot->closedTicks = 2;
	const Scene scene = sceneOf(*snapshot, 5'000); // half way between the middles of both
	FrameQuads frame;
	buildFrame(scene, 5'000, frame);
	const Four &dot = frame.quads.extras[(frame.traces.first + frame.traces.count - 1) * 4];
	const Rect &plot = scene.outline.ruler.plot;
	EXPECT_NEAR(dot.y, plot.y + plot.height / 2, 0.01F);
	EXPECT_NEAR(dot.x, plot.x + plot.width / 12, 0.01F);
}

TEST(OverlayFrame, TheSheetsCoverTheCardOnce)
{
	const auto snapshot = test::sampleSession({{"All", "Women"}}, 12);
	for (const bool reveal : {true, false}) {
		View view;
		view.reveal = reveal;
		const Scene scene = sceneOf(*snapshot, 31'000, view);
		FrameQuads frame;
		buildFrame(scene, 31'000, frame);
		float area = 0;
		for (const QuadSpan span : {frame.plain, frame.composed}) {
			for (std::size_t quad = span.first; quad < span.first + span.count; ++quad) {
				const Four &a = frame.quads.points[quad * 4];
				const Four &d = frame.quads.points[quad * 4 + 3];
				EXPECT_GE(d.x, a.x);
				EXPECT_GE(d.y, a.y);
				area += (d.x - a.x) * (d.y - a.y);
			}
		}
		EXPECT_NEAR(area, scene.card.width * scene.card.height, 1);
	}
}

// Where the playhead's line is drawn, from top to bottom.
std::vector<std::pair<float, float>> playheadOf(const FrameQuads &frame, float x)
{
	std::vector<std::pair<float, float>> pieces;
	for (std::size_t quad = frame.traces.first; quad < frame.traces.first + frame.traces.count; ++quad) {
		const Four &ends = frame.quads.extras[quad * 4];
		if (ends.x == ends.z && std::abs(ends.x - x) < 0.1F && ends.w > ends.y) {
			pieces.emplace_back(ends.y, ends.w);
		}
	}
	return pieces;
}

TEST(OverlayFrame, ThePlayheadDoesNotCrossOutAMessage)
{
	const auto snapshot = test::emptySession();
	const Scene scene = sceneOf(*snapshot, 30'000);
	const Rect &plot = scene.outline.ruler.plot;
	ASSERT_EQ(scene.written.size(), 1U);
	FrameQuads frame;
	buildFrame(scene, 30'000, frame);
	const auto broken = playheadOf(frame, plot.x + plot.width / 2);
	ASSERT_EQ(broken.size(), 2U);
	EXPECT_LT(broken[0].second, scene.written[0].y);
	EXPECT_GT(broken[1].first, scene.written[0].bottom());
	buildFrame(scene, 3'000, frame);
	EXPECT_EQ(playheadOf(frame, plot.x + plot.width / 20).size(), 1U); // beside it
}

TEST(OverlayFrame, ThePlayheadDoesNotCrossOutLabelsBetweenPanels)
{
	test::SampleOptions three{{"All", "Women"}};
	three.targets = {"Smith", "Jones", "Garcia"};
	const auto snapshot = test::sampleSession(three, 12);
	View view;
	view.width = 400;
	view.height = 1600;
	const Scene scene = sceneOf(*snapshot, 30'000, view);
	ASSERT_EQ(scene.written.size(), 2U);
	const Rect &plot = scene.outline.ruler.plot;
	FrameQuads frame;
	buildFrame(scene, 30'000, frame);
	const auto pieces = playheadOf(frame, plot.x + plot.width / 2);
	ASSERT_EQ(pieces.size(), 3U);
	EXPECT_EQ(pieces.front().first, plot.y);
	EXPECT_EQ(pieces.back().second, plot.bottom());
	for (std::size_t i = 0; i < scene.written.size(); ++i) {
		EXPECT_LT(pieces[i].second, scene.written[i].y);
		EXPECT_GT(pieces[i + 1].first, scene.written[i].bottom());
	}
}

TEST(OverlayFrame, ALinesEndMovesFromWhereTheSameSegmentsWas)
{
	const auto snapshot = test::sampleSession({{"All", "Women"}}, 10);
	View view;
	view.segments = {{"All", ""}, {"Women", ""}};
	const Scene old = sceneOf(*snapshot, 54'000, view);
	view.segments = {{"Women", ""}, {"All", ""}};
	const Scene fresh = sceneOf(*snapshot, 54'000, view);
	ASSERT_EQ(old.curves.size(), fresh.curves.size());
	ASSERT_NE(old.curves[0].segment, fresh.curves[0].segment);
	FrameQuads frame;
	const auto dots = [&](const Scene &scene, const Mixing &mixing) {
		std::vector<float> heights;
		buildFrame(scene, 54'000, frame, mixing);
		for (std::size_t quad = frame.traces.first; quad < frame.traces.first + frame.traces.count; ++quad) {
			const Four &ends = frame.quads.extras[quad * 4];
			if (ends.x == ends.z && ends.y == ends.w && ends.y != scene.outline.ruler.plot.bottom()) {
				heights.push_back(ends.y);
			}
		}
		return heights;
	};
	// Nothing but the order is another: no line's end moves.
	EXPECT_EQ(dots(fresh, Mixing::at(old, fresh, 0.5)), dots(fresh, {}));
}

TEST(OverlayFrame, NeverNeedsMoreThanItsRoom)
{
	test::SampleOptions many{{}};
	for (int i = 0; i < 20; ++i) {
		many.segments.push_back("Segment " + std::to_string(i));
	}
	View tall;
	tall.height = 1080; // one column, so every line has a leader
	const auto snapshot = test::sampleSession(many, 12);
	FrameQuads frame;
	frame.quads.reserve(kMaxFrameQuads);
	const auto *const room = frame.quads.points.data();
	buildFrame(sceneOf(*snapshot, 31'000, tall), 31'000, frame);
	EXPECT_LE(frame.quads.count(), kMaxFrameQuads);
	EXPECT_GT(frame.quads.count(), 64U);
	EXPECT_EQ(frame.quads.points.data(), room); // nothing was allocated

	tall.layout = "bars";
	for (int i = 0; i < 60; ++i) {
		many.segments.push_back("More " + std::to_string(i));
		const auto more = test::sampleSession(many, 12);
		buildFrame(sceneOf(*more, 31'000, tall), 31'000, frame);
		EXPECT_LE(frame.quads.count(), kMaxFrameQuads) << many.segments.size();
	}
}

} // namespace
