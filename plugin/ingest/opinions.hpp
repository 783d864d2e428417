// What a synthetic audience thinks: an opinion for each person, target and position, that moves smoothly, differs by
// what people said of themselves, and is the same again for the same seed. Pure; any thread.
#pragma once

#include "core/types.hpp"

#include <map>

namespace pulseline::ingest {

// name=value:weight|value:weight…, e.g. party=left:40|right:35|none:25. Without weights all are alike.
struct Distribution {
	std::string name;
	std::vector<std::pair<std::string, double>> values;
	static Result<Distribution> parse(std::string_view text);
};

// What one person does in one slot of the speech.
struct Act {
	bool silent = false; // not even "present"
	double offset = 0;   // where in the slot, 0..1
	std::optional<double> value;
	std::uint32_t target = 0;
	std::optional<double> changedTo; // a second press in the same slot, at changedOffset
	double changedOffset = 0;
	bool late = false;       // kept back for a while before it is sent
	double lateness = 0;     // 0..1
	bool duplicated = false; // sent twice
};

class Opinions {
public:
	Opinions(std::uint64_t seed, std::vector<Distribution> attributes);

	std::map<std::string, std::string> attributesOf(std::uint32_t person) const;
	// -1 (against) to 1 (for).
	double opinion(std::uint32_t person, std::uint32_t target, double position_s) const;
	Act act(std::uint32_t person, std::int64_t slot, double slot_s, const Settings &settings) const;
	// A number from 0 to below 1 that is always the same for the same question.
	double chance(std::uint32_t person, std::int64_t occasion, std::string_view question) const;

private:
	struct Wave {
		double amplitude = 0, period_s = 1, phase = 0;
	};
	struct Curve {
		double level = 0;
		Wave waves[3];
		double at(double position_s) const;
	};
	Curve curve(std::uint64_t key, double level, double swing) const;
	double value(double opinion, double noise, const Settings &settings) const;

	std::uint64_t seed_;
	std::vector<Distribution> attributes_;
};

} // namespace pulseline::ingest
