#include "playback/watch.hpp"

#include <algorithm>
#include <string_view>

namespace pulseline::playback {
namespace {

// How far the time that a source tells is ahead of what is on screen or heard, where no frames are seen.
constexpr double kAudioLead_ms = 35; // of a Media Source whose sound is not heard
constexpr double kVideoLead_frames = 3;
// The filter looks in every frame; one that missed this many is gone.
constexpr std::uint64_t kMissed_frames = 3;
// VLC shows a picture again and again while it is paused. What plays without one for so long is sound alone.
constexpr std::int64_t kNoPicture_ns = 1'500'000'000;

MediaState toState(obs_media_state state)
{
	switch (state) {
	case OBS_MEDIA_STATE_PLAYING:
	case OBS_MEDIA_STATE_BUFFERING:
		return MediaState::playing;
	case OBS_MEDIA_STATE_PAUSED:
		return MediaState::paused;
	case OBS_MEDIA_STATE_ENDED:
		return MediaState::ended;
	case OBS_MEDIA_STATE_NONE:
	case OBS_MEDIA_STATE_OPENING:
	case OBS_MEDIA_STATE_STOPPED:
	case OBS_MEDIA_STATE_ERROR:
		break;
	}
	return MediaState::stopped;
}

std::int64_t now_ns()
{
	return static_cast<std::int64_t>(obs_get_video_frame_time());
}

} // namespace

std::int64_t mediaTime_ms(obs_source_t *source)
{
	const std::int64_t told_ms = obs_source_media_get_time(source);
	return told_ms >= 0 && told_ms <= kMaxPosition_ms ? told_ms : 0;
}

SourceKind Watch::kindOf(obs_source_t *source)
{
	const std::string_view id = obs_source_get_unversioned_id(source);
	return id == "ffmpeg_source" ? SourceKind::media : id == "vlc_source" ? SourceKind::vlc : SourceKind::other;
}

void Watch::aim(obs_source_t *source)
{
	Target target;
	if (source) {
		target.source = OBSGetWeakRef(source);
		target.kind = kindOf(source);
		readSettings(source);
	}
	aimed_.put(std::move(target));
}

void Watch::readSettings(obs_source_t *source)
{
	const OBSDataAutoRelease settings = obs_source_get_settings(source);
	const bool local = obs_data_get_bool(settings, "is_local_file");
	const auto speed = static_cast<int>(obs_data_get_int(settings, "speed_percent"));
	speed_percent_ = local && speed >= 1 && speed <= 200 ? speed : 100;
	preloads_ = local && !obs_data_get_bool(settings, "close_when_inactive") &&
		    (obs_data_get_bool(settings, "clear_on_media_end") || obs_data_get_bool(settings, "looping"));
}

void Watch::lookThroughFilter(std::optional<std::int64_t> frame_ns, std::span<const SoundMark> sounds, bool sees)
{
	lookedThroughFilterAt_ns_ = now_ns();
	look(frame_ns, sounds, sees);
}

bool Watch::lookWithoutFilter()
{
	const std::int64_t now = now_ns();
	const std::uint64_t patience_ns = kMissed_frames * obs_get_frame_interval_ns();
	if (lookedThroughFilterAt_ns_ > 0 &&
	    static_cast<std::uint64_t>(now - lookedThroughFilterAt_ns_) < patience_ns) {
		return true;
	}
	return now == lookedAt_ns_ ? shown_.load().found : look(std::nullopt, {}, false);
}

bool Watch::look(std::optional<std::int64_t> frame_ns, std::span<const SoundMark> sounds, bool sees)
{
	if (const std::unique_ptr<Target> fresh = aimed_.take()) {
		target_ = std::move(*fresh);
		estimator_.changeSource(target_.kind);
		framesSeen_ = false;
		frame_ms_ = 0;
		duration_ms_ = 0;
		soundLead_ms_ = kAudioLead_ms;
	}
	lookedAt_ns_ = now_ns();
	const OBSSourceAutoRelease source = obs_weak_source_get_source(target_.source);
	if (!source || obs_source_removed(source)) {
		shown_.store(Shown{.pass = shown_.load().pass, .at_ns = lookedAt_ns_});
		return false;
	}
	const std::int64_t duration_ms = obs_source_media_get_duration(source);
	if (duration_ms > 0 && duration_ms != duration_ms_) {
		framesSeen_ = false; // another file, maybe without a picture
	}
	const MediaState state = toState(obs_source_media_get_state(source));
	const bool understood = target_.kind != SourceKind::other;
	if (target_.kind == SourceKind::vlc && state == MediaState::playing &&
	    lookedAt_ns_ - frameAt_ns_ > kNoPicture_ns) {
		framesSeen_ = false;
	}
	if (understood && frame_ns) {
		framesSeen_ = true;
		frameAt_ns_ = lookedAt_ns_;
		claimFrameDuration(source, duration_ms);
	}
	Sight sight;
	sight.now_ns = lookedAt_ns_;
	sight.seesFrames = sees && framesSeen_;
	sight.frame_ns = sight.seesFrames ? frame_ns : std::nullopt;
	sight.sounds = understood ? sounds : std::span<const SoundMark>();
	sight.showing = obs_source_showing(source);
	sight.state = state;
	sight.restarted = restarted_.exchange(false);
	sight.resumed = resumed_.exchange(false);
	sight.preloads = preloads_;
	sight.media_ms = mediaTime_ms(source);
	sight.duration_ms = duration_ms;
	sight.frame_ms = frame_ms_;
	sight.speed = speed_percent_ / 100.0;
	if (target_.kind == SourceKind::media) {
		sight.lead_ms = frame_ms_ > 0 ? kVideoLead_frames * frame_ms_ : soundLead_ms(sounds) * sight.speed;
	}
	shown_.store(estimator_.look(sight));
	return true;
}

// The media tells the end of the piece after the one that it has just handed on, and this since half a frame ago or
// half a piece, whichever is less.
double Watch::soundLead_ms(std::span<const SoundMark> sounds)
{
	if (!sounds.empty()) {
		const double piece_ms = static_cast<double>(sounds.back().length_ns) * 1e-6;
		const double interval_ms = static_cast<double>(obs_get_frame_interval_ns()) * 1e-6;
		soundLead_ms_ = 2 * piece_ms - std::min(piece_ms, interval_ms) / 2;
	}
	return soundLead_ms_;
}

// The Media Source knows how many frames its file has. Asked once a file, and not before it is open.
void Watch::claimFrameDuration(obs_source_t *source, std::int64_t duration_ms)
{
	if (duration_ms <= 0 || duration_ms == duration_ms_) {
		return;
	}
	duration_ms_ = duration_ms;
	calldata_t answer;
	calldata_init(&answer);
	if (proc_handler_call(obs_source_get_proc_handler(source), "get_nb_frames", &answer)) {
		const long long frames = calldata_int(&answer, "num_frames");
		frame_ms_ = frames > 0 ? static_cast<double>(duration_ms) / static_cast<double>(frames) : 0;
	}
	calldata_free(&answer);
}

} // namespace pulseline::playback
