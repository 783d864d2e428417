// The overlay's painter in a libobs of its own, without a source or a scene: its pictures against golden ones.
#include "obs/golden.hpp"
#include "obs/host.hpp"
#include "overlay/layouts.hpp"
#include "overlay/painter.hpp"
#include "overlay_sample.hpp"

#include <obs.h>

#include <QPainter>

#include <gtest/gtest.h>

using namespace pulseline;
using namespace pulseline::overlay;
using namespace std::chrono_literals;
using test::sampleSession;
using test::setCell;

namespace {

constexpr std::uint32_t kWidth = 640;
constexpr std::uint32_t kHeight = 200;
const QColor kVideo(70, 96, 110);

View smallView()
{
	View view;
	view.width = kWidth;
	view.height = kHeight;
	return view;
}

overlay::Clock playingAt(double position_ms)
{
	return {PlaybackState::playing, position_ms, true, false};
}

class OverlayPainter : public testing::Test {
protected:
	void SetUp() override
	{
		ASSERT_TRUE(host_.ready());
		obs_enter_graphics();
		auto created = Painter::create(EFFECT);
		obs_leave_graphics();
		ASSERT_TRUE(created) << created.error().message;
		painter_ = std::move(*created);
	}
	void TearDown() override
	{
		obs_enter_graphics();
		painter_.reset();
		obs_leave_graphics();
	}

	void take(const Snapshot *snapshot, const View &view, const overlay::Clock &clock,
		  std::chrono::milliseconds later = {})
	{
		const SteadyTime now = (snapshot ? snapshot->playbackAt : SteadyTime{}) + later;
		auto picture = makePicture(snapshot, view, instantOf(snapshot, view, clock, now), Words{}, labels_);
		obs_enter_graphics();
		painter_->take(std::move(picture));
		obs_leave_graphics();
	}
	QImage draw(double position_ms, float dx = 0, float dy = 0, QColor background = kVideo)
	{
		return test::drawn(kWidth, kHeight, background, [&] {
			gs_matrix_push();
			gs_matrix_translate3f(dx, dy, 0);
			painter_->draw(position_ms);
			gs_matrix_pop();
		});
	}

	test::ObsHost host_{kWidth, kHeight};
	Labels labels_;
	std::unique_ptr<Painter> painter_;
};

const test::SampleOptions kFour{{"All", "Women", "Men", "Undecided"}};

TEST_F(OverlayPainter, DrawsLines)
{
	const auto snapshot = sampleSession(kFour, 8);
	snapshot->simulated = true;
	take(snapshot.get(), smallView(), playingAt(38'000));
	test::expectGolden(draw(38'000), "lines");
}

TEST_F(OverlayPainter, ADifferenceOfOnePixelIsSeen)
{
	const auto snapshot = sampleSession(kFour, 8);
	snapshot->simulated = true;
	take(snapshot.get(), smallView(), playingAt(38'000));
	const QImage golden = test::golden("lines");
	EXPECT_TRUE(test::difference(draw(38'000), golden).same());
	EXPECT_FALSE(test::difference(draw(38'000, 1, 0), golden).same());
	EXPECT_FALSE(test::difference(draw(38'000, -1, 0), golden).same());
	EXPECT_FALSE(test::difference(draw(38'000, 0, 1), golden).same());
	EXPECT_FALSE(test::difference(draw(38'000, 0, -1), golden).same());
	// The curves alone, by one pixel: half a second of this speech is more than three.
	const double pixel_ms = 1 / painter_->scene()->outline.ruler.pixelsPerMs();
	EXPECT_FALSE(test::difference(draw(38'000 + 1.5 * pixel_ms), golden).same());
}

TEST_F(OverlayPainter, DimsWhatLiesAhead)
{
	View view = smallView();
	view.reveal = false;
	take(sampleSession(kFour, 12).get(), view, playingAt(30'000));
	test::expectGolden(draw(30'000), "ahead");
}

// One state of a session, and when it is looked at.
struct Case {
	std::shared_ptr<Snapshot> snapshot;
	PlaybackState state = PlaybackState::playing;
	double position_ms = 0;
	std::chrono::milliseconds later{};
};

std::shared_ptr<Snapshot> difficult(std::vector<std::string> targets)
{
	test::SampleOptions options = kFour;
	options.targets = std::move(targets);
	const auto snapshot = sampleSession(options, 8);
	test::makeDifficult(*snapshot);
	return snapshot;
}

// All that a picture may have to say, in six small ones.
std::vector<Case> cases()
{
	const auto late = sampleSession(kFour, 6);
	auto settings = std::make_shared<Settings>(*late->settings);
	settings->lag_ms = 4'000;
	late->settings = settings;
	const auto few = test::emptySession(kFour);
	for (std::uint32_t segment = 0; segment < 4; ++segment) {
		for (const std::int64_t tick : {0, 1, 2, 4}) {
			setCell(*few, segment, tick, 10, 2, 1);
		}
	}
	few->closedTicks = 5;
	few->lastResponse = few->playbackAt;
	return {{difficult({"main"}), PlaybackState::playing, 36'500},
		{difficult({"Smith", "Jones"}), PlaybackState::playing, 38'500},
		{sampleSession(kFour, 8), PlaybackState::paused, 40'000},
		{late, PlaybackState::playing, 47'000, std::chrono::seconds(17)},
		{few, PlaybackState::playing, 26'000},
		{test::emptySession(kFour), PlaybackState::playing, 30'000, std::chrono::seconds(30)}};
}

TEST_F(OverlayPainter, DrawsEveryLayoutInEveryStateAndTheme)
{
	std::vector<std::string> problems;
	const QColor dark_video(40, 58, 70);
	const QColor light_video(205, 214, 220);
	constexpr int kAcross = 640;
	constexpr int kDown = 130;
	for (const auto &[name, theme] : loadThemes(THEMES, problems)) {
		for (const LayoutKind &layout : layouts()) {
			QImage sheet(2 * kAcross, 3 * kDown, QImage::Format_RGB32);
			QPainter painter(&sheet);
			int place = 0;
			for (const Case &one : cases()) {
				View view;
				view.layout = layout.name;
				view.theme = theme;
				view.width = kAcross;
				view.height = kDown;
				take(one.snapshot.get(), view, {one.state, one.position_ms, true, false}, one.later);
				const QColor video = place % 3 == 0 ? light_video : dark_video;
				painter.drawImage(
					place % 2 * kAcross, place / 2 * kDown,
					test::drawn(kAcross, kDown, video, [&] { painter_->draw(one.position_ms); }));
				++place;
			}
			painter.end();
			test::expectGolden(sheet, std::string(layout.name) + "_" + name);
		}
	}
	EXPECT_TRUE(problems.empty());
}

TEST_F(OverlayPainter, DrawsMarkersStatementsAndWordsInEveryTheme)
{
	test::SampleOptions longer = kFour;
	longer.duration_ms = 180'000;
	const auto snapshot = sampleSession(longer, 24);
	Annotations annotations;
	for (std::int64_t start = 0; start < 180'000; start += 7'500) {
		annotations.statements.push_back(
			{start, start + 6'000 + start % 2'000, "Nobody in this country shall have to pay for that."});
	}
	annotations.markers = {{22'000, "Applause"},
			       {24'000, "A question from the hall"},
			       {71'000, "Taxes"},
			       {115'500, "Heckler"},
			       {150'000, "Ahead"}};
	snapshot->annotations = std::make_shared<const Annotations>(annotations);
	std::vector<std::string> problems;
	for (const auto &[name, theme] : loadThemes(THEMES, problems)) {
		QImage sheet(kWidth, 4 * kHeight, QImage::Format_RGB32);
		QPainter painter(&sheet);
		int place = 0;
		for (const auto &[layout, window_ms] :
		     {std::pair{"lines", 0}, {"lines", 60'000}, {"heat", 0}, {"bars", 0}}) {
			View view = smallView();
			view.layout = layout;
			view.window_ms = window_ms;
			view.theme = theme;
			view.show_words = true;
			take(snapshot.get(), view, playingAt(117'000));
			painter.drawImage(0, place++ * kHeight, draw(117'000));
		}
		painter.end();
		test::expectGolden(sheet, "annotated_" + name);
	}
}

TEST_F(OverlayPainter, RollsAWindow)
{
	test::SampleOptions longer = kFour;
	longer.duration_ms = 600'000;
	View view = smallView();
	view.window_ms = 60'000;
	take(sampleSession(longer, 60).get(), view, playingAt(223'400));
	test::expectGolden(draw(223'400), "rolling");
	// A little later the same picture has moved by five pixels and nothing else has changed in it.
	const double pixel_ms = 1 / painter_->scene()->outline.ruler.pixelsPerMs();
	const QImage before = draw(223'400);
	const QImage after = draw(223'400 + 5 * pixel_ms);
	const Rect &plot = painter_->scene()->outline.ruler.plot;
	const QRect inside(static_cast<int>(plot.x) + 10, static_cast<int>(plot.y), static_cast<int>(plot.width) - 40,
			   static_cast<int>(plot.height));
	EXPECT_LE(test::difference(before.copy(inside.translated(5, 0)), after.copy(inside)).worst, 2);
	// And half a pixel later by half a pixel.
	const QImage between = draw(223'400 + 0.5 * pixel_ms);
	const test::Difference still = test::difference(before.copy(inside), between.copy(inside));
	EXPECT_GT(still.worst, 8);
}

TEST_F(OverlayPainter, ANewTickComesGentlyAndOnlyIfItMay)
{
	const auto now = SteadyTime{} + std::chrono::hours(1);
	const auto drawnAt = [&](std::chrono::milliseconds later) {
		return test::drawn(kWidth, kHeight, kVideo, [&] { painter_->draw(38'000, now + later); });
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
		EXPECT_LE(test::difference(first.copy(inside), before.copy(inside)).worst, 3) << layout;
		const QImage between = drawnAt(170ms);
		// What is painted anew on the way does not begin it again.
		take(newer.get(), view, playingAt(40'000));
		EXPECT_TRUE(test::difference(drawnAt(170ms), between).same()) << layout;
		const QImage after = drawnAt(400ms);
		EXPECT_EQ(test::difference(first.copy(labels), after.copy(labels)).worst, 0) << layout;
		EXPECT_GT(test::difference(before, after).worst, 40) << layout;
		EXPECT_GT(test::difference(before, between).worst, 10) << layout;
		EXPECT_GT(test::difference(between, after).worst, 10) << layout;
		EXPECT_EQ(test::difference(drawnAt(2'000ms), after).worst, 0) << layout;

		view.motion = false;
		take(older.get(), view, playingAt(38'000));
		take(newer.get(), view, playingAt(40'000));
		EXPECT_EQ(test::difference(drawnAt(0ms), after).worst, 0) << layout;
	}
}

TEST_F(OverlayPainter, BarsGrowGentlyUnderTheirFigures)
{
	const auto now = SteadyTime{} + std::chrono::hours(1);
	const auto snapshot = test::emptySession({{"All"}});
	setCell(*snapshot, 0, 0, 100, 20, 80);
	setCell(*snapshot, 0, 1, 100, 80, 20);
	snapshot->closedTicks = 2;
	View view = smallView();
	view.layout = "bars";
	take(snapshot.get(), view, playingAt(5'500));
	const auto shot = [&](std::chrono::milliseconds later) {
		return test::drawn(kWidth, kHeight, kVideo, [&] { painter_->draw(10'500, now + later); });
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
	EXPECT_NEAR(end(shot(0ms)), like.rect.x + whole * 0.2F, 2);
	EXPECT_NEAR(end(shot(175ms)), like.rect.x + whole * 0.5F, 3);
	EXPECT_NEAR(end(shot(400ms)), like.rect.x + whole * 0.8F, 2);
}

TEST_F(OverlayPainter, AGrowingAxisGlides)
{
	test::SampleOptions unknown = kFour;
	unknown.duration_ms.reset();
	const auto now = SteadyTime{} + std::chrono::hours(1);
	const auto snapshot = sampleSession(unknown, 107);
	const auto drawnAt = [&](std::chrono::milliseconds later) {
		return test::drawn(kWidth, kHeight, kVideo, [&] { painter_->draw(535'000, now + later); });
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
		last = at;
	}
	EXPECT_NEAR(last, plot.x + plot.width * 535 / 900, 2);
}

TEST_F(OverlayPainter, TextHasNoFringes)
{
	View view = smallView();
	view.theme.opacity = 0;
	take(nullptr, view, {});
	// White text over white: a fringe would be darker.
	const QImage white = draw(0, 0, 0, Qt::white);
	for (int y = 0; y < white.height(); ++y) {
		for (int x = 0; x < white.width(); ++x) {
			ASSERT_GE(qGreen(white.pixel(x, y)), 253) << x << ", " << y;
		}
	}
	// And over black it is there.
	const QImage black = draw(0, 0, 0, Qt::black);
	int lit = 0;
	for (int y = 0; y < black.height(); ++y) {
		for (int x = 0; x < black.width(); ++x) {
			lit += qGreen(black.pixel(x, y)) > 200;
		}
	}
	EXPECT_GT(lit, 200);
}

TEST_F(OverlayPainter, ALongTextIsWrittenLikeAShortOne)
{
	// Longer than the texture of texts is wide otherwise, by any number of pixels.
	const auto snapshot = sampleSession(kFour, 8);
	Annotations annotations;
	View view = smallView();
	view.width = 1920;
	view.height = 320;
	view.layout = "bars";
	view.show_words = true;
	const auto left = [&](const std::string &words) {
		annotations.statements = {{0, 60'000, words}};
		snapshot->annotations = std::make_shared<const Annotations>(annotations);
		take(snapshot.get(), view, playingAt(38'000));
		return test::drawn(700, 320, kVideo, [&] { painter_->draw(38'000); });
	};
	const std::string begin = "Nobody in this country shall have to choose";
	const QImage expected = left(begin);
	std::string words = begin + " between bread and light, between warmth and a roof";
	for (int more = 0; more < 4; ++more) {
		words += more == 0 ? " " : "i";
		EXPECT_TRUE(test::difference(left(words), expected).same()) << words;
	}
}

TEST_F(OverlayPainter, ATranslucentStrokeHasNoSeams)
{
	// A zigzag whose pieces overlap at every turn, dimmed: every pixel in the middle of the line is equally strong.
	const auto snapshot = test::emptySession({{"All"}});
	for (std::int64_t tick = 0; tick < 12; ++tick) {
		setCell(*snapshot, 0, tick, 100, tick % 2 == 0 ? 60 : 40, tick % 2 == 0 ? 40 : 60);
	}
	snapshot->closedTicks = 12;
	View view = smallView();
	view.reveal = false;
	view.show_ci = false;
	take(snapshot.get(), view, playingAt(0));
	const QImage image = draw(0);
	const Scene &scene = *painter_->scene();
	const Rect &plot = scene.outline.ruler.plot;
	const std::vector<Point> &points = scene.curves[0].runs[0].points;
	// A quarter of the way, off the neutral line.
	const QRgb expected = image.pixel(static_cast<int>(plot.x + points[2].x * 0.75F + points[3].x * 0.25F),
					  static_cast<int>(points[2].y * 0.75F + points[3].y * 0.25F));
	for (std::size_t i = 1; i + 1 < points.size(); ++i) {
		const QRgb at = image.pixel(static_cast<int>(plot.x + points[i].x), static_cast<int>(points[i].y));
		EXPECT_NEAR(qGreen(at), qGreen(expected), 3) << "turn " << i;
	}
}

TEST_F(OverlayPainter, KeepsTheStateItFinds)
{
	take(sampleSession(kFour, 8).get(), smallView(), playingAt(38'000));
	bool srgb = true;
	gs_cull_mode cull = GS_NEITHER;
	test::drawn(kWidth, kHeight, kVideo, [&] {
		gs_set_cull_mode(GS_BACK);
		gs_enable_framebuffer_srgb(false);
		painter_->draw(38'000);
		srgb = gs_framebuffer_srgb_enabled();
		cull = gs_get_cull_mode();
		gs_set_cull_mode(GS_NEITHER);
	});
	EXPECT_FALSE(srgb);
	EXPECT_EQ(cull, GS_BACK);
}

TEST_F(OverlayPainter, AMissingEffectIsAnError)
{
	obs_enter_graphics();
	test::ObsHost::expectWarning("/nowhere/overlay.effect");
	const auto created = Painter::create("/nowhere/overlay.effect");
	obs_leave_graphics();
	ASSERT_FALSE(created);
	EXPECT_NE(created.error().message.find("/nowhere/overlay.effect"), std::string::npos);
}

} // namespace
