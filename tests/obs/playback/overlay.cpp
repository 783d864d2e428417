#include "obs/playback/overlay.hpp"

#include "core/mailbox.hpp"
#include "obs/timeline_source.hpp"
#include "overlay_sample.hpp"
#include "playback/follower.hpp"

#include <algorithm>
#include <stdexcept>

namespace pulseline::test {
namespace {

// A session without data. It is told by its `session` setting how long it is, and follows as the plugin does.
class Reader final : public obs::TimelineReader {
public:
	Reader(std::int64_t length_ms, const std::string &media)
		: follower_(media.empty() ? nullptr : playback::follow(media))
	{
		const auto snapshot = emptySession({.tick_ms = 1000, .duration_ms = length_ms});
		snapshot->playbackAt = std::chrono::steady_clock::now();
		box_.put(snapshot);
	}

	std::optional<std::shared_ptr<const Snapshot>> newest() override
	{
		const auto taken = box_.take();
		return taken ? std::optional(*taken) : std::nullopt;
	}
	void look() override
	{
		if (follower_) {
			follower_->tick();
		}
	}
	std::optional<overlay::Clock> followed() const override
	{
		if (!follower_) {
			return std::nullopt;
		}
		const playback::Shown shown = follower_->shown();
		return overlay::Clock{shown.state, static_cast<double>(shown.position_ms), shown.found,
				      shown.approximate};
	}
	void want(const overlay::SegmentChoice &) override {}
	Result<void> openTranscript(const std::string &) override { return {}; }

private:
	std::shared_ptr<playback::Follower> follower_;
	Mailbox<std::shared_ptr<const Snapshot>> box_;
};

class Feed final : public obs::TimelineFeed {
public:
	std::shared_ptr<obs::TimelineReader> open(const std::string &session, const std::string &follow,
						  const Recut &) override
	{
		return std::make_shared<Reader>(std::stoll(session), follow);
	}
	std::shared_ptr<const Snapshot> current() const override { return nullptr; }
};

} // namespace

void Overlay::registerType()
{
	if (!obs::registerTimelineSource({EFFECT, [](const char *key) { return key; }, std::make_shared<Feed>()})) {
		throw std::runtime_error("libobs does not take the overlay");
	}
}

OBSSourceAutoRelease makeOverlay(const char *name, const OverlayOf &what, std::uint32_t width, std::uint32_t height)
{
	const OBSDataAutoRelease settings = obs_data_create();
	obs_data_set_int(settings, "width", width);
	obs_data_set_int(settings, "height", height);
	obs_data_set_int(settings, "window_ms", what.window_ms);
	obs_data_set_string(settings, "session", std::to_string(what.length_ms).c_str());
	obs_data_set_string(settings, "follow", what.media.c_str());
	obs_data_set_int(settings, "playhead_color", 0xffff00ff);
	return obs_source_create(obs::kTimelineId, name, settings, nullptr);
}

Overlay::Overlay(const OverlayOf &what, std::uint32_t y)
	: source_(makeOverlay("overlay", what, kWidth, kHeight))
{
	item_ = obs_scene_add(scene_, source_);
	place(y);
}

void Overlay::place(std::uint32_t y)
{
	const vec2 place{{{0, static_cast<float>(y)}}};
	obs_sceneitem_set_pos(item_, &place);
	const vec2 scale{{{1, 1}}};
	obs_sceneitem_set_scale(item_, &scale);
}

std::uint32_t Overlay::row() const
{
	const auto layout = obs::timelineLayout(source_);
	return layout ? static_cast<std::uint32_t>(layout->y + layout->height - 3) : 0;
}

// The middle of what is magenta.
std::optional<double> Overlay::playhead_ms(const std::uint8_t *row) const
{
	const auto layout = obs::timelineLayout(source_);
	double sum = 0;
	double moment = 0;
	for (std::uint32_t x = 0; x < kWidth; ++x) {
		const int strength = std::min(row[4 * x], row[4 * x + 2]) - row[4 * x + 1];
		if (strength > 8) {
			sum += strength;
			moment += strength * (x + 0.5);
		}
	}
	if (!layout || layout->width == 0 || sum < 100) {
		return std::nullopt;
	}
	const double share = (moment / sum - static_cast<double>(layout->x)) / static_cast<double>(layout->width);
	return static_cast<double>(layout->start_ms) + share * static_cast<double>(layout->end_ms - layout->start_ms);
}

} // namespace pulseline::test
