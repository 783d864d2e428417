#include "ingest/mirror.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace pulseline::ingest {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 256 * 1024; // rows and strata of one message, about
constexpr std::size_t kMostLooks = 200'000;    // cells looked at for one message, most of which may be empty

template <typename Number>
void append(std::string &text, Number number)
{
	std::array<char, 32> digits;
	text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

std::string quoted(const std::string &text)
{
	return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string stratumText(const Stratum &stratum, const std::vector<Attribute> &attributes)
{
	Json json = Json::object();
	for (std::size_t i = 0; i < attributes.size() && i < stratum.size(); ++i) {
		json[attributes[i].name] = stratum[i];
	}
	return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

struct Mirror::Message {
	std::vector<std::string> targets; // quoted
	std::string strata, rows;

	void addRow(std::uint32_t stratum, std::size_t target, std::int64_t tick, const Cell &cell);
};

void Mirror::Message::addRow(std::uint32_t stratum, std::size_t target, std::int64_t tick, const Cell &cell)
{
	rows += rows.empty() ? "[" : ",[";
	append(rows, stratum);
	rows.append(",").append(targets[target]).append(",");
	append(rows, tick);
	for (const std::uint32_t count : {cell.present, cell.n, cell.likes, cell.dislikes}) {
		rows += ',';
		append(rows, count);
	}
	for (const double sum : {cell.sum.value(), cell.sum_sq.value()}) {
		rows += ',';
		append(rows, sum);
	}
	rows += ']';
}

std::string Mirror::next(const CellsNow &now, const Settings &settings)
{
	Message message;
	for (const std::string &target : settings.targets) {
		message.targets.push_back(quoted(target));
	}
	fill(message, now, settings);
	// A whole set has at least two parts: its end is known only when there is no more to come.
	const bool last = whole_ && begun_ && !at_ && swept_ >= now.cells.ticks();
	const char *part = !begun_ ? "first" : last ? "last" : "more";
	begun_ = true;
	whole_ = whole_ && !last;
	std::string text = R"({"type":"cells","set":)" + std::to_string(set_) + R"(,"part":")" + part +
			   R"(","lag_ms":)" + std::to_string(now.lag_ms) + R"(,"tick_ms":)" +
			   std::to_string(now.tick_ms) + R"(,"strata":[)";
	text.reserve(text.size() + message.strata.size() + message.rows.size() + 16);
	return text.append(message.strata).append(R"(],"rows":[)").append(message.rows).append("]}");
}

void Mirror::fill(Message &message, const CellsNow &now, const Settings &settings)
{
	std::size_t looks = 0;
	while (std::optional<Place> place = advance(now)) {
		for (; place->stratum < now.strata.size(); ++place->stratum) {
			if (message.rows.size() + message.strata.size() >= kMostBytes || looks >= kMostLooks) {
				at_ = place;
				return;
			}
			looks += settings.targets.size();
			if (!tell(now, *place)) {
				continue;
			}
			const std::uint32_t number = numberOf(place->stratum, message, now, settings);
			for (std::uint32_t target = 0; target < now.cells.targets(); ++target) {
				message.addRow(number, target, place->tick,
					       now.cells.at(place->stratum, target, place->tick));
			}
		}
	}
}

// Where to go on: with the tick that did not fit, the next of the set, or one that changed.
std::optional<Mirror::Place> Mirror::advance(const CellsNow &now)
{
	if (at_) {
		return std::exchange(at_, std::nullopt);
	}
	if (whole_ && swept_ < now.cells.ticks()) {
		changed_.erase(swept_);
		return Place{swept_++, 0};
	}
	if (changed_.empty()) {
		return std::nullopt;
	}
	const std::int64_t tick = *changed_.begin();
	changed_.erase(changed_.begin());
	return Place{tick, 0};
}

// Whether the cells of this stratum in this tick are anything to a mirror.
bool Mirror::tell(const CellsNow &now, const Place &place)
{
	const auto tick = static_cast<std::size_t>(place.tick);
	if (tick >= told_.size()) {
		told_.resize(tick + 1);
	}
	std::vector<bool> &told = told_[tick];
	if (place.stratum < told.size() && told[place.stratum]) {
		return true;
	}
	for (std::uint32_t target = 0; target < now.cells.targets(); ++target) {
		if (!now.cells.at(place.stratum, target, place.tick).empty()) {
			told.resize(std::max<std::size_t>(told.size(), place.stratum + 1));
			told[place.stratum] = true;
			return true;
		}
	}
	return false;
}

std::uint32_t Mirror::numberOf(std::uint32_t stratum, Message &message, const CellsNow &now, const Settings &settings)
{
	sent_.resize(std::max(sent_.size(), now.strata.size()));
	if (sent_[stratum] == 0) {
		sent_[stratum] = ++strataSent_;
		message.strata += message.strata.empty() ? "" : ",";
		message.strata += stratumText(now.strata[stratum], settings.attributes);
	}
	return sent_[stratum] - 1;
}

} // namespace pulseline::ingest
