// The estimator, fed with what was recorded from OBS 30.2.3: in each composed frame the time, the stamp of the frame
// that came on screen, what the media told, and the number that was then read from the picture; in some also the pieces
// of sound that the media handed to OBS.
#include "playback/estimator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace pulseline::playback {
namespace {

struct Moment {
	Sight sight;
	std::vector<SoundMark> sounds;
	std::optional<int> number;
};

// As `stamp:length:media_ms`, or with `:came` from VLC, and a blank between two.
std::vector<SoundMark> soundsFrom(const std::string &text)
{
	std::vector<SoundMark> result;
	std::istringstream pieces(text);
	for (std::string piece; pieces >> piece;) {
		std::istringstream fields(piece);
		SoundMark mark;
		char colon = 0;
		fields >> mark.stamp_ns >> colon >> mark.length_ns >> colon >> mark.media_ms;
		EXPECT_TRUE(fields) << piece;
		fields >> colon >> mark.came_ns;
		result.push_back(mark);
	}
	return result;
}

MediaState stateFrom(const std::string &text)
{
	return text == "playing"  ? MediaState::playing
	       : text == "paused" ? MediaState::paused
	       : text == "ended"  ? MediaState::ended
				  : MediaState::stopped;
}

struct Recording {
	const char *name;
	double fps = 30;
	double speed = 1;
	bool preloads = true;
	std::uint32_t passes = 0;
	std::int64_t duration_ms = 24'000;
	SourceKind kind = SourceKind::media;

	double frame_ms() const { return 1000 / fps; }
	std::vector<Moment> moments() const
	{
		std::ifstream file(std::string(RECORDINGS "/") + name + ".csv");
		EXPECT_TRUE(file) << name;
		std::vector<Moment> result;
		std::string line;
		std::getline(file, line);
		while (std::getline(file, line)) {
			std::istringstream fields(line);
			std::array<std::string, 7> field;
			for (std::string &one : field) {
				std::getline(fields, one, ',');
			}
			Moment moment;
			moment.sight.now_ns = std::stoll(field[0]);
			if (!field[1].empty()) {
				moment.sight.frame_ns = std::stoll(field[1]);
			}
			moment.sight.seesFrames = true;
			moment.sight.media_ms = std::stoll(field[2]);
			moment.sight.state = stateFrom(field[3]);
			moment.sight.restarted = !field[4].empty();
			moment.sight.preloads = preloads;
			moment.sight.duration_ms = duration_ms;
			moment.sight.frame_ms = kind == SourceKind::media ? frame_ms() : 0; // VLC claims none
			moment.sight.speed = speed;
			moment.sounds = soundsFrom(field[6]);
			if (!field[5].empty()) {
				moment.number = std::stoi(field[5]);
			}
			result.push_back(moment);
		}
		return result;
	}
};

void PrintTo(const Recording &recording, std::ostream *out)
{
	*out << recording.name;
}

struct Score {
	int good = 0;
	int all = 0;
	std::uint32_t passes = 0;

	double share() const { return static_cast<double>(good) / all; }
};

Score play(const Recording &recording, std::span<const Moment> moments, int skipAtFirst = 0)
{
	Estimator estimator;
	estimator.changeSource(recording.kind);
	Score score;
	int compared = 0;
	for (const Moment &moment : moments) {
		Sight sight = moment.sight;
		sight.sounds = moment.sounds;
		const Shown shown = estimator.look(sight);
		score.passes = shown.pass;
		if (moment.number && ++compared > skipAtFirst) {
			const double off =
				static_cast<double>(shown.position_ms) / recording.frame_ms() - *moment.number;
			score.good += std::abs(off) < 1.05 ? 1 : 0;
			++score.all;
		}
	}
	return score;
}

class Recorded : public testing::TestWithParam<Recording> {};

TEST_P(Recorded, PositionIsThatOfThePicture)
{
	const std::vector<Moment> moments = GetParam().moments();
	ASSERT_GT(moments.size(), 200U);
	const Score score = play(GetParam(), moments);
	EXPECT_GE(score.share(), 0.995);
	EXPECT_EQ(score.passes, GetParam().passes);
}

TEST_P(Recorded, ClaimedFrameDurationIsNotNeeded)
{
	std::vector<Moment> moments = GetParam().moments();
	if (GetParam().fps > 30) {
		return; // two frames a look cannot be told from one without it
	}
	for (Moment &moment : moments) {
		moment.sight.frame_ms = 0;
	}
	EXPECT_GE(play(GetParam(), moments).share(), 0.98);
}

// A claim that is far too long, as that of a file whose sound goes on after the pictures.
TEST_P(Recorded, FalseClaimIsNotBelieved)
{
	std::vector<Moment> moments = GetParam().moments();
	if (GetParam().fps > 30) {
		return;
	}
	for (Moment &moment : moments) {
		moment.sight.frame_ms *= 5;
	}
	EXPECT_GE(play(GetParam(), moments).share(), 0.97);
}

INSTANTIATE_TEST_SUITE_P(
	Obs, Recorded,
	testing::Values(Recording{"seek_30on30", 30, 1, true, 2}, Recording{"pause_30on30", 30, 1, true, 1},
			Recording{"end_30on30", 30, 1, false, 1}, Recording{"restart_25on60", 25, 1, true, 5},
			Recording{"loop_60on30", 60, 1, true, 2}, Recording{"flac_pause_30on30", 30, 1, true, 1},
			Recording{"flac_restart_30on30", 30, 1, true, 4},
			Recording{"speed150_30on30", 30, 1.5, true, 2}, Recording{"long_queue_30on30", 30, 1, true, 2}),
	[](const auto &info) { return std::string(info.param.name); });

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

// OBS composed nothing for 1.3 s as a video without a preloaded frame began, and for half a second as one looped and
// was restarted: the first frame that comes on screen is not the media's first, and only the sound tells so.
class Stalled : public testing::TestWithParam<Recording> {};

TEST_P(Stalled, TheSoundTellsWhichFrameIsOnScreen)
{
	const std::vector<Moment> moments = GetParam().moments();
	const Score score = play(GetParam(), moments);
	EXPECT_GE(score.share(), 0.97);
	EXPECT_EQ(score.passes, GetParam().passes);
}

INSTANTIATE_TEST_SUITE_P(Obs, Stalled,
			 testing::Values(Recording{"stalled_start_30on30", 30, 1, false, 2, 12'000},
					 Recording{"stalled_loop_30on30", 30, 1, true, 2, 12'000}),
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

TEST(Estimator, FindsThePositionInMidPlay)
{
	const Recording recording{"seek_30on30", 30, 1, true, 2};
	const std::vector<Moment> moments = recording.moments();
	for (std::size_t from = 40; from < 70; from += 3) {
		const Score score = play(recording, std::span(moments).subspan(from), 0);
		EXPECT_EQ(score.good, score.all) << "from " << from;
	}
}

TEST(Estimator, IsApproximateUntilAGuessIsSettled)
{
	const Recording recording{"loop_60on30", 60, 1, true, 2};
	const std::vector<Moment> moments = recording.moments();
	Estimator estimator;
	const std::span<const Moment> later = std::span(moments).subspan(60, 60);
	EXPECT_TRUE(estimator.look(later[0].sight).approximate);
	for (const Moment &moment : later) {
		estimator.look(moment.sight);
	}
	EXPECT_FALSE(estimator.look(later[59].sight).approximate);
}

// The filter is taken away for a save, and comes back a few frames later.
TEST(Estimator, BridgesAGapInWhatIsSeen)
{
	const Recording recording{"loop_60on30", 60, 1, true, 2};
	std::vector<Moment> moments = recording.moments();
	for (std::size_t i = 60; i < moments.size(); i += 25) {
		for (std::size_t missed = i; missed < std::min(i + 3, moments.size()); ++missed) {
			moments[missed].sight.frame_ns.reset();
			moments[missed].sight.seesFrames = false;
		}
	}
	Estimator estimator;
	int far = 0;
	for (const Moment &moment : moments) {
		const Shown shown = estimator.look(moment.sight);
		if (moment.number && moment.sight.now_ns > 2'000'000'000) {
			EXPECT_FALSE(shown.approximate);
			far += std::abs(static_cast<double>(shown.position_ms) * 60 / 1000 - *moment.number) > 3.05 ? 1
														    : 0;
		}
	}
	// Only where a loop or seek falls into a gap.
	EXPECT_LE(far, 8);
}

// OBS composes nothing for a fifth of a second now and then; its filter is missed and looks late.
TEST_P(Recorded, StallsDoNotMatter)
{
	const std::vector<Moment> all = GetParam().moments();
	std::vector<Moment> moments;
	const auto steady = [&](std::size_t at) {
		return at >= 15 && at + 7 < all.size() &&
		       std::ranges::all_of(std::span(all).subspan(at - 15, 22), [&](const Moment &moment) {
			       return moment.sight.state == MediaState::playing && !moment.sight.restarted &&
				      moment.sight.media_ms >= all[at - 15].sight.media_ms;
		       });
	};
	int stalls = 0;
	std::optional<std::int64_t> frame_ns; // on screen as the stall ends
	for (std::size_t i = 0; i < all.size(); ++i) {
		if (i % 30 == 20 && steady(i)) {
			for (const std::size_t end = i + 6; i < end; ++i) {
				frame_ns = all[i].sight.frame_ns ? all[i].sight.frame_ns : frame_ns;
			}
			++stalls;
			moments.push_back({.sight = all[i].sight, .sounds = {}, .number = std::nullopt});
			moments.back().sight.seesFrames = false;
			moments.back().sight.frame_ns.reset();
		}
		moments.push_back(all[i]);
		if (!all[i].sight.frame_ns) {
			moments.back().sight.frame_ns = frame_ns;
		}
		frame_ns.reset();
	}
	ASSERT_GT(stalls, 0);
	EXPECT_GE(play(GetParam(), moments).share(), 0.99);
}

// The video loops while OBS composes nothing for a third of a second.
TEST(Estimator, FollowsALoopDuringAStall)
{
	const Recording recording{"loop_60on30", 60, 1, true, 2};
	std::vector<Moment> moments = recording.moments();
	const auto loop = std::ranges::adjacent_find(moments, [](const Moment &one, const Moment &next) {
		return next.sight.media_ms + 10'000 < one.sight.media_ms;
	});
	ASSERT_NE(loop, moments.end());
	moments.erase(loop - 9, loop + 1);
	const Score score = play(recording, moments);
	EXPECT_GE(score.share(), 0.99);
	EXPECT_EQ(score.passes, recording.passes);
}

// Stopped and started again, and then OBS stalls: 30 frames a second on a canvas of 20.
TEST(Estimator, AStartIsOverWhenItsFirstFrameIsThere)
{
	constexpr double kFrame_ms = 1000 / 30.0;
	Estimator estimator;
	const auto look = [&](int at, MediaState state, double media_ms, std::optional<double> frame, bool restarted) {
		Sight sight;
		sight.now_ns = (at + 1) * 50'000'000LL;
		sight.seesFrames = frame.has_value() || restarted;
		if (frame) {
			sight.frame_ns = std::llround(*frame * kFrame_ms * 1e6);
		}
		sight.state = state;
		sight.restarted = restarted;
		sight.media_ms = std::llround(media_ms);
		sight.duration_ms = 10'000;
		sight.frame_ms = kFrame_ms;
		return static_cast<double>(estimator.look(sight).position_ms) / kFrame_ms;
	};
	// First seen in mid-play.
	int at = 0;
	for (int i = 0; i < 40; ++i) {
		const int frame = 30 + i * 3 / 2;
		look(at++, MediaState::playing, (frame + 3) * kFrame_ms, 1000 + frame, false);
	}
	look(at++, MediaState::stopped, 93 * kFrame_ms, 1090, false);

	look(at++, MediaState::playing, 2 * kFrame_ms, {}, true);
	for (int i = 0; i < 20; ++i) {
		const int frame = i * 3 / 2;
		EXPECT_NEAR(look(at++, MediaState::playing, (frame + 3) * kFrame_ms, 1125 + frame, false), frame, 1.05);
	}
	at += 3;
	look(at, MediaState::playing, 37 * kFrame_ms, {}, false);
	EXPECT_NEAR(look(at, MediaState::playing, 37 * kFrame_ms, 1125 + 34, false), 34, 1.05);
}

TEST(Estimator, SaysThatAPictureStandsStill)
{
	const Recording recording{"seek_30on30", 30, 1, true, 2};
	const std::vector<Moment> moments = recording.moments();
	Estimator estimator;
	Shown shown;
	Sight last;
	for (const Moment &moment : std::span(moments).first(60)) {
		last = moment.sight;
		shown = estimator.look(last);
	}
	EXPECT_EQ(shown.rate, 1);
	// The media says that it plays, but nothing comes: it loads.
	last.frame_ns.reset();
	for (int i = 0; i < 10; ++i) {
		last.now_ns += 33'333'333;
		shown = estimator.look(last);
	}
	EXPECT_EQ(shown.state, PlaybackState::playing);
	EXPECT_EQ(shown.rate, 0);
}

// On an overloaded machine the media is well under way, or restarted as its scene is shown, before its first frame is
// seen.
TEST(Estimator, CountsNoPassBeforeTheFirstFrame)
{
	for (const std::int64_t firstFrame_ms : {700, 3000}) {
		Estimator estimator;
		Sight sight;
		sight.state = MediaState::playing;
		sight.frame_ms = 1000 / 30.0;
		for (std::int64_t now_ms = 33; now_ms < firstFrame_ms; now_ms += 33) {
			sight.now_ns = now_ms * 1'000'000;
			sight.media_ms = now_ms < 400 ? 900 + now_ms : now_ms; // goes back once
			EXPECT_EQ(estimator.look(sight).pass, 0U) << now_ms;
		}
		sight.seesFrames = true;
		for (int i = 0; i < 30; ++i) {
			sight.now_ns += 33'333'333;
			sight.frame_ns = 1'000'000'000 + i * 33'333'333LL;
			sight.media_ms = 67 + i * 33;
			EXPECT_EQ(estimator.look(sight).pass, 0U) << i;
		}
	}
}

TEST(Estimator, GoesByTheMediaTimeWhereNoFramesAreSeen)
{
	Estimator estimator;
	Sight sight;
	sight.state = MediaState::playing;
	sight.lead_ms = 60;
	Shown shown;
	for (int i = 1; i <= 300; ++i) {
		sight.now_ns = i * 16'666'667LL;
		// Told in steps of 100 ms, as some sources do.
		sight.media_ms = 60 + sight.now_ns / 100'000'000 * 100;
		shown = estimator.look(sight);
		if (i > 10) {
			EXPECT_TRUE(shown.approximate);
			EXPECT_NEAR(static_cast<double>(shown.position_ms), static_cast<double>(sight.now_ns) * 1e-6,
				    20);
		}
	}
	EXPECT_EQ(shown.pass, 0U);
	sight.media_ms = 500;
	sight.now_ns += 16'666'667;
	shown = estimator.look(sight);
	EXPECT_EQ(shown.position_ms, 440);
	EXPECT_EQ(shown.pass, 1U);
	sight.state = MediaState::paused;
	sight.now_ns += 5'000'000'000;
	EXPECT_EQ(estimator.look(sight).position_ms, 440);
}

} // namespace
} // namespace pulseline::playback
