// From known figures to known pixels.
#include "overlay/scene.hpp"
#include "overlay_metrics.hpp"
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

Clock playingAt(double position_ms)
{
	return {PlaybackState::playing, position_ms, true, false};
}

Scene sceneOf(const Snapshot &snapshot, const View &view = {}, const Clock &clock = playingAt(60'000))
{
	return buildScene(&snapshot, view, instantOf(&snapshot, view, clock, snapshot.playbackAt), Words{}, kMetrics);
}

std::vector<std::string> textsOf(const Scene &scene)
{
	std::vector<std::string> texts;
	for (const Text &text : scene.texts) {
		texts.push_back(text.text);
	}
	return texts;
}

const Text &textOf(const Scene &scene, const std::string &wanted)
{
	const auto found = std::ranges::find(scene.texts, wanted, &Text::text);
	EXPECT_NE(found, scene.texts.end()) << wanted;
	return *found;
}

// Twelve ticks of five seconds; `means[i]` is the mean of ten people who all like or dislike or are neutral.
std::shared_ptr<Snapshot> sessionOf(std::initializer_list<std::array<std::uint32_t, 3>> cells)
{
	const auto snapshot = emptySession();
	std::int64_t tick = 0;
	for (const auto &[likes, dislikes, neutrals] : cells) {
		setCell(*snapshot, 0, tick++, 20, likes, dislikes, neutrals);
	}
	snapshot->closedTicks = tick;
	return snapshot;
}

TEST(OverlayScene, InvitesUntilTheSpeechBegins)
{
	const auto snapshot = emptySession();
	auto invitation = std::make_shared<Invitation>();
	*invitation = {"http://192.168.178.24:7337/", "K7PX4M", {21, std::vector<bool>(441)}};
	invitation->qr.dark[0] = invitation->qr.dark[1] = invitation->qr.dark[440] = true;
	snapshot->invitation = invitation;
	snapshot->blind = true;
	snapshot->playback.state = PlaybackState::stopped;
	View view;
	const Clock waits{PlaybackState::stopped, 0, true, false};
	EXPECT_TRUE(textsOf(sceneOf(*snapshot, view, waits)).empty()) << "unless it was asked for";
	view.show_invitation = true;
	const Scene scene = sceneOf(*snapshot, view, waits);
	EXPECT_FALSE(scene.drawn);
	EXPECT_EQ(textsOf(scene), (std::vector<std::string>{"192.168.178.24:7337", "K7PX4M"}));
	// The card, the white plate with its quiet zone, and a box for each run of dark modules, all on whole pixels.
	ASSERT_EQ(scene.boxes.size(), 4U);
	const Rect &plate = scene.boxes[1].rect;
	const Rect &first = scene.boxes[2].rect;
	const Rect &last = scene.boxes[3].rect;
	const float module = first.height;
	EXPECT_EQ(plate.width, module * 29);
	EXPECT_EQ(plate.height, module * 29);
	EXPECT_EQ(module, std::floor(module));
	EXPECT_EQ(first, (Rect{plate.x + 4 * module, plate.y + 4 * module, 2 * module, module}));
	EXPECT_EQ(last, (Rect{plate.x + 24 * module, plate.y + 24 * module, module, module}));
	EXPECT_LE(plate.bottom(), scene.card.bottom());
	for (const Text &text : scene.texts) {
		EXPECT_LE(text.x + kMetrics.width(text.text, text.face, text.size) / 2, plate.x);
		EXPECT_GE(text.x - kMetrics.width(text.text, text.face, text.size) / 2, scene.card.x);
	}
	const auto goesOn = [&](auto change) {
		auto other = std::make_shared<Snapshot>(*snapshot);
		change(*other);
		EXPECT_TRUE(textsOf(sceneOf(*other, view, waits)).empty());
	};
	goesOn([](Snapshot &s) { s.playback.state = PlaybackState::playing; });
	goesOn([](Snapshot &s) { s.furthest_ms = 1; });
	goesOn([](Snapshot &s) { s.running = false; });
	goesOn([](Snapshot &s) { s.invitation = nullptr; });
}

TEST(OverlayScene, APointStandsInTheMiddleOfItsTickAtItsMean)
{
	const auto snapshot = sessionOf({{10, 0, 0}, {0, 10, 0}, {5, 5, 0}, {6, 1, 3}});
	const Scene scene = sceneOf(*snapshot);
	const Rect &plot = scene.outline.ruler.plot;
	ASSERT_EQ(scene.curves.size(), 1U);
	ASSERT_EQ(scene.curves[0].runs.size(), 1U);
	const std::vector<Point> &points = scene.curves[0].runs[0].points;
	ASSERT_EQ(points.size(), 4U);
	for (std::size_t tick = 0; tick < 4; ++tick) {
		// 60 s on the plot's width: the middle of the tick is at (tick + 1/2) / 12 of it.
		EXPECT_NEAR(points[tick].x, plot.width * (static_cast<float>(tick) + 0.5F) / 12, 0.01F);
	}
	EXPECT_FLOAT_EQ(points[0].y, plot.y);                                // all like: +1, the upper edge
	EXPECT_FLOAT_EQ(points[1].y, plot.bottom());                         // all dislike
	EXPECT_FLOAT_EQ(points[2].y, plot.y + plot.height / 2);              // divided: 0
	EXPECT_FLOAT_EQ(points[3].y, plot.y + plot.height * (1 - 0.5F) / 2); // mean 0.5
}

TEST(OverlayScene, TheBandIsTheConfidenceInterval)
{
	const auto snapshot = sessionOf({{6, 1, 3}});
	const Scene scene = sceneOf(*snapshot);
	const Rect &plot = scene.outline.ruler.plot;
	ASSERT_EQ(scene.curves[0].bands.size(), 1U);
	const BandPoint &point = scene.curves[0].bands[0][0];
	// n = 10, mean 0.5, sum of squares 7: sd = sqrt((7 - 2.5) / 9) = 0.70711; t(0.975, 9) = 2.26216.
	const double half = 2.262157 * 0.7071068 / std::sqrt(10.0);
	const auto y = [&](double value) { return plot.y + plot.height * (1 - value) / 2; };
	EXPECT_NEAR(point.low, y(0.5 - half), 0.01);
	EXPECT_NEAR(point.high, y(1.0), 0.01); // 0.5 + 0.506 lies outside the scale and is cut off there
	View plain;
	plain.show_ci = false;
	EXPECT_TRUE(sceneOf(*snapshot, plain).curves[0].bands.empty());
}

TEST(OverlayScene, ALineNeverCrossesATickWithoutEnoughPeople)
{
	// Ten, ten, nobody, ten, four (below five), ten.
	const auto snapshot = sessionOf({{10, 0, 0}, {9, 1, 0}, {0, 0, 0}, {8, 2, 0}, {4, 0, 0}, {7, 3, 0}});
	const Curve curve = sceneOf(*snapshot).curves[0];
	ASSERT_EQ(curve.runs.size(), 3U);
	EXPECT_EQ(curve.runs[0].points.size(), 2U);
	EXPECT_EQ(curve.runs[1].points.size(), 1U);
	EXPECT_EQ(curve.runs[2].points.size(), 1U);
	EXPECT_EQ(curve.bands.size(), 3U);
	View brave;
	brave.min_n = 4;
	EXPECT_EQ(sceneOf(*snapshot, brave).curves[0].runs.size(), 2U);
}

TEST(OverlayScene, OpenTicksAreNotFirmAndHaveNoBand)
{
	const auto snapshot = sessionOf({{10, 0, 0}, {9, 1, 0}, {8, 2, 0}});
	snapshot->closedTicks = 2;
	const Curve curve = sceneOf(*snapshot).curves[0];
	ASSERT_EQ(curve.runs.size(), 1U);
	EXPECT_EQ(curve.runs[0].points.size(), 3U);
	EXPECT_EQ(curve.runs[0].firm, 2U);
	EXPECT_EQ(curve.bands[0].size(), 2U);
}

TEST(OverlayScene, TheNeutralLineIsNamedAndLiesAtTheScalesNeutral)
{
	const auto snapshot = sessionOf({{10, 0, 0}});
	auto dial = std::make_shared<Settings>(*snapshot->settings);
	dial->scale = {1, 7, 3};
	snapshot->settings = dial;
	const Scene scene = sceneOf(*snapshot);
	const Rect &plot = scene.outline.ruler.plot;
	EXPECT_EQ(scene.outline.value_top, 7);
	EXPECT_EQ(scene.outline.value_bottom, 1);
	EXPECT_NEAR(textOf(scene, "neutral 3").y, plot.y + plot.height * 4 / 6, 0.01);
	EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"7", "1"}));
	// The line itself: the only box as wide as the plot at that height.
	const float neutral = plot.y + plot.height * 4 / 6;
	EXPECT_EQ(std::ranges::count_if(scene.boxes,
					[&](const Box &box) {
						return box.rect.width == plot.width && box.rect.y <= neutral &&
						       box.rect.bottom() >= neutral;
					}),
		  1);
}

TEST(OverlayScene, NetNamesItsBase)
{
	const auto snapshot = sessionOf({{6, 2, 2}});
	View view;
	view.measure = Measure::net;
	Scene scene = sceneOf(*snapshot, view);
	const Rect &plot = scene.outline.ruler.plot;
	EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"Net likes, % of those responding", "+100%", "neutral 0",
							   "\u2212100%", "n=10"}));
	EXPECT_NEAR(scene.curves[0].runs[0].points[0].y, plot.y + plot.height * (100 - 40) / 200, 0.01); // 4 of 10
	view.base = Base::present;
	scene = sceneOf(*snapshot, view);
	EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"Net likes, % of those present", "n=10 of 20"}));
	const Rect &other = scene.outline.ruler.plot;
	EXPECT_NEAR(scene.curves[0].runs[0].points[0].y, other.y + other.height * (100 - 20) / 200, 0.01); // 4 of 20
}

TEST(OverlayScene, ActivityAndSpreadHaveScalesOfTheirOwn)
{
	const auto snapshot = sessionOf({{6, 2, 2}});
	View view;
	view.measure = Measure::activity;
	Scene scene = sceneOf(*snapshot, view);
	EXPECT_NEAR(scene.curves[0].runs[0].points[0].y,
		    scene.outline.ruler.plot.y + scene.outline.ruler.plot.height / 2, 0.01); // 10 of 20
	EXPECT_TRUE(scene.curves[0].bands.empty());
	view.measure = Measure::sd;
	scene = sceneOf(*snapshot, view);
	EXPECT_EQ(scene.outline.value_bottom, 0);
	EXPECT_DOUBLE_EQ(scene.outline.value_top, 1.2);
}

TEST(OverlayScene, LabelsSayHowManyAndWhenTheyAreTooFew)
{
	test::SampleOptions three{{"All", "Women", "Men"}};
	const auto snapshot = emptySession(three);
	setCell(*snapshot, 0, 0, 20, 10, 3);
	setCell(*snapshot, 1, 0, 12, 9, 0);
	setCell(*snapshot, 2, 0, 8, 1, 3);
	snapshot->closedTicks = 1;
	Scene scene = sceneOf(*snapshot, {}, playingAt(5'000));
	EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"All", "n=13", "Women", "n=9", "Men", "n=4 too few"}));
	View quiet;
	quiet.show_n = false;
	scene = sceneOf(*snapshot, quiet, playingAt(5'000));
	EXPECT_THAT(textsOf(scene), testing::Contains("too few"));
	EXPECT_THAT(textsOf(scene), testing::Not(testing::Contains("n=13")));
}

TEST(OverlayScene, ChoosesSegmentsByNameAndSaysWhichAreNotThere)
{
	test::SampleOptions three{{"All", "Women", "Men"}};
	const auto snapshot = sampleSession(three, 12);
	View view;
	view.segments = {parseChoice("Men"), parseChoice("Left=party=left")};
	const Scene scene = sceneOf(*snapshot, view);
	ASSERT_EQ(scene.curves.size(), 1U);
	EXPECT_EQ(scene.curves[0].segment, 2U);
	EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"Men", "Left", "unknown"}));
	EXPECT_THAT(textsOf(scene), testing::Not(testing::Contains("Women")));
}

TEST(OverlayScene, ASegmentKeepsItsLookWhateverElseIsShown)
{
	test::SampleOptions three{{"All", "Women", "Men"}};
	const auto snapshot = sampleSession(three, 12);
	View view;
	view.segments = {parseChoice("Men")};
	const Scene all = sceneOf(*snapshot);
	const Curve one = sceneOf(*snapshot, view).curves[0];
	const auto men = std::ranges::find(all.curves, 2U, &Curve::segment);
	ASSERT_NE(men, all.curves.end());
	EXPECT_EQ(one.color, men->color);
	EXPECT_EQ(one.dash, men->dash);
}

TEST(OverlayScene, SmoothingIsSaidAndTakesTheBandAway)
{
	const auto snapshot = sessionOf({{10, 0, 0}, {0, 10, 0}, {10, 0, 0}, {5, 5, 0}});
	View view;
	view.smoothing_ms = 9'000; // rounds to two ticks
	const Scene scene = sceneOf(*snapshot, view);
	const Rect &plot = scene.outline.ruler.plot;
	const std::vector<Point> &points = scene.curves[0].runs[0].points;
	EXPECT_FLOAT_EQ(points[0].y, plot.y);
	EXPECT_FLOAT_EQ(points[1].y, plot.y + plot.height / 2);
	EXPECT_FLOAT_EQ(points[2].y, plot.y + plot.height / 2);
	EXPECT_FLOAT_EQ(points[3].y, plot.y + plot.height / 4);
	EXPECT_TRUE(scene.curves[0].bands.empty());
	EXPECT_THAT(textsOf(scene), testing::Contains("smoothed over 10 s"));
}

TEST(OverlayScene, StatesAreSaid)
{
	const auto snapshot = sampleSession({}, 12);
	const auto said = [&](const Clock &clock) { return textsOf(sceneOf(*snapshot, {}, clock)); };
	EXPECT_THAT(said({PlaybackState::paused, 30'000, true, false}), testing::Contains("Paused"));
	EXPECT_THAT(said({PlaybackState::ended, 60'000, true, false}), testing::Contains("Ended"));
	EXPECT_THAT(said({PlaybackState::playing, 30'000, true, true}), testing::Contains("position approximate"));
	EXPECT_THAT(said({PlaybackState::stopped, 0, false, false}), testing::Contains("media source not found"));
	snapshot->simulated = true;
	auto late = std::make_shared<Settings>(*snapshot->settings);
	late->lag_ms = 1'500;
	snapshot->settings = late;
	EXPECT_THAT(said(playingAt(30'000)), testing::IsSupersetOf({"SIMULATED DATA", "lag 1.5 s"}));
	EXPECT_THAT(textsOf(buildScene(nullptr, {}, {}, Words{}, kMetrics)), testing::Contains("No session"));
	EXPECT_THAT(textsOf(sceneOf(*emptySession())), testing::Contains("Waiting for the first responses"));
	// Nobody else needs to know where the producer keeps it.
	snapshot->path = "/home/jane/speeches/a.pulse";
	snapshot->problem = snapshot->path + " does not exist";
	EXPECT_THAT(textsOf(sceneOf(*snapshot)), testing::ElementsAre("a.pulse does not exist"));
}

TEST(OverlayScene, AStaleLineIsWeakerAndSaysSinceWhen)
{
	const auto snapshot = sampleSession({}, 6);
	const Instant instant =
		instantOf(snapshot.get(), {}, playingAt(45'000), snapshot->playbackAt + std::chrono::seconds(15));
	const Scene scene = buildScene(snapshot.get(), {}, instant, Words{}, kMetrics);
	EXPECT_EQ(scene.outline.state, State::stale);
	EXPECT_LT(scene.strength, 0.6F);
	EXPECT_THAT(textsOf(scene), testing::Contains("No responses since 0:30"));
}

TEST(OverlayScene, TooFewEverywhereIsAStateOfItsOwn)
{
	const auto snapshot = sessionOf({{3, 1, 0}, {2, 0, 0}});
	const Scene scene = sceneOf(*snapshot, {}, playingAt(10'000));
	EXPECT_EQ(scene.outline.state, State::too_few);
	EXPECT_THAT(textsOf(scene), testing::Contains("Too few people: fewer than 5"));
}

TEST(OverlayScene, ABlindSessionShowsNothing)
{
	const auto snapshot = sampleSession({{"All", "Women"}}, 12);
	snapshot->blind = true;
	const Scene scene = sceneOf(*snapshot);
	EXPECT_FALSE(scene.drawn);
	EXPECT_TRUE(scene.curves.empty() && scene.boxes.empty() && scene.texts.empty());
	EXPECT_TRUE(scene.moving_boxes.empty() && scene.moving_texts.empty());
	EXPECT_EQ(layoutInfo(scene.outline, 0).state, "blind");
}

TEST(OverlayScene, UnknownTargetsAreSaid)
{
	test::SampleOptions two;
	two.targets = {"Smith", "Jones"};
	const auto snapshot = sampleSession(two, 4);
	View view;
	view.target = "Jones";
	EXPECT_THAT(textsOf(sceneOf(*snapshot, view)), testing::Contains("Mean response: Jones"));
	view.target = "Miller";
	const Scene scene = sceneOf(*snapshot, view);
	EXPECT_THAT(textsOf(scene), testing::Contains("This session has no target named Miller"));
	EXPECT_TRUE(scene.curves.empty());
}

TEST(OverlayScene, KeepsInsideTheSafeAreaWithReadableText)
{
	const auto snapshot = sampleSession({{"All", "Women", "Men"}}, 12);
	for (const auto &[width, height] : {std::pair{1920U, 320U}, {960U, 160U}, {960U, 200U}, {1280U, 214U}}) {
		View view;
		view.width = width;
		view.height = height;
		const Scene scene = sceneOf(*snapshot, view);
		const auto w = static_cast<float>(width);
		const float canvas = w * 9 / 16;
		for (const Text &text : scene.texts) {
			const float length = kMetrics.width(text.text, text.face, text.size);
			const float left = text.align == Align::left ? text.x : text.x - length;
			EXPECT_GE(left, w * 0.05F) << text.text;
			EXPECT_LE(left + length, w * 0.95F + 0.5F) << text.text;
			EXPECT_GE(text.size, 0.028F * canvas) << text.text;
			// On the canvas' lower edge, the text is above its last twentieth.
			EXPECT_LE(text.y + text.size / 2, static_cast<float>(height) - canvas * 0.05F + 1) << text.text;
		}
	}
}

TEST(OverlayScene, TheLayoutTellsWhereTheTimesLie)
{
	const auto snapshot = sampleSession({}, 12);
	const Scene scene = sceneOf(*snapshot, {}, playingAt(30'000));
	LayoutInfo info = layoutInfo(scene.outline, 30'000);
	EXPECT_EQ(info.start_ms, 0);
	EXPECT_EQ(info.end_ms, 60'000);
	EXPECT_EQ(info.position_ms, 30'000);
	EXPECT_EQ(info.state, "live");
	EXPECT_FLOAT_EQ(static_cast<float>(info.x), scene.outline.ruler.plot.x);
	EXPECT_FLOAT_EQ(static_cast<float>(info.width), scene.outline.ruler.plot.width);
	EXPECT_FLOAT_EQ(scene.outline.ruler.playhead(30'000),
			static_cast<float>(info.x) + static_cast<float>(info.width) / 2);

	View rolling;
	rolling.window_ms = 20'000;
	const Scene rolled = sceneOf(*snapshot, rolling, playingAt(51'000));
	info = layoutInfo(rolled.outline, 51'000);
	EXPECT_NEAR(static_cast<double>(info.start_ms), 31'000, 20);
	EXPECT_EQ(info.end_ms - info.start_ms, 20'000);
	EXPECT_EQ(info.start_ms, 31'000);
	// It slides evenly, by parts of a pixel: a frame is a frame's worth.
	const Ruler &ruler = rolled.outline.ruler;
	const double frame_ms = 1000.0 / 60;
	for (int frame = 0; frame < 60; ++frame) {
		const double at = 51'000 + frame * frame_ms;
		EXPECT_NEAR(ruler.scroll(at + frame_ms) - ruler.scroll(at), frame_ms * ruler.pixelsPerMs(), 0.01);
	}
}

TEST(OverlayScene, TheSameInputGivesTheSameScene)
{
	const auto snapshot = sampleSession({{"All", "Women", "Men"}}, 12);
	const Scene one = sceneOf(*snapshot);
	const Scene other = sceneOf(*snapshot);
	ASSERT_EQ(one.curves.size(), other.curves.size());
	for (std::size_t i = 0; i < one.curves.size(); ++i) {
		EXPECT_EQ(one.curves[i].runs[0].points, other.curves[i].runs[0].points);
	}
	EXPECT_EQ(textsOf(one), textsOf(other));
}

TEST(OverlayScene, NarrowTicksKeepTheirExtremes)
{
	test::SampleOptions fine;
	fine.tick_ms = 250;
	fine.duration_ms = 7'200'000;
	const auto snapshot = emptySession(fine);
	constexpr std::int64_t kTicks = 28'800;
	for (std::int64_t tick = 0; tick < kTicks; ++tick) {
		setCell(*snapshot, 0, tick, 20, 10, 0, 10); // 0.5
	}
	setCell(*snapshot, 0, 12'345, 20, 0, 20); // one tick at -1
	snapshot->closedTicks = kTicks;
	const Scene scene = sceneOf(*snapshot, {}, playingAt(7'200'000));
	const Rect &plot = scene.outline.ruler.plot;
	const std::vector<Point> &points = scene.curves[0].runs[0].points;
	EXPECT_LT(points.size(), static_cast<std::size_t>(plot.width) * 4 + 8);
	EXPECT_EQ(scene.curves[0].runs[0].firm, points.size());
	const auto lowest = std::ranges::max_element(points, {}, &Point::y);
	EXPECT_FLOAT_EQ(lowest->y, plot.bottom());
	EXPECT_NEAR(lowest->x, 12'345.5 / kTicks * plot.width, 0.01);
	EXPECT_TRUE(std::ranges::is_sorted(points, {}, &Point::x));
}

} // namespace
