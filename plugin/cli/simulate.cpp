// `pulseline simulate`: a synthetic audience.
#include "cli/verbs.hpp"
#include "ingest/address.hpp"
#include "ingest/simulator.hpp"

#include <cmath>
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>
#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

namespace pulseline::cli {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set in a signal handler");

struct Simulate {
	ingest::SimulateOptions options;
	std::vector<std::string> attributes;
	std::optional<std::int64_t> participants, seed;
	std::optional<double> rate, duration;
};

bool errorsOnTerminal()
{
#ifdef _WIN32
	return _isatty(_fileno(stderr)) != 0;
#else
	return isatty(STDERR_FILENO) != 0;
#endif
}

nlohmann::ordered_json rounded(std::optional<double> ms)
{
	return ms ? nlohmann::ordered_json(std::round(*ms * 100) / 100) : nlohmann::ordered_json(nullptr);
}

void report(const ingest::Simulated &simulated)
{
	const ingest::VoterTotals &totals = simulated.totals;
	const nlohmann::ordered_json line{{"participants", totals.joined},
					  {"sent", totals.sent},
					  {"acked", totals.acked},
					  {"refused", totals.refused},
					  {"unacknowledged", simulated.unacknowledged},
					  {"errors", totals.errors},
					  {"duplicates", totals.duplicates},
					  {"retransmitted", totals.retransmitted},
					  {"late", totals.late},
					  {"resumed", totals.resumed},
					  {"ack_p50_ms", rounded(totals.latency.quantile(0.5))},
					  {"ack_p99_ms", rounded(totals.latency.quantile(0.99))},
					  {"seconds", rounded(simulated.seconds)}};
	std::cout << line.dump() << std::endl;
}

int run(Simulate &simulate)
{
	if (const Result<ingest::Address> address = ingest::parseUrl(simulate.options.url); !address) {
		return complain(address.error().message, kUsedWrongly);
	}
	for (const std::string &text : simulate.attributes) {
		Result<ingest::Distribution> distribution = ingest::Distribution::parse(text);
		if (!distribution) {
			return complain(distribution.error().message, kUsedWrongly);
		}
		simulate.options.crowd.attributes.push_back(std::move(*distribution));
	}
	simulate.options.crowd.participants = static_cast<std::uint32_t>(*simulate.participants);
	simulate.options.crowd.seed = static_cast<std::uint64_t>(simulate.seed.value_or(1));
	simulate.options.crowd.rate_hz = simulate.rate;
	simulate.options.crowd.duration_s = simulate.duration;
	simulate.options.stop = &interrupted;
	for (const int signal : {SIGINT, SIGTERM}) {
		std::signal(signal, [](int) { interrupted = true; });
	}
	const bool terminal = errorsOnTerminal();
	if (terminal) {
		simulate.options.progress = [&simulate](const ingest::VoterTotals &totals) {
			std::cerr << "\r" << totals.joined << " of " << *simulate.participants << " in, " << totals.sent
				  << " sent, " << totals.acked << " acknowledged " << std::flush;
		};
	}
	const Result<ingest::Simulated> simulated = ingest::simulate(simulate.options);
	if (terminal) {
		std::cerr << "\r\x1b[K" << std::flush;
	}
	if (!simulated) {
		return complain(simulated.error().message, kFailed);
	}
	report(*simulated);
	return simulated->unacknowledged == 0 || simulated->sessionOver
		       ? kDone
		       : complain(std::to_string(simulated->unacknowledged) +
					  " responses were not acknowledged; is the session still running?",
				  kFailed);
}

} // namespace

void addSimulate(CLI::App &app, int &status)
{
	auto simulate = std::make_shared<Simulate>();
	CLI::App *verb = app.add_subcommand("simulate", "Send a synthetic audience to a running session");
	verb->add_option("--url", simulate->options.url, "Where the session is, e.g. ws://127.0.0.1:8080/")->required();
	verb->add_option("--code", simulate->options.crowd.code, "The join code")->required();
	addWhole(*verb, "--participants", simulate->participants, 1, 1'000'000, "How many people")->required();
	addNumber(*verb, "--duration-s", simulate->duration, 0,
		  "Stop so long after everybody is in (default: when the playback or the session is over)");
	addNumber(*verb, "--rate", simulate->rate, 1e-3,
		  "Acts of a person per second (default: one a tick, of a dial two)");
	addWhole(*verb, "--seed", simulate->seed, 0, std::numeric_limits<std::int64_t>::max(),
		 "The same seed gives the same people and opinions (default 1)");
	verb->add_option("--attribute", simulate->attributes, "name=value:share|value:share…; may be repeated")
		->allow_extra_args(false);
	verb->callback([simulate, &status] { status = run(*simulate); });
}

} // namespace pulseline::cli
