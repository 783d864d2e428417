// What people type: a line each for a segment's expression, a number, a whole number and a scale.
#include "core/segment.hpp"
#include "fuzz/fuzz.hpp"
#include "session/numbers.hpp"

#include <cmath>

using namespace pulseline;

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	static const std::vector<Attribute> attributes{{"age", "", {"18-29", "30+"}}, {"näme", "", {}}};
	static const std::vector<Stratum> strata{{"18-29", ""}, {"30+", "x"}, {"", "y"}};
	std::string_view rest = fuzz::textOf(data, size);
	if (const Result<Segment> segment = parseSegment("S", fuzz::takeLine(rest), attributes)) {
		for (const Segment::Condition &condition : segment->conditions) {
			fuzz::require(condition.attribute < attributes.size(), "a condition is on an attribute");
		}
		fuzz::require(segment->strata(strata).size() <= strata.size(), "a segment is a set of strata");
	}
	if (const std::optional<double> number = session::parseNumber(fuzz::takeLine(rest))) {
		fuzz::require(std::isfinite(*number), "a number is finite");
		const std::string text = session::shortest(*number);
		fuzz::require(session::parseNumber(text) == number, "a number written reads back to itself");
	}
	if (const std::optional<std::int64_t> whole = session::parseWhole(fuzz::takeLine(rest))) {
		fuzz::require(session::parseWhole(std::to_string(*whole)) == whole, "so does a whole one");
	}
	return 0;
}
