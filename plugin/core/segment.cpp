#include "core/segment.hpp"

#include <algorithm>
#include <map>
#include <ranges>

namespace pulseline {
namespace {

std::vector<std::string> split(std::string_view text, char at)
{
	std::vector<std::string> parts;
	for (const auto part : std::views::split(text, at)) {
		parts.emplace_back(std::string_view(part));
	}
	return parts;
}

} // namespace

bool Segment::contains(const Stratum &stratum) const
{
	return std::ranges::all_of(conditions, [&](const Condition &condition) {
		return condition.attribute < stratum.size() &&
		       std::ranges::contains(condition.values, stratum[condition.attribute]);
	});
}

std::vector<std::uint32_t> Segment::strata(std::span<const Stratum> all) const
{
	std::vector<std::uint32_t> indexes;
	for (std::size_t i = 0; i < all.size(); ++i) {
		if (contains(all[i])) {
			indexes.push_back(static_cast<std::uint32_t>(i));
		}
	}
	return indexes;
}

Segment everybody()
{
	return {"All", "", {}};
}

Result<Segment> parseSegment(std::string name, std::string_view expression, std::span<const Attribute> attributes)
{
	Segment segment{std::move(name), std::string(expression), {}};
	if (expression.empty()) {
		return segment;
	}
	for (const std::string &part : split(expression, ';')) {
		const std::size_t equals = part.find('=');
		if (equals == std::string::npos) {
			return fail("segment '" + segment.name +
				    "': write it as attribute=value|value;attribute=value");
		}
		const std::string attribute = part.substr(0, equals);
		const auto found = std::ranges::find(attributes, attribute, &Attribute::name);
		if (found == attributes.end()) {
			return fail("segment '" + segment.name + "': the session has no attribute '" + attribute + "'");
		}
		const auto index = static_cast<std::size_t>(found - attributes.begin());
		std::vector<std::string> values = split(part.substr(equals + 1), '|');
		if (values.empty()) {
			values.emplace_back(); // `attr=`: those who did not answer
		}
		segment.conditions.push_back({index, std::move(values)});
	}
	return segment;
}

std::vector<Segment> defaultSegments(std::span<const Attribute> attributes)
{
	std::map<std::string, int> uses;
	for (const Attribute &attribute : attributes) {
		for (const std::string &value : attribute.values) {
			++uses[value];
		}
	}
	std::vector<Segment> segments{everybody()};
	for (std::size_t i = 0; i < attributes.size(); ++i) {
		for (const std::string &value : attributes[i].values) {
			const bool unique = uses[value] == 1 && value != "All";
			segments.push_back({unique ? value : attributes[i].name + ": " + value,
					    attributes[i].name + "=" + value,
					    {{i, {value}}}});
		}
	}
	return segments;
}

} // namespace pulseline
