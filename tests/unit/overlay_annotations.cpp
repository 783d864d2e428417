// Markers, statements and words on the time axis.
#include "overlay/annotations.hpp"
#include "overlay_metrics.hpp"
#include "overlay_sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

using namespace pulseline;
using namespace pulseline::overlay;
using test::sampleSession;

namespace {

const test::EvenMetrics kMetrics;

Scene sceneOf(const Snapshot &snapshot, const View &view, double position_ms = 60'000)
{
	const Clock clock{PlaybackState::playing, position_ms, true, false};
	return buildScene(&snapshot, view, instantOf(&snapshot, view, clock, snapshot.playbackAt), Words{}, kMetrics);
}

std::shared_ptr<Snapshot> annotated(Annotations annotations, test::SampleOptions options = {})
{
	const auto snapshot = sampleSession(options, options.duration_ms.value_or(60'000) / options.tick_ms);
	snapshot->annotations = std::make_shared<const Annotations>(std::move(annotations));
	return snapshot;
}

std::vector<std::string> textsOf(const std::vector<Text> &all)
{
	std::vector<std::string> texts;
	for (const Text &text : all) {
		texts.push_back(text.text);
	}
	return texts;
}

bool overlap(const Rect &a, const Rect &b)
{
	return a.x < b.right() - 0.01F && b.x < a.right() - 0.01F && a.y < b.bottom() - 0.01F &&
	       b.y < a.bottom() - 0.01F;
}

const std::vector<Statement> kStatements{{0, 10'000, "We begin with the schools."},
					 {10'000, 22'000, "Nobody shall pay for that."},
					 {40'000, 50'000, "Thank you."}};

TEST(OverlayMarkers, StandAtTheirPositionWithTheirText)
{
	const auto snapshot = annotated({{}, {{30'000, "Taxes"}}});
	const Scene scene = sceneOf(*snapshot, {});
	const float x = scene.outline.ruler.x(30'000);
	const auto text = std::ranges::find(scene.moving_texts, "Taxes", &Text::text);
	ASSERT_NE(text, scene.moving_texts.end());
	EXPECT_GT(test::lettersOf(*text).x, x);
	EXPECT_LT(test::lettersOf(*text).x, x + text->size);
	const auto line = std::ranges::find_if(scene.moving_boxes, [&](const Box &box) {
		return box.rect.y == scene.outline.ruler.plot.y && std::abs(box.rect.x - x) < 2;
	});
	EXPECT_NE(line, scene.moving_boxes.end());
	EXPECT_THAT(textsOf(scene.moving_texts), testing::Contains("0:00")); // where it is free, times stay
	View without;
	without.show_markers = false;
	EXPECT_THAT(textsOf(sceneOf(*snapshot, without).moving_texts), testing::Not(testing::Contains("Taxes")));
}

TEST(OverlayMarkers, ThoseAheadAreHiddenWithWhatLiesAhead)
{
	const auto snapshot = annotated({{}, {{10'000, "Sooner"}, {45'000, "Later"}}});
	View view;
	const auto texts = textsOf(sceneOf(*snapshot, view, 44'900).moving_texts);
	EXPECT_THAT(texts, testing::Contains("Sooner"));
	EXPECT_THAT(texts, testing::Not(testing::Contains("Later")));
	EXPECT_THAT(textsOf(sceneOf(*snapshot, view, 45'000).moving_texts), testing::Contains("Later"));
	view.reveal = false;
	EXPECT_THAT(textsOf(sceneOf(*snapshot, view, 0).moving_texts), testing::IsSupersetOf({"Sooner", "Later"}));
}

TEST(OverlayMarkers, NothingOnTheAxisIsWrittenOverAnythingElse)
{
	std::mt19937 random(11);
	for (int round = 0; round < 150; ++round) {
		Annotations annotations;
		const std::size_t count = 1 + random() % 25;
		for (std::size_t i = 0; i < count; ++i) {
			annotations.markers.push_back(
				{static_cast<std::int64_t>(random() % 600'000), std::string(1 + random() % 30, 'm')});
		}
		std::ranges::sort(annotations.markers, {}, &Marker::position_ms);
		test::SampleOptions ten;
		ten.duration_ms = 600'000;
		const auto snapshot = annotated(annotations, ten);
		View view;
		view.layout = round % 2 == 0 ? "lines" : "heat";
		view.window_ms = round % 3 == 0 ? 60'000 : 0;
		view.reveal = round % 5 != 0;
		view.width = round % 4 == 0 ? 640 : 1920;
		const Scene scene = sceneOf(*snapshot, view, static_cast<double>(random() % 600'000));
		for (std::size_t i = 0; i < scene.moving_texts.size(); ++i) {
			const Rect one = test::lettersOf(scene.moving_texts[i]);
			EXPECT_LE(one.bottom(), scene.card.bottom());
			if (!scene.outline.ruler.passage.rolls() && scene.moving_texts[i].align == Align::left) {
				EXPECT_GE(one.x, -0.01F) << scene.moving_texts[i].text;
				EXPECT_LE(one.right(), scene.outline.ruler.plot.width + 0.01F);
			}
			for (std::size_t k = 0; k < i; ++k) {
				EXPECT_FALSE(overlap(one, test::lettersOf(scene.moving_texts[k])))
					<< round << ": " << scene.moving_texts[i].text << " and "
					<< scene.moving_texts[k].text;
			}
		}
	}
}

TEST(OverlayMarkers, OfARollingWindowTheTextIsSeenAsSoonAsThePin)
{
	test::SampleOptions ten;
	ten.duration_ms = 600'000;
	const auto snapshot = annotated({{}, {{300'000, "Taxes"}}}, ten);
	View view;
	view.window_ms = 60'000;
	const Scene scene = sceneOf(*snapshot, view, 300'000); // the pin is at the right edge
	const auto text = std::ranges::find(scene.moving_texts, "Taxes", &Text::text);
	ASSERT_NE(text, scene.moving_texts.end());
	EXPECT_LT(test::lettersOf(*text).right(), scene.outline.ruler.x(300'000));
}

// Counts the texts that were measured.
class CountingMetrics final : public TextMetrics {
public:
	float width(const std::string &text, Face face, float size) const override
	{
		++measured;
		return kMetrics.width(text, face, size);
	}
	mutable int measured = 0;
};

// Boxes and texts that stand for markers and statements, and what they took to find.
struct Cost {
	std::size_t boxes = 0, texts = 0;
	int measured = 0;
};

Cost costOf(Annotations annotations, const View &view, std::int64_t duration_ms)
{
	test::SampleOptions options;
	options.duration_ms = duration_ms;
	const auto snapshot = annotated(std::move(annotations), options);
	const double end = static_cast<double>(duration_ms);
	const Clock clock{PlaybackState::playing, end * 0.7, true, false};
	const CountingMetrics metrics;
	const Scene scene = buildScene(snapshot.get(), view,
				       instantOf(snapshot.get(), view, clock, snapshot->playbackAt), Words{}, metrics);
	return {scene.moving_boxes.size(), scene.moving_texts.size(), metrics.measured};
}

TEST(OverlayMarkers, CostNoMoreThanCanBeSeenHoweverManyThereAre)
{
	constexpr std::int64_t kHour_ms = 3'600'000;
	const auto marked = [](std::int64_t count) {
		Annotations all;
		for (std::int64_t i = 0; i < count; ++i) {
			all.markers.push_back({i * kHour_ms / count, "Marker " + std::to_string(i)});
		}
		return all;
	};
	for (const std::int64_t window_ms : {0, 60'000}) {
		View view;
		view.window_ms = window_ms;
		const Cost without = costOf({}, view, kHour_ms);
		for (const std::int64_t count : {10'000, 100'000}) {
			const Cost cost = costOf(marked(count), view, kHour_ms);
			// Two boxes a pin, at most one pin in its own width, of all that is painted beside what is
			// seen.
			EXPECT_LT(cost.boxes - without.boxes, 2U * view.width / 4) << count << ", " << window_ms;
			EXPECT_LT(cost.texts, 60U) << count << ", " << window_ms;
			EXPECT_LT(cost.measured - without.measured, 300) << count << ", " << window_ms;
		}
	}
}

TEST(OverlayMarkers, ThatFallOnOnePinSayHowManyTheyAre)
{
	const auto snapshot =
		annotated({{}, {{30'000, "Taxes"}, {30'001, "Roads"}, {30'002, "Taxes"}, {50'000, "End"}}});
	const auto texts = textsOf(sceneOf(*snapshot, {}).moving_texts);
	EXPECT_THAT(texts, testing::IsSupersetOf({"Taxes +2", "End"}));
	EXPECT_THAT(texts, testing::Not(testing::Contains("Roads")));
}

// Texts and pins stand at the same place of the time axis in whatever passage is painted, and none is missing.
TEST(OverlayMarkers, OfARollingWindowStandStillWhenItIsPaintedAnew)
{
	std::mt19937 random(5);
	Annotations all;
	for (int i = 0; i < 10'000; ++i) {
		// Here close together, there far apart.
		const auto at = static_cast<std::int64_t>(random() % 3'600'000);
		all.markers.push_back(
			{at / 600'000 % 2 == 0 || i % 50 == 0 ? at : at / 600'000 * 600'000, "m" + std::to_string(i)});
	}
	std::ranges::sort(all.markers, {}, &Marker::position_ms);
	test::SampleOptions hour;
	hour.duration_ms = 3'600'000;
	const auto snapshot = annotated(all, hour);
	View view;
	view.window_ms = 60'000;
	view.reveal = false;
	std::map<std::int64_t, std::string> before; // by pixel of the whole axis
	std::int64_t until = 0;
	int compared = 0;
	for (double position_ms = 100'000; position_ms < 1'500'000; position_ms += 7'000) {
		const Scene scene = sceneOf(*snapshot, view, position_ms);
		const Ruler &ruler = scene.outline.ruler;
		// What is seen whole in this passage; texts of the time axis stand centred.
		const auto from = std::llround(ruler.x(static_cast<double>(ruler.passage.from_ms)) + ruler.origin());
		const auto to = std::llround(ruler.x(static_cast<double>(ruler.passage.to_ms)) + ruler.origin());
		std::map<std::int64_t, std::string> now;
		for (const Text &text : scene.moving_texts) {
			if (text.align == Align::left) {
				now[std::llround(text.x + ruler.origin())] = text.text;
			}
		}
		for (const auto &[x, text] : now) {
			if (x >= from && x < until - 200) {
				++compared;
				EXPECT_TRUE(before.contains(x) && before[x] == text) << text << " at " << x;
			}
		}
		for (const auto &[x, text] : before) {
			if (x >= from && x < to - 200) {
				EXPECT_TRUE(now.contains(x)) << text << " at " << x << " went";
			}
		}
		before = std::move(now);
		until = to;
	}
	EXPECT_GT(compared, 100);
}

TEST(OverlayStatements, AreNoMorePiecesThanThereIsRoomFor)
{
	constexpr std::int64_t kHour_ms = 3'600'000;
	const View view;
	const Cost without = costOf({kStatements, {}}, view, kHour_ms);
	for (const std::int64_t length_ms : {10LL, 36LL, 60'000LL, 3'600'000LL}) { // beside, behind and over each other
		Annotations all;
		for (std::int64_t i = 0; i < 100'000; ++i) {
			all.statements.push_back({i * 36, std::min(i * 36 + length_ms, kHour_ms), "Hear, hear!"});
		}
		const Cost cost = costOf(all, view, kHour_ms);
		EXPECT_LT(cost.boxes, without.boxes + view.width / 3) << length_ms;
		EXPECT_LE(cost.measured, without.measured + 20) << length_ms;
	}
}

// Pieces of a strip that lie whole between two moments, from the begin of the axis.
std::vector<Box> stripOf(const Scene &scene, std::int64_t from_ms, std::int64_t to_ms)
{
	const Ruler &ruler = scene.outline.ruler;
	std::vector<Box> strip;
	for (Box box : scene.moving_boxes) {
		const bool within = box.rect.x > ruler.x(static_cast<double>(from_ms)) &&
				    box.rect.right() < ruler.x(static_cast<double>(to_ms));
		if (within && box.rect.y >= ruler.plot.bottom() && box.rect.bottom() <= scene.floor) {
			box.rect.x = std::round(box.rect.x + static_cast<float>(ruler.origin()));
			strip.push_back(box);
		}
	}
	return strip;
}

TEST(OverlayStatements, OfARollingWindowStandStillWhenItIsPaintedAnew)
{
	std::mt19937 random(7);
	Annotations all;
	for (std::int64_t at = 0; at < 600'000; at += 20 + static_cast<std::int64_t>(random() % 300)) {
		all.statements.push_back({at, at + 20 + static_cast<std::int64_t>(random() % 300), "Hear!"});
	}
	test::SampleOptions longer;
	longer.duration_ms = 600'000;
	const auto snapshot = annotated(all, longer);
	View view;
	view.window_ms = 60'000;
	view.reveal = false;
	std::size_t compared = 0;
	Scene before = sceneOf(*snapshot, view, 100'000);
	for (double position_ms = 107'000; position_ms < 500'000; position_ms += 7'000) {
		Scene scene = sceneOf(*snapshot, view, position_ms);
		const std::int64_t from_ms = scene.outline.ruler.passage.from_ms;
		const std::int64_t to_ms = before.outline.ruler.passage.to_ms;
		const std::vector<Box> strip = stripOf(scene, from_ms, to_ms);
		EXPECT_EQ(strip, stripOf(before, from_ms, to_ms)) << position_ms;
		compared += strip.size();
		before = std::move(scene);
	}
	EXPECT_GT(compared, 1'000U);
}

TEST(OverlayStatements, StandAsAStripBetweenPlotAndTimes)
{
	const auto snapshot = annotated({kStatements, {}});
	for (const char *layout : {"lines", "heat"}) {
		View view;
		view.layout = layout;
		const Scene scene = sceneOf(*snapshot, view);
		const Rect &plot = scene.outline.ruler.plot;
		std::vector<Rect> strip;
		for (const Box &box : scene.moving_boxes) {
			if (box.rect.y >= plot.bottom() && box.rect.bottom() <= scene.floor) {
				strip.push_back(box.rect);
			}
		}
		ASSERT_EQ(strip.size(), 3U) << layout;
		EXPECT_NEAR(strip[1].x, plot.width / 6, 1);
		EXPECT_NEAR(strip[1].right(), plot.width * 22 / 60, 1);
		EXPECT_EQ(strip[0].right(), strip[1].x); // neighbours meet
		view.show_statements = false;
		EXPECT_GT(sceneOf(*snapshot, view).outline.ruler.plot.height, plot.height);
	}
}

TEST(OverlayWords, AreThoseOfTheRunningStatement)
{
	const auto snapshot = annotated({kStatements, {}});
	View view;
	const auto at = [&](double position_ms) { return textsOf(sceneOf(*snapshot, view, position_ms).texts); };
	EXPECT_THAT(at(12'000), testing::Not(testing::Contains("Nobody shall pay for that."))); // not asked for
	view.show_words = true;
	for (const LayoutKind &layout : layouts()) {
		view.layout = layout.name;
		EXPECT_THAT(at(9'999), testing::Contains("We begin with the schools.")) << layout.name;
		EXPECT_THAT(at(10'000), testing::Contains("Nobody shall pay for that.")) << layout.name;
		for (const Statement &statement : kStatements) {
			EXPECT_THAT(at(25'000), testing::Not(testing::Contains(statement.text))) << layout.name;
		}
		// The plot does not jump when somebody speaks or falls silent.
		EXPECT_EQ(sceneOf(*snapshot, view, 9'999).outline.ruler.plot,
			  sceneOf(*snapshot, view, 25'000).outline.ruler.plot);
	}
}

TEST(OverlayWords, GoOnBehindAStatementThatLayWithinAnotherOne)
{
	const auto snapshot = annotated({{{0, 30'000, "A long one."}, {10'000, 12'000, "Hear, hear!"}}, {}});
	View view;
	view.show_words = true;
	const auto at = [&](double position_ms) { return textsOf(sceneOf(*snapshot, view, position_ms).texts); };
	EXPECT_THAT(at(11'000), testing::Contains("Hear, hear!"));
	EXPECT_THAT(at(12'000), testing::Contains("A long one."));
	EXPECT_THAT(at(30'000), testing::Not(testing::Contains("A long one.")));
}

TEST(OverlayWords, AreWrittenOverNothingAtAnySize)
{
	const std::string speech = "And so I say to all who are listening tonight, at home and in this hall, that we "
				   "shall not rest before every child of this country has a school with a roof.";
	for (const auto &[width, height] : {std::pair{1920U, 320U}, {1920U, 1080U}, {1280U, 200U}, {960U, 160U}}) {
		for (const std::size_t targets : {1U, 2U, 5U}) {
			test::SampleOptions options{{"All", "Women", "Men", "18-29", "30-44", "45-59", "Undecided"}};
			options.targets = {"Smith", "Jones", "Miller", "Brown", "Taylor"};
			options.targets.resize(targets);
			const auto snapshot = annotated({{{0, 60'000, speech}}, {{20'000, "Roof"}}}, options);
			View view;
			view.show_words = true;
			view.width = width;
			view.height = height;
			for (const LayoutKind &layout : layouts()) {
				view.layout = layout.name;
				const Scene scene = sceneOf(*snapshot, view, 50'000);
				for (std::size_t i = 0; i < scene.texts.size(); ++i) {
					for (std::size_t k = 0; k < i; ++k) {
						EXPECT_FALSE(overlap(test::lettersOf(scene.texts[i]),
								     test::lettersOf(scene.texts[k])))
							<< layout.name << " " << width << "x" << height << ", "
							<< targets << ": " << scene.texts[i].text << " and "
							<< scene.texts[k].text;
					}
				}
			}
		}
	}
}

TEST(OverlayWords, BreakAtSpaces)
{
	// A letter is half the size wide.
	const auto cut = [](const std::string &text, std::size_t most) {
		return wrapped(text, Face::regular, 10, 50, most, kMetrics);
	};
	EXPECT_THAT(cut("one two three", 2), testing::ElementsAre("one two", "three"));
	EXPECT_THAT(cut("one two three four", 2), testing::ElementsAre("one two", "three four"));
	EXPECT_THAT(cut("one two three", 1), testing::ElementsAre("one two t\u2026"));
	EXPECT_THAT(cut("incomprehensible", 2), testing::ElementsAre("incompreh\u2026"));
	EXPECT_THAT(cut("", 2), testing::ElementsAre(""));
}

} // namespace
