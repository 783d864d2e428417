// Vendor requests for figures and for what the overlay draws.
#include "obs/timeline_source.hpp"
#include "obs/vendor.hpp"

#include <obs.hpp>

namespace pulseline::obs {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostRows = 10'000;

template <typename T>
void put(json &row, const char *name, const std::optional<T> &value)
{
	if (value) {
		row[name] = *value;
	}
}

json rowOf(const Figures &figures)
{
	json row{{"n", figures.n}, {"majority", toText(figures.majority)}};
	put(row, "present", figures.present);
	put(row, "likes", figures.likes);
	put(row, "dislikes", figures.dislikes);
	put(row, "mean", figures.mean);
	put(row, "sd", figures.sd);
	put(row, "ci_low", figures.ci_low);
	put(row, "ci_high", figures.ci_high);
	put(row, "net", figures.net);
	put(row, "activity", figures.activity);
	return row;
}

} // namespace

Answer getSeries(App &app, const json &request)
{
	const std::shared_ptr<const Snapshot> snapshot = app.status().snapshot;
	if (!snapshot) {
		return fail("no session is running or open");
	}
	std::string segmentName = "All", targetName, baseName = "active";
	std::int64_t from = 0, to = snapshot->sums.ticks() - 1, min_n = kDefaultMinN;
	Fields fields(request);
	fields.read("segment", segmentName);
	fields.read("target", targetName);
	fields.read("from_tick", from);
	fields.read("to_tick", to);
	fields.read("base", baseName);
	fields.read("min_n", min_n);
	if (fields.error()) {
		return std::unexpected(*fields.error());
	}
	const std::optional<std::size_t> segment = snapshot->findSegment(segmentName);
	const std::optional<std::uint32_t> target = snapshot->findTarget(targetName);
	const std::optional<Base> base = baseFromText(baseName);
	if (!segment || !target || !base) {
		return fail(!segment  ? "no segment is named '" + segmentName + "'; GetStatus lists them"
			    : !target ? "no target is named '" + targetName + "'; GetStatus lists them"
				      : "the field 'base' is active or present");
	}
	if (from < 0 || min_n < 1 || min_n > UINT32_MAX) {
		return fail("from_tick must not be negative, and min_n must be at least 1");
	}
	// Some minutes' worth of the shortest ticks at a time keep an answer from growing without bound.
	to = std::min({to, snapshot->sums.ticks() - 1, from + kMostRows - 1});
	json rows = json::array();
	for (std::int64_t tick = from; tick <= to; ++tick) {
		json row =
			rowOf(snapshot->figuresAt(*segment, *target, tick, *base, static_cast<std::uint32_t>(min_n)));
		row["segment"] = segmentName;
		row["target"] = snapshot->settings->targets[*target];
		row["tick"] = tick;
		row["start_ms"] = tick * snapshot->settings->tick_ms;
		row["base"] = baseName;
		rows.push_back(std::move(row));
	}
	return json{{"rows", std::move(rows)}};
}

Answer getLayout(App &, const json &request)
{
	std::string name;
	Fields fields(request);
	fields.require("source");
	fields.read("source", name);
	if (fields.error()) {
		return std::unexpected(*fields.error());
	}
	const OBSSourceAutoRelease source = obs_get_source_by_name(name.c_str());
	const auto layout = source ? timelineLayout(source) : std::nullopt;
	if (!layout) {
		return fail("no Audience Reaction Timeline is named '" + name + "'");
	}
	return json{{"x", layout->x},
		    {"y", layout->y},
		    {"width", layout->width},
		    {"height", layout->height},
		    {"start_ms", layout->start_ms},
		    {"end_ms", layout->end_ms},
		    {"position_ms", layout->position_ms},
		    {"state", layout->state}};
}

} // namespace pulseline::obs
