// A picture that holds only what has changed comes out like a whole one, pixel by pixel.
#include "obs/golden.hpp"
#include "obs/painter_fixture.hpp"

#include <array>
#include <format>
#include <random>

using namespace pulseline;
using namespace pulseline::overlay;
using namespace pulseline::test;
using namespace std::chrono_literals;

namespace {

// A session in which anything may happen from one picture to the next.
class Course {
public:
	Course(std::uint32_t seed, std::int64_t ticks)
		: random_(seed)
		, snapshot_(emptySession(options(ticks)))
	{
		for (std::int64_t tick = 0; tick < ticks / 2; ++tick) {
			vote(tick);
		}
		snapshot_->closedTicks = ticks / 2 - 1;
		snapshot_->lastResponse = snapshot_->playbackAt;
		annotate();
	}

	// A tick closes, an open one changes, somebody is late, or a marker is set.
	std::shared_ptr<const Snapshot> next()
	{
		snapshot_ = std::make_shared<Snapshot>(*snapshot_);
		const std::int64_t open = snapshot_->closedTicks;
		switch (below(8)) {
		case 0:
			vote(below(open + 1));
			break;
		case 1:
			annotate();
			break;
		case 2:
		case 3:
			++snapshot_->closedTicks;
			vote(open + 1);
			break;
		default:
			break;
		}
		vote(open);
		return snapshot_;
	}

	double position_ms() const
	{
		return static_cast<double>(snapshot_->closedTicks * snapshot_->settings->tick_ms + 400);
	}

private:
	static SampleOptions options(std::int64_t ticks)
	{
		return {{"All", "Women", "Men", "18-29", "30-44", "Undecided"}, 1000, ticks * 1000, {"main"}};
	}

	std::int64_t below(std::int64_t end)
	{
		return std::uniform_int_distribution<std::int64_t>(0, end - 1)(random_);
	}

	// Nobody, too few, few, or enough.
	void vote(std::int64_t tick)
	{
		for (std::uint32_t segment = 0; segment < snapshot_->segments.size(); ++segment) {
			constexpr std::array<std::int64_t, 6> kMost{1, 4, 30, 60, 200, 200};
			const std::int64_t people = below(kMost[static_cast<std::size_t>(below(6))]);
			const std::int64_t likes = below(people + 1);
			setCell(*snapshot_, segment, tick, 220, static_cast<std::uint32_t>(likes),
				static_cast<std::uint32_t>(people - likes));
		}
	}

	void annotate()
	{
		Annotations all = *snapshot_->annotations;
		const std::int64_t at = 1000 * below(snapshot_->closedTicks);
		all.markers.push_back({at, "Applause"});
		std::ranges::sort(all.markers, {}, &Marker::position_ms);
		all.statements = {{0, at, "Nobody shall have to pay."}, {at, at + 4'000, "Ask them."}};
		snapshot_->annotations = std::make_shared<const Annotations>(all);
	}

	std::mt19937 random_;
	std::shared_ptr<Snapshot> snapshot_;
};

class OverlayColumns : public PainterTest {
protected:
	void SetUp() override
	{
		PainterTest::SetUp();
		obs_enter_graphics();
		whole_ = std::move(*Painter::create(EFFECT));
		obs_leave_graphics();
	}
	void TearDown() override
	{
		obs_enter_graphics();
		whole_.reset();
		obs_leave_graphics();
		PainterTest::TearDown();
	}

	static void give(Painter &painter, std::unique_ptr<Picture> picture)
	{
		obs_enter_graphics();
		painter.take(std::move(picture));
		obs_leave_graphics();
	}

	// Gives one painter what has changed and another one all, and compares what they draw on the way.
	void follow(const View &view, std::uint32_t seed, std::int64_t ticks, const std::string &what)
	{
		Course course(seed, ticks);
		Pictures pictures{Words{}};
		std::unique_ptr<Picture> untaken;
		auto now = SteadyTime{} + 1h;
		std::size_t narrow = 0;
		for (int step = 0; step < 24; ++step, now += 120ms) {
			const auto snapshot = course.next();
			const Instant instant =
				instantOf(snapshot.get(), view, playingAt(course.position_ms()), snapshot->playbackAt);
			untaken = pictures.next(snapshot.get(), view, instant, std::move(untaken));
			if (step % 5 == 3) { // the painter was too slow
				continue;
			}
			narrow += !untaken->damage.moving.isWhole();
			give(*painter_, std::move(untaken));
			give(*whole_, makePicture(snapshot.get(), view, instant, Words{}, labels_));
			const auto shot = [&](Painter &painter) {
				return drawn(view.width, view.height, kVideo,
					     [&] { painter.draw(course.position_ms(), now); });
			};
			ASSERT_LE(difference(shot(*painter_), shot(*whole_)).worst, 1) << what << ", step " << step;
		}
		EXPECT_GE(narrow, 8U) << what;
	}

	std::unique_ptr<Painter> whole_;
};

TEST_F(OverlayColumns, ComeOutAsIfAllWerePainted)
{
	std::vector<std::string> problems;
	std::uint32_t seed = 20260101;
	for (const auto &[name, theme] : loadThemes(THEMES, problems)) {
		for (const char *layout : {"lines", "heat", "bars"}) {
			for (const std::int64_t ticks :
			     {40, 300, 2'400}) { // wide ones, narrow ones, several in a pixel
				const bool motion = seed % 2 == 0;
				View view = smallView();
				view.layout = layout;
				view.theme = theme;
				view.motion = motion;
				view.reveal = !motion;
				view.smoothing_ms = seed % 3 == 0 ? 5'000 : 0;
				view.measure = seed % 5 == 0 ? Measure::net : Measure::mean;
				const std::string what = std::format("{} {} of {} ticks, motion {}, seed {}", name,
								     layout, ticks, motion, seed);
				follow(view, seed++, ticks, what);
			}
		}
	}
}

TEST_F(OverlayColumns, OfAClosingTickAreFew)
{
	SampleOptions long_one = kFour;
	long_one.duration_ms = 1'440 * 5'000;
	const View view; // as large as it is by default
	Pictures pictures{Words{}};
	const auto next = [&](std::int64_t ticks, std::int64_t closed) {
		const auto snapshot = sampleSession(long_one, 1'000);
		snapshot->closedTicks = closed;
		for (std::uint32_t segment = 0; segment < 4; ++segment) {
			setCell(*snapshot, segment, closed, 300, static_cast<std::uint32_t>(ticks), 100);
			for (std::int64_t ahead = closed + 1; ahead < 1'000; ++ahead) {
				setCell(*snapshot, segment, ahead, 0, 0, 0);
			}
		}
		const double position_ms = static_cast<double>(closed) * 5'000 + 100;
		return pictures.next(snapshot.get(), view,
				     instantOf(snapshot.get(), view, playingAt(position_ms), snapshot->playbackAt));
	};
	const auto wide = [](const Stretches &stretches) {
		float all = 0;
		for (const Columns &columns : stretches.all()) {
			all += columns.to - columns.from;
		}
		return all;
	};
	const auto area = [](const Patches &patches) {
		float all = 0;
		for (const Rect &patch : patches.all()) {
			all += patch.width * patch.height;
		}
		return all;
	};
	const auto all_of_it = static_cast<float>(view.width * view.height);
	const auto first = next(100, 900);
	EXPECT_EQ(first->damage, Damage::whole());
	const auto voted = next(120, 900);
	EXPECT_GT(wide(voted->damage.moving), 2);
	EXPECT_LT(wide(voted->damage.moving), 60);
	EXPECT_LT(area(voted->damage.fixed), all_of_it / 20);
	const auto closed = next(120, 901);
	EXPECT_LT(wide(closed->damage.moving), 60);
	EXPECT_LT(area(closed->damage.fixed), all_of_it / 20);
	EXPECT_LT(closed->quads, first->quads / 5);
	const auto same = next(120, 901);
	EXPECT_TRUE(same->damage.empty());
}

} // namespace
