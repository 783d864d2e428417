// What the tests of the session file share: a folder that goes away, small sessions, processes that die.
#pragma once

#include "session/store.hpp"

#include <array>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <mutex>
#include <set>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pulseline::session::test {

class TempDir {
public:
	TempDir()
	{
		std::string name = (std::filesystem::temp_directory_path() / "pulseline-XXXXXX").string();
		path_ = ::mkdtemp(name.data());
		std::filesystem::permissions(path_, std::filesystem::perms(0755));
	}
	TempDir(const TempDir &) = delete;
	TempDir &operator=(const TempDir &) = delete;
	~TempDir()
	{
		std::error_code ignored;
		std::filesystem::permissions(path_, std::filesystem::perms(0755), ignored);
		std::filesystem::remove_all(path_, ignored);
	}

	const std::filesystem::path &path() const { return path_; }
	std::string operator/(const std::string &name) const { return (path_ / name).string(); }
	std::set<std::string> names() const
	{
		std::set<std::string> names;
		for (const auto &entry : std::filesystem::directory_iterator(path_)) {
			names.insert(entry.path().filename().string());
		}
		return names;
	}

private:
	std::filesystem::path path_;
};

inline std::string readBytes(const std::string &path)
{
	std::ifstream file(path, std::ios::binary);
	return {std::istreambuf_iterator<char>(file), {}};
}

inline void writeBytes(const std::string &path, const std::string &bytes)
{
	std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

inline Settings dialSettings()
{
	Settings settings;
	settings.title = "Speech, \"quoted\" – ünïcode";
	settings.mode = Mode::latched;
	settings.scale = {0, 100, 50};
	settings.tick_ms = 2'500;
	settings.lag_ms = 1'500;
	settings.audience_delay_ms = 300;
	settings.targets = {"Ada", "Ben"};
	settings.attributes = {{"age", "Age", {"18-29", "30+"}}, {"region", "Region", {}}};
	return settings;
}

// As many as addResponses() takes.
inline std::array<StoredResponse, 1> only(const StoredResponse &response)
{
	return {response};
}

inline StoredResponse response(std::uint32_t participant, std::uint64_t seq, std::int64_t position_ms,
			       std::optional<double> value)
{
	return {{participant, static_cast<std::uint32_t>(seq % 2), seq, position_ms, 0, value},
		1'700'000'000'000,
		Stamp::server};
}

// What a test expected to go well; says why where it did not.
template <typename T>
T must(Result<T> result)
{
	if (!result) {
		throw std::runtime_error(result.error().message);
	}
	if constexpr (!std::is_void_v<T>) {
		return std::move(*result);
	}
}

// Two strata, `people` participants and for each of them `each` responses, in one transaction.
inline void fill(File &file, std::uint32_t people, std::uint64_t each)
{
	must(file.begin());
	must(file.addStratum({"18-29", "north"}));
	must(file.addStratum({"30+", ""}));
	for (std::uint32_t i = 0; i < people; ++i) {
		must(file.addParticipant({"person" + std::to_string(i), i % 2, i == 3, i == 0 ? sha256("t") : ""}));
	}
	for (std::uint64_t seq = 1; seq <= each; ++seq) {
		for (std::uint32_t i = 0; i < people; ++i) {
			const auto value = static_cast<double>((seq * 37 + i * 11) % 101);
			const std::optional<double> pressed = seq % 5 == 0 ? std::nullopt : std::optional(value);
			must(file.addResponses(
				only(response(i, seq, static_cast<std::int64_t>(seq) * 700 + i, pressed))));
		}
	}
	must(file.commit());
}

inline std::vector<StoredResponse> allResponses(const File &file)
{
	std::vector<StoredResponse> all;
	must(file.responses([&](const StoredResponse &stored) {
		all.push_back(stored);
		return true;
	}));
	return all;
}

inline std::string errorOf(const std::string &path, Access access)
{
	const Result<File> file = File::open(path, access);
	return file ? "" : file.error().message;
}

// Any SQLite client.
inline std::string ask(const std::string &path, const std::string &sql)
{
	sqlite3 *handle = nullptr;
	EXPECT_EQ(sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
	std::string answer;
	const auto add = [](void *to, int columns, char **values, char **) {
		for (int i = 0; i < columns; ++i) {
			*static_cast<std::string *>(to) += std::string(i ? "|" : "") + (values[i] ? values[i] : "NULL");
		}
		*static_cast<std::string *>(to) += "\n";
		return 0;
	};
	char *error = nullptr;
	EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), add, &answer, &error), SQLITE_OK) << sql << ": " << error;
	sqlite3_free(error);
	sqlite3_close(handle);
	return answer;
}

// Runs `work` in a process of its own; gives its status as waitpid() does.
inline int inChild(const std::function<int()> &work)
{
	const pid_t child = ::fork();
	if (child == 0) {
		int status = 99;
		try {
			status = work();
		} catch (const std::exception &error) {
			std::fprintf(stderr, "child: %s\n", error.what());
		}
		::_exit(status);
	}
	int status = 0;
	::waitpid(child, &status, 0);
	return status;
}

// A session of 10 participants and 200 responses whose writer died before it could close it.
inline void leaveCrashed(const std::string &path)
{
	const int status = inChild([&] {
		File file = must(File::create(path, dialSettings()));
		fill(file, 10, 20);
		::kill(::getpid(), SIGKILL);
		return 0;
	});
	ASSERT_TRUE(WIFSIGNALED(status));
}

// What a writer reports, to be waited for.
class Reports {
public:
	std::function<void(std::uint64_t)> durable()
	{
		return [this](std::uint64_t ticket) {
			const std::lock_guard lock(mutex_);
			EXPECT_GT(ticket, ticket_);
			ticket_ = ticket;
			changed_.notify_all();
		};
	}
	std::function<void(std::string)> failed()
	{
		return [this](std::string reason) {
			const std::lock_guard lock(mutex_);
			reasons_.push_back(std::move(reason));
			changed_.notify_all();
		};
	}
	bool waitForTicket(std::uint64_t ticket)
	{
		return waitFor([&] { return ticket_ >= ticket; });
	}
	bool waitForReasons(std::size_t count)
	{
		return waitFor([&] { return reasons_.size() >= count; });
	}
	std::uint64_t ticket() const
	{
		const std::lock_guard lock(mutex_);
		return ticket_;
	}
	std::vector<std::string> reasons() const
	{
		const std::lock_guard lock(mutex_);
		return reasons_;
	}

private:
	bool waitFor(const std::function<bool()> &is)
	{
		std::unique_lock lock(mutex_);
		return changed_.wait_for(lock, std::chrono::seconds(60), is);
	}

	mutable std::mutex mutex_;
	std::condition_variable changed_;
	std::uint64_t ticket_ = 0;
	std::vector<std::string> reasons_;
};

} // namespace pulseline::session::test
