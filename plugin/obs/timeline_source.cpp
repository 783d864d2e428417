#include "obs/timeline_source.hpp"

#include "obs/timeline_worker.hpp"
#include "overlay/painter.hpp"
#include "playback/published.hpp"

#include <util/platform.h>
#include <util/profiler.h>

#include <obs.hpp>

#include <algorithm>
#include <cstring>
#include <exception>

namespace pulseline::obs {
namespace {

// What timelineLayout() answers with, and in which of the source's frames it was so; 0: never yet.
struct Known {
	std::uint64_t frame = 0;
	overlay::LayoutInfo layout;
};

class Timeline {
public:
	Timeline(const TimelineSetup &setup, obs_data_t *settings, obs_source_t *source);
	Timeline(const Timeline &) = delete;
	Timeline &operator=(const Timeline &) = delete;
	~Timeline();

	void update(obs_data_t *settings); // graphics thread, or before the first frame
	void tick();                       // graphics thread, outside the graphics context
	void render();                     // inside the graphics context
	std::uint32_t width() const { return width_; }
	std::uint32_t height() const { return height_; }
	std::optional<overlay::LayoutInfo> layout() const;
	const TimelineSetup &setup() const { return setup_; }
	obs_source_t *source() const { return source_; }
	std::string problems() const { return worker_.problems(); }
	std::vector<std::string> targets() const { return worker_.targets(); }

private:
	void follow();
	void orderPicture(SteadyTime now, const overlay::Clock &clock);

	const TimelineSetup &setup_;
	obs_source_t *const source_;
	std::atomic<std::uint32_t> width_{0}, height_{0};
	std::atomic<double> position_ms_{0};
	std::atomic<std::uint64_t> frame_{0};
	playback::Published<Known> drawn_; // written inside the graphics context
	playback::Published<Known> due_;   // by tick(): what would be drawn, if anybody saw it

	// Of update() and tick().
	std::shared_ptr<const TimelineSettings> settings_;
	std::shared_ptr<TimelineReader> reader_;
	std::shared_ptr<const Snapshot> snapshot_;
	bool told_ = false;        // what session there is, if any: a blind one shows nothing from its first frame on
	overlay::Instant ordered_; // what the last picture was ordered for
	bool changed_ = true;      // since then: settings, or whose data
	bool news_ = false;        // since then: data
	SteadyTime news_due_;      // when it may be ordered for data alone
	SteadyTime unseen_due_;    // and for anything but settings and states, if nobody sees it
	std::optional<overlay::Outline> outline_;
	SteadyTime now_; // when this frame is shown

	// Of the graphics context.
	std::unique_ptr<overlay::Painter> painter_;
	std::shared_ptr<TimelineReader> drawn_reader_;

	TimelineWorker worker_;
};

// So often at most the tick that is open is painted anew.
constexpr std::chrono::milliseconds kRepaintEvery{100};
constexpr std::chrono::milliseconds kUnseenEvery{1000}; // while no scene that is seen has it
constexpr std::chrono::milliseconds kFrameAtMost{34};

// The moment at which this frame is shown, so that the playhead moves evenly.
SteadyTime frameTime()
{
	const auto late = std::chrono::nanoseconds(os_gettime_ns() - obs_get_video_frame_time());
	return std::chrono::steady_clock::now() - std::chrono::duration_cast<SteadyTime::duration>(late);
}

Timeline::Timeline(const TimelineSetup &setup, obs_data_t *settings, obs_source_t *source)
	: setup_(setup)
	, source_(source)
	, worker_(setup.feed, overlayWords(setup.text), [source] { obs_source_update_properties(source); })
{
	obs_enter_graphics();
	auto painter = overlay::Painter::create(setup.effect_path);
	obs_leave_graphics();
	if (painter) {
		painter_ = std::move(*painter);
	} else {
		blog(LOG_ERROR, "[pulseline] %s", painter.error().message.c_str());
	}
	update(settings);
}

Timeline::~Timeline()
{
	obs_enter_graphics();
	painter_.reset();
	obs_leave_graphics();
}

void Timeline::update(obs_data_t *settings)
{
	auto fresh = std::make_shared<const TimelineSettings>(readTimelineSettings(settings, setup_.themes));
	if (settings_ && *settings_ == *fresh) {
		return;
	}
	width_ = fresh->view.width;
	height_ = fresh->view.height;
	settings_ = std::move(fresh);
	changed_ = true;
	worker_.connect(settings_);
}

void Timeline::follow()
{
	if (auto reader = worker_.takeReader()) {
		reader_ = std::move(*reader);
		obs_enter_graphics();
		drawn_reader_ = reader_;
		obs_leave_graphics();
		snapshot_.reset();
		told_ = false;
		changed_ = true;
	}
	if (!reader_) {
		return;
	}
	reader_->look();
	if (auto newest = reader_->newest()) {
		snapshot_ = std::move(*newest);
		told_ = true;
		news_ = true;
	}
}

void Timeline::orderPicture(SteadyTime now, const overlay::Clock &clock)
{
	const overlay::Instant instant = overlay::instantOf(snapshot_.get(), settings_->view, clock, now);
	const bool moved = ordered_.state != instant.state || ordered_.passage != instant.passage;
	// What nobody sees need not be of this very tick: it is for screenshots and the first frame of a cut.
	const bool rests = !moved && now < unseen_due_ && !obs_source_showing(source_);
	if (changed_ || (!rests && (ordered_ != instant || (news_ && now >= news_due_)))) {
		ordered_ = instant;
		changed_ = news_ = false;
		// In the long run not more often, though frames do not come just when it is due.
		news_due_ = std::max(news_due_, now - kFrameAtMost) + kRepaintEvery;
		unseen_due_ = now + kUnseenEvery;
		worker_.order({snapshot_, settings_, instant});
	}
}

void Timeline::tick()
{
	follow();
	const std::uint64_t frame = ++frame_;
	now_ = frameTime();
	overlay::Clock clock = snapshot_ ? overlay::ownClock(*snapshot_, now_) : overlay::Clock{};
	if (const auto followed = reader_ ? reader_->followed() : std::nullopt) {
		clock = *followed;
	}
	position_ms_ = clock.position_ms;
	if (told_) {
		orderPicture(now_, clock);
	}
	if (const auto outline = worker_.takeOutline()) {
		outline_ = *outline;
	}
	if (outline_) {
		due_.store({frame, overlay::layoutInfo(*outline_, clock.position_ms)});
	}
}

void Timeline::render()
{
	static const char *const kPaint = "pulseline_timeline: paint";
	if (!painter_) {
		return;
	}
	if (auto picture = worker_.takePicture()) {
		profile_start(kPaint);
		worker_.giveBack(painter_->take(std::move(picture)));
		profile_end(kPaint);
	}
	if (*setup_.shown) {
		// The video may have chosen its frame only after this source's tick.
		const auto followed = drawn_reader_ ? drawn_reader_->followed() : std::nullopt;
		painter_->draw(followed ? followed->position_ms : position_ms_.load(), now_);
		if (const auto &layout = painter_->layout()) {
			drawn_.store({frame_, *layout});
		}
	}
}

// What was drawn in this frame or, where that is still to come, in the one before; of a source that nobody draws what
// it would show. In this order: what was drawn is not older than it was when the other was read.
std::optional<overlay::LayoutInfo> Timeline::layout() const
{
	const Known due = due_.load();
	const Known drawn = drawn_.load();
	if (drawn.frame > 0 && drawn.frame + 1 >= due.frame) {
		return drawn.layout;
	}
	return due.frame > 0 ? std::optional(due.layout) : std::nullopt;
}

// Nothing thrown may reach OBS, which is C.
template <typename Call>
void guarded(Call &&call) noexcept
{
	try {
		call();
	} catch (const std::exception &error) {
		blog(LOG_ERROR, "[pulseline] timeline: %s", error.what());
	}
}

Timeline *timelineOf(void *data)
{
	return static_cast<Timeline *>(data);
}

TimelineSetup *setupOf(void *type_data)
{
	return static_cast<TimelineSetup *>(type_data);
}

void *create(obs_data_t *settings, obs_source_t *source) noexcept
{
	void *data = nullptr;
	guarded([&] {
		const auto *setup = setupOf(obs_source_get_type_data(source));
		data = std::make_unique<Timeline>(*setup, settings, source).release();
	});
	return data;
}

void destroy(void *data) noexcept
{
	const std::unique_ptr<Timeline> owned(timelineOf(data));
}

obs_properties_t *properties(void *data, void *type_data) noexcept
{
	obs_properties_t *made = nullptr;
	guarded([&] {
		const TimelineSetup *setup = data ? &timelineOf(data)->setup() : setupOf(type_data);
		obs_source_t *const source = data ? timelineOf(data)->source() : nullptr;
		TimelineChoices choices{setup->text, setup->themes, setup->feed->current(), {}, source, ""};
		if (data) {
			choices.targets = timelineOf(data)->targets();
			choices.problems = timelineOf(data)->problems();
		}
		made = timelineProperties(choices);
	});
	return made;
}

} // namespace

bool registerTimelineSource(TimelineSetup setup)
{
	obs_source_info info{};
	info.id = kTimelineId;
	info.type = OBS_SOURCE_TYPE_INPUT;
	info.output_flags = OBS_SOURCE_VIDEO | OBS_SOURCE_CUSTOM_DRAW | OBS_SOURCE_SRGB;
	info.icon_type = OBS_ICON_TYPE_CUSTOM;
	info.type_data = std::make_unique<TimelineSetup>(std::move(setup)).release();
	info.free_type_data = [](void *type_data) noexcept {
		const std::unique_ptr<TimelineSetup> owned(setupOf(type_data));
	};
	info.get_name = [](void *type_data) noexcept { return setupOf(type_data)->text("Timeline.Name"); };
	info.create = create;
	info.destroy = destroy;
	info.get_width = [](void *data) noexcept { return timelineOf(data)->width(); };
	info.get_height = [](void *data) noexcept { return timelineOf(data)->height(); };
	// Whatever is asked for: converted by libobs, translucent edges come out darker over light video.
	info.video_get_color_space = [](void *, std::size_t count, const gs_color_space *preferred) noexcept {
		return count > 0 ? preferred[0] : GS_CS_SRGB;
	};
	info.get_defaults2 = [](void *type_data, obs_data_t *settings) noexcept {
		guarded([&] { setTimelineDefaults(settings, setupOf(type_data)->themes); });
	};
	info.get_properties2 = properties;
	info.update = [](void *data, obs_data_t *settings) noexcept {
		guarded([&] { timelineOf(data)->update(settings); });
	};
	info.video_tick = [](void *data, float) noexcept { guarded([&] { timelineOf(data)->tick(); }); };
	info.video_render = [](void *data, gs_effect_t *) noexcept { guarded([&] { timelineOf(data)->render(); }); };
	obs_register_source(&info);
	// An older libobs refuses a source whose description is longer than it knows, without a word to the caller.
	const char *const registered = obs_get_latest_input_type_id(kTimelineId);
	return registered && std::strcmp(registered, kTimelineId) == 0;
}

std::optional<overlay::LayoutInfo> timelineLayout(obs_source_t *source)
{
	const char *const id = source ? obs_source_get_unversioned_id(source) : nullptr;
	void *const data = id && std::strcmp(id, kTimelineId) == 0 ? obs_obj_get_data(source) : nullptr;
	if (!data) {
		return std::nullopt;
	}
	return timelineOf(data)->layout();
}

} // namespace pulseline::obs
