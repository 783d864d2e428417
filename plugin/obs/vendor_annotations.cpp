// Vendor requests about what stands on the time axis.
#include "obs/fields.hpp"
#include "obs/vendor.hpp"

namespace pulseline::obs {

using nlohmann::json;

Answer addMarker(App &app, const json &request)
{
	std::string text;
	std::optional<std::int64_t> position_ms;
	Fields fields(request);
	fields.read("text", text);
	fields.read("position_ms", position_ms);
	if (fields.error()) {
		return std::unexpected(*fields.error());
	}
	const Result<Marker> marker = app.studio().addMarker(text, position_ms);
	if (!marker) {
		return std::unexpected(marker.error());
	}
	return json{{"text", marker->text}, {"position_ms", marker->position_ms}};
}

Answer openTranscript(App &app, const json &request)
{
	std::string path;
	Fields fields(request);
	fields.require("path");
	fields.read("path", path);
	if (fields.error()) {
		return std::unexpected(*fields.error());
	}
	const Result<std::size_t> statements = app.studio().openTranscript(path);
	return statements ? Answer(json{{"statements", *statements}}) : std::unexpected(statements.error());
}

} // namespace pulseline::obs
