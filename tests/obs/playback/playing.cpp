#include "obs/playback/playing.hpp"

#include <algorithm>
#include <cmath>
#include <format>

namespace pulseline::test {

void PrintTo(const Case &one, std::ostream *out)
{
	*out << one.video.name << " on " << one.canvas_fps;
}

std::string nameOf(const testing::TestParamInfo<Case> &info)
{
	std::string name = std::string(info.param.video.name) + "on" + std::to_string(info.param.canvas_fps);
	std::ranges::replace(name, '.', '_');
	return name;
}

void Errors::add(double frames)
{
	++counts_[static_cast<int>(std::lround(frames))];
	++all_;
	good_ += std::abs(frames) < most_ ? 1 : 0;
}

void Errors::add(const Errors &other)
{
	for (const auto &[error, count] : other.counts_) {
		counts_[error] += count;
	}
	all_ += other.all_;
	good_ += other.good_;
	without_ += other.without_;
}

void Errors::addNothingDrawn()
{
	++all_;
	++without_;
}

std::string Errors::text() const
{
	std::string line = std::format("{} frames, {:.2f} % within {:.0f};", all_, 100 * share(), most_);
	for (const auto &[error, count] : counts_) {
		line += std::format(" {}:{}", error, count);
	}
	return without_ > 0 ? line + std::format(" nothing drawn:{}", without_) : line;
}

double Playing::frame_ms() const
{
	const Video &video = GetParam().video;
	return 1000 / (video.frame_fps > 0 ? video.frame_fps : video.fps);
}

void Playing::begin(const char *settings, std::int64_t window_ms)
{
	stage_.emplace(GetParam().canvas_fps);
	follower_ = playback::follow("media");
	stage_->ask(follower_);
	stage_->put(OverlayOf{.media = "media", .length_ms = 14'000, .window_ms = window_ms});
	source_ = stage_->media(std::string(VIDEOS "/") + GetParam().video.file, "media", settings);
	stage_->settle();
	stage_->put(source_);
}

std::vector<Seen> Playing::compare(const std::string &what, double seconds)
{
	const Video &video = GetParam().video;
	const std::vector<Seen> seen = stage_->seconds(seconds);
	Errors errors;
	for (const Seen &one : seen) {
		const std::int64_t at_ms = one.shown.at_ns / 1'000'000;
		if (const std::optional<PlaybackChange> change = detector_.feed(one.shown, at_ms)) {
			history_.add(*change);
			++changes_;
		}
		unclear_ += one.number == kUnclear ? 1 : 0;
		if (one.number < 0) {
			continue;
		}
		passes_ += lastNumber_ && one.number < *lastNumber_ - 1 ? 1 : 0;
		lastNumber_ = one.number;
		const double truth_ms = video.begin_ms + one.number * 1000 / video.fps;
		if (one.drawn_ms) {
			errors.add((*one.drawn_ms - truth_ms) / frame_ms());
		} else {
			errors.addNothingDrawn();
		}
		predicted_.add((static_cast<double>(history_.at(at_ms).position_ms) - truth_ms) / frame_ms());
	}
	std::printf("%-14s %s\n", what.c_str(), errors.text().c_str());
	all_.add(errors);
	return seen;
}

void Playing::expectPlays(const Seen &seen)
{
	EXPECT_TRUE(seen.shown.found);
	EXPECT_FALSE(seen.shown.approximate);
	EXPECT_EQ(seen.shown.state, PlaybackState::playing);
	EXPECT_EQ(seen.shown.rate, 1);
	EXPECT_EQ(seen.shown.pass, 0U);
}

void Playing::expectPasses(std::uint32_t told) const
{
	EXPECT_NEAR(told, passes_, obs_get_lagged_frames() > 0 ? 1 : 0);
}

void Playing::report() const
{
	std::printf("%-14s %s\n", "all", all_.text().c_str());
	std::printf("%-14s %s, from %d changes\n", "the history", predicted_.text().c_str(), changes_);
}

void Playing::conclude() const
{
	report();
	// In a short script a frame or two at a jump are more than one in a hundred.
	EXPECT_TRUE(all_.share() >= 0.99 || all_.off() <= 3) << all_.text();
	// A picture that stands still for a moment, as at a seek, takes the history a few frames to notice.
	EXPECT_GE(predicted_.share(), 0.9);
	EXPECT_EQ(unclear_, 0);
}

} // namespace pulseline::test
