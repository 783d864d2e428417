// What a producer chose to see: the settings of one overlay, and the words it is written in. Plain values, made on the
// thread that reads the settings and never changed afterwards.
#pragma once

#include "core/series.hpp"
#include "overlay/theme.hpp"

#include <string>
#include <vector>

namespace pulseline {
struct Snapshot;
}

namespace pulseline::overlay {

enum class Measure { mean, net, activity, sd };
std::string_view toText(Measure measure);
std::optional<Measure> measureFromText(std::string_view text);

// One entry of the list of segments: a name that the session knows, or a name of its own with an expression.
struct SegmentChoice {
	std::string name;
	std::string expression; // "": everybody
	bool known = false;     // the session's own segment of that name, whatever its expression

	bool operator==(const SegmentChoice &) const = default;
};

// `Women`, `Young=age=18-29`, `Everybody=` or `age=18-29|30-44`, which is named as it is written.
SegmentChoice parseChoice(std::string_view entry);
// The session's segment that is meant: of this name, or of this expression, whatever the session calls it; what else
// has the name is another one.
std::optional<std::size_t> findChoice(const Snapshot &snapshot, const SegmentChoice &choice);
// What the session is asked for where it has none: by its name, if that is free.
SegmentChoice askedFor(const Snapshot &snapshot, const SegmentChoice &choice);

// Where on the canvas the source is thought to stand: it spans the canvas and lies at one of its edges, or fills it.
// There the sides keep clear what screens may cut off.
enum class Place { bottom, top, full };
std::string_view toText(Place place);
std::optional<Place> placeFromText(std::string_view text);

struct View {
	std::string layout = "lines"; // one of layouts.hpp
	Place place = Place::bottom;
	Measure measure = Measure::mean;
	Base base = Base::active;
	std::string target;                  // "": all
	std::vector<SegmentChoice> segments; // empty: all that the session has
	std::int64_t window_ms = 0;          // 0: the whole speech
	bool reveal = true;                  // hide what is right of the playhead; else it is dimmed
	std::uint32_t width = 1920;
	std::uint32_t height = 320;
	bool show_ci = true;
	bool show_n = true;
	std::int64_t smoothing_ms = 0;
	std::uint32_t min_n = kDefaultMinN;
	bool show_markers = true;
	bool show_statements = true;  // a strip on the time axis
	bool show_words = false;      // those of the running statement, above the plot
	bool show_invitation = false; // how to join, until the speech begins
	bool motion = true;           // changes come gently
	Theme theme;                  // with the colours that were chosen instead of its own

	bool operator==(const View &) const = default;
};

inline constexpr std::uint32_t kMinWidth = 320;
inline constexpr std::uint32_t kMinHeight = 100;
inline constexpr std::uint32_t kMaxSide = 8192;

// What is written on the picture, so that it can be had in the user's language. %1 and %2 are filled in.
struct Words {
	std::string mean = "Mean response";
	std::string mean_brief = "Mean";
	std::string net_active = "Net likes, % of those responding";
	std::string net_active_brief = "Net (active)";
	std::string net_present = "Net likes, % of those present";
	std::string net_present_brief = "Net (present)";
	std::string activity = "Responding, % of those present";
	std::string activity_brief = "Responding, %";
	std::string sd = "Spread of responses (SD)";
	std::string sd_brief = "SD";
	std::string neutral = "neutral";
	std::string n = "n=%1";
	std::string n_of = "n=%1 of %2";
	std::string too_few = "too few";
	std::string all_too_few = "Too few people: fewer than %1";
	std::string unknown_segment = "unknown";
	std::string unknown_target = "This session has no target named %1";
	std::string corrected = "%1 cannot be what it was set to; %2 is taken";
	std::string missing = "+%1 not shown";
	std::string missing_brief = "+%1";
	std::string shares = "% of those responding";
	std::string shares_brief = "Shares";
	std::string like = "like";
	std::string dislike = "dislike";
	std::string still_open = "%1 so far";
	std::string n_at_least = "n\u2265%1";
	std::string no_input = "No input since %1";
	std::string no_session = "No session";
	std::string recounting = "Counting the responses anew";
	std::string waiting = "Waiting for the first responses";
	std::string empty = "No responses";
	std::string paused = "Paused";
	std::string stopped = "Stopped";
	std::string ended = "Ended";
	std::string stale = "No responses since %1";
	std::string stale_brief = "No responses";
	std::string simulated = "SIMULATED DATA";
	std::string simulated_brief = "SIMULATED";
	std::string lag = "lag %1 s";
	std::string smoothed = "smoothed over %1 s";
	std::string band = "band: 95% confidence";
	std::string approximate = "position approximate";
	std::string approximate_brief = "approximate";
	std::string no_media = "media source not found";
	std::string no_media_brief = "no media";
};

std::string fillIn(std::string text, std::string_view first, std::string_view second = {});

} // namespace pulseline::overlay
