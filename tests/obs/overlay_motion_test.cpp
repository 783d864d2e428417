// How one picture becomes the next: windows that roll, ticks that close, axes that grow.
#include "obs/golden.hpp"
#include "obs/painter_fixture.hpp"

using namespace pulseline;
using namespace pulseline::overlay;
using namespace pulseline::test;
using namespace std::chrono_literals;

namespace {

using OverlayMotion = PainterTest;

TEST_F(OverlayMotion, RollsAWindow)
{
	SampleOptions longer = kFour;
	longer.duration_ms = 600'000;
	View view = smallView();
	view.window_ms = 60'000;
	take(sampleSession(longer, 60).get(), view, playingAt(223'400));
	expectGolden(draw(223'400), "rolling");
	// A little later the same picture has moved by five pixels and nothing else has changed in it.
	const double pixel_ms = 1 / painter_->scene()->outline.ruler.pixelsPerMs();
	const QImage before = draw(223'400);
	const QImage after = draw(223'400 + 5 * pixel_ms);
	const Rect &plot = painter_->scene()->outline.ruler.plot;
	const QRect inside(static_cast<int>(plot.x) + 10, static_cast<int>(plot.y), static_cast<int>(plot.width) - 40,
			   static_cast<int>(plot.height));
	EXPECT_LE(difference(before.copy(inside.translated(5, 0)), after.copy(inside)).worst, 2);
	// And half a pixel later by half a pixel.
	const QImage between = draw(223'400 + 0.5 * pixel_ms);
	const Difference still = difference(before.copy(inside), between.copy(inside));
	EXPECT_GT(still.worst, 8);
}

TEST_F(OverlayMotion, AFrameThatIsKeptLooksTheSame)
{
	for (const char *layout : {"lines", "heat", "bars"}) {
		View view = smallView();
		view.layout = layout;
		view.reveal = false;
		view.theme.opacity = 0.5;
		take(sampleSession(kFour, 8).get(), view, playingAt(36'000));
		const auto shot = [&](double position_ms) {
			const auto now = SteadyTime{} + std::chrono::hours(2);
			return drawn(kWidth, kHeight, kVideo, [&] { painter_->draw(position_ms, now); });
		};
		shot(30'000);
		shot(33'000);
		const QImage first = shot(36'000); // after frames that moved
		const QImage kept = shot(36'000);
		EXPECT_LE(difference(first, kept).worst, 2) << layout;
		EXPECT_EQ(difference(kept, shot(36'000.5)).worst, 0) << layout; // a hundredth of a pixel
		EXPECT_EQ(difference(first, draw(36'000)).worst, 0) << layout;  // without a time nothing is kept
		const QImage other = shot(30'000);
		EXPECT_EQ(difference(other, kept).worst > 40, layout != std::string("bars")) << layout; // moves at once
	}
}

TEST_F(OverlayMotion, ANewTickComesGentlyAndOnlyIfItMay)
{
	const auto now = SteadyTime{} + std::chrono::hours(1);
	const auto drawnAt = [&](std::chrono::milliseconds later) {
		return drawn(kWidth, kHeight, kVideo, [&] { painter_->draw(38'000, now + later); });
	};
	const auto older = sampleSession(kFour, 7);
	const auto newer = sampleSession(kFour, 8);
	for (const char *layout : {"lines", "heat"}) {
		View view = smallView();
		view.layout = layout;
		take(older.get(), view, playingAt(38'000));
		const Rect &plot = painter_->scene()->outline.ruler.plot;
		const QRect inside(static_cast<int>(plot.x), static_cast<int>(plot.y), static_cast<int>(plot.width),
				   static_cast<int>(plot.height));
		const QRect labels(inside.right() + 40, 0, kWidth - inside.right() - 40, kHeight);
		const QImage before = drawnAt(0ms);
		take(newer.get(), view, playingAt(40'000));
		const QImage first = drawnAt(0ms);
		// No curve jumps, and no text lies over another one.
		EXPECT_LE(difference(first.copy(inside), before.copy(inside)).worst, 3) << layout;
		const QImage between = drawnAt(170ms);
		// What is painted anew on the way does not begin it again.
		take(newer.get(), view, playingAt(40'000));
		EXPECT_TRUE(difference(drawnAt(170ms), between).same()) << layout;
		const QImage after = drawnAt(400ms);
		EXPECT_EQ(difference(first.copy(labels), after.copy(labels)).worst, 0) << layout;
		EXPECT_GT(difference(before, after).worst, 40) << layout;
		EXPECT_GT(difference(before, between).worst, 10) << layout;
		EXPECT_GT(difference(between, after).worst, 10) << layout;
		EXPECT_EQ(difference(drawnAt(2'000ms), after).worst, 0) << layout;

		view.motion = false;
		take(older.get(), view, playingAt(38'000));
		take(newer.get(), view, playingAt(40'000));
		EXPECT_EQ(difference(drawnAt(0ms), after).worst, 0) << layout;
	}
}

TEST_F(OverlayMotion, BarsGrowGentlyAndNoFigureStandsOnAnothersBar)
{
	const auto now = SteadyTime{} + std::chrono::hours(1);
	const auto snapshot = emptySession({{"All"}});
	setCell(*snapshot, 0, 0, 100, 20, 80);
	setCell(*snapshot, 0, 1, 100, 80, 20);
	snapshot->closedTicks = 2;
	View view = smallView();
	view.layout = "bars";
	take(snapshot.get(), view, playingAt(5'500));
	const auto shot = [&](std::chrono::milliseconds later) {
		return drawn(kWidth, kHeight, kVideo, [&] { painter_->draw(10'500, now + later); });
	};
	shot(0ms);
	take(snapshot.get(), view, playingAt(10'500));
	const Box &like = painter_->scene()->bars[0];
	// Where the blue of those who like ends, in a row that no figure stands in.
	const auto end = [&](const QImage &image) {
		const int y = static_cast<int>(like.rect.y) + 4;
		int x = static_cast<int>(like.rect.x) + 2;
		while (x < image.width() && qBlue(image.pixel(x, y)) > qRed(image.pixel(x, y))) {
			++x;
		}
		return static_cast<float>(x);
	};
	const float whole = like.rect.width / 0.8F;
	const QImage first = shot(0ms);
	const QImage half = shot(175ms);
	const QImage last = shot(400ms);
	EXPECT_NEAR(end(first), like.rect.x + whole * 0.2F, 2);
	EXPECT_NEAR(end(half), like.rect.x + whole * 0.5F, 3);
	EXPECT_NEAR(end(last), like.rect.x + whole * 0.8F, 2);
	// How much is written on the blue, and on the orange.
	const auto ink = [&](const QImage &image, float from, float to) {
		int dark = 0;
		for (int y = static_cast<int>(like.rect.y); y < static_cast<int>(like.rect.bottom()); ++y) {
			for (int x = static_cast<int>(like.rect.x + whole * from);
			     x < static_cast<int>(like.rect.x + whole * to); ++x) {
				const QColor color(image.pixel(x, y));
				dark += std::max(color.red(), color.blue()) < 120;
			}
		}
		return dark;
	};
	EXPECT_GT(ink(first, 0.5F, 0.7F), 20) << "80%";
	EXPECT_EQ(ink(first, 0.3F, 0.5F), 0);
	EXPECT_EQ(ink(half, 0.05F, 0.95F), 0);
	EXPECT_GT(ink(last, 0.3F, 0.5F), 20) << "80%";
	EXPECT_EQ(ink(last, 0.5F, 0.7F), 0);
}

TEST_F(OverlayMotion, AGrowingAxisGlides)
{
	SampleOptions unknown = kFour;
	unknown.duration_ms.reset();
	const auto now = SteadyTime{} + std::chrono::hours(1);
	const auto snapshot = sampleSession(unknown, 107);
	const auto drawnAt = [&](std::chrono::milliseconds later) {
		return drawn(kWidth, kHeight, kVideo, [&] { painter_->draw(535'000, now + later); });
	};
	take(snapshot.get(), smallView(), playingAt(535'000));
	const QImage before = drawnAt(0ms);
	const auto grown = sampleSession(unknown, 108);
	take(grown.get(), smallView(), playingAt(535'000));
	ASSERT_EQ(painter_->scene()->outline.ruler.passage.window_ms, 900'000);
	// The playhead, the brightest column of the plot's upper part, goes to the left and never back.
	const Rect &plot = painter_->scene()->outline.ruler.plot;
	const auto playhead = [&](const QImage &image) {
		int brightest = 0;
		const int y = static_cast<int>(plot.y) + 3;
		for (int x = static_cast<int>(plot.x); x < static_cast<int>(plot.right()); ++x) {
			brightest = qGreen(image.pixel(x, y)) > qGreen(image.pixel(brightest, y)) ? x : brightest;
		}
		return static_cast<float>(brightest);
	};
	EXPECT_NEAR(playhead(before), plot.x + plot.width * 535 / 600, 2);
	float last = playhead(drawnAt(0ms));
	EXPECT_NEAR(last, playhead(before), 1);
	for (int frame = 1; frame <= 60; ++frame) {
		const float at = playhead(drawnAt(std::chrono::milliseconds(16 * frame)));
		EXPECT_LE(at, last);
		EXPECT_LE(last - at, plot.width * 0.02F) << frame; // no jump
		const LayoutInfo &layout = *painter_->layout();    // goes with it
		EXPECT_NEAR(at, static_cast<double>(layout.x + layout.width * 535'000 / layout.end_ms), 2) << frame;
		last = at;
	}
	EXPECT_NEAR(last, plot.x + plot.width * 535 / 900, 2);
}

} // namespace
