// Labels that stand where their lines end and never touch.
#include "overlay/axis.hpp"
#include "overlay/legend.hpp"
#include "overlay/patches.hpp"
#include "overlay_metrics.hpp"
#include "overlay_sample.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

using namespace pulseline;
using namespace pulseline::overlay;

namespace {

TEST(OverlayLegend, LabelsThatHaveRoomStandWhereTheyWish)
{
	EXPECT_EQ(spread({10, 50, 90}, 20, 0, 100), (std::vector<float>{10, 50, 90}));
}

TEST(OverlayLegend, LabelsThatWouldTouchMakeRoomEvenly)
{
	EXPECT_EQ(spread({50, 50, 50}, 20, 0, 100), (std::vector<float>{30, 50, 70}));
	EXPECT_EQ(spread({48, 52}, 20, 0, 100), (std::vector<float>{40, 60}));
	EXPECT_EQ(spread({95, 100}, 20, 0, 100), (std::vector<float>{80, 100})); // the edge holds
	EXPECT_EQ(spread({-5}, 20, 0, 100), (std::vector<float>{0}));
	EXPECT_TRUE(spread({}, 20, 0, 100).empty());
}

TEST(OverlayLegend, WithoutRoomForAllTheyCloseUp)
{
	EXPECT_EQ(spread({0, 0, 0, 0, 0}, 40, 0, 100), (std::vector<float>{0, 25, 50, 75, 100}));
}

TEST(OverlayLegend, NoWishIsPassedOverForNothing)
{
	// Against every other order-keeping placement on a grid: none is nearer to the wishes.
	std::mt19937 random(7);
	for (int round = 0; round < 200; ++round) {
		std::vector<float> wishes(3);
		for (float &wish : wishes) {
			wish = static_cast<float>(random() % 101);
		}
		std::ranges::sort(wishes);
		const std::vector<float> placed = spread(wishes, 20, 0, 100);
		const auto cost = [&](float a, float b, float c) {
			return (a - wishes[0]) * (a - wishes[0]) + (b - wishes[1]) * (b - wishes[1]) +
			       (c - wishes[2]) * (c - wishes[2]);
		};
		EXPECT_GE(placed[0], 0);
		EXPECT_LE(placed[2], 100);
		EXPECT_GE(placed[1] - placed[0], 19.999F);
		EXPECT_GE(placed[2] - placed[1], 19.999F);
		float best = 1e9F;
		for (float a = 0; a <= 60; ++a) {
			for (float b = a + 20; b <= 80; ++b) {
				for (float c = b + 20; c <= 100; ++c) {
					best = std::min(best, cost(a, b, c));
				}
			}
		}
		EXPECT_LE(cost(placed[0], placed[1], placed[2]), best + 0.01F);
	}
}

TEST(OverlayLegend, CutsNamesAtWholeLetters)
{
	const test::EvenMetrics metrics; // half the size a letter
	EXPECT_EQ(elided("Women", Face::bold, 10, 25, metrics), "Women");
	EXPECT_EQ(elided("Women", Face::bold, 10, 24, metrics), "Wom\u2026");
	EXPECT_EQ(elided("\u00c4\u00d6\u00dc", Face::bold, 10, 10, metrics), "\u00c4\u2026");
	EXPECT_EQ(elided("Women", Face::bold, 10, 3, metrics), "");
}

TEST(OverlayLegend, LabelsNeverOverlapEachOther)
{
	const test::EvenMetrics metrics;
	for (std::uint32_t count = 1; count <= 16; ++count) {
		test::SampleOptions options{{}};
		for (std::uint32_t i = 0; i < count; ++i) {
			options.segments.push_back("Segment " + std::to_string(i));
		}
		const auto snapshot = test::sampleSession(options, 12);
		for (const auto &[width, height] : {std::pair{1920U, 320U}, {960U, 160U}}) {
			View view;
			view.width = width;
			view.height = height;
			const Clock clock{PlaybackState::playing, 60'000, true, false};
			const Instant instant = instantOf(snapshot.get(), view, clock, snapshot->playbackAt);
			const Scene scene = buildScene(snapshot.get(), view, instant, Words{}, metrics);
			std::vector<Rect> rects;
			for (const Text &text : scene.texts) {
				const float length = metrics.width(text.text, text.face, text.size);
				const float left = text.align == Align::left    ? text.x
						   : text.align == Align::right ? text.x - length
										: text.x - length / 2;
				rects.push_back({left, text.y - text.size * 0.5F, length, text.size});
			}
			for (std::size_t a = 0; a < rects.size(); ++a) {
				for (std::size_t b = 0; b < a; ++b) {
					const bool apart = rects[a].right() <= rects[b].x + 0.01F ||
							   rects[b].right() <= rects[a].x + 0.01F ||
							   rects[a].bottom() <= rects[b].y + 0.01F ||
							   rects[b].bottom() <= rects[a].y + 0.01F;
					EXPECT_TRUE(apart) << count << " at " << width << ": '" << scene.texts[a].text
							   << "' and '" << scene.texts[b].text << "'";
				}
			}
			EXPECT_GT(scene.outline.ruler.plot.width, static_cast<float>(width) * 0.25F);
		}
	}
}

TEST(OverlayLegend, InSeveralColumnsALabelKeepsItsPlace)
{
	const Theme theme;
	Areas areas;
	areas.text = 20;
	areas.row = 28;
	const auto slots = [&](int columns, std::vector<float> wishes) {
		std::vector<Label> labels(wishes.size());
		for (std::size_t i = 0; i < labels.size(); ++i) {
			labels[i].name = "Segment";
			labels[i].wish = wishes[i];
		}
		Scene scene;
		return addLegend(scene, {{0, 0, 600, 200}, columns, 250}, areas, theme, labels, test::EvenMetrics());
	};
	const std::vector<float> rising{10, 60, 110, 160};
	const std::vector<float> falling{160, 110, 60, 10};
	EXPECT_EQ(slots(2, rising), slots(2, falling));
	EXPECT_LT(slots(1, rising)[0].y, slots(1, rising)[3].y);
	EXPECT_GT(slots(1, falling)[0].y, slots(1, falling)[3].y);
}

TEST(OverlayPatches, NeverOverlapAndAreWholePixels)
{
	std::mt19937 random(11);
	for (int round = 0; round < 100; ++round) {
		Patches patches;
		std::vector<Rect> added;
		for (int i = 0; i < 12; ++i) {
			const auto number = [&](unsigned below) { return static_cast<float>(random() % below) / 4; };
			added.push_back({number(800), number(800), 1 + number(200), 1 + number(80)});
			patches.add(added.back());
		}
		for (std::size_t i = 0; i < patches.all().size(); ++i) {
			const Rect &one = patches.all()[i];
			EXPECT_EQ(one.x, std::floor(one.x));
			EXPECT_EQ(one.bottom(), std::floor(one.bottom()));
			for (std::size_t k = 0; k < i; ++k) {
				const Rect both = common(one, patches.all()[k]);
				EXPECT_EQ(both.width * both.height, 0);
			}
		}
		for (const Rect &rect : added) {
			const auto holds = [&](const Rect &patch) { return common(patch, rect) == rect; };
			EXPECT_EQ(std::ranges::count_if(patches.all(), holds), 1);
		}
	}
}

TEST(OverlayPatches, OfEverythingStayWhole)
{
	Patches patches = Patches::whole();
	patches.add({10, 10, 20, 20});
	EXPECT_TRUE(patches.isWhole());
	Patches some;
	some.add({10, 10, 20, 20});
	some.add(Patches::whole());
	EXPECT_TRUE(some.isWhole());
}

TEST(OverlayLegend, ManySegmentsDifferInColourOrDash)
{
	std::set<std::tuple<int, int, int, std::vector<float>>> looks;
	for (std::size_t i = 0; i < 36; ++i) {
		const Look look = lookOf(i, Theme{}, 32);
		looks.insert({look.color.r, look.color.g, look.color.b, look.dash});
	}
	EXPECT_EQ(looks.size(), 36U);
}

TEST(OverlayAxis, WritesNumbersAndTimes)
{
	EXPECT_EQ(numberText(1, true), "+1");
	EXPECT_EQ(numberText(-1, true), "\u22121");
	EXPECT_EQ(numberText(0, true), "0");
	EXPECT_EQ(numberText(1.2000000000000002, false), "1.2");
	EXPECT_EQ(numberText(-0.0005, true), "\u22120.0005");
	EXPECT_EQ(numberText(0.00060000000000000006, false), "0.0006");
	EXPECT_EQ(timeText(0), "0:00");
	EXPECT_EQ(timeText(65'000), "1:05");
	EXPECT_EQ(timeText(3'661'000), "1:01:01");
}

TEST(OverlayView, ReadsTheListOfSegments)
{
	EXPECT_EQ(parseChoice("Women"), (SegmentChoice{"Women", "", true}));
	EXPECT_EQ(parseChoice("Everybody="), (SegmentChoice{"Everybody", ""}));
	EXPECT_EQ(parseChoice("Not said=age="), (SegmentChoice{"Not said", "age="}));
	EXPECT_EQ(parseChoice("Young=age=18-29|30-44"), (SegmentChoice{"Young", "age=18-29|30-44"}));
	EXPECT_EQ(parseChoice("Young women=age=18-29;sex=f"), (SegmentChoice{"Young women", "age=18-29;sex=f"}));
	EXPECT_EQ(parseChoice("age=18-29;sex=f"), (SegmentChoice{"age=18-29;sex=f", "age=18-29;sex=f"}));
}

TEST(OverlayView, AChoiceIsWhatItsExpressionSays)
{
	const auto snapshot = test::emptySession({{"All", "Young"}});
	snapshot->segments[1].expression = "age=18-29";
	EXPECT_EQ(findChoice(*snapshot, parseChoice("Young")), 1U);
	EXPECT_EQ(findChoice(*snapshot, parseChoice("All=")), 0U);
	EXPECT_EQ(findChoice(*snapshot, parseChoice("Everybody=")), 0U);
	EXPECT_EQ(findChoice(*snapshot, parseChoice("Young=")), 0U) << "whatever else has the name";
	EXPECT_EQ(findChoice(*snapshot, parseChoice("Young=age=18-29")), 1U);
	EXPECT_EQ(findChoice(*snapshot, parseChoice("Under thirty=age=18-29")), 1U);
	// Another one under a name that is taken.
	const SegmentChoice older = parseChoice("Young=age=18-29|30-44");
	EXPECT_EQ(findChoice(*snapshot, older), std::nullopt);
	EXPECT_EQ(askedFor(*snapshot, older), (SegmentChoice{"Young=age=18-29|30-44", "age=18-29|30-44"}));
	EXPECT_EQ(askedFor(*snapshot, parseChoice("Old=age=65+")), (SegmentChoice{"Old", "age=65+"}));
	snapshot->segments.push_back({"Young=age=18-29|30-44", "age=18-29|30-44", {}});
	snapshot->segmentParticipants.push_back(0);
	EXPECT_EQ(findChoice(*snapshot, older), 2U);
}

TEST(OverlayView, FillsWordsIn)
{
	EXPECT_EQ(fillIn("n=%1 of %2", "12", "76"), "n=12 of 76");
	EXPECT_EQ(fillIn("%2 people, %1 responding", "12", "76"), "76 people, 12 responding");
	EXPECT_EQ(fillIn("none", "12"), "none");
}

} // namespace
