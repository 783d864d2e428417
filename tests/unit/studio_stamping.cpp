// Which position a response gets, with every time given: the running session takes the times of what a media source did
// and of what came in as arguments, so that an hour passes in no time. The file says what was stamped. The same over
// real sockets, checked by another's arithmetic, is tests/wire/stamping.py.
#include "ingest/codec.hpp"
#include "session/store.hpp"
#include "studio/running.hpp"
#include "studio/studio.hpp"

#include <filesystem>
#include <gmock/gmock.h>

namespace pulseline::studio {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::FieldsAre;

constexpr std::int64_t kHour_ms = 3600 * 1000;

struct Got {
	std::int64_t position_ms;
	std::uint32_t pass;
	Stamp stamp;
	bool operator==(const Got &) const = default;
};

std::ostream &operator<<(std::ostream &out, const Got &got)
{
	return out << got.position_ms << " ms, pass " << got.pass << ", " << toText(got.stamp);
}

// A session that follows a media source. Times are milliseconds since it began.
class Stamping : public testing::Test {
protected:
	Stamping()
		: path_((std::filesystem::temp_directory_path() / ("stamping-" + session::randomId() + ".pulse"))
				.string())
	{
		options_.path = path_;
		options_.follow = "Speech";
	}
	~Stamping() override
	{
		running_.reset();
		std::filesystem::remove(path_);
	}

	void begin()
	{
		Result<std::shared_ptr<Running>> running =
			Running::prepare(options_, [this](auto snapshot) { newest_ = std::move(snapshot); });
		ASSERT_TRUE(running) << running.error().message;
		running_ = *running;
		base_ms_ = Studio::steady_ms();
		const Result<session::File> file = session::File::open(path_, session::Access::read);
		ASSERT_TRUE(file);
		ingest::Join join;
		join.session = file->note("code");
		const ingest::Answer<ingest::Joined> joined = running_->join(join);
		ASSERT_TRUE(joined) << joined.error().message;
		who_ = joined->participant;
	}
	void shows(std::int64_t at_ms, PlaybackState state, std::int64_t position_ms, double rate = 1,
		   std::uint32_t pass = 0)
	{
		running_->playbackChanged({base_ms_ + at_ms, state, position_ms, rate, pass}, duration_ms_);
	}
	// The code of the refusal, or "".
	std::string respond(std::int64_t at_ms, std::int64_t age_ms, std::optional<std::int64_t> position_ms = {})
	{
		ingest::Respond respond;
		respond.participant = who_;
		respond.seq = ++seq_;
		respond.value = 1;
		respond.age_ms = age_ms;
		respond.position_ms = position_ms;
		const auto taken = running_->respond(respond, SteadyTime(milliseconds(base_ms_ + at_ms)));
		return taken ? "" : taken.error().code;
	}
	// Ends the session and reads what it stored.
	std::vector<Got> stored()
	{
		EXPECT_TRUE(running_->close());
		running_.reset();
		std::vector<Got> all;
		const Result<session::File> file = session::File::open(path_, session::Access::read);
		EXPECT_TRUE(file);
		EXPECT_TRUE(file->responses([&](const session::StoredResponse &one) {
			all.push_back({one.response.position_ms, one.response.pass, one.stamp});
			return true;
		}));
		return all;
	}
	static Got server(std::int64_t position_ms, std::uint32_t pass = 0)
	{
		return {position_ms, pass, Stamp::server};
	}

	StartOptions options_;
	std::string path_;
	std::shared_ptr<Running> running_;
	std::shared_ptr<const Snapshot> newest_;
	std::int64_t base_ms_ = 0, duration_ms_ = 0;
	std::uint32_t who_ = 0;
	std::uint64_t seq_ = 0;
};

TEST_F(Stamping, GoesByWhatWasOnScreenHoweverLateItComes)
{
	begin();
	shows(1'000, PlaybackState::playing, 0);
	shows(5'000, PlaybackState::paused, 4'000);
	shows(8'000, PlaybackState::playing, 4'000);
	shows(10'000, PlaybackState::playing, 20'000);        // seeks ahead
	shows(12'000, PlaybackState::playing, 3'000, 1, 1);   // and back
	shows(13'000, PlaybackState::playing, 4'000, 1.5, 1); // faster
	shows(15'000, PlaybackState::playing, 0, 0.5, 2);     // begins again, slower
	shows(20'000, PlaybackState::ended, 2'500, 1, 2);
	for (const std::int64_t late_ms : {std::int64_t{0}, 40 * std::int64_t{1'000}, kHour_ms}) {
		const auto press = [&](std::int64_t at_ms) { return respond(at_ms + late_ms, late_ms); };
		EXPECT_EQ(press(999), "bad_position") << "nothing was shown yet";
		for (const std::int64_t at_ms : {1'000, 4'999, 5'000, 7'999, 8'001, 9'999, 10'000, 11'000, 12'000,
						 12'999, 14'001, 15'001, 19'999}) {
			EXPECT_EQ(press(at_ms), "") << at_ms;
		}
		EXPECT_EQ(press(20'000), "bad_position") << "it was over";
	}
	const std::vector<Got> once{server(0),        server(3'999),    server(4'000),    server(4'000),
				    server(4'001),    server(5'999),    server(20'000),   server(21'000),
				    server(3'000, 1), server(3'999, 1), server(5'502, 1), server(1, 2),
				    server(2'500, 2)};
	std::vector<Got> thrice;
	for (int i = 0; i < 3; ++i) {
		thrice.insert(thrice.end(), once.begin(), once.end());
	}
	EXPECT_EQ(stored(), thrice);
}

// A mistyped position: once it is put back, the speech is as long as it was, but for what people said there.
TEST_F(Stamping, AJumpThatWasTakenBackLeavesOnlyWhatWasSaidThere)
{
	const auto closed = [&] {
		running_->drain();
		return newest_->closedTicks;
	};
	begin();
	shows(0, PlaybackState::paused, 61'000);
	EXPECT_EQ(closed(), 12);
	shows(1, PlaybackState::paused, 10 * kHour_ms);
	EXPECT_EQ(closed(), 7'200);
	EXPECT_EQ(newest_->furthest_ms, 10 * kHour_ms);
	shows(2, PlaybackState::paused, 63'000, 1, 1);
	EXPECT_EQ(closed(), 12);
	EXPECT_EQ(newest_->furthest_ms, 63'000);
	shows(3, PlaybackState::paused, 100'000, 1, 1);
	EXPECT_EQ(closed(), 20);
	EXPECT_EQ(respond(4, 0), "");
	shows(5, PlaybackState::paused, 120'000, 1, 1);
	EXPECT_EQ(closed(), 24);
	shows(6, PlaybackState::paused, 64'000, 1, 2);
	EXPECT_EQ(closed(), 21) << "up to the one in which somebody responded";
	EXPECT_EQ(newest_->furthest_ms, 64'000);
	// It is the same when the session goes on later.
	EXPECT_TRUE(running_->close());
	running_.reset();
	begin();
	EXPECT_EQ(closed(), 21);
	EXPECT_EQ(newest_->furthest_ms, 64'000);
}

TEST_F(Stamping, TakesOffTheAudiencesDelay)
{
	options_.settings.audience_delay_ms = 3'000;
	begin();
	shows(1'000, PlaybackState::playing, 0);
	shows(10'000, PlaybackState::playing, 60'000);
	EXPECT_EQ(respond(3'999, 0), "bad_position") << "they did not see anything yet";
	EXPECT_EQ(respond(4'000, 0), "");
	EXPECT_EQ(respond(12'000, 0), "");
	EXPECT_EQ(respond(14'000, 500), "");
	EXPECT_THAT(stored(), ElementsAre(server(0), server(8'000), server(60'500)));
}

TEST_F(Stamping, ReplacesAnAgeFromBeforeTheSession)
{
	options_.settings.audience_delay_ms = 1'000;
	begin();
	shows(1'000, PlaybackState::playing, 0);
	for (const std::int64_t age_ms : {kHour_ms, ingest::kMaxInteger}) {
		EXPECT_EQ(respond(5'000, age_ms), "");
	}
	EXPECT_EQ(respond(5'000, 1'000), "");
	EXPECT_THAT(stored(),
		    ElementsAre(Got{3'000, 0, Stamp::corrected}, Got{3'000, 0, Stamp::corrected}, server(2'000)));
}

TEST_F(Stamping, GoesByWhatTheSourceHasJustDone)
{
	begin();
	shows(1'000, PlaybackState::playing, 0);
	EXPECT_EQ(respond(2'000, 0), "");
	shows(3'000, PlaybackState::paused, 2'000);
	EXPECT_EQ(respond(3'500, 0), "") << "although nobody has looked after the source since";
	shows(4'000, PlaybackState::stopped, 0);
	EXPECT_EQ(respond(4'000, 0), "bad_position");
	EXPECT_EQ(respond(4'000, 1), "");
	EXPECT_THAT(stored(), ElementsAre(server(1'000), server(2'000), server(2'000)));
}

TEST_F(Stamping, AChangeDoesNotReachBackOverWhatWasStamped)
{
	begin();
	shows(1'000, PlaybackState::playing, 0);
	EXPECT_EQ(respond(3'005, 0), "");
	shows(3'000, PlaybackState::playing, 60'000, 2); // of this frame, and heard of a moment late
	EXPECT_EQ(respond(3'100, 95), "") << "of the same millisecond as the first";
	EXPECT_EQ(respond(3'100, 94), "");
	EXPECT_EQ(respond(3'100, 0), "");
	EXPECT_THAT(stored(), ElementsAre(server(2'005), server(2'005), server(60'012), server(60'200)));
}

TEST_F(Stamping, ChecksAClientsPositionAgainstTheFurthestShownAndNotThePresent)
{
	begin();
	EXPECT_EQ(respond(0, 0, 2'000), "");
	EXPECT_EQ(respond(0, 0, 2'001), "bad_position");
	shows(1'000, PlaybackState::playing, 30'000);
	shows(2'000, PlaybackState::paused, 5'000, 1, 1);
	EXPECT_EQ(respond(3'000, 0, 32'999), "");
	EXPECT_EQ(respond(kHour_ms, 0, 32'999), "");
	EXPECT_EQ(respond(3'000, 0, 33'000), "bad_position");
	EXPECT_EQ(respond(3'000, 0, -1), "bad_position");
	for (const Got &got : stored()) {
		EXPECT_EQ(got.stamp, Stamp::client);
	}
}

TEST_F(Stamping, ChecksAClientsPositionAgainstTheDurationOnceItIsKnown)
{
	begin();
	duration_ms_ = 90'000; // the media source has opened its file
	shows(1'000, PlaybackState::playing, 0);
	EXPECT_EQ(respond(1'000, 0, 90'000), "");
	EXPECT_EQ(respond(1'000, 0, 90'001), "bad_position");
	EXPECT_EQ(respond(200'000, 0), "");
	EXPECT_THAT(stored(), ElementsAre(FieldsAre(90'000, 0, Stamp::client), server(90'000)));
}

TEST_F(Stamping, EachAtOwnTimeGoesByTheDurationAlone)
{
	options_.follow.clear();
	options_.settings.ownTime = true;
	options_.settings.duration_ms = 60'000;
	begin();
	EXPECT_EQ(respond(0, 0), "bad_position") << "only they know where they are";
	EXPECT_EQ(respond(0, 0, 60'000), "");
	EXPECT_EQ(respond(0, kHour_ms, 0), "") << "the age is of no matter";
	EXPECT_EQ(respond(0, 0, 60'001), "bad_position");
	EXPECT_EQ(stored().size(), 2U);
}

} // namespace
} // namespace pulseline::studio
