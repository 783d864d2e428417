// overlay_steady: the time inside `video_render` of a timeline in which nothing changes but the playhead, beside OBS's
// text source of about the same size, and (`…_image`) beside its image source, which blends as light adds up, too. 12
// segments over 1,440 ticks at 1920x320, libobs with Mesa's software renderer; the median of the frames of a run, on
// the clock of the thread's processor time.
#include "bench/bench.hpp"
#include "obs/host.hpp"
#include "obs/timeline_source.hpp"
#include "overlay_sample.hpp"

#include <obs.hpp>

#include <QGuiApplication>

#include <atomic>
#include <cstring>

using namespace pulseline;

namespace {

constexpr int kRounds = 7;
constexpr int kFrames = 200;
constexpr std::uint32_t kWidth = 1920;
constexpr std::uint32_t kHeight = 320;

// One session, at a position that goes on with every frame.
class Feed final : public obs::TimelineFeed {
public:
	class Reader final : public obs::TimelineReader {
	public:
		explicit Reader(Feed &feed)
			: feed_(feed)
		{
		}
		std::optional<std::shared_ptr<const Snapshot>> newest() override
		{
			return std::exchange(told_, true) ? std::nullopt : std::optional(feed_.snapshot_);
		}
		std::optional<overlay::Clock> followed() const override
		{
			return overlay::Clock{PlaybackState::playing, feed_.position_ms, true, false};
		}
		void want(const overlay::SegmentChoice &) override {}
		Result<void> openTranscript(const std::string &) override { return {}; }

	private:
		Feed &feed_;
		bool told_ = false;
	};

	explicit Feed(std::shared_ptr<const Snapshot> snapshot)
		: snapshot_(std::move(snapshot))
	{
	}
	std::shared_ptr<obs::TimelineReader> open(const std::string &, const std::string &, const Recut &) override
	{
		return std::make_shared<Reader>(*this);
	}
	std::shared_ptr<const Snapshot> current() const override { return snapshot_; }

	std::atomic<double> position_ms{0};

private:
	std::shared_ptr<const Snapshot> snapshot_;
};

std::shared_ptr<const Snapshot> session()
{
	test::SampleOptions options;
	options.segments.clear();
	for (int i = 0; i < 12; ++i) {
		options.segments.push_back("Segment " + std::to_string(i));
	}
	options.duration_ms = 1'440 * options.tick_ms;
	const auto snapshot = test::sampleSession(options, 1'440);
	snapshot->running = false; // a review: nobody is missed
	return snapshot;
}

double threadTime_ms()
{
	timespec now{};
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

// Rendered as OBS does it, into a target of its own, frame after frame.
class Frames {
public:
	Frames()
	{
		obs_enter_graphics();
		target_ = gs_texrender_create(GS_RGBA, GS_ZS_NONE);
	}
	Frames(const Frames &) = delete;
	Frames &operator=(const Frames &) = delete;
	~Frames()
	{
		gs_texrender_destroy(target_);
		obs_leave_graphics();
	}

	double median_ms(obs_source_t *source, const std::function<void(int)> &before)
	{
		std::vector<double> took;
		for (int frame = 0; frame < kFrames; ++frame) {
			before(frame);
			gs_texrender_reset(target_);
			if (!gs_texrender_begin(target_, kWidth, kHeight)) {
				return 0;
			}
			const vec4 nothing{};
			gs_clear(GS_CLEAR_COLOR, &nothing, 0, 0);
			gs_ortho(0, kWidth, 0, kHeight, -100, 100);
			const double start = threadTime_ms();
			obs_source_video_render(source);
			took.push_back(threadTime_ms() - start);
			gs_texrender_end(target_);
			gs_flush();
		}
		return bench::median(took);
	}

private:
	gs_texrender_t *target_ = nullptr;
};

// One of OBS's own modules. Without it its source cannot be made.
void load(const std::string &name)
{
	obs_module_t *module = nullptr;
	const std::string file = "/usr/lib/x86_64-linux-gnu/obs-plugins/" + name + ".so";
	const std::string data = "/usr/share/obs/obs-plugins/" + name;
	if (obs_open_module(&module, file.c_str(), data.c_str()) == MODULE_SUCCESS) {
		obs_init_module(module);
	}
}

OBSSourceAutoRelease imageSource()
{
	load("image-source");
	const std::string file = std::string(FOLDER) + "/overlay_steady.png";
	QImage image(kWidth, kHeight, QImage::Format_ARGB32);
	image.fill(QColor(11, 15, 23, 220));
	image.save(QString::fromStdString(file));
	OBSDataAutoRelease settings = obs_data_create();
	obs_data_set_string(settings, "file", file.c_str());
	return obs_source_create("image_source", "image", settings, nullptr);
}

// Few words, so large that they fill about the same size: little to do for each pixel.
OBSSourceAutoRelease textSource()
{
	load("text-freetype2");
	OBSDataAutoRelease settings = obs_data_create();
	OBSDataAutoRelease font = obs_data_create();
	obs_data_set_string(font, "face", "DejaVu Sans");
	obs_data_set_int(font, "size", 230);
	obs_data_set_obj(settings, "font", font);
	obs_data_set_string(settings, "text", "Questions from\nthe audience");
	return obs_source_create("text_ft2_source_v2", "text", settings, nullptr);
}

int measure(Feed &feed)
{
	const OBSSourceAutoRelease timeline = obs_source_create(obs::kTimelineId, "timeline", nullptr, nullptr);
	const OBSSourceAutoRelease text = textSource();
	const OBSSourceAutoRelease image = imageSource();
	if (!timeline || !text || !image) {
		std::fputs("overlay_steady: a source is missing\n", stderr);
		return 1;
	}
	obs_set_output_source(0, timeline);
	for (auto layout = obs::timelineLayout(timeline); !layout || layout->state != "review";
	     layout = obs::timelineLayout(timeline)) {
		test::ObsHost::waitFrames(1);
	}
	test::ObsHost::waitFrames(2);
	obs_set_output_source(0, nullptr);
	const std::string size =
		std::to_string(obs_source_get_width(text)) + "x" + std::to_string(obs_source_get_height(text));
	Frames frames;
	const auto ours = [&] {
		return frames.median_ms(timeline, [&](int frame) { feed.position_ms = 5'000'000 + frame * 33; });
	};
	const auto beside = [&](obs_source_t *peer) { return frames.median_ms(peer, [](int) {}); };
	bench::inTurn({"overlay_steady", "ms", "a text source (FreeType 2) of " + size, {}, {}}, kRounds, ours, [&] {
		return beside(text);
	}).print();
	bench::inTurn({"overlay_steady_image", "ms", "an image source of 1920x320", {}, {}}, kRounds, ours, [&] {
		return beside(image);
	}).print();
	return 0;
}

} // namespace

int main(int argc, char **argv)
{
	test::goHeadless(argc, argv);
	const QGuiApplication application(argc, argv);
	const auto feed = std::make_shared<Feed>(session());
	const test::ObsHost host(960, 540);
	if (!host.ready() || !obs::registerTimelineSource({EFFECT, [](const char *key) { return key; }, feed})) {
		std::fputs("overlay_steady: libobs did not start\n", stderr);
		return 1;
	}
	test::ObsHost::expectWarning("");
	return measure(*feed);
}
