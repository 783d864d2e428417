// `pulseline info`: what a session is, as JSON.
#include "cli/verbs.hpp"
#include "session/store.hpp"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

namespace pulseline::cli {
namespace {

using Json = nlohmann::ordered_json;

// The attributes by name beside `participants`, and together under `attributes`, where no name can collide.
Json strataOf(const session::File &file)
{
	std::vector<std::uint64_t> people(file.strata().size());
	for (const session::Participant &participant : file.participants()) {
		people[participant.stratum] += participant.out ? 0 : 1;
	}
	Json strata = Json::array();
	for (std::size_t i = 0; i < people.size(); ++i) {
		Json attributes = Json::object();
		for (std::size_t j = 0; j < file.strata()[i].size(); ++j) {
			attributes[file.settings().attributes[j].name] = file.strata()[i][j];
		}
		Json stratum = attributes;
		stratum["attributes"] = attributes;
		stratum["participants"] = people[i];
		strata.push_back(std::move(stratum));
	}
	return strata;
}

Result<Json> describe(const std::string &path)
{
	const Result<session::File> file = session::File::open(path, session::Access::read);
	if (!file) {
		return std::unexpected(file.error());
	}
	const Result<session::Totals> totals = file->totals();
	if (!totals) {
		return std::unexpected(totals.error());
	}
	const Settings &settings = file->settings();
	const auto out = std::ranges::count_if(file->participants(), &session::Participant::out);
	Json json{
		{"title", settings.title},
		{"mode", toText(settings.mode)},
		{"scale",
		 {{"min", settings.scale.min}, {"max", settings.scale.max}, {"neutral", settings.scale.neutral}}},
		{"tick_ms", settings.tick_ms},
		{"duration_ms", settings.duration_ms.value_or(totals->furthest_ms)},
		{"targets", settings.targets},
		{"participants", file->participants().size() - static_cast<std::size_t>(out)},
		{"responses", totals->responses - totals->out},
		{"strata", strataOf(*file)},
		{"simulated", file->simulated()},
	};
	if (out > 0) {
		json["taken_out"] = {{"participants", out}, {"responses", totals->out}};
	}
	return json;
}

int run(const std::string &path)
{
	const Result<Json> json = describe(path);
	if (!json) {
		return complain(json.error().message, kFailed);
	}
	std::cout << json->dump(2, ' ', false, Json::error_handler_t::replace) << std::endl;
	return std::cout ? kDone : complain("standard output could not be written", kFailed);
}

} // namespace

void addInfo(CLI::App &app, int &status)
{
	auto file = std::make_shared<std::string>();
	CLI::App *verb = app.add_subcommand("info", "What a session is, as JSON");
	verb->add_option("FILE", *file, "The session file")->required();
	verb->callback([file, &status] { status = run(*file); });
}

} // namespace pulseline::cli
