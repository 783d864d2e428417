// More to say than there is room for: what is left out, and that what stays can be read.
#include "overlay/annotations.hpp"
#include "overlay/layouts.hpp"
#include "overlay/legend.hpp"
#include "overlay_readable.hpp"
#include "overlay_sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace pulseline;
using namespace pulseline::overlay;

namespace {

using test::expectApart;
using test::textsOf;

const test::EvenMetrics kMetrics;

test::SampleOptions manySegments(std::size_t count = 12, std::size_t targets = 1)
{
	test::SampleOptions options{{"All", "Women", "Men", "18-29", "30-49", "50-64", "65+", "Undecided",
				     "Leaning left", "Leaning right", "North", "South"}};
	options.segments.resize(count);
	options.targets = {"Smith", "Jones"};
	options.targets.resize(targets);
	return options;
}

View viewOf(std::uint32_t width, std::uint32_t height, const char *layout = "lines")
{
	View view;
	view.layout = layout;
	view.width = width;
	view.height = height;
	return view;
}

Scene sceneOf(const Snapshot &snapshot, const View &view, SteadyTime now, PlaybackState state = PlaybackState::playing)
{
	const Clock clock{state, 36'500, true, false};
	return buildScene(&snapshot, view, instantOf(&snapshot, view, clock, now), Words{}, kMetrics);
}

// Counts what it is asked.
class WatchedMetrics final : public TextMetrics {
public:
	float width(const std::string &text, Face face, float size) const override
	{
		++asked;
		letters += text.size();
		return kMetrics.width(text, face, size);
	}
	mutable std::size_t asked = 0;
	mutable std::size_t letters = 0;
};

TEST(OverlayCrowded, ATextOfAnyLengthIsCutAtOnce)
{
	constexpr std::size_t kLong = 1'000'000;
	const WatchedMetrics watched;
	const std::string name(kLong, 'W');
	EXPECT_EQ(elided(name, Face::bold, 32, 1600, watched), std::string(99, 'W') + "\u2026");
	std::string speech;
	while (speech.size() < kLong) {
		speech += "and so on ";
	}
	const auto lines = wrapped(speech, Face::regular, 32, 1600, 2, watched);
	ASSERT_EQ(lines.size(), 2U);
	EXPECT_EQ(lines[0].size(), 99U);
	EXPECT_LT(watched.asked, 60U);
	EXPECT_LT(watched.letters, 4 * kLong);
}

TEST(OverlayCrowded, ATableOfSeveralTargetsLeavesNamesWhole)
{
	const auto snapshot = test::sampleSession(manySegments(2, 2), 8);
	const Scene scene = sceneOf(*snapshot, viewOf(1920, 320), snapshot->playbackAt);
	EXPECT_THAT(textsOf(scene), testing::Contains("Women"));
}

TEST(OverlayCrowded, SegmentsAreLeftOutBeforeTargetsAre)
{
	for (const auto &[width, height] : {std::pair{1280U, 720U}, {1920U, 1080U}, {1920U, 320U}, {960U, 160U}}) {
		const auto snapshot = test::sampleSession(manySegments(12, 2), 8);
		const Scene scene = sceneOf(*snapshot, viewOf(width, height), snapshot->playbackAt);
		EXPECT_THAT(textsOf(scene), testing::IsSupersetOf({"Smith", "Jones"})) << width;
		expectApart(scene, std::to_string(width));
	}
}

TEST(OverlayCrowded, TargetsWithoutRoomForATableHaveLabelsOfTheirOwn)
{
	test::SampleOptions options = manySegments();
	options.targets.clear();
	for (const char *which : {"first", "second", "third", "fourth"}) {
		options.targets.push_back("The " + std::string(which) + " candidate with a long name");
	}
	const auto snapshot = test::sampleSession(options, 8);
	View view = viewOf(640, 240);
	view.measure = Measure::activity; // "n=… of …" is wide
	const Scene scene = sceneOf(*snapshot, view, snapshot->playbackAt);
	const auto texts = textsOf(scene);
	EXPECT_EQ(std::ranges::count(texts, "All"), 4);
	expectApart(scene, "four targets");
}

TEST(OverlayCrowded, EveryLabelHasAName)
{
	for (const auto &[width, height] : {std::pair{640U, 100U}, {853U, 140U}, {960U, 160U}, {1920U, 320U}}) {
		const auto snapshot = test::sampleSession(manySegments(), 8);
		test::makeDifficult(*snapshot);
		const Scene scene = sceneOf(*snapshot, viewOf(width, height), snapshot->playbackAt);
		const auto texts = textsOf(scene);
		EXPECT_THAT(texts, testing::Not(testing::Contains(""))) << width;
		EXPECT_THAT(texts, testing::Not(testing::Contains("\u2026"))) << width;
		expectApart(scene, std::to_string(width));
	}
}

TEST(OverlayCrowded, AMessageIsWrittenOverNothing)
{
	const auto snapshot = test::emptySession(manySegments());
	const auto late = snapshot->playbackAt + std::chrono::minutes(1);
	for (const LayoutKind &layout : layouts()) {
		for (const auto &[now, message] : {std::pair{snapshot->playbackAt, "Waiting for the first responses"},
						   {late, "No input since 0:00"}}) {
			const Scene scene = sceneOf(*snapshot, viewOf(960, 160, layout.name.data()), now);
			EXPECT_THAT(textsOf(scene), testing::Contains(message)) << layout.name;
			expectApart(scene, std::string(layout.name) + ", " + message);
		}
	}
}

TEST(OverlayCrowded, TimesStayHoweverManyMarkersThereAre)
{
	for (const int count : {1, 10, 100, 1000}) {
		const auto snapshot = test::sampleSession({}, 12);
		Annotations annotations;
		for (int i = 0; i < count; ++i) {
			annotations.markers.push_back({i * 36'000 / count, ""});
		}
		snapshot->annotations = std::make_shared<const Annotations>(annotations);
		const Scene scene = sceneOf(*snapshot, viewOf(1920, 320), snapshot->playbackAt);
		EXPECT_GT(scene.moving_texts.size(), 3U) << count;
	}
}

TEST(OverlayCrowded, TheNetsBaseIsNamedWhereItsTitleHasNoRoom)
{
	const auto snapshot = test::sampleSession(manySegments(12), 8);
	snapshot->simulated = true;
	View view = viewOf(960, 160);
	view.measure = Measure::net;
	const auto title = [&] { return sceneOf(*snapshot, view, snapshot->playbackAt, PlaybackState::paused); };
	EXPECT_THAT(textsOf(title()), testing::Contains("Net (active)"));
	view.base = Base::present;
	EXPECT_THAT(textsOf(title()), testing::Contains("Net (present)"));
}

void expectSigns(const test::SampleOptions &options)
{
	const auto snapshot = test::sampleSession(options, 8);
	snapshot->simulated = true;
	auto settings = std::make_shared<Settings>(*snapshot->settings);
	settings->lag_ms = 4000;
	snapshot->settings = settings;
	const auto late = snapshot->playbackAt + std::chrono::minutes(1);
	for (const LayoutKind &layout : layouts()) {
		View view = viewOf(960, 160, layout.name.data());
		view.measure = Measure::net;
		const Clock clock{PlaybackState::playing, 36'500, false, false};
		const Instant instant = instantOf(snapshot.get(), view, clock, late);
		const auto texts = textsOf(buildScene(snapshot.get(), view, instant, Words{}, kMetrics));
		EXPECT_THAT(texts, testing::Contains("lag 4 s")) << layout.name;
		EXPECT_THAT(texts, testing::Contains(testing::StartsWith("SIMULATED"))) << layout.name;
		EXPECT_THAT(texts, testing::Contains(testing::StartsWith("No responses"))) << layout.name;
		EXPECT_THAT(texts, testing::Contains(testing::AnyOf("media source not found", "no media")))
			<< layout.name;
		EXPECT_THAT(texts, testing::Contains(testing::AnyOf(testing::StartsWith("Net "),
								    "% of those responding", "Shares")))
			<< layout.name;
	}
}

TEST(OverlayCrowded, NoSignOfStateIsLeftOut)
{
	expectSigns(manySegments(6));
	expectSigns(manySegments(12, 2));
}

} // namespace
