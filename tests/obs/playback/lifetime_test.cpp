// Sources and followers that come and go, and what is left of them in the user's scene collection: nothing.
#include "obs/playback/stage.hpp"

#include <gmock/gmock.h>

namespace pulseline::test {
namespace {

using playback::follow;
using playback::Follower;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char *kFilter = "pulseline_follower";

bool lost(const Seen &seen)
{
	return !seen.shown.found;
}

// Frames are seen, and the picture moves on.
bool follows(const Seen &seen)
{
	return seen.shown.found && !seen.shown.approximate && seen.shown.rate == 1 && seen.shown.position_ms > 0;
}

class Lifetime : public testing::Test {
protected:
	OBSSourceAutoRelease video(const char *name)
	{
		return stage_.media(VIDEOS "/30.mp4", name, R"({"looping": true})");
	}

	Stage stage_{30};
};

TEST_F(Lifetime, FindsASourceMadeLater)
{
	const std::shared_ptr<Follower> follower = follow("media");
	stage_.ask(follower);
	stage_.settle();
	EXPECT_TRUE(lost(stage_.frames(5).back()));
	EXPECT_EQ(follower->uuid(), "");

	const OBSSourceAutoRelease source = video("media");
	stage_.put(source);
	EXPECT_TRUE(stage_.until(follows, 90));
	EXPECT_EQ(follower->uuid(), obs_source_get_uuid(source));
	EXPECT_THAT(filtersOf(source), ElementsAre(kFilter));
}

TEST_F(Lifetime, FollowsAUuidAndARenamedSource)
{
	const OBSSourceAutoRelease source = video("media");
	stage_.put(source);
	const std::shared_ptr<Follower> byUuid = follow(obs_source_get_uuid(source));
	const std::shared_ptr<Follower> byName = follow("media");
	stage_.ask(byName);
	EXPECT_TRUE(stage_.until(follows, 90));
	EXPECT_THAT(filtersOf(source), ElementsAre(kFilter)) << "one filter for both";
	EXPECT_TRUE(byUuid->shown().found);
	EXPECT_EQ(byUuid->shown().position_ms, byName->shown().position_ms);

	obs_source_set_name(source, "another name");
	stage_.settle();
	EXPECT_TRUE(follows(stage_.frames(10).back()));
	EXPECT_EQ(byName->uuid(), obs_source_get_uuid(source));
}

TEST_F(Lifetime, FindsASourceThatWasRemovedAndMadeAgain)
{
	const std::shared_ptr<Follower> follower = follow("media");
	stage_.ask(follower);
	{
		const OBSSourceAutoRelease source = video("media");
		stage_.put(source);
		ASSERT_TRUE(stage_.until(follows, 90));
		// As the user does it: the source is marked, and somebody may hold it a while longer.
		obs_source_remove(source);
		ASSERT_TRUE(stage_.until(lost, 10));
		stage_.settle();
		EXPECT_THAT(filtersOf(source), IsEmpty());
		EXPECT_EQ(follower->uuid(), "");
		stage_.put(nullptr);
	}
	stage_.settle();
	const OBSSourceAutoRelease again = video("media");
	stage_.put(again);
	EXPECT_TRUE(stage_.until(follows, 90));
	EXPECT_EQ(follower->uuid(), obs_source_get_uuid(again));
}

TEST_F(Lifetime, IsSharedByAllWhoFollow)
{
	const OBSSourceAutoRelease source = video("media");
	stage_.put(source);
	std::shared_ptr<Follower> first = follow("media");
	std::shared_ptr<Follower> second = follow("media");
	EXPECT_EQ(first, second);
	stage_.ask(first);
	ASSERT_TRUE(stage_.until(follows, 90));

	first.reset();
	stage_.settle();
	EXPECT_TRUE(follows(stage_.frames(10).back()));
	EXPECT_THAT(filtersOf(source), ElementsAre(kFilter));

	second.reset();
	stage_.ask(nullptr); // in mid-play
	stage_.settle();
	stage_.frames(3);
	EXPECT_THAT(filtersOf(source), IsEmpty());
}

TEST_F(Lifetime, LeavesNoTraceInTheSavedCollection)
{
	const OBSSourceAutoRelease source = video("media");
	stage_.put(source);
	const std::shared_ptr<Follower> follower = follow("media");
	stage_.ask(follower);
	ASSERT_TRUE(stage_.until(follows, 90));
	ASSERT_THAT(filtersOf(source), ElementsAre(kFilter));

	for (int i = 0; i < 3; ++i) {
		EXPECT_THAT(savedCollection(), Not(HasSubstr("pulseline"))) << "it is saved while it is followed";
		// The filter comes back, and what it missed does not show.
		for (const Seen &seen : stage_.seconds(0.7)) {
			EXPECT_NEAR(static_cast<double>(seen.shown.position_ms) * 30 / 1000, seen.number, 1.05);
			EXPECT_FALSE(seen.shown.approximate);
			EXPECT_EQ(seen.shown.pass, 0U);
		}
		EXPECT_THAT(filtersOf(source), ElementsAre(kFilter));
	}
	playback::removeFollowerFilters();
	EXPECT_THAT(filtersOf(source), IsEmpty());
	stage_.settle();
	EXPECT_THAT(filtersOf(source), ElementsAre(kFilter));
}

// A collection that was written with the filter in it, say by a crash in the midst of a save; and pasted filters.
TEST_F(Lifetime, ClearsAwayFiltersThatNobodyNeeds)
{
	const OBSSourceAutoRelease source = video("media");
	const OBSSourceAutoRelease stale = obs_source_create_private(kFilter, "stale", nullptr);
	obs_source_filter_add(source, stale);
	stage_.settle();
	EXPECT_THAT(filtersOf(source), IsEmpty());

	stage_.put(source);
	const std::shared_ptr<Follower> follower = follow("media");
	stage_.ask(follower);
	ASSERT_TRUE(stage_.until(follows, 90));
	const OBSSourceAutoRelease other = video("other");
	obs_source_copy_filters(other, source);
	const OBSSourceAutoRelease second = obs_source_create_private(kFilter, "second", nullptr);
	obs_source_filter_add(source, second);
	stage_.settle();
	EXPECT_THAT(filtersOf(other), IsEmpty());
	EXPECT_THAT(filtersOf(source), ElementsAre(kFilter));
	EXPECT_TRUE(follows(stage_.frames(10).back()));
}

TEST_F(Lifetime, UsesTheFilterThatIsThere)
{
	const OBSSourceAutoRelease source = video("media");
	stage_.put(source);
	const std::shared_ptr<Follower> follower = follow("media");
	const OBSSourceAutoRelease loaded = obs_source_create_private(kFilter, "loaded", nullptr);
	obs_source_filter_add(source, loaded);
	stage_.ask(follower);
	ASSERT_TRUE(stage_.until(follows, 90));
	EXPECT_THAT(filtersOf(source), ElementsAre(kFilter));
	EXPECT_EQ(obs_filter_get_parent(loaded), source.Get());
}

TEST_F(Lifetime, IsApproximateWhileTheFilterIsDisabled)
{
	const OBSSourceAutoRelease source = video("media");
	stage_.put(source);
	const std::shared_ptr<Follower> follower = follow("media");
	stage_.ask(follower);
	ASSERT_TRUE(stage_.until(follows, 90));
	const OBSSourceAutoRelease filter = obs_source_get_filter_by_name(source, "Pulseline playback position");
	ASSERT_TRUE(filter);
	obs_source_set_enabled(filter, false);
	ASSERT_TRUE(stage_.until([](const Seen &seen) { return seen.shown.approximate; }, 90));
	for (const Seen &seen : stage_.seconds(1)) {
		EXPECT_NEAR(static_cast<double>(seen.shown.position_ms) * 30 / 1000, seen.number, 2.5);
		EXPECT_EQ(seen.shown.state, PlaybackState::playing);
		EXPECT_EQ(seen.shown.rate, 1);
	}
	obs_source_set_enabled(filter, true);
	EXPECT_TRUE(stage_.until(follows, 90));
	EXPECT_EQ(follower->shown().pass, 0U);
}

TEST_F(Lifetime, KeepsAwayFromWhatIsNoMedia)
{
	const OBSSourceAutoRelease scene = obs_source_create("scene", "media", nullptr, nullptr);
	const std::shared_ptr<Follower> follower = follow("media");
	stage_.ask(follower);
	stage_.settle();
	EXPECT_TRUE(lost(stage_.frames(5).back()));
	EXPECT_THAT(filtersOf(scene), IsEmpty());
	obs_source_remove(scene); // since OBS 31.1 a canvas keeps a scene that is only released
}

TEST(Shutdown, IsOutlivedByFollowers)
{
	std::shared_ptr<Follower> follower;
	{
		Stage stage(30);
		follower = follow("media");
		const OBSSourceAutoRelease source = stage.media(VIDEOS "/30.mp4", "media");
		stage.put(source);
		stage.ask(follower);
		ASSERT_TRUE(stage.until(follows, 90));
		playback::stopFollowing();
		EXPECT_THAT(filtersOf(source), IsEmpty());
		EXPECT_TRUE(lost(stage.frames(3).back()));
		EXPECT_EQ(follower->uuid(), "");
		playback::stopFollowing(); // twice is harmless
	}
	EXPECT_FALSE(follower->shown().found);
	follower.reset(); // libobs is gone
	EXPECT_FALSE(follow("media")->shown().found);
}

} // namespace
} // namespace pulseline::test
