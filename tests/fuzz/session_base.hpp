// A small session file to spoil, and reading everything that a spoilt one says.
#pragma once

#include "fuzz/fuzz.hpp"
#include "session/recount.hpp"
#include "session/store.hpp"

#include <array>
#include <iterator>
#include <sqlite3.h>

namespace pulseline::fuzz {

inline std::string bytesOf(const std::string &path)
{
	std::ifstream file(path, std::ios::binary);
	return {std::istreambuf_iterator<char>(file), {}};
}

inline void sql(const std::string &path, const char *statements)
{
	sqlite3 *handle = nullptr;
	require(sqlite3_open(path.c_str(), &handle) == SQLITE_OK, "SQLite opens the base");
	require(sqlite3_exec(handle, statements, nullptr, nullptr, nullptr) == SQLITE_OK, "SQLite changes the base");
	sqlite3_close(handle);
}

inline void fillBase(session::File file)
{
	require(file.begin().has_value(), "a session can be written");
	std::ignore = file.addStratum({"18-34"});
	std::ignore = file.addStratum({""});
	for (std::uint32_t who = 0; who < 3; ++who) {
		std::ignore = file.addParticipant({"p" + std::to_string(who), who % 2, who == 2, session::sha256("t")});
		for (std::uint32_t seq = 1; seq <= 4; ++seq) {
			const std::optional<double> value = seq == 3 ? std::nullopt : std::optional(seq % 2 - 1.0);
			const Response response{who, seq % 2, seq, seq * 2'000, who % 2, value};
			std::ignore = file.addResponses(
				std::array{session::StoredResponse{response, 1'000'000, Stamp::server}});
		}
	}
	std::ignore = file.addPlayback({900'000, PlaybackState::playing, 0, 1.5, 0});
	std::ignore = file.addPlayback({950'000, PlaybackState::paused, 30'000, 1, 1});
	std::ignore = file.setNote("code", "ABC234");
	require(file.commit().has_value(), "a session can be written");
}

// Two targets, an attribute, three people, what they said, a playback, a stored segment; in pages of 512 bytes.
inline void makeBase(const std::string &path)
{
	Settings settings;
	settings.title = "A town library";
	settings.targets = {"main", "second"};
	settings.attributes = {{"age", "Your age", {"18-34", "35+"}}};
	Result<session::File> file = session::File::create(path, settings);
	require(file.has_value(), "a session can be made");
	fillBase(std::move(*file));
	sql(path, "INSERT INTO segment VALUES ('Young', 'age=18-34'); PRAGMA page_size = 512; VACUUM");
}

// Opens it as every reader does and reads it to its end. Whatever it says must make sense.
inline void readAll(const std::string &path)
{
	constexpr std::int64_t kDay_ms = 24LL * 3600 * 1000;
	const Result<session::File> file = session::File::open(path, session::Access::read);
	if (!file) {
		require(!file.error().message.empty() && !file.error().message.contains('\n'), "an error is one line");
		return;
	}
	const Settings &settings = file->settings();
	require(!check(settings), "the settings are good");
	for (const session::Participant &participant : file->participants()) {
		require(participant.stratum < file->strata().size(), "everybody is in a stratum");
	}
	for (const Stratum &stratum : file->strata()) {
		require(stratum.size() == settings.attributes.size(), "a stratum has a value for each attribute");
	}
	std::ignore = file->segments();
	if (const auto playback = file->playback()) {
		for (const PlaybackChange &change : *playback) {
			require(change.rate >= 0 || change.rate < 0, "a rate is a number");
		}
	}
	std::int64_t furthest_ms = 0;
	const Result<void> read = file->responses([&](const session::StoredResponse &stored) {
		const Response &response = stored.response;
		require(response.participant < file->participants().size(), "a response is somebody's");
		require(response.target < settings.targets.size(), "a response has a target");
		require(!response.value || settings.scale.contains(*response.value), "a value is in the scale");
		require(response.position_ms >= 0 && response.position_ms <= kMaxPosition_ms, "a position is one");
		furthest_ms = std::max(furthest_ms, response.position_ms);
		return true;
	});
	// A table over months is long, and right.
	if (read && furthest_ms < kDay_ms) {
		Counter counter = session::counterFor(settings);
		std::ignore = session::recount(*file, counter);
	}
}

} // namespace pulseline::fuzz
