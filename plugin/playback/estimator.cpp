#include "playback/estimator.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::playback {
namespace {

// Frames that are not seen for so long are not seen at all.
constexpr std::int64_t kBlind_ns = 1'000'000'000;
// Between two words of the media, its time is taken to run on for so long.
constexpr double kRunOn_ms = 300;
// A step back of less is an estimate that got better, not a pass; and of that when frames begin or cease to be seen.
constexpr double kBack_frames = 1.5;
constexpr double kChange_ms = 500;
// A source of which no frame was seen for so long has none that can be seen; before, where it is said to be tells of no
// pass: it may be restarted as its scene is shown.
constexpr std::int64_t kFirst_ns = 2'000'000'000;

PlaybackState toPlayback(MediaState state)
{
	switch (state) {
	case MediaState::playing:
		return PlaybackState::playing;
	case MediaState::paused:
		return PlaybackState::paused;
	case MediaState::ended:
		return PlaybackState::ended;
	case MediaState::stopped:
		break;
	}
	return PlaybackState::stopped;
}

} // namespace

Shown Estimator::look(const Sight &sight)
{
	const std::optional<double> before = shown_ms_;
	beganAt_ns_ = beganAt_ns_ == 0 ? sight.now_ns : beganAt_ns_;
	if (sawFramesAt_ns_ == 0 && sight.seesFrames && sight.now_ns - beganAt_ns_ >= kFirst_ns) {
		passFrom_ms_.reset(); // was guessed
	}
	const std::optional<double> seen = seePicture(sight);
	const std::optional<double> guessed = guessPicture(sight);
	const bool blind = !sight.seesFrames && (sawFramesAt_ns_ == 0 || sight.now_ns - sawFramesAt_ns_ > kBlind_ns);
	if (!sight.seesFrames && guessed && sight.state != MediaState::stopped && sight.state != MediaState::ended) {
		show(*guessed, leeway_ms(sight, *guessed, blind));
	} else if (sight.seesFrames && seen && sight.state != MediaState::stopped) {
		show(*seen, leeway_ms(sight, *seen, blind));
	}
	rewound_ = clock_->rewound();
	rewindCounted_ = rewindCounted_ && rewound_;
	saw_ = sight.seesFrames;
	const bool changed = shown_ms_ != before;

	Shown shown{.found = true,
		    .approximate = blind || (sight.seesFrames && clock_->guessing()),
		    .state = toPlayback(sight.state),
		    .pass = pass_};
	shown.rate = moves(sight, changed) ? sight.speed : 0;
	shown.duration_ms = std::max<std::int64_t>(0, sight.duration_ms);
	shown.frame_ms = sight.seesFrames || sight.frame_ms > 0 ? clock_->frame_ms() : 0;
	shown.at_ns = sight.now_ns;
	if (sight.state == MediaState::ended && !shown_ms_) {
		shown.position_ms = shown.duration_ms;
	} else if (sight.state != MediaState::stopped || sight.frame_ns) {
		shown.position_ms = std::llround(shown_ms_.value_or(0));
	}
	return shown;
}

std::optional<double> Estimator::seePicture(const Sight &sight)
{
	const std::optional<double> picture = clock_->look(sight);
	if (sight.seesFrames) {
		sawFramesAt_ns_ = sight.now_ns;
	}
	for (std::optional<double> *shown : {&shown_ms_, &passFrom_ms_}) {
		if (*shown) {
			**shown += clock_->correction_ms();
		}
	}
	return picture;
}

std::optional<double> Estimator::guessPicture(const Sight &sight)
{
	const bool playing = sight.state == MediaState::playing;
	mediaMoves_ = mediaMoves_ && playing;
	if (sight.media_ms > 0 && sight.media_ms != media_ms_) {
		mediaMoves_ = playing;
		media_ms_ = sight.media_ms;
		mediaAt_ns_ = sight.now_ns;
	}
	if (media_ms_ == 0) {
		return std::nullopt;
	}
	double picture = static_cast<double>(media_ms_);
	if (mediaMoves_) {
		picture += std::min(kRunOn_ms, static_cast<double>(sight.now_ns - mediaAt_ns_) * 1e-6) * sight.speed;
	}
	return std::max(0.0, picture - (clock_->lead_ms() > 0 ? clock_->lead_ms() : sight.lead_ms));
}

std::optional<double> Estimator::leeway_ms(const Sight &sight, double position_ms, bool blind) const
{
	if (sight.state == MediaState::paused && position_ms != shown_ms_) {
		return std::nullopt; // the media may be in the middle of a seek: what stays counts
	}
	if (!sight.seesFrames && sawFramesAt_ns_ == 0 && sight.now_ns - beganAt_ns_ < kFirst_ns) {
		return std::nullopt;
	}
	if (!sight.seesFrames && !blind) {
		return std::nullopt; // a short gap: what comes after it counts
	}
	if (sight.seesFrames && rewound_ && rewindCounted_) {
		return std::nullopt; // was counted when the preloaded picture came
	}
	return sight.seesFrames == saw_ && !clock_->guessing() ? kBack_frames * clock_->frame_ms() : kChange_ms;
}

void Estimator::show(double position_ms, std::optional<double> leeway_ms)
{
	shown_ms_ = position_ms;
	if (leeway_ms && passFrom_ms_ && position_ms < *passFrom_ms_ - *leeway_ms) {
		++pass_;
		rewindCounted_ = rewound_ || clock_->rewound();
	}
	if (leeway_ms || rewound_) {
		passFrom_ms_ = position_ms;
	}
}

// Playing, and the picture does move: not before the first frame, nor while the media seeks or loads.
bool Estimator::moves(const Sight &sight, bool changed)
{
	if (changed && (sight.frame_ns || !sight.seesFrames)) {
		movedAt_ns_ = sight.now_ns;
	}
	if (sight.state != MediaState::playing) {
		movedAt_ns_ = 0;
		return false;
	}
	const double still_ms = std::max(120.0, 2.5 * clock_->frame_ms() / sight.speed + 60);
	return movedAt_ns_ > 0 && static_cast<double>(sight.now_ns - movedAt_ns_) * 1e-6 < still_ms;
}

void Estimator::changeSource(SourceKind kind)
{
	clock_ = makePictureClock(kind);
	rewound_ = false;
	saw_ = false;
	movedAt_ns_ = 0;
	sawFramesAt_ns_ = 0;
	beganAt_ns_ = 0;
	media_ms_ = 0;
}

} // namespace pulseline::playback
