// OBS composes nothing for a while, as on an overloaded machine, just as a video starts, is restarted, resumed or
// sought in, or loops: it loses frames, or keeps them waiting, and which of them the first one on screen is can only be
// known from the sound.
#include "obs/playback/playing.hpp"

#include <format>

namespace pulseline::test {
namespace {

using namespace std::chrono_literals;

// After each stall so many frames may be off: until enough was heard.
constexpr int kUnsettled_frames = 4;

class Stalled : public Playing {
protected:
	// Does it, and OBS stalls so many frames later.
	template <typename Do>
	void stalling(const std::string &what, int after, std::chrono::milliseconds length, Do act)
	{
		act();
		stage_->stall(after, length);
		compare(std::format("{}, {} ms", what, length.count()), 1);
		++stalls_;
	}
	void expectAllFound() const
	{
		report();
		EXPECT_LE(all_.off(), stalls_ * kUnsettled_frames) << all_.text();
		EXPECT_EQ(unclear_, 0);
	}

	int stalls_ = 0;
};

// One that fills OBS's queue of frames, and one that does not.
constexpr std::array kStalls{250ms, 1300ms};

TEST_P(Stalled, AStartIsFound)
{
	begin(R"({"clear_on_media_end": false})"); // without a preloaded frame
	compare("play", 1);
	for (const std::chrono::milliseconds length : kStalls) {
		for (const int after : {0, 1}) {
			obs_source_media_stop(source_);
			stage_->frames(5);
			stalling("start", after, length, [&] { obs_source_media_restart(source_); });
		}
	}
	expectAllFound();
}

TEST_P(Stalled, WhatComesInMidPlayIsFound)
{
	begin(R"({"looping": true})");
	compare("play", 1);
	for (const std::chrono::milliseconds length : kStalls) {
		stalling("restart", 0, length, [&] { obs_source_media_restart(source_); });
		pause(true);
		compare("pause", 0.3);
		stalling("resume", 0, length, [&] { pause(false); });
		stalling("seek", 0, length, [&] { seek(6200); });
		seek(10'100);
		compare("to the end", 1.8);
		stalling("loop", 0, length, [] {});
	}
	expectAllFound();
}

INSTANTIATE_TEST_SUITE_P(Rates, Stalled, testing::Values(Case{k30, 30}), nameOf);
INSTANTIATE_TEST_SUITE_P(Figures, Stalled,
			 testing::Values(Case{k24, 60}, Case{k25, 60}, Case{k60, 30}, Case{kVariable, 60},
					 Case{kOffset, 30}),
			 nameOf);

} // namespace
} // namespace pulseline::test
