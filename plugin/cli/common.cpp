#include "cli/verbs.hpp"

#include "core/utf8.hpp"
#include "session/numbers.hpp"
#include "session/paths.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace pulseline::cli {
namespace {

// Much of what is said quotes a file, a peer or an argument.
void say(const std::string &message)
{
	tell("pulseline: " + printable(message));
}

} // namespace

// With one call of stdio, which locks: a session's threads tell too, and std::cerr would mix their lines.
void tell(const std::string &text)
{
	std::fputs((text + "\n").c_str(), stderr);
}

int complain(const std::string &message, int status)
{
	std::cout.flush();
	say(message);
	return status;
}

void warn(const std::string &message)
{
	say("warning: " + message);
}

Result<Scale> parseScale(const std::string &text)
{
	const std::size_t first = text.find(':');
	const std::size_t second = first == std::string::npos ? first : text.find(':', first + 1);
	if (second == std::string::npos) {
		return fail("a scale is MIN:MAX:NEUTRAL, as in -1:1:0, not '" + text + "'");
	}
	const std::string_view all = text;
	const std::optional<double> min = session::parseNumber(all.substr(0, first));
	const std::optional<double> max = session::parseNumber(all.substr(first + 1, second - first - 1));
	const std::optional<double> neutral = session::parseNumber(all.substr(second + 1));
	if (!min || !max || !neutral) {
		return fail("a scale is three numbers MIN:MAX:NEUTRAL, as in -1:1:0, not '" + text + "'");
	}
	const Scale scale{*min, *max, *neutral};
	if (!scale.valid()) {
		return fail("the scale '" + text + "' needs MIN < MAX and NEUTRAL between them");
	}
	return scale;
}

CLI::Option *addWhole(CLI::App &verb, const std::string &name, std::optional<std::int64_t> &to, std::int64_t low,
		      std::int64_t high, const std::string &help)
{
	const auto take = [&to, name, low, high](const std::string &text) {
		to = session::parseWhole(text);
		if (!to || *to < low || *to > high) {
			throw CLI::ValidationError(name, "'" + text + "' is not a whole number from " +
								 std::to_string(low) + " to " + std::to_string(high));
		}
	};
	return verb.add_option_function<std::string>(name, take, help);
}

CLI::Option *addNumber(CLI::App &verb, const std::string &name, std::optional<double> &to, double low,
		       const std::string &help)
{
	const auto take = [&to, name, low](const std::string &text) {
		to = session::parseNumber(text);
		if (!to || *to < low) {
			throw CLI::ValidationError(name,
						   "'" + text + "' is not a number from " + session::shortest(low));
		}
	};
	return verb.add_option_function<std::string>(name, take, help);
}

std::string pagesFolder()
{
	if (const char *data = std::getenv("PULSELINE_DATA")) {
		return data;
	}
	for (const std::string folder : {PULSELINE_INSTALLED_DATA, PULSELINE_SOURCE_DATA}) {
		if (session::exists(folder + "/audience")) {
			return folder;
		}
	}
	return {};
}

} // namespace pulseline::cli
