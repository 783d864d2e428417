// What each layout shows of known figures, for one target and for several, at the sizes that are used on air.
#include "overlay/layouts.hpp"
#include "overlay/tint.hpp"
#include "overlay_readable.hpp"
#include "overlay_sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace pulseline;
using namespace pulseline::overlay;
using test::emptySession;
using test::sampleSession;
using test::setCell;

namespace {

const test::EvenMetrics kMetrics;

Scene sceneOf(const Snapshot &snapshot, const View &view, double position_ms = 60'000)
{
	const Clock clock{PlaybackState::playing, position_ms, true, false};
	return buildScene(&snapshot, view, instantOf(&snapshot, view, clock, snapshot.playbackAt), Words{}, kMetrics);
}

View viewOf(const char *layout)
{
	View view;
	view.layout = layout;
	return view;
}

std::vector<std::string> textsOf(const Scene &scene)
{
	std::vector<std::string> texts;
	for (const std::vector<Text> *layer : {&scene.texts, &scene.moving_texts}) {
		for (const Text &text : *layer) {
			texts.push_back(text.text);
		}
	}
	return texts;
}

// The cells of the first strip, from left to right: what moves within the plot.
std::vector<Box> cellsOf(const Scene &scene)
{
	std::vector<Box> cells;
	for (const Box &box : scene.moving_boxes) {
		if (box.rect.y < scene.outline.ruler.plot.bottom()) {
			cells.push_back(box);
		}
	}
	return cells;
}

TEST(OverlayHeat, ACellATickColouredByItsValue)
{
	const auto snapshot = emptySession();
	setCell(*snapshot, 0, 0, 100, 100, 0);     // +1
	setCell(*snapshot, 0, 1, 100, 0, 100);     // -1
	setCell(*snapshot, 0, 2, 100, 40, 40, 20); // 0
	snapshot->closedTicks = 3;
	const Scene scene = sceneOf(*snapshot, viewOf("heat"));
	const std::vector<Box> cells = cellsOf(scene);
	ASSERT_EQ(cells.size(), 3U);
	const Theme theme;
	EXPECT_EQ(cells[0].color, theme.like);
	EXPECT_EQ(cells[1].color, theme.dislike);
	EXPECT_EQ(cells[2].color, theme.neutral);
	const float tick = scene.outline.ruler.plot.width / 12;
	for (std::size_t i = 0; i < cells.size(); ++i) {
		EXPECT_NEAR(cells[i].rect.x, tick * static_cast<float>(i), 0.51F);
		EXPECT_NEAR(cells[i].rect.right(), tick * static_cast<float>(i + 1), 2.51F); // less a gap
		EXPECT_EQ(cells[i].hatch, 0);
	}
}

TEST(OverlayHeat, TooFewAreHatchedAndNobodyIsNoCell)
{
	const auto snapshot = emptySession();
	setCell(*snapshot, 0, 0, 20, 4, 0);
	setCell(*snapshot, 0, 2, 20, 9, 1);
	snapshot->closedTicks = 3;
	const Scene scene = sceneOf(*snapshot, viewOf("heat"));
	const std::vector<Box> cells = cellsOf(scene);
	ASSERT_EQ(cells.size(), 3U);
	EXPECT_GT(cells[0].hatch, 0);
	EXPECT_EQ(cells[0].color.r, Theme{}.dim.r); // says nothing of the value
	EXPECT_LE(cells[1].rect.height, 3);         // a thin line
	EXPECT_EQ(cells[2].hatch, 0);
	EXPECT_GT(cells[2].rect.height, 20);
}

TEST(OverlayHeat, FewAreFaintAndThirtyAreNot)
{
	EXPECT_EQ(strengthOf(30, 5), 1);
	EXPECT_EQ(strengthOf(3'000, 5), 1);
	EXPECT_LT(strengthOf(29, 5), 0.9);
	EXPECT_LT(strengthOf(5, 5), strengthOf(20, 5));
	EXPECT_GT(strengthOf(5, 5), 0.2);
	EXPECT_EQ(strengthOf(40, 50), 1);
}

TEST(OverlayHeat, AnOpenTickIsLower)
{
	const auto snapshot = emptySession();
	setCell(*snapshot, 0, 0, 100, 50, 0);
	setCell(*snapshot, 0, 1, 100, 50, 0);
	snapshot->closedTicks = 1;
	const std::vector<Box> cells = cellsOf(sceneOf(*snapshot, viewOf("heat"), 8'000));
	ASSERT_EQ(cells.size(), 2U);
	EXPECT_LT(cells[1].rect.height, cells[0].rect.height * 0.5F);
}

TEST(OverlayHeat, NarrowTicksShareACellAndWeighAsManyAsAnswered)
{
	test::SampleOptions fine;
	fine.tick_ms = 250;
	fine.duration_ms = 7'200'000;
	const auto snapshot = emptySession(fine);
	for (std::int64_t tick = 0; tick < 28'800; ++tick) {
		setCell(*snapshot, 0, tick, 100, tick % 2 == 0 ? 90 : 0, tick % 2 == 0 ? 0 : 30); // +1, -1
	}
	snapshot->closedTicks = 28'800;
	const Scene scene = sceneOf(*snapshot, viewOf("heat"), 7'200'000);
	const std::vector<Box> cells = cellsOf(scene);
	EXPECT_LT(cells.size(), 1'000U);
	EXPECT_GT(cells.size(), 400U);
	// Half of the ticks, or one more, on either side.
	const Color expected = tintOf(Theme{}, {1, -1, 0.0}, (90.0 - 30) / 120);
	EXPECT_NEAR(cells[1].color.r, expected.r, 4);
	EXPECT_NEAR(cells[1].color.b, expected.b, 4);
}

TEST(OverlayHeat, TheScaleIsWrittenBesideItsColours)
{
	const auto snapshot = sampleSession({{"All", "Women"}}, 12);
	EXPECT_THAT(textsOf(sceneOf(*snapshot, viewOf("heat"))), testing::IsSupersetOf({"+1", "neutral 0", "\u22121"}));
	View activity = viewOf("heat");
	activity.measure = Measure::activity;
	EXPECT_THAT(textsOf(sceneOf(*snapshot, activity)), testing::IsSupersetOf({"100%", "0%"}));
}

TEST(OverlayHeat, TheSameMomentFallsOnTheSamePixelInEveryPassage)
{
	test::SampleOptions longer;
	longer.duration_ms = 600'000;
	const auto snapshot = sampleSession(longer, 120);
	View view = viewOf("heat");
	view.window_ms = 61'000;
	const Scene one = sceneOf(*snapshot, view, 200'000);
	const Scene other = sceneOf(*snapshot, view, 215'000); // painted anew, further on
	ASSERT_NE(one.outline.ruler.passage, other.outline.ruler.passage);
	const double ahead = other.outline.ruler.origin() - one.outline.ruler.origin();
	EXPECT_EQ(std::fmod(ahead, 64), 0); // whole hatchings
	int met = 0;
	for (const Box &cell : cellsOf(other)) {
		for (const Box &before : cellsOf(one)) {
			met += before.rect.x == cell.rect.x + static_cast<float>(ahead) &&
			       before.rect.width == cell.rect.width && before.color == cell.color;
		}
	}
	EXPECT_GT(met, 8);
}

// The parts of the bars in the order in which they were drawn.
std::vector<Box> partsOf(const Scene &scene)
{
	std::vector<Box> parts;
	for (const Box &box : scene.bars) {
		if (box.rect.width > 0) {
			parts.push_back(box);
		}
	}
	return parts;
}

TEST(OverlayBars, ShowTheSharesOfTheLastTickThatIsOver)
{
	const auto snapshot = emptySession();
	setCell(*snapshot, 0, 0, 100, 0, 40);
	setCell(*snapshot, 0, 1, 100, 50, 10, 40);
	setCell(*snapshot, 0, 2, 100, 40, 0);
	snapshot->closedTicks = 3;
	const Scene scene = sceneOf(*snapshot, viewOf("bars"), 11'000);
	EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"50%", "40%", "10%", "n=100", "0:05\u20130:10"}));
	const std::vector<Box> parts = partsOf(scene);
	ASSERT_EQ(parts.size(), 3U);
	const float width = parts[2].rect.right() - parts[0].rect.x;
	EXPECT_NEAR(parts[0].rect.width, width * 0.5F, 1);
	EXPECT_NEAR(parts[1].rect.width, width * 0.4F, 1);
	EXPECT_EQ(parts[0].rect.right(), parts[1].rect.x); // no seam
	const LayoutInfo info = layoutInfo(scene.outline, 11'000);
	EXPECT_EQ(info.start_ms, 5'000);
	EXPECT_EQ(info.end_ms, 10'000);
	EXPECT_FALSE(scene.drawn); // nothing moves
}

TEST(OverlayBars, AWindowPoolsItsTicksAndSaysHowManyAtLeast)
{
	const auto snapshot = emptySession();
	setCell(*snapshot, 0, 0, 100, 60, 0);
	setCell(*snapshot, 0, 1, 100, 10, 10);
	setCell(*snapshot, 0, 2, 100, 2, 1); // too few: left out
	snapshot->closedTicks = 3;
	View view = viewOf("bars");
	view.window_ms = 15'000;
	const Scene scene = sceneOf(*snapshot, view, 15'000);
	// 70 likes of 80.
	EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"88%", "n\u226560", "0:00\u20130:15"}));
}

TEST(OverlayBars, TooFewSaySo)
{
	const auto snapshot = emptySession({{"All", "Women"}});
	setCell(*snapshot, 0, 0, 40, 20, 10);
	setCell(*snapshot, 1, 0, 10, 2, 1);
	snapshot->closedTicks = 1;
	const Scene scene = sceneOf(*snapshot, viewOf("bars"), 5'000);
	EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"n=30", "n=3 too few"}));
	EXPECT_EQ(partsOf(scene).size(), 2U); // of everybody only
	EXPECT_EQ(std::ranges::count_if(scene.boxes, [](const Box &box) { return box.hatch > 0; }), 1);
}

TEST(OverlayBars, AnOpenTickIsNamedSo)
{
	const auto snapshot = emptySession();
	setCell(*snapshot, 0, 0, 40, 20, 10);
	EXPECT_THAT(textsOf(sceneOf(*snapshot, viewOf("bars"), 3'000)), testing::Contains("0:00\u20130:05 so far"));
}

TEST(OverlayBars, AreOfNowAlsoWhereOthersShowWhatLiesAhead)
{
	const auto snapshot = sampleSession({}, 12);
	View view = viewOf("bars");
	view.reveal = false;
	EXPECT_THAT(textsOf(sceneOf(*snapshot, view, 21'000)), testing::Contains("0:15\u20130:20"));
}

TEST(OverlayTargets, MoreThanCanBeDrawnLeaveTheFirstOnes)
{
	test::SampleOptions many{{"All"}};
	many.targets.clear();
	for (int i = 0; i < 30; ++i) {
		many.targets.push_back("Target " + std::to_string(i));
	}
	View view = viewOf("lines");
	view.height = 4320;
	view.width = 1920;
	const Scene scene = sceneOf(*sampleSession(many, 12), view);
	EXPECT_EQ(scene.curves.size(), 24U);
	EXPECT_THAT(textsOf(scene), testing::Contains("+6 not shown"));
}

TEST(OverlayTargets, AllAreShownAndNamedUnlessOneIsChosen)
{
	test::SampleOptions two{{"All", "Women"}};
	two.targets = {"Smith", "Jones"};
	const auto snapshot = sampleSession(two, 12);
	for (const LayoutKind &layout : layouts()) {
		View view = viewOf(layout.name.data());
		EXPECT_THAT(textsOf(sceneOf(*snapshot, view)), testing::IsSupersetOf({"Smith", "Jones"}))
			<< layout.name;
		view.target = "Jones";
		const auto texts = textsOf(sceneOf(*snapshot, view));
		EXPECT_THAT(texts, testing::Not(testing::Contains("Smith"))) << layout.name;
		EXPECT_THAT(texts, testing::Contains(testing::HasSubstr(": Jones"))) << layout.name;
	}
}

TEST(OverlayTargets, EachPanelHasItsOwnScaleOnOneTimeAxis)
{
	test::SampleOptions two;
	two.targets = {"Smith", "Jones"};
	const auto snapshot = emptySession(two);
	for (std::uint32_t target : {0U, 1U}) {
		setCell(*snapshot, 0, 0, 40, target == 0 ? 40 : 0, target == 0 ? 0 : 40, 0, target);
	}
	snapshot->closedTicks = 1;
	const Scene scene = sceneOf(*snapshot, viewOf("lines"));
	ASSERT_EQ(scene.curves.size(), 2U);
	const Rect &plot = scene.outline.ruler.plot;
	// In front, so last: Smith, whom all like, at the upper edge of the upper panel.
	EXPECT_FLOAT_EQ(scene.curves[1].runs[0].points[0].y, plot.y);
	EXPECT_FLOAT_EQ(scene.curves[0].runs[0].points[0].y, plot.bottom());
	EXPECT_EQ(scene.curves[0].runs[0].points[0].x, scene.curves[1].runs[0].points[0].x);
}

TEST(OverlayLayouts, SayHowManyDoNotFit)
{
	test::SampleOptions many{{}};
	for (int i = 0; i < 40; ++i) {
		many.segments.push_back("Segment " + std::to_string(i));
	}
	const auto snapshot = sampleSession(many, 12);
	for (const LayoutKind &layout : layouts()) {
		const Scene scene = sceneOf(*snapshot, viewOf(layout.name.data()));
		const auto texts = textsOf(scene);
		const auto shown = std::ranges::count_if(texts, [](const std::string &text) {
			return text.starts_with("Segment") || text.starts_with("Seg");
		});
		EXPECT_GT(shown, 3) << layout.name;
		EXPECT_THAT(texts, testing::Contains("+" + std::to_string(40 - shown) + " not shown")) << layout.name;
	}
}

// Every text lies within the card, is large enough, and touches no other one.
TEST(OverlayLayouts, AreReadableAtEverySize)
{
	for (const auto &[width, height] :
	     {std::pair{1920U, 320U}, {1920U, 1080U}, {1280U, 200U}, {960U, 160U}, {1920U, 240U}}) {
		for (const LayoutKind &layout : layouts()) {
			for (const std::size_t targets : {1U, 2U, 5U}) {
				test::SampleOptions options{{"All", "Women", "Men", "18-29", "Undecided"}};
				options.targets = {"Smith", "Jones", "Miller", "Brown", "Taylor"};
				options.targets.resize(targets);
				const auto snapshot = sampleSession(options, 12);
				test::makeDifficult(*snapshot);
				View view = viewOf(layout.name.data());
				view.width = width;
				view.height = height;
				const Scene scene = sceneOf(*snapshot, view, 56'000);
				const std::string where = std::string(layout.name) + " " + std::to_string(width) + "x" +
							  std::to_string(height) + ", " + std::to_string(targets);
				test::expectReadable(scene, where);
				EXPECT_GT(scene.outline.ruler.plot.width, static_cast<float>(width) * 0.25F) << where;
			}
		}
	}
}

TEST(OverlayLayouts, KeepClearOfTheCanvasEdgesWhereTheyStand)
{
	const auto snapshot = sampleSession({}, 12);
	const auto card = [&](Place place, std::uint32_t height) {
		View view;
		view.place = place;
		view.height = height;
		return sceneOf(*snapshot, view).card;
	};
	EXPECT_EQ(card(Place::bottom, 320).bottom(), 320 - 54); // a twentieth of 1080
	EXPECT_LT(card(Place::bottom, 320).y, 20);
	EXPECT_EQ(card(Place::top, 320).y, 54);
	EXPECT_GT(card(Place::top, 320).bottom(), 300);
	for (const Place place : {Place::bottom, Place::top, Place::full}) {
		EXPECT_EQ(card(place, 1080).y, 54);
		EXPECT_EQ(card(place, 1080).bottom(), 1080 - 54);
	}
}

} // namespace
