#include "studio/requests.hpp"

#include "studio/fields.hpp"

#include <array>

namespace pulseline::studio {
namespace {

using nlohmann::json;

Answer plain(const Result<void> &done)
{
	return done ? Answer(json::object()) : std::unexpected(done.error());
}

Answer setPlayback(Studio &studio, const json &request)
{
	std::string name;
	std::optional<std::int64_t> position_ms;
	Fields fields(request);
	fields.require("state");
	fields.read("state", name);
	fields.read("position_ms", position_ms);
	if (fields.error()) {
		return std::unexpected(*fields.error());
	}
	const std::optional<PlaybackState> state = playbackStateFromText(name);
	if (!state) {
		return fail("the field 'state' is playing, paused, stopped or ended");
	}
	return plain(studio.setPlayback(*state, position_ms));
}

Answer reveal(Studio &studio, const json &request)
{
	bool revealed = true;
	Fields fields(request);
	fields.read("revealed", revealed);
	return plain(fields.error() ? std::unexpected(*fields.error()) : studio.reveal(revealed));
}

Answer addMarker(Studio &studio, const json &request)
{
	std::string text;
	std::optional<std::int64_t> position_ms;
	Fields fields(request);
	fields.read("text", text);
	fields.read("position_ms", position_ms);
	if (fields.error()) {
		return std::unexpected(*fields.error());
	}
	const Result<Marker> marker = studio.addMarker(text, position_ms);
	if (!marker) {
		return std::unexpected(marker.error());
	}
	return json{{"text", marker->text}, {"position_ms", marker->position_ms}};
}

Answer openTranscript(Studio &studio, const json &request)
{
	std::string path;
	Fields fields(request);
	fields.require("path");
	fields.read("path", path);
	if (fields.error()) {
		return std::unexpected(*fields.error());
	}
	const Result<std::size_t> statements = studio.openTranscript(path);
	return statements ? Answer(json{{"statements", *statements}}) : std::unexpected(statements.error());
}

constexpr std::array kRequests{
	Request{"SetPlayback", setPlayback},
	Request{"Reveal", reveal},
	Request{"AddMarker", addMarker},
	Request{"OpenTranscript", openTranscript},
};

} // namespace

std::span<const Request> requests()
{
	return kRequests;
}

} // namespace pulseline::studio
