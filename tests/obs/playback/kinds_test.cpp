// The same for other kinds of media than videos of one rate, for other speeds, and for a session without a video.
#include "obs/playback/playing.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
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

// When a click begins in what OBS mixes, on the clock of the composed frames.
class Clicks {
public:
	Clicks() { obs_add_raw_audio_callback(0, nullptr, hear, this); }
	~Clicks() { obs_remove_raw_audio_callback(0, hear, this); }
	Clicks(const Clicks &) = delete;
	Clicks &operator=(const Clicks &) = delete;

	std::vector<std::int64_t> heard_ns()
	{
		const std::lock_guard lock(mutex_);
		return heard_ns_;
	}

private:
	static void hear(void *self, std::size_t, audio_data *sound) noexcept
	{
		auto &clicks = *static_cast<Clicks *>(self);
		const auto *samples = reinterpret_cast<const float *>(sound->data[0]);
		const std::lock_guard lock(clicks.mutex_);
		for (std::uint32_t i = 0; i < sound->frames; ++i) {
			if (std::abs(samples[i]) < 0.1F) {
				++clicks.silent_;
			} else if (std::exchange(clicks.silent_, 0) > 4800) {
				clicks.heard_ns_.push_back(static_cast<std::int64_t>(sound->timestamp) +
							   i * 1'000'000'000LL / 48'000);
			}
		}
	}

	std::mutex mutex_;
	std::vector<std::int64_t> heard_ns_;
	int silent_ = 0;
};

class SoundAlone : public testing::TestWithParam<const char *> {
protected:
	void SetUp() override
	{
		follower_ = follow("media");
		stage_.ask(follower_);
		source_ = stage_.media(std::string(VIDEOS "/") + GetParam(), "media", R"({"looping": true})");
		stage_.settle();
		stage_.put(source_);
		ASSERT_TRUE(stage_.until([](const Seen &seen) { return seen.shown.position_ms > 1000; }, 150));
	}

	Stage stage_{30};
	std::shared_ptr<playback::Follower> follower_;
	OBSSourceAutoRelease source_;
};

TEST_P(SoundAlone, IsApproximate)
{
	ChangeDetector detector;
	int changes = 0;
	for (const Seen &seen : stage_.seconds(3)) {
		EXPECT_TRUE(seen.shown.approximate);
		EXPECT_EQ(seen.shown.state, PlaybackState::playing);
		changes += detector.feed(seen.shown, seen.shown.at_ns / 1'000'000) ? 1 : 0;
	}
	EXPECT_EQ(changes, 1) << "one change begins, and it moves on as that says";
	EXPECT_GT(follower_->shown().position_ms, 3500);
	EXPECT_EQ(follower_->shown().pass, 0U);
}

// There is a click in every half second of the media.
TEST_P(SoundAlone, IsHeardWhereItIsShown)
{
	Clicks clicks;
	std::vector<Seen> seen;
	const auto play = [&](double seconds) { std::ranges::copy(stage_.seconds(seconds), std::back_inserter(seen)); };
	play(2);
	obs_source_media_play_pause(source_, true);
	play(0.5);
	obs_source_media_play_pause(source_, false);
	play(1.5);
	obs_source_media_set_time(source_, 10'200);
	play(3); // it loops
	obs_source_media_restart(source_);
	play(1.5);
	std::vector<double> ahead_ms;
	for (const std::int64_t at_ns : clicks.heard_ns()) {
		const auto next = std::ranges::upper_bound(seen, at_ns, {}, &Seen::at_ns);
		if (next == seen.begin() || next == seen.end()) {
			continue;
		}
		const Seen &shown = *std::prev(next);
		const double since_ms = static_cast<double>(at_ns - shown.at_ns) * 1e-6;
		ahead_ms.push_back(std::remainder(static_cast<double>(shown.shown.position_ms) + since_ms, 500));
	}
	std::ranges::sort(ahead_ms);
	ASSERT_GE(ahead_ms.size(), 10U);
	std::printf("%zu clicks, ahead of the sound by %.0f to %.0f ms, in the middle %.0f ms\n", ahead_ms.size(),
		    ahead_ms.front(), ahead_ms.back(), ahead_ms[ahead_ms.size() / 2]);
	EXPECT_LT(std::abs(ahead_ms[ahead_ms.size() / 2]), 25);
}

INSTANTIATE_TEST_SUITE_P(Sounds, SoundAlone, testing::Values("sound.m4a", "long.flac"),
			 [](const auto &info) { return std::string(info.param, std::strchr(info.param, '.')); });

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
