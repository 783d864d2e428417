// Segments: named unions of strata, written `attr=v1|v2;attr2=v3` (`;` is and, `|` is or).
#pragma once

#include "core/types.hpp"

#include <span>

namespace pulseline {

// Participants whose every condition holds. No condition: everybody.
struct Segment {
	struct Condition {
		std::size_t attribute = 0; // index into the session's attributes
		std::vector<std::string> values;
	};
	std::string name;
	std::string expression; // as written
	std::vector<Condition> conditions;

	bool contains(const Stratum &stratum) const;
	// The indexes of the strata it is the union of, rising.
	std::vector<std::uint32_t> strata(std::span<const Stratum> all) const;
};

Segment everybody(); // named "All"

// Fails on an unknown attribute or a condition without `=`. An empty expression is everybody.
Result<Segment> parseSegment(std::string name, std::string_view expression, std::span<const Attribute> attributes);

// What is shown live where nobody stored a segment: everybody, then one segment for each listed attribute value, named
// by the value, or `attribute: value` where two attributes list the same.
std::vector<Segment> defaultSegments(std::span<const Attribute> attributes);

} // namespace pulseline
