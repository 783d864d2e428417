// A running session whose file cannot be written: what it says to whom, what it still takes, and what it refuses.
#include "session/store.hpp"
#include "studio/running.hpp"

#include <condition_variable>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mutex>
#include <sqlite3.h>
#include <thread>

namespace pulseline::studio {
namespace {

using testing::HasSubstr;
using testing::Not;

class DurableTest : public testing::Test {
protected:
	DurableTest()
	{
		folder_ = std::filesystem::temp_directory_path() / ("pulseline-durable-" + session::randomId());
		std::filesystem::create_directories(folder_);
		options_.path = (folder_ / "a.pulse").string();
		options_.settings.ownTime = true;
		options_.settings.duration_ms = 1'000'000'000;
		options_.mostQueued_bytes = 100'000;
		options_.onProblem = [this](const std::string &reason) {
			const std::lock_guard lock(mutex_);
			told_.push_back(reason);
			changed_.notify_all();
		};
		running_ = *Running::prepare(options_, [](const auto &) {});
	}
	~DurableTest() override
	{
		release();
		running_ = nullptr;
		std::filesystem::remove_all(folder_);
	}

	ingest::Answer<ingest::Joined> join(const std::string &token = "")
	{
		ingest::Join join;
		join.session = running_->code();
		join.token = token;
		return running_->join(join);
	}
	ingest::Answer<ingest::Ticket> respond(std::uint32_t participant, std::uint64_t seq)
	{
		ingest::Respond respond;
		respond.participant = participant;
		respond.seq = seq;
		respond.value = 1;
		respond.position_ms = static_cast<std::int64_t>(seq);
		return running_->respond(respond, std::chrono::steady_clock::now());
	}
	// As `sqlite3 a.pulse` with BEGIN IMMEDIATE.
	void hold()
	{
		ASSERT_EQ(sqlite3_open_v2(options_.path.c_str(), &other_, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
		sqlite3_busy_timeout(other_, 10'000);
		ASSERT_EQ(sqlite3_exec(other_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
	}
	void release() { sqlite3_close(std::exchange(other_, nullptr)); }
	// The disk is well, but what waits is written one group after the other.
	bool hasRoomAgain()
	{
		const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
		while (!join() && std::chrono::steady_clock::now() < patience) {
			std::this_thread::yield();
		}
		return join().has_value();
	}
	std::string told(std::size_t number)
	{
		std::unique_lock lock(mutex_);
		const bool came =
			changed_.wait_for(lock, std::chrono::seconds(60), [&] { return told_.size() > number; });
		return came ? told_[number] : "nothing";
	}

	std::filesystem::path folder_;
	StartOptions options_;
	std::shared_ptr<Running> running_;
	sqlite3 *other_ = nullptr;
	std::mutex mutex_;
	std::condition_variable changed_;
	std::vector<std::string> told_;
};

TEST_F(DurableTest, SaysAtOnceThatItIsNotWritten)
{
	const std::uint32_t person = join()->participant;
	hold();
	ASSERT_TRUE(respond(person, 1));
	EXPECT_THAT(told(0), HasSubstr(options_.path + " is in use by another program"));
	EXPECT_EQ(running_->notReady(), "a.pulse is in use by another program; close it there and try again")
		<< "strangers do not hear of folders";
	EXPECT_EQ(running_->drain().problem, running_->notReady());
	EXPECT_FALSE(running_->drain().problem) << "once";
	release();
	EXPECT_EQ(told(1), "");
	EXPECT_EQ(running_->notReady(), "");
	EXPECT_EQ(running_->drain().problem, "");
}

TEST_F(DurableTest, TakesASecretTokenOfTheClientsOwnSoThatAJoinCanBeSaidAgain)
{
	const std::string own = "0123456789abcdef0123456789abcdef";
	const ingest::Joined first = *join(own);
	EXPECT_EQ(first.token, own);
	EXPECT_EQ(join(own)->id, first.id);
	const ingest::Joined guessable = *join("0123456789abcdef0123456789abcde");
	EXPECT_EQ(guessable.token.size(), own.size());
	EXPECT_NE(guessable.token, own);
	EXPECT_NE(join("0123456789abcdef0123456789abcde")->id, guessable.id) << "nobody has that token";
}

TEST_F(DurableTest, RefusesBeyondWhatMayWaitAndCountsNothingOfIt)
{
	const ingest::Joined person = *join();
	hold();
	std::uint64_t taken = 0;
	ingest::Answer<ingest::Ticket> answer = respond(person.participant, 1);
	while (answer) {
		answer = respond(person.participant, ++taken + 1);
		ASSERT_LT(taken, 10'000);
	}
	EXPECT_EQ(answer.error().code, "not_writable");
	EXPECT_THAT(answer.error().message, Not(HasSubstr(folder_.string())));
	EXPECT_GT(taken, 100);
	EXPECT_TRUE(respond(person.participant, taken)) << "it has that already";
	EXPECT_EQ(join().error().code, "not_writable");
	ASSERT_TRUE(join(person.token)) << "that needs nothing written";
	EXPECT_EQ(join(person.token)->last_seq, 0) << "nothing is durable";
	EXPECT_THAT(told(0), HasSubstr("in use"));

	release();
	EXPECT_EQ(told(1), "");
	EXPECT_TRUE(hasRoomAgain());
	EXPECT_TRUE(respond(person.participant, taken + 1)) << "a refused response did not take its seq";
	const std::uint64_t counted = running_->cells().cells.at(0, 0, 0).present;
	EXPECT_EQ(counted, 1);
	ASSERT_TRUE(running_->close());
	const Result<session::File> file = session::File::open(options_.path, session::Access::read);
	ASSERT_TRUE(file);
	EXPECT_EQ(file->totals()->responses, taken + 1);
}

TEST_F(DurableTest, SaysInTheEndWhatCouldNotBeWritten)
{
	const std::uint32_t person = join()->participant;
	const std::string away = (folder_ / "away.pulse").string();
	std::filesystem::rename(options_.path, away);
	ASSERT_TRUE(respond(person, 1));
	EXPECT_THAT(told(0), HasSubstr("was moved"));
	const Result<void> closed = running_->close();
	ASSERT_FALSE(closed);
	EXPECT_THAT(closed.error().message, HasSubstr("never acknowledged, could not be written"));
	EXPECT_TRUE(session::File::open(away, session::Access::read)) << "it is whole where it is";
}

} // namespace
} // namespace pulseline::studio
