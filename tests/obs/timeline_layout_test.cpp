// What a timeline tells of its layout, and the pixels of the same frame.
#include "obs/timeline_fixture.hpp"

#include <array>
#include <cmath>

using namespace pulseline;
using namespace pulseline::obs;
using namespace pulseline::test;

namespace {

using TimelineLayout = TimelineTest;

constexpr std::int64_t kPinsApart_ms = 5'000;

// Asks for the layout in the middle of each frame's composition and at its end, and looks where the pins of markers
// stand in the programme that was composed.
class PinWatch {
public:
	PinWatch(Stage &stage, obs_source_t *source)
		: stage_(stage)
		, source_(source)
	{
		obs_add_main_render_callback(begin, this);
		obs_add_main_rendered_callback(end, this);
	}
	PinWatch(const PinWatch &) = delete;
	PinWatch &operator=(const PinWatch &) = delete;
	~PinWatch()
	{
		obs_remove_main_rendered_callback(end, this);
		obs_remove_main_render_callback(begin, this);
		gs_stagesurface_destroy(surface_);
	}

	int frames = 0;
	int early = 0;    // answers that were of a frame not yet composed
	double worst = 0; // pixels between a pin and where the layout has it
	double moved = 0; // pixels that the window slid

private:
	// The sources have looked around and are about to be drawn: only now the video chooses its frame.
	static void begin(void *self, std::uint32_t, std::uint32_t)
	{
		auto &watch = *static_cast<PinWatch *>(self);
		const auto layout = timelineLayout(watch.source_);
		watch.early += watch.frames > 0 && layout->position_ms != watch.last_.position_ms;
		constexpr std::array<int, 4> kSteps_ms{150, 40, 310, -120};
		watch.stage_.position_ms = watch.stage_.position_ms + kSteps_ms[watch.frames % kSteps_ms.size()];
	}
	static void end(void *self)
	{
		auto &watch = *static_cast<PinWatch *>(self);
		const overlay::LayoutInfo layout = *timelineLayout(watch.source_);
		EXPECT_EQ(layout.position_ms, std::llround(watch.stage_.position_ms.load()));
		if (watch.frames++ > 0) {
			watch.moved +=
				std::abs(watch.x(layout, layout.start_ms) - watch.x(layout, watch.last_.start_ms));
		}
		watch.last_ = layout;
		watch.measure(layout);
	}

	static double x(const overlay::LayoutInfo &layout, std::int64_t position_ms)
	{
		return static_cast<double>(layout.x) + static_cast<double>(layout.width) *
							       static_cast<double>(position_ms - layout.start_ms) /
							       static_cast<double>(layout.end_ms - layout.start_ms);
	}

	void measure(const overlay::LayoutInfo &layout)
	{
		gs_texture_t *const programme = obs_get_main_texture();
		surface_ = surface_ ? surface_
				    : gs_stagesurface_create(kWidth, kHeight, gs_texture_get_color_format(programme));
		gs_stage_texture(surface_, programme);
		std::uint8_t *rows = nullptr;
		std::uint32_t stride = 0;
		ASSERT_TRUE(gs_stagesurface_map(surface_, &rows, &stride));
		// Beneath the axis' own strokes, as low as pins reach.
		const std::uint8_t *const row =
			rows + std::size_t{stride} * static_cast<std::size_t>(layout.y + layout.height + 2);
		// The first that is not at the edge, where it would fade.
		const std::int64_t first = ((layout.start_ms + 2'000) / kPinsApart_ms + 1) * kPinsApart_ms;
		const double expected = x(layout, first);
		double light = 0, moment = 0;
		const int from = static_cast<int>(expected) - 20;
		for (int at = from; at <= from + 40; ++at) {
			const int over = std::max(0, row[4 * at + 1] - row[4 * from + 1]);
			light += over;
			moment += over * (at + 0.5);
		}
		gs_stagesurface_unmap(surface_);
		EXPECT_GT(light, 60) << "there is no pin near " << expected;
		worst = std::max(worst, std::abs(moment / light - expected));
	}

	Stage &stage_;
	obs_source_t *const source_;
	gs_stagesurf_t *surface_ = nullptr;
	overlay::LayoutInfo last_;
};

TEST_F(TimelineLayout, IsOfTheFrameThatWasComposedLast)
{
	const auto marked = std::make_shared<Snapshot>(*stage_.snapshot);
	Annotations pins;
	for (std::int64_t at = 0; at <= 60'000; at += kPinsApart_ms) {
		pins.markers.push_back({at, ""});
	}
	marked->annotations = std::make_shared<const Annotations>(pins);
	stage_.snapshot = marked;
	stage_.position_ms = 24'000;
	const OBSDataAutoRelease rolling = small();
	obs_data_set_int(rolling, "window_ms", 20'000);
	obs_data_set_bool(rolling, "reveal", false);
	const OBSSourceAutoRelease source = create("timeline", rolling);
	obs_set_output_source(0, source);
	ASSERT_TRUE(waitForState(source, "live"));
	obs_enter_graphics(); // between two frames
	auto watch = std::make_unique<PinWatch>(stage_, source);
	obs_leave_graphics();
	ObsHost::waitFrames(300);
	obs_enter_graphics();
	EXPECT_GE(watch->frames, 299);
	EXPECT_EQ(watch->early, 0);
	RecordProperty("worst_pixels", std::to_string(watch->worst));
	EXPECT_LT(watch->worst, 0.75); // a pin stands on whole pixels of its layer
	EXPECT_GT(watch->moved, 300);
	watch.reset();
	obs_leave_graphics();
}

} // namespace
