// A session whose playback the caller drives:   stage FILE [DURATION_MS]
// Prints what `pulseline serve` prints, then takes a line for each change, `playing 12000`, `paused`, `stopped`, and
// answers with a line; the end of the input ends the session.
#include "session/store.hpp"
#include "studio/studio.hpp"

#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace pulseline;

namespace {

int complain(const std::string &message)
{
	std::cerr << message << '\n';
	return 1;
}

Result<void> change(studio::Studio &studio, const std::string &line)
{
	std::istringstream words(line);
	std::string state;
	words >> state;
	std::int64_t position_ms = 0;
	const bool given = static_cast<bool>(words >> position_ms);
	const std::optional<PlaybackState> parsed = playbackStateFromText(state);
	return parsed ? studio.setPlayback(*parsed, given ? std::optional(position_ms) : std::nullopt)
		      : fail("no such state: " + state);
}

} // namespace

int main(int count, char **arguments)
{
	if (count < 2) {
		return complain("usage: stage FILE [DURATION_MS]");
	}
	studio::Studio studio;
	studio::StartOptions options;
	options.path = arguments[1];
	if (count > 2) {
		options.settings.duration_ms = std::stoll(arguments[2]);
	}
	const Result<studio::Started> started = studio.start(options);
	if (!started) {
		return complain(started.error().message);
	}
	std::cout << nlohmann::json{{"url", started->url}, {"code", started->code}, {"keys", started->keys}}.dump()
		  << std::endl;
	for (std::string line; std::getline(std::cin, line);) {
		const Result<void> changed = change(studio, line);
		std::cout << (changed ? "ok" : changed.error().message) << std::endl;
	}
	const Result<void> stopped = studio.stop();
	return stopped ? 0 : complain(stopped.error().message);
}
