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
	const Result<OpenedTranscript> opened = studio.openTranscript(path);
	return opened ? Answer(json{{"statements", opened->statements}, {"left_out", opened->left_out}})
		      : std::unexpected(opened.error());
}

Answer setDoors(Studio &studio, const json &request)
{
	std::string name;
	Fields fields(request);
	fields.require("doors");
	fields.read("doors", name);
	const std::optional<Doors> doors = doorsFromText(name);
	if (fields.error() || !doors) {
		return fields.error() ? std::unexpected(*fields.error())
				      : fail("the field 'doors' is open, tickets or closed");
	}
	return plain(studio.setDoors(*doors));
}

Answer makeTickets(Studio &studio, const json &request)
{
	std::int64_t count = 0;
	std::string path;
	Fields fields(request);
	for (const char *name : {"count", "path"}) {
		fields.require(name);
	}
	fields.read("count", count);
	fields.read("path", path);
	if (fields.error() || count < 1) {
		return fields.error() ? std::unexpected(*fields.error()) : fail("the field 'count' is 1 or more");
	}
	return plain(studio.printTickets(static_cast<std::size_t>(count), path));
}

Answer setParticipant(Studio &studio, const json &request)
{
	std::string participant;
	bool counts = true;
	Fields fields(request);
	for (const char *name : {"participant", "counts"}) {
		fields.require(name);
	}
	fields.read("participant", participant);
	fields.read("counts", counts);
	return plain(fields.error() ? std::unexpected(*fields.error()) : studio.setCounts(participant, counts));
}

constexpr std::array kRequests{
	Request{"SetPlayback", setPlayback},       Request{"Reveal", reveal},     Request{"AddMarker", addMarker},
	Request{"OpenTranscript", openTranscript}, Request{"SetDoors", setDoors}, Request{"MakeTickets", makeTickets},
	Request{"SetParticipant", setParticipant},
};

} // namespace

std::span<const Request> requests()
{
	return kRequests;
}

} // namespace pulseline::studio
