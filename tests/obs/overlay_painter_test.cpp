// The overlay's painter in a libobs of its own, without a source or a scene: its pictures against golden ones.
#include "obs/golden.hpp"
#include "obs/painter_fixture.hpp"
#include "overlay/layouts.hpp"

#include <QPainter>

using namespace pulseline;
using namespace pulseline::overlay;
using namespace pulseline::test;

namespace {

using OverlayPainter = PainterTest;

TEST_F(OverlayPainter, DrawsLines)
{
	const auto snapshot = sampleSession(kFour, 8);
	snapshot->simulated = true;
	take(snapshot.get(), smallView(), playingAt(38'000));
	expectGolden(draw(38'000), "lines");
}

TEST_F(OverlayPainter, ADifferenceOfOnePixelIsSeen)
{
	const auto snapshot = sampleSession(kFour, 8);
	snapshot->simulated = true;
	take(snapshot.get(), smallView(), playingAt(38'000));
	const QImage kept = golden("lines");
	EXPECT_TRUE(difference(draw(38'000), kept).same());
	EXPECT_FALSE(difference(draw(38'000, 1, 0), kept).same());
	EXPECT_FALSE(difference(draw(38'000, -1, 0), kept).same());
	EXPECT_FALSE(difference(draw(38'000, 0, 1), kept).same());
	EXPECT_FALSE(difference(draw(38'000, 0, -1), kept).same());
	// The curves alone, by one pixel: half a second of this speech is more than three.
	const double pixel_ms = 1 / painter_->scene()->outline.ruler.pixelsPerMs();
	EXPECT_FALSE(difference(draw(38'000 + 1.5 * pixel_ms), kept).same());
}

TEST_F(OverlayPainter, WhatPeopleCallThingsIsOneLine)
{
	const Labels labels;
	const auto width = [&](const char *text) { return labels.width(text, Face::bold, 32); };
	EXPECT_EQ(width("line\nbreak\tand more"), width("line break and more"));
	EXPECT_EQ(width("\u202eback\u202c to front"), width("\ufffdback\ufffd to front"));
}

TEST_F(OverlayPainter, DimsWhatLiesAhead)
{
	View view = smallView();
	view.reveal = false;
	take(sampleSession(kFour, 12).get(), view, playingAt(30'000));
	expectGolden(draw(30'000), "ahead");
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
	SampleOptions options = kFour;
	options.targets = std::move(targets);
	const auto snapshot = sampleSession(options, 8);
	makeDifficult(*snapshot);
	return snapshot;
}

// All that a picture may have to say, in six small ones.
std::vector<Case> cases()
{
	const auto late = sampleSession(kFour, 6);
	auto settings = std::make_shared<Settings>(*late->settings);
	settings->lag_ms = 4'000;
	late->settings = settings;
	const auto few = emptySession(kFour);
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
		{emptySession(kFour), PlaybackState::playing, 30'000, std::chrono::seconds(30)}};
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
					drawn(kAcross, kDown, video, [&] { painter_->draw(one.position_ms); }));
				++place;
			}
			painter.end();
			expectGolden(sheet, std::string(layout.name) + "_" + name);
		}
	}
	EXPECT_TRUE(problems.empty());
}

TEST_F(OverlayPainter, DrawsMarkersStatementsAndWordsInEveryTheme)
{
	SampleOptions longer = kFour;
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
		expectGolden(sheet, "annotated_" + name);
	}
}

TEST_F(OverlayPainter, InvitesInEveryTheme)
{
	auto invitation = std::make_shared<Invitation>();
	*invitation = {"http://192.168.178.24:7337/", "K7PX4M", {25, std::vector<bool>(625)}};
	for (int y = 0; y < 25; ++y) { // squares in three corners, and something between them
		for (int x = 0; x < 25; ++x) {
			const int dx = std::min(x, 24 - x);
			const int dy = std::min(y, 24 - y);
			const bool corner = dx < 8 && dy < 8 && (x < 8 || y < 8);
			const int ring = std::max(std::abs(dx - 3), std::abs(dy - 3));
			invitation->qr.dark[static_cast<std::size_t>(y * 25 + x)] =
				corner ? ring < 2 || ring == 3 : (x * 7 + y * 5 + x * y) % 3 == 0;
		}
	}
	const auto snapshot = emptySession(kFour);
	snapshot->invitation = invitation;
	snapshot->playback.state = PlaybackState::stopped;
	std::vector<std::string> problems;
	for (const auto &[name, theme] : loadThemes(THEMES, problems)) {
		View view = smallView();
		view.theme = theme;
		view.show_invitation = true;
		take(snapshot.get(), view, {PlaybackState::stopped, 0, true, false});
		expectGolden(draw(0), "invitation_" + name);
	}
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
		return drawn(700, 320, kVideo, [&] { painter_->draw(38'000); });
	};
	const std::string begin = "Nobody in this country shall have to choose";
	const QImage expected = left(begin);
	std::string words = begin + " between bread and light, between warmth and a roof";
	for (int more = 0; more < 4; ++more) {
		words += more == 0 ? " " : "i";
		EXPECT_TRUE(difference(left(words), expected).same()) << words;
	}
}

TEST_F(OverlayPainter, ATranslucentStrokeHasNoSeams)
{
	// A zigzag whose pieces overlap at every turn, dimmed: every pixel in the middle of the line is equally strong.
	const auto snapshot = emptySession({{"All"}});
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

TEST_F(OverlayPainter, ManyLinesKeepTheirColours)
{
	// Each at a height of its own; they are drawn four at a time, and twelve at once.
	SampleOptions options{{}};
	for (int i = 0; i < 16; ++i) {
		options.segments.push_back("Segment " + std::to_string(i));
	}
	const auto snapshot = emptySession(options);
	for (std::uint32_t segment = 0; segment < 16; ++segment) {
		for (std::int64_t tick = 0; tick < 12; ++tick) {
			setCell(*snapshot, segment, tick, 160, 5 + 10 * segment, 155 - 10 * segment);
		}
	}
	snapshot->closedTicks = 12;
	View view = smallView();
	view.height = 640;
	view.show_ci = false;
	take(snapshot.get(), view, playingAt(59'000));
	const QImage image = drawn(view.width, view.height, kVideo, [&] { painter_->draw(59'000); });
	const Scene &scene = *painter_->scene();
	ASSERT_EQ(scene.curves.size(), 16U);
	for (const Curve &curve : scene.curves) {
		const Rect &plot = scene.outline.ruler.plot;
		const std::vector<Point> &points = curve.runs[0].points;
		int alike = 0;
		const int from = static_cast<int>(plot.x + points.front().x);
		const int to = static_cast<int>(plot.x + points.back().x);
		for (int x = from; x < to; ++x) {
			const QRgb seen = image.pixel(x, static_cast<int>(points[0].y));
			alike += std::abs(qRed(seen) - curve.color.r) < 4 &&
				 std::abs(qGreen(seen) - curve.color.g) < 4 &&
				 std::abs(qBlue(seen) - curve.color.b) < 4;
		}
		EXPECT_GT(alike, (to - from) / 2) << "segment " << curve.segment; // the rest are notches
	}
}

TEST_F(OverlayPainter, KeepsTheStateItFinds)
{
	take(sampleSession(kFour, 8).get(), smallView(), playingAt(38'000));
	bool srgb = true;
	gs_cull_mode cull = GS_NEITHER;
	drawn(kWidth, kHeight, kVideo, [&] {
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
	ObsHost::expectWarning("/nowhere/overlay.effect");
	const auto created = Painter::create("/nowhere/overlay.effect");
	obs_leave_graphics();
	ASSERT_FALSE(created);
	EXPECT_NE(created.error().message.find("/nowhere/overlay.effect"), std::string::npos);
}

} // namespace
