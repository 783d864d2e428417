#include "cli/steer.hpp"

#include "cli/verbs.hpp"
#include "studio/requests.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <poll.h>
#include <unistd.h>

namespace pulseline::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestLine = 1 << 20;

volatile std::sig_atomic_t ended = 0;
volatile std::sig_atomic_t hungUp = 0;

void end(int)
{
	ended = 1;
}

void hangUp(int)
{
	hungUp = 1;
}

json answerTo(studio::Studio &studio, const std::string &line)
{
	const json asked = json::parse(line, nullptr, false);
	const auto name = asked.is_object() ? asked.find("request") : asked.end();
	if (!asked.is_object() || name == asked.end() || !name->is_string()) {
		return {{"error", "a request is one JSON object in a line, with its name as 'request'"}};
	}
	const auto known = std::ranges::find(studio::requests(), name->get<std::string>(), &studio::Request::name);
	json answer{{"request", *name}};
	if (known == studio::requests().end()) {
		answer["error"] = "there is no such request";
		return answer;
	}
	const studio::Answer given = known->answer(studio, asked);
	given ? answer.update(*given) : answer.update({{"error", given.error().message}});
	return answer;
}

// Takes the whole lines out of `text` and answers each.
void answerLines(studio::Studio &studio, std::string &text)
{
	for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
		const std::string line = text.substr(0, end);
		text.erase(0, end + 1);
		std::cout << answerTo(studio, line).dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
	}
}

// Reads what is there. False: there will be no more.
bool readSome(std::string &text)
{
	std::array<char, 4096> some;
	const ssize_t got = read(STDIN_FILENO, some.data(), some.size());
	if (got <= 0) {
		return got < 0 && errno == EINTR;
	}
	text.append(some.data(), static_cast<std::size_t>(got));
	return text.size() < kLongestLine;
}

} // namespace

Signals::Signals(bool reloads)
{
	sigset_t ours;
	sigemptyset(&ours);
	for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
		const bool reload = signal == SIGHUP && reloads;
		sigaddset(&ours, signal);
		if (std::signal(signal, reload ? hangUp : end) == SIG_IGN && signal == SIGHUP && !reload) {
			std::signal(signal, SIG_IGN); // nohup
		}
	}
	sigprocmask(SIG_BLOCK, &ours, &outside_);
}

void Signals::wait(studio::Studio &studio, bool steer) const
{
	std::string text;
	while (!ended) {
		pollfd input{STDIN_FILENO, POLLIN, 0};
		if (ppoll(&input, steer ? 1 : 0, nullptr, &outside_) > 0) {
			steer = readSome(text);
			answerLines(studio, text);
		}
		if (hungUp) {
			hungUp = 0;
			if (const Result<void> reloaded = studio.reloadTls(); !reloaded) {
				warn(reloaded.error().message + "; the old one stays in use");
			}
		}
	}
}

} // namespace pulseline::cli
