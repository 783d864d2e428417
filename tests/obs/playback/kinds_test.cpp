// The same for other kinds of media than videos of one rate, for other speeds, and for a session without a video.
#include "obs/playback/playing.hpp"

#include <format>

namespace pulseline::test {
namespace {

using playback::ChangeDetector;
using playback::follow;

class Kind : public Playing {};

TEST_P(Kind, IsShownToTheFrame)
{
	begin(R"({"looping": true})");
	compare("play", 2.5);
	EXPECT_FALSE(follower_->shown().approximate);
	pause(true);
	compare("pause", 0.5);
	pause(false);
	compare("resume", 1.5);
	seek(6200);
	compare("seek forth", 1.5);
	seek(1000);
	compare("seek back", 1.5);
	obs_source_media_restart(source_);
	compare("restart", 1.5);
	seek(10'900);
	compare("loop", 3);
	conclude();
}

INSTANTIATE_TEST_SUITE_P(Kinds, Kind, testing::Values(Case{kVariable, 60}, Case{kOffset, 30}, Case{kLate, 60}), nameOf);
INSTANTIATE_TEST_SUITE_P(Figures, Kind,
			 testing::Values(Case{kVariable, 30}, Case{kOffset, 60}, Case{kLate, 30}, Case{kPlain, 30},
					 Case{kPlain, 60}, Case{kSilent, 30}, Case{kSilent, 60}),
			 nameOf);

class Speed : public testing::TestWithParam<int> {};

TEST_P(Speed, IsTheRate)
{
	const int percent = GetParam();
	Stage stage(30);
	const std::shared_ptr<playback::Follower> follower = follow("media");
	stage.ask(follower);
	stage.put(OverlayOf{.media = "media"});
	const std::string settings = std::format(R"({{"speed_percent": {}, "looping": true}})", percent);
	const OBSSourceAutoRelease source = stage.media(VIDEOS "/30.mp4", "media", settings.c_str());
	stage.settle();
	stage.put(source);
	Errors errors;
	const auto compare = [&](double seconds) {
		for (const Seen &seen : stage.seconds(seconds)) {
			if (seen.number >= 0) {
				errors.add(seen.drawn_ms.value_or(1e9) * 30 / 1000 - seen.number);
			}
		}
	};
	compare(3);
	EXPECT_EQ(follower->shown().rate, percent / 100.0);
	obs_source_media_play_pause(source, true);
	compare(0.5);
	obs_source_media_play_pause(source, false);
	compare(1);
	obs_source_media_set_time(source, 10'200);
	compare(0.8 + 200.0 / percent);
	std::printf("%s\n", errors.text().c_str());
	EXPECT_GE(errors.share(), 0.99);
	EXPECT_EQ(follower->shown().pass, 1U);
}

std::string percentOf(const testing::TestParamInfo<int> &info)
{
	return std::to_string(info.param);
}

INSTANTIATE_TEST_SUITE_P(Speeds, Speed, testing::Values(50, 150), percentOf);
INSTANTIATE_TEST_SUITE_P(Figures, Speed, testing::Values(75, 125, 200), percentOf);

TEST(SoundAlone, IsApproximate)
{
	Stage stage(30);
	const std::shared_ptr<playback::Follower> follower = follow("media");
	stage.ask(follower);
	const OBSSourceAutoRelease source = stage.media(VIDEOS "/sound.m4a", "media");
	stage.settle();
	stage.put(source);
	ASSERT_TRUE(stage.until([](const Seen &seen) { return seen.shown.position_ms > 1000; }, 150));
	ChangeDetector detector;
	int changes = 0;
	for (const Seen &seen : stage.seconds(3)) {
		EXPECT_TRUE(seen.shown.approximate);
		EXPECT_EQ(seen.shown.state, PlaybackState::playing);
		changes += detector.feed(seen.shown, seen.shown.at_ns / 1'000'000) ? 1 : 0;
	}
	EXPECT_EQ(changes, 1) << "one change begins, and it moves on as that says";
	EXPECT_GT(follower->shown().position_ms, 3500);
	EXPECT_EQ(follower->shown().pass, 0U);
}

// Nothing is followed: the position is the time since the session began, even from frame to frame.
TEST(Live, MovesWithTheFrames)
{
	Stage stage(30);
	stage.put(OverlayOf{});
	const std::vector<Seen> seen = stage.seconds(3);
	Errors errors;
	for (const Seen &one : seen) {
		const double since_ms = static_cast<double>(one.at_ns - seen.front().at_ns) * 1e-6;
		errors.add((one.drawn_ms.value_or(1e9) - *seen.front().drawn_ms - since_ms) * 30 / 1000);
	}
	std::printf("%s\n", errors.text().c_str());
	EXPECT_GE(errors.share(), 0.99);
}

} // namespace
} // namespace pulseline::test
