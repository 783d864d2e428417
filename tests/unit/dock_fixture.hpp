// The dock with a host that only remembers what it was asked. Pictures of its states go to the folder that
// PULSELINE_PICTURES names, if it is set.
#pragma once

#include "dock/dock.hpp"
#include "session/store.hpp"

#include <gmock/gmock.h>

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTimer>

#include <atomic>
#include <condition_variable>
#include <thread>

namespace pulseline::dock {

std::map<std::string, std::string> readLocale();
// 128 people in three segments, two ticks over; the youngest are too few to say anything of.
std::shared_ptr<Snapshot> exampleSnapshot();
studio::Status exampleStatus();

class FakeHost final : public Host {
public:
	Result<studio::Started> start(const studio::StartOptions &options, const std::string &follow) override
	{
		std::unique_lock lock(mutex_);
		entered = true;
		changed_.notify_all();
		changed_.wait(lock, [this] { return !held_; });
		asked = options;
		followed = follow;
		left = true;
		if (!refusal.empty()) {
			return fail(refusal);
		}
		now.state = studio::Status::State::running;
		return studio::Started{
			now.url, now.joinUrls, now.code, {{"observer", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}}};
	}
	Result<void> stop() override { return to(studio::Status::State::review); }
	Result<void> close() override { return to(studio::Status::State::idle); }
	Result<void> open(const std::string &path) override
	{
		{
			const std::lock_guard lock(mutex_);
			now.path = path;
		}
		return to(studio::Status::State::review);
	}
	Result<void> setPlayback(PlaybackState state, std::optional<std::int64_t>) override
	{
		const std::lock_guard lock(mutex_);
		playback_ = state;
		return {};
	}
	Result<void> setDoors(studio::Doors doors) override
	{
		const std::lock_guard lock(mutex_);
		now.doors = doors;
		return {};
	}
	Result<void> printTickets(std::size_t, const std::string &) override { return {}; }
	Result<void> setCounts(const std::string &participant, bool counts) override
	{
		const std::lock_guard lock(mutex_);
		now.out += counts ? 0 : 1;
		return participant == "k3v9" ? Result<void>() : fail("nobody has this id");
	}
	studio::Status status() const override
	{
		const std::lock_guard lock(mutex_);
		++polls;
		return now;
	}
	std::string clockInWords() const override { return clock; }
	std::vector<MediaSource> mediaSources() const override { return sources; }
	std::string sessionFolder() const override { return folder; }
	std::string text(const char *key) const override
	{
		const auto found = texts_.find(key);
		EXPECT_NE(found, texts_.end()) << "the locale lacks " << key;
		return found == texts_.end() ? key : found->second;
	}

	// Holds the next start() back until release().
	void hold() { held_ = true; }
	void waitUntilEntered()
	{
		std::unique_lock lock(mutex_);
		changed_.wait(lock, [this] { return entered.load(); });
	}
	void release()
	{
		const std::lock_guard lock(mutex_);
		held_ = false;
		changed_.notify_all();
	}

	// What setPlayback() was asked since the last time, if anything.
	std::optional<PlaybackState> takePlayback()
	{
		const std::lock_guard lock(mutex_);
		return std::exchange(playback_, std::nullopt);
	}

	studio::Status now;
	std::string clock, folder = "/sessions", refusal;
	std::vector<MediaSource> sources{{"uuid-1", "Speech.mp4"}, {"uuid-2", "Bumper"}};
	studio::StartOptions asked;
	std::string followed;
	std::atomic<bool> entered = false, left = false;
	mutable std::atomic<int> polls = 0;

private:
	Result<void> to(studio::Status::State state)
	{
		const std::lock_guard lock(mutex_);
		if (!refusal.empty()) {
			return fail(refusal);
		}
		now.state = state;
		return {};
	}

	mutable std::mutex mutex_;
	std::optional<PlaybackState> playback_;
	std::condition_variable changed_;
	bool held_ = false;
	const std::map<std::string, std::string> texts_ = readLocale();
};

class Dock : public testing::Test {
protected:
	static void SetUpTestSuite();
	static void TearDownTestSuite() { application.reset(); }

	void SetUp() override { make(); }

	void make()
	{
		dock.reset(createDock(host));
		dock->resize(300, 620);
		dock->show();
	}
	void makeRunning()
	{
		host->now = exampleStatus();
		host->now.state = studio::Status::State::running;
		make();
	}

	template <typename T>
	T *get(const char *name)
	{
		T *found = dock->findChild<T *>(name);
		EXPECT_NE(found, nullptr) << name;
		return found;
	}
	void click(const char *name)
	{
		auto *button = get<QAbstractButton>(name);
		ASSERT_TRUE(button->isVisible() && button->isEnabled()) << name;
		button->click();
	}
	QString text(const char *name) { return get<QLabel>(name)->text(); }
	QString error() { return get<QWidget>("messageBar")->isVisible() ? text("message") : QString(); }
	QString cell(int row, int column) { return get<QTableWidget>("segments")->item(row, column)->text(); }

	// Runs the event loop until it holds; the time is only for a test that fails.
	static bool until(const std::function<bool()> &holds);
	bool running() { return get<QWidget>("code")->isVisible(); }
	bool start()
	{
		click("start");
		return until([&] { return host->left.load(); }) &&
		       until([&] { return running() || !error().isEmpty(); });
	}

	// Into the folder of pictures, if there is one.
	void picture(const char *name);

	static inline std::unique_ptr<QApplication> application;
	std::shared_ptr<FakeHost> host = std::make_shared<FakeHost>();
	std::unique_ptr<QWidget> dock;
};

} // namespace pulseline::dock
