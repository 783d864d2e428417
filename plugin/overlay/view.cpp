#include "overlay/view.hpp"

#include "core/snapshot.hpp"

#include <algorithm>
#include <array>

namespace pulseline::overlay {
namespace {

constexpr std::array kMeasures{Measure::mean, Measure::net, Measure::activity, Measure::sd};
constexpr std::array<std::string_view, 3> kPlaces{"bottom", "top", "full"};

void replace(std::string &text, std::string_view mark, std::string_view with)
{
	const std::size_t at = text.find(mark);
	if (at != std::string::npos) {
		text.replace(at, mark.size(), with);
	}
}

} // namespace

std::string_view toText(Place place)
{
	return kPlaces[static_cast<std::size_t>(place)];
}

std::optional<Place> placeFromText(std::string_view text)
{
	const auto *const found = std::ranges::find(kPlaces, text);
	return found == kPlaces.end() ? std::nullopt : std::optional(static_cast<Place>(found - kPlaces.begin()));
}

std::string_view toText(Measure measure)
{
	switch (measure) {
	case Measure::mean:
		return "mean";
	case Measure::net:
		return "net";
	case Measure::activity:
		return "activity";
	case Measure::sd:
		return "sd";
	}
	return {};
}

std::optional<Measure> measureFromText(std::string_view text)
{
	const auto found = std::ranges::find(kMeasures, text, [](Measure measure) { return toText(measure); });
	return found == kMeasures.end() ? std::nullopt : std::optional(*found);
}

SegmentChoice parseChoice(std::string_view entry)
{
	// A condition has one `=`; what stands before a further one, or before nothing, is the name.
	const std::size_t equals = entry.find('=');
	if (equals == std::string_view::npos) {
		return {std::string(entry), "", true};
	}
	const std::string_view rest = entry.substr(equals + 1);
	if (rest.empty() || rest.substr(0, rest.find(';')).contains('=')) {
		return {std::string(entry.substr(0, equals)), std::string(rest)};
	}
	return {std::string(entry), std::string(entry)};
}

std::optional<std::size_t> findChoice(const Snapshot &snapshot, const SegmentChoice &choice)
{
	const std::optional<std::size_t> named = snapshot.findSegment(choice.name);
	if (choice.known || (named && snapshot.segments[*named].expression == choice.expression)) {
		return named;
	}
	const auto found = std::ranges::find(snapshot.segments, choice.expression, &Segment::expression);
	return found == snapshot.segments.end()
		       ? std::nullopt
		       : std::optional(static_cast<std::size_t>(found - snapshot.segments.begin()));
}

SegmentChoice askedFor(const Snapshot &snapshot, const SegmentChoice &choice)
{
	const bool taken = snapshot.findSegment(choice.name).has_value();
	return {taken ? choice.name + "=" + choice.expression : choice.name, choice.expression};
}

std::string fillIn(std::string text, std::string_view first, std::string_view second)
{
	replace(text, "%2", second);
	replace(text, "%1", first);
	return text;
}

} // namespace pulseline::overlay
