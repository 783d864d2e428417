// Pictures that are small, low, or tall and narrow, and more targets than have room: what stays can be read, and what
// does not is said.
#include "overlay/layouts.hpp"
#include "overlay/tint.hpp"
#include "overlay_readable.hpp"
#include "overlay_sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

using namespace pulseline;
using namespace pulseline::overlay;

namespace {

using test::textsOf;

const test::EvenMetrics kMetrics;
const std::array<std::string, 12> kTargets{"Smith", "Jones",    "Garcia", "Chen",  "Kowalski", "Okafor",
					   "Silva", "Andersen", "Haddad", "Novak", "Tanaka",   "Rossi"};

std::shared_ptr<Snapshot> sessionOf(std::size_t targets, std::size_t segments)
{
	test::SampleOptions options{{"All", "Women", "Men", "18-29", "30-49", "50-64", "65+", "Undecided",
				     "Leaning left", "Leaning right", "North", "South"}};
	options.segments.resize(segments);
	options.targets.assign(kTargets.begin(), kTargets.begin() + static_cast<std::ptrdiff_t>(targets));
	const auto snapshot = test::sampleSession(options, 8);
	if (segments > 3) {
		test::makeDifficult(*snapshot);
	}
	return snapshot;
}

Scene sceneOf(const Snapshot &snapshot, std::string_view layout, std::uint32_t width, std::uint32_t height,
	      PlaybackState state = PlaybackState::playing)
{
	View view;
	view.layout = layout;
	view.width = width;
	view.height = height;
	const Clock clock{state, 36'500, true, false};
	return buildScene(&snapshot, view, instantOf(&snapshot, view, clock, snapshot.playbackAt), Words{}, kMetrics);
}

std::vector<std::string> namedTargets(const Scene &scene)
{
	std::vector<std::string> named;
	for (const std::string &text : textsOf(scene)) {
		if (std::ranges::contains(kTargets, text)) {
			named.push_back(text);
		}
	}
	return named;
}

const std::array<std::pair<std::uint32_t, std::uint32_t>, 11> kSizes{{{320, 100},
								      {320, 180},
								      {480, 270},
								      {640, 100},
								      {640, 130},
								      {640, 360},
								      {853, 140},
								      {400, 1600},
								      {1080, 300},
								      {1080, 1920},
								      {1920, 1080}}};

const Text &textNamed(const Scene &scene, std::string_view text)
{
	return *std::ranges::find(scene.texts, text, &Text::text);
}

TEST(OverlaySmall, IsReadableAtEverySize)
{
	for (const auto &[width, height] : kSizes) {
		for (const LayoutKind &layout : layouts()) {
			for (const std::size_t targets : {1U, 2U, 4U, 12U}) {
				for (const std::size_t segments : {1U, 3U, 12U}) {
					const auto snapshot = sessionOf(targets, segments);
					const Scene scene = sceneOf(*snapshot, layout.name, width, height);
					test::expectReadable(
						scene, std::string(layout.name) + " " + std::to_string(width) + "x" +
							       std::to_string(height) + ", " + std::to_string(targets) +
							       " targets, " + std::to_string(segments) + " segments");
					EXPECT_GT(scene.outline.ruler.plot.width, static_cast<float>(width) * 0.25F)
						<< layout.name << width << "x" << height << targets << segments;
				}
			}
		}
	}
}

TEST(OverlaySmall, IsReadableWithAllThereIsToSay)
{
	const auto snapshot = sessionOf(2, 12);
	Annotations annotations;
	annotations.markers = {{5'000, "Jobs"}, {20'000, "A longer word on housing"}};
	annotations.statements = {{0, 15'000, "First we said this."},
				  {15'000, 60'000, "And then we said something else."}};
	snapshot->annotations = std::make_shared<const Annotations>(annotations);
	auto settings = std::make_shared<Settings>(*snapshot->settings);
	settings->lag_ms = 4000;
	settings->scale = {0, 100, 50};
	snapshot->settings = settings;
	const Clock clock{PlaybackState::paused, 36'500, false, true};
	for (const auto &[width, height] : kSizes) {
		for (const LayoutKind &layout : layouts()) {
			for (const Measure measure : {Measure::mean, Measure::net, Measure::activity, Measure::sd}) {
				View view;
				view.layout = layout.name;
				view.width = width;
				view.height = height;
				view.measure = measure;
				view.base = Base::present;
				view.show_words = true;
				view.window_ms = 30'000;
				const Instant instant = instantOf(snapshot.get(), view, clock, snapshot->playbackAt);
				test::expectReadable(buildScene(snapshot.get(), view, instant, Words{}, kMetrics),
						     std::string(layout.name) + " " + std::to_string(width) + "x" +
							     std::to_string(height) + " " +
							     std::string(toText(measure)));
			}
		}
	}
}

TEST(OverlaySmall, TwoTargetsInALowStripKeepTheirSegments)
{
	const Scene scene = sceneOf(*sessionOf(2, 3), "lines", 640, 130);
	const auto texts = textsOf(scene);
	EXPECT_THAT(texts, testing::IsSupersetOf({"Smith", "Jones", "All", "Women", "Men"}));
	EXPECT_THAT(texts, testing::Not(testing::Contains(testing::StartsWith("+2"))));
	const auto figures =
		std::ranges::count_if(texts, [](const std::string &text) { return text.starts_with("n="); });
	EXPECT_EQ(figures, 6);
	EXPECT_EQ(scene.curves.size(), 6U);
}

TEST(OverlaySmall, ATableHasShortFiguresWhereWholeOnesHaveNoRoom)
{
	const auto snapshot = sessionOf(2, 4);
	EXPECT_THAT(textsOf(sceneOf(*snapshot, "lines", 960, 160)), testing::Contains("n=3 too few"));
	const auto texts = textsOf(sceneOf(*snapshot, "lines", 640, 130));
	EXPECT_THAT(texts, testing::IsSupersetOf({"18-29", "n=3"}));
	EXPECT_THAT(texts, testing::Not(testing::Contains(testing::HasSubstr("too few"))));
}

TEST(OverlaySmall, ANameComesBeforeTheWordsTooFew)
{
	const auto snapshot = sessionOf(1, 3);
	for (const std::int64_t tick : {5, 6, 7}) {
		test::setCell(*snapshot, 1, tick, 9, 2, 1);
	}
	const Scene scene = sceneOf(*snapshot, "lines", 320, 100);
	EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"All", "Women", "Men", "n=3"}));
	EXPECT_EQ(textNamed(scene, "Women").color, Theme{}.dim); // that it has no value is seen
	EXPECT_THAT(textsOf(sceneOf(*snapshot, "lines", 1920, 320)), testing::Contains("n=3 too few"));
}

TEST(OverlaySmall, InATallNarrowPictureThePlotHasTheWidth)
{
	for (const std::size_t targets : {1U, 2U, 12U}) {
		for (const std::size_t segments : {1U, 3U, 12U}) {
			const Scene scene = sceneOf(*sessionOf(targets, segments), "lines", 400, 1600);
			const Rect &plot = scene.outline.ruler.plot;
			EXPECT_GT(plot.width, scene.card.width * 0.6F) << targets << ", " << segments;
			EXPECT_LT(textNamed(scene, "All").y, plot.y);
			EXPECT_EQ(namedTargets(scene).size(), targets == 1 ? 0 : targets);
		}
	}
	const Scene all = sceneOf(*sessionOf(1, 12), "lines", 400, 1600);
	EXPECT_THAT(textsOf(all), testing::IsSupersetOf({"South", "Leaning right", "Undecided"}));
	EXPECT_EQ(all.curves.size(), 12U);
}

TEST(OverlaySmall, AMarkersLineDoesNotCrossOutLabelsBetweenPanels)
{
	const auto snapshot = sessionOf(2, 1);
	Annotations annotations;
	annotations.markers = {{20'000, "Jobs"}};
	snapshot->annotations = std::make_shared<const Annotations>(annotations);
	const Scene scene = sceneOf(*snapshot, "lines", 400, 1600);
	ASSERT_EQ(scene.written.size(), 1U);
	const Rect &row = scene.written.front();
	EXPECT_GT(row.height, textNamed(scene, "Jones").size);
	for (const Box &box : scene.moving_boxes) {
		EXPECT_TRUE(box.rect.bottom() <= row.y || box.rect.y >= row.bottom());
	}
}

TEST(OverlaySmall, ANarrowScaleHasNumbersOnly)
{
	const auto snapshot = sessionOf(1, 3);
	EXPECT_THAT(textsOf(sceneOf(*snapshot, "lines", 320, 100)), testing::Contains("0"));
	EXPECT_THAT(textsOf(sceneOf(*snapshot, "lines", 640, 100)), testing::Contains("neutral 0"));
}

TEST(OverlaySmall, TheHeaderHasFewerLettersBeforeItSaysLess)
{
	const Scene scene = sceneOf(*sessionOf(12, 12), "lines", 320, 100);
	EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"Mean: Smith", "SIMULATED DATA", "+20"}));
	EXPECT_THAT(textsOf(sceneOf(*sessionOf(12, 12), "lines", 320, 100, PlaybackState::paused)),
		    testing::IsSupersetOf({"Mean: Smith", "SIMULATED", "Paused"}));
	const Scene roomy = sceneOf(*sessionOf(12, 12), "lines", 1920, 320);
	EXPECT_THAT(textsOf(roomy), testing::IsSupersetOf({"Mean response", "SIMULATED DATA", "+17 not shown"}));
}

TEST(OverlaySmall, WhatTheColoursMeanIsSaidInFewLetters)
{
	EXPECT_THAT(textsOf(sceneOf(*sessionOf(1, 1), "heat", 320, 180)),
		    testing::IsSupersetOf({"\u22121", "0", "+1"}));
	EXPECT_THAT(textsOf(sceneOf(*sessionOf(1, 1), "bars", 320, 180)),
		    testing::IsSupersetOf({"Shares", "like", "neutral", "dislike"}));
}

TEST(OverlaySmall, ManyTargetsAreShownOrCounted)
{
	for (const LayoutKind &layout : layouts()) {
		for (const auto &[width, height] :
		     {std::pair{1920U, 320U}, {1920U, 1080U}, {1280U, 720U}, {960U, 160U}, {640U, 130U}}) {
			const Scene scene = sceneOf(*sessionOf(12, 1), layout.name, width, height);
			const std::size_t shown = namedTargets(scene).size();
			EXPECT_GE(shown, 2U) << layout.name << width << "x" << height;
			const std::string missing = "+" + std::to_string(12 - shown);
			EXPECT_EQ(shown < 12, std::ranges::any_of(
						      textsOf(scene),
						      [&](const std::string &text) {
							      return text == missing || text == missing + " not shown";
						      }))
				<< layout.name << width << "x" << height;
		}
	}
}

TEST(OverlaySmall, BarsOfManyTargetsStandInBands)
{
	const Scene scene = sceneOf(*sessionOf(12, 3), "bars", 1920, 1080);
	EXPECT_EQ(namedTargets(scene).size(), 12U);
	const Scene six = sceneOf(*sessionOf(6, 1), "bars", 960, 160);
	ASSERT_EQ(namedTargets(six).size(), 6U);
	EXPECT_EQ(textNamed(six, "Smith").y, textNamed(six, "Garcia").y);
	EXPECT_LT(textNamed(six, "Garcia").y, textNamed(six, "Chen").y);
	EXPECT_EQ(std::ranges::count(textsOf(six), "All"), 2); // once for each band
}

TEST(OverlaySmall, BarsOfTooFewSaySoWhereNHasNoRoomForIt)
{
	const auto texts = textsOf(sceneOf(*sessionOf(2, 12), "bars", 1920, 1080));
	EXPECT_EQ(std::ranges::count(texts, "n=3"), 2);
	EXPECT_EQ(std::ranges::count(texts, "too few"), 2);
}

TEST(OverlaySmall, BarsStayTogetherBeneathTheirName)
{
	const Scene scene = sceneOf(*sessionOf(2, 1), "bars", 400, 1600);
	ASSERT_FALSE(scene.bars.empty());
	const Rect &bar = scene.bars.front().rect;
	EXPECT_LT(bar.height, scene.card.width * 0.35F);
	EXPECT_LT(bar.y - textNamed(scene, "Smith").y, bar.height);
	EXPECT_LT(textNamed(scene, "Smith").y, bar.y);
}

TEST(OverlaySmall, FiguresAreReadOnFaintBars)
{
	const Theme theme;
	EXPECT_EQ(readable(theme.ink, theme.like_ink, theme.dislike, 1, theme.card), theme.like_ink);
	EXPECT_EQ(readable(theme.ink, theme.like_ink, theme.dislike, 0.8, theme.card), theme.like_ink);
	EXPECT_EQ(readable(theme.ink, theme.like_ink, theme.dislike, 0.1, theme.card), theme.ink);
}

// Paused, made up, with a lag, of a media source that is not there; the net of those present.
Scene talkativeScene(Snapshot &snapshot, std::string_view layout, std::uint32_t width, std::uint32_t height)
{
	auto settings = std::make_shared<Settings>(*snapshot.settings);
	settings->lag_ms = 4000;
	snapshot.settings = settings;
	View view;
	view.layout = layout;
	view.width = width;
	view.height = height;
	view.measure = Measure::net;
	view.base = Base::present;
	const Clock clock{PlaybackState::paused, 36'500, false, false};
	return buildScene(&snapshot, view, instantOf(&snapshot, view, clock, snapshot.playbackAt), Words{}, kMetrics);
}

TEST(OverlaySmall, SignsHaveARowOfTheirOwnBelowATitleThatTheyWouldPushOut)
{
	for (const LayoutKind &layout : layouts()) {
		const Scene scene = talkativeScene(*sessionOf(1, 12), layout.name, 320, 360);
		EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"Paused", "no media"})) << layout.name;
		const auto title = std::ranges::find_if(scene.texts, [](const Text &text) {
			return text.text.starts_with("Net ") || text.text == "Shares";
		});
		ASSERT_NE(title, scene.texts.end()) << layout.name;
		EXPECT_GT(textNamed(scene, "Paused").y - title->y, title->size) << layout.name;
		test::expectReadable(scene, std::string(layout.name));
	}
}

TEST(OverlaySmall, LabelsLeaveTheHeaderToATitleThatNeedsIt)
{
	const auto highest = [](const Scene &scene) {
		float y = scene.card.bottom();
		for (const Text &text : scene.texts) {
			y = text.text.starts_with("n=") ? std::min(y, text.y) : y;
		}
		return y;
	};
	const Scene quiet = sceneOf(*sessionOf(1, 12), "lines", 640, 130);
	const Text &sign = textNamed(quiet, "SIMULATED DATA");
	EXPECT_LT(highest(quiet), sign.y + sign.size);
	const Scene scene = talkativeScene(*sessionOf(1, 12), "lines", 640, 130);
	const Text &net = textNamed(scene, "Net (present)");
	EXPECT_GT(highest(scene), net.y + net.size);
}

TEST(OverlaySmall, LabelsSayAsMuchAsEachOther)
{
	const auto snapshot = sessionOf(1, 3);
	const auto labels = [&](std::uint32_t width, std::uint32_t height) {
		return textsOf(talkativeScene(*snapshot, "lines", width, height));
	};
	EXPECT_THAT(labels(1920, 320), testing::IsSupersetOf({"n=179 of 300", "n=37 of 57", "n=42 of 74"}));
	snapshot->segments[1].name = "Women who have not yet made up their minds";
	EXPECT_THAT(labels(1920, 320), testing::IsSupersetOf({"n=179", "n=37", "n=42"}));
}

TEST(OverlaySmall, PanelsWithRoomForSomeLabelsKeepThem)
{
	const auto texts = textsOf(sceneOf(*sessionOf(2, 12), "lines", 1080, 600));
	EXPECT_EQ(std::ranges::count(texts, "All"), 2);
	EXPECT_EQ(std::ranges::count(texts, "n=3 too few"), 2);
}

} // namespace
