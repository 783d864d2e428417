// The estimator, fed with what was recorded of OBS's VLC source.
#include "unit/playback_recording.hpp"

#include <algorithm>

namespace pulseline::playback {
namespace {

// Start, pause, seeks both ways, a seek while paused, restart and loop of the VLC source; without sound it is told from
// the steps of the stamps alone.
class RecordedVlc : public testing::TestWithParam<Recording> {};

TEST_P(RecordedVlc, PositionIsThatOfThePicture)
{
	const std::vector<Moment> moments = GetParam().moments();
	ASSERT_GT(moments.size(), 500U);
	const Score score = play(GetParam(), moments);
	EXPECT_GE(score.share(), 0.99);
	EXPECT_EQ(score.passes, GetParam().passes);
}

// What is first seen in mid-play is a guess, until it is sought or begins anew. When VLC has told its time in that play
// it is a good one.
TEST_P(RecordedVlc, IsApproximateWhenFollowedInMidPlay)
{
	const std::vector<Moment> moments = GetParam().moments();
	Estimator estimator;
	estimator.changeSource(SourceKind::vlc);
	int guessed = 0;
	const std::int64_t first_ms = moments[60].sight.media_ms;
	for (const Moment &moment : std::span(moments).subspan(60)) {
		Sight sight = moment.sight;
		sight.sounds = moment.sounds;
		const Shown shown = estimator.look(sight);
		if (sight.state != MediaState::playing || sight.media_ms > 4000) {
			EXPECT_GE(guessed, 15);
			break; // at the first pause or seek
		}
		if (shown.position_ms > 0 && moment.number) {
			EXPECT_TRUE(shown.approximate);
			const double most = sight.media_ms == first_ms ? 500 : 40;
			EXPECT_NEAR(static_cast<double>(shown.position_ms), *moment.number * GetParam().frame_ms(),
				    most);
			++guessed;
		}
	}
}

INSTANTIATE_TEST_SUITE_P(Obs, RecordedVlc,
			 testing::Values(Recording{"vlc_60on30", 60, 1, false, 3, 12'000, SourceKind::vlc},
					 Recording{"vlc_30on30", 30, 1, false, 3, 12'000, SourceKind::vlc},
					 Recording{"vlc_silenton30", 30, 1, false, 3, 12'000, SourceKind::vlc}),
			 [](const auto &info) { return std::string(info.param.name); });

// While VLC is restarted it says for a moment that it is stopped, and its pictures still come on screen.
TEST(Estimator, TellsOfThePictureThatComesAfterAStop)
{
	Estimator estimator;
	estimator.changeSource(SourceKind::vlc);
	Sight sight;
	for (int i = 0; i < 40; ++i) {
		sight.now_ns = (100 + i) * 20'000'000LL;
		sight.frame_ns = i == 0 ? std::nullopt : std::optional(sight.now_ns);
		sight.seesFrames = i > 0;
		sight.state = i == 0 || i == 39 ? MediaState::stopped : MediaState::playing;
		const Shown shown = estimator.look(sight);
		if (i > 30) {
			EXPECT_NEAR(static_cast<double>(shown.position_ms), 20 * (i - 1), 20.5) << i;
		}
	}
	sight.frame_ns.reset();
	EXPECT_EQ(estimator.look(sight).position_ms, 0);
}

// OBS drops the first picture after a seek or start, which VLC shows for some milliseconds only: the sound tells
// enough.
TEST(Estimator, NeedsNoFirstPictureOfVlc)
{
	const Recording recording{"vlc_60on30", 60, 1, false, 3, 12'000, SourceKind::vlc};
	std::vector<Moment> moments = recording.moments();
	std::optional<int> last;
	int dropped = 0;
	for (Moment &moment : moments) {
		const bool jumps = last && moment.number && std::abs(*moment.number - *last) > 15;
		last = moment.number ? moment.number : last;
		if (jumps && moment.sight.state == MediaState::playing) {
			moment.sight.frame_ns.reset();
			moment.number.reset();
			++dropped;
		}
	}
	EXPECT_GE(dropped, 4);
	EXPECT_GE(play(recording, moments).share(), 0.99);
}

} // namespace
} // namespace pulseline::playback
