// The command `pulseline`: each verb is a file that adds itself to the parser and sets the exit status when it ran.
#pragma once

#include "core/types.hpp"

#include <CLI/CLI.hpp>

namespace pulseline::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsedWrongly = 2;

void addCopy(CLI::App &app, int &status);
void addExport(CLI::App &app, int &status);
void addImport(CLI::App &app, int &status);
void addInfo(CLI::App &app, int &status);
void addMoments(CLI::App &app, int &status);
void addParticipants(CLI::App &app, int &status);
void addServe(CLI::App &app, int &status);
void addSimulate(CLI::App &app, int &status);
void addTable(CLI::App &app, int &status);

// On standard error, whole, from any thread.
void tell(const std::string &text);
// One line on standard error; gives `status` back.
int complain(const std::string &message, int status);
void warn(const std::string &message);

// MIN:MAX:NEUTRAL.
Result<Scale> parseScale(const std::string &text);

// Options that take a number; anything else, or one out of range, is used wrongly.
CLI::Option *addWhole(CLI::App &verb, const std::string &name, std::optional<std::int64_t> &to, std::int64_t low,
		      std::int64_t high, const std::string &help);
CLI::Option *addNumber(CLI::App &verb, const std::string &name, std::optional<double> &to, double low,
		       const std::string &help);

// The data folder, where the pages are: of an installed command, else of the checkout it was built from.
std::string pagesFolder();

} // namespace pulseline::cli
