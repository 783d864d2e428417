// vote_to_pixel: the time from a response's way into the socket until OBS has composed a frame that shows it, while a
// thousand simulated people send 10,000 responses a second. Studio, timeline source and libobs (60 frames a second,
// Mesa's software renderer) in one process, the people in another one on the same machine.
//
// Five people of a segment of their own go from like to dislike and back; what is looked at is the colour of their open
// tick in the heat layout, in OBS's composed frame. The peer is the same with nobody else in the session.
#include "bench/bench.hpp"
#include "obs/host.hpp"
#include "obs/timeline_source.hpp"
#include "studio/studio.hpp"
#include "wire/raw_client.hpp"

#include <obs.hpp>

#include <QGuiApplication>

#include <condition_variable>
#include <filesystem>
#include <format>
#include <random>
#include <thread>

using namespace pulseline;
using namespace std::chrono_literals;

namespace {

constexpr int kRounds = 5;
constexpr std::uint32_t kWidth = 960;
constexpr std::uint32_t kHeight = 160;
constexpr std::int64_t kTick_ms = 60'000; // one that stays open for a whole round
constexpr auto kRound = 20s;

using Clock_ = std::chrono::steady_clock;

// The studio's running session, as in OBS.
class Feed final : public obs::TimelineFeed {
public:
	class Reader final : public obs::TimelineReader {
	public:
		explicit Reader(studio::Studio &studio)
			: studio_(studio)
			, box_(studio.reader())
		{
		}
		std::optional<std::shared_ptr<const Snapshot>> newest() override
		{
			const auto fresh = box_->box.take();
			return fresh ? std::optional(*fresh) : std::nullopt;
		}
		std::optional<overlay::Clock> followed() const override { return std::nullopt; }
		void want(const overlay::SegmentChoice &choice) override
		{
			std::ignore = studio_.wantSegment(choice.name, choice.expression);
		}
		Result<void> openTranscript(const std::string &) override { return {}; }

	private:
		studio::Studio &studio_;
		std::shared_ptr<studio::Reader> box_;
	};

	explicit Feed(studio::Studio &studio)
		: studio_(studio)
	{
	}
	std::shared_ptr<obs::TimelineReader> open(const std::string &, const std::string &, const Recut &) override
	{
		return std::make_shared<Reader>(studio_);
	}
	std::shared_ptr<const Snapshot> current() const override { return studio_.snapshot(); }

private:
	studio::Studio &studio_;
};

// Looks at one pixel of every frame that OBS composes.
class Eye {
public:
	enum class Color { other, like, dislike };

	Eye(std::uint32_t x, std::uint32_t y)
		: x_(x)
		, y_(y)
	{
		obs_add_main_rendered_callback(look, this);
	}
	Eye(const Eye &) = delete;
	Eye &operator=(const Eye &) = delete;
	~Eye()
	{
		obs_remove_main_rendered_callback(look, this);
		obs_enter_graphics();
		gs_stagesurface_destroy(stage_);
		gs_texture_destroy(pixel_);
		obs_leave_graphics();
	}

	// When the first frame was composed that has this colour.
	std::optional<Clock_::time_point> await(Color color)
	{
		std::unique_lock lock(mutex_);
		const bool seen = changed_.wait_for(lock, 10s, [&] { return color_ == color; });
		return seen ? std::optional(since_) : std::nullopt;
	}

private:
	static void look(void *self)
	{
		auto &eye = *static_cast<Eye *>(self);
		gs_texture_t *const frame = obs_get_main_texture();
		std::uint8_t *row = nullptr;
		std::uint32_t stride = 0;
		if (!frame) {
			return;
		}
		if (!eye.pixel_) {
			const gs_color_format format = gs_texture_get_color_format(frame);
			eye.red_ = format == GS_BGRA || format == GS_BGRX || format == GS_BGRA_UNORM ? 2 : 0;
			eye.pixel_ = gs_texture_create(1, 1, format, 1, nullptr, 0);
			eye.stage_ = gs_stagesurface_create(1, 1, format);
		}
		gs_copy_texture_region(eye.pixel_, 0, 0, frame, eye.x_, eye.y_, 1, 1);
		gs_stage_texture(eye.stage_, eye.pixel_);
		if (!gs_stagesurface_map(eye.stage_, &row, &stride)) {
			return;
		}
		const int bluer = row[2 - eye.red_] - row[eye.red_];
		gs_stagesurface_unmap(eye.stage_);
		const Color color = bluer > 20 ? Color::like : bluer < -20 ? Color::dislike : Color::other;
		const std::lock_guard lock(eye.mutex_);
		if (color != eye.color_) {
			eye.color_ = color;
			eye.since_ = Clock_::now();
			eye.changed_.notify_all();
		}
	}

	std::uint32_t x_, y_;
	gs_texture_t *pixel_ = nullptr;
	gs_stagesurf_t *stage_ = nullptr;
	int red_ = 0; // its place in the pixel
	std::mutex mutex_;
	std::condition_variable changed_;
	Color color_ = Color::other;
	Clock_::time_point since_;
};

// The five, on connections of their own.
class Five {
public:
	Five(std::uint16_t port, const std::string &code)
	{
		for (int i = 0; i < 5; ++i) {
			auto &one = *clients_.emplace_back(std::make_unique<test::RawClient>(port));
			one.upgrade();
			one.text(std::format(R"({{"type":"join","session":"{}","attributes":{{"group":"five"}}}})",
					     code));
			one.readText();
		}
	}
	// When the first of them was about to be sent.
	Clock_::time_point send(int value)
	{
		++seq_;
		const auto now = Clock_::now();
		for (const auto &one : clients_) {
			one->text(std::format(R"({{"type":"respond","seq":{},"value":{}}})", seq_, value));
		}
		return now;
	}

private:
	std::vector<std::unique_ptr<test::RawClient>> clients_;
	int seq_ = 0;
};

// A thousand people, each of whom responds ten times a second for a round's length.
class Crowd {
public:
	Crowd(std::uint16_t port, const std::string &code, studio::Studio &studio)
	{
		const auto rounds = std::chrono::seconds(kRound).count() * 10;
		process_ = popen(std::format(GENERATOR
					     " {} --code {} --connections 1000 --every 100 --rounds {} >/dev/null",
					     port, code, rounds)
					 .c_str(),
				 "w");
		while (studio.status().participants < 1'000) {
			test::ObsHost::waitFrames(1);
		}
		std::fputs("\n", process_);
		std::fflush(process_);
	}
	Crowd(const Crowd &) = delete;
	Crowd &operator=(const Crowd &) = delete;
	~Crowd() { pclose(process_); }

private:
	FILE *process_ = nullptr;
};

struct Latency {
	double p50_ms = 0;
	double p99_ms = 0;
	double perSecond = 0; // responses that were counted
};

// Presses until the round is over, at moments that have nothing to do with any clock of ours.
Latency press(Five &five, Eye &eye, studio::Studio &studio)
{
	std::mt19937 random(20260101);
	std::uniform_int_distribution<int> pause_ms(20, 150);
	std::vector<double> latencies;
	const std::uint64_t before = studio.status().counted;
	const auto begin = Clock_::now();
	for (int value = 1; Clock_::now() - begin < kRound - 3s; value = -value) {
		const auto sent = five.send(value);
		const auto seen = eye.await(value > 0 ? Eye::Color::like : Eye::Color::dislike);
		if (!seen) {
			return {};
		}
		latencies.push_back(std::chrono::duration<double, std::milli>(*seen - sent).count());
		std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms(random)));
	}
	const std::chrono::duration<double> length = Clock_::now() - begin;
	std::ranges::sort(latencies);
	const auto at = [&](double share) {
		return latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1) + 0.5)];
	};
	std::fprintf(stderr, "%zu presses\n", latencies.size());
	return {at(0.5), at(0.99), static_cast<double>(studio.status().counted - before) / length.count()};
}

Latency session(const std::string &folder, studio::Studio &studio, bool crowded)
{
	studio::StartOptions options;
	options.path = folder + (crowded ? "/crowded.pulse" : "/alone.pulse");
	std::filesystem::remove(options.path);
	options.settings.tick_ms = kTick_ms;
	options.settings.duration_ms = 6 * kTick_ms;
	options.settings.attributes = {{"group", "Group", {"five"}}};
	options.live = true;
	const auto started = studio.start(options);
	if (!started) {
		std::fprintf(stderr, "vote_to_pixel: %s\n", started.error().message.c_str());
		return {};
	}
	const auto port = static_cast<std::uint16_t>(std::stoi(started->url.substr(started->url.rfind(':') + 1)));
	Latency found;
	{
		OBSDataAutoRelease settings = obs_data_create();
		obs_data_set_int(settings, "width", kWidth);
		obs_data_set_int(settings, "height", kHeight);
		obs_data_set_string(settings, "layout", "heat");
		obs_data_set_bool(settings, "reveal", false);
		OBSDataArrayAutoRelease segments = obs_data_array_create();
		OBSDataAutoRelease segment = obs_data_create();
		obs_data_set_string(segment, "value", "Five=group=five");
		obs_data_array_push_back(segments, segment);
		obs_data_set_array(settings, "segments", segments);
		const OBSSourceAutoRelease timeline =
			obs_source_create(obs::kTimelineId, "timeline", settings, nullptr);
		obs_set_output_source(0, timeline);
		Five five(port, started->code);
		five.send(1);
		auto layout = obs::timelineLayout(timeline);
		for (; !layout || layout->state != "live"; layout = obs::timelineLayout(timeline)) {
			test::ObsHost::waitFrames(1);
		}
		// The middle of the first tick.
		Eye eye(static_cast<std::uint32_t>(layout->x + layout->width / 12),
			static_cast<std::uint32_t>(layout->y + layout->height / 2));
		five.send(-1);
		if (eye.await(Eye::Color::dislike)) {
			std::unique_ptr<Crowd> crowd;
			if (crowded) {
				crowd = std::make_unique<Crowd>(port, started->code, studio);
			}
			found = press(five, eye, studio);
		}
		obs_set_output_source(0, nullptr);
	}
	std::ignore = studio.stop();
	std::ignore = studio.close();
	return found;
}

} // namespace

int main(int argc, char **argv)
{
	test::goHeadless(argc, argv);
	const QGuiApplication application(argc, argv);
	const std::string folder = std::string(FOLDER) + "/vote_to_pixel";
	std::filesystem::create_directories(folder);
	studio::Studio studio;
	const auto feed = std::make_shared<Feed>(studio);
	const test::ObsHost host(kWidth, kHeight);
	if (!host.ready() || !obs::registerTimelineSource({EFFECT, [](const char *key) { return key; }, feed})) {
		std::fputs("vote_to_pixel: libobs did not start\n", stderr);
		return 1;
	}
	const std::string peer = "the same without the crowd";
	bench::Row p99{"vote_to_pixel", "ms, p99", peer, {}, {}};
	bench::Row p50{"vote_to_pixel_p50", "ms, p50", peer, {}, {}};
	for (int round = 0; round < (argc > 1 ? std::atoi(argv[1]) : kRounds); ++round) {
		const Latency ours = session(folder, studio, true);
		const Latency alone = session(folder, studio, false);
		if (ours.p99_ms == 0 || alone.p99_ms == 0) {
			std::fputs("vote_to_pixel: a vote was not seen\n", stderr);
			return 1;
		}
		std::fprintf(stderr, "%.0f responses a second: p50 %.1f, p99 %.1f ms; alone p50 %.1f, p99 %.1f ms\n",
			     ours.perSecond, ours.p50_ms, ours.p99_ms, alone.p50_ms, alone.p99_ms);
		p99.add(ours.p99_ms, alone.p99_ms);
		p50.add(ours.p50_ms, alone.p50_ms);
	}
	p99.print();
	p50.print();
	return 0;
}
