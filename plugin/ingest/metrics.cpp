#include "ingest/metrics.hpp"

#include <charconv>

namespace pulseline::ingest {
namespace {

std::string numberText(double value)
{
	std::array<char, 32> text;
	return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

// A label's value: UTF-8 as it is, with what would end it escaped.
std::string escaped(std::string_view text)
{
	std::string result;
	for (const char c : text) {
		if (c == '\n') {
			result += "\\n";
			continue;
		}
		if (c == '\\' || c == '"') {
			result += '\\';
		}
		result += c;
	}
	return result;
}

class Writer {
public:
	explicit Writer(std::string &out)
		: out_(out)
	{
	}

	void family(std::string_view name, std::string_view type, std::string_view help)
	{
		name_ = "pulseline_";
		name_ += name;
		out_.append("# HELP ").append(name_).append(" ").append(help).append("\n");
		out_.append("# TYPE ").append(name_).append(" ").append(type).append("\n");
	}
	void sample(std::string_view value) { out_.append(name_).append(" ").append(value).append("\n"); }
	void sample(std::uint64_t value) { sample(std::to_string(value)); }
	using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
	void sample(Labels labels, std::uint64_t value) { sample("", labels, std::to_string(value)); }

	void single(std::string_view name, std::string_view type, std::string_view help, std::uint64_t value)
	{
		family(name, type, help);
		sample(value);
	}
	void tally(std::string_view name, std::string_view label, std::string_view help, const Tally &tally)
	{
		family(name, "counter", help);
		for (const auto &[key, value] : tally) {
			sample({{label, key}}, value);
		}
	}
	void times(std::string_view name, std::string_view help, const Times &times)
	{
		family(name, "histogram", help);
		std::uint64_t upTo = 0;
		for (std::size_t i = 0; i < times.counts.size(); ++i) {
			upTo += times.counts[i];
			const bool last = i == Times::kBounds_s.size();
			sample("_bucket", {{"le", last ? "+Inf" : numberText(Times::kBounds_s[i])}},
			       std::to_string(upTo));
		}
		sample("_sum", {}, numberText(times.sum_s));
		sample("_count", {}, std::to_string(upTo));
	}

private:
	void sample(std::string_view suffix, Labels labels, std::string_view value)
	{
		out_.append(name_).append(suffix);
		char before = '{';
		for (const auto &[label, text] : labels) {
			out_ += before;
			out_.append(label).append("=\"").append(escaped(text)).append("\"");
			before = ',';
		}
		out_.append(labels.size() > 0 ? "} " : " ").append(value).append("\n");
	}

	std::string &out_;
	std::string name_;
};

} // namespace

std::string metricsText(const Metrics &metrics, const BackendMetrics &backend, const Connected &connected, bool ready)
{
	std::string text;
	Writer out(text);
	out.single("ready", "gauge", "1 if the session takes responses, 0 if not; /healthz says why.", ready ? 1 : 0);

	out.family("connections", "gauge", "Open connections by what they are.");
	for (const auto &[state, number] : connected) {
		out.sample({{"state", state}}, number);
	}
	out.single("connections_opened_total", "counter", "TCP connections since the start.", metrics.opened);
	out.tally("connections_cut_total", "reason", "Connections that the server ended or refused, by reason.",
		  metrics.cut);
	out.single("participants", "gauge", "Participants in the session, connected or not.", backend.participants);
	out.tally("joins_total", "role", "Joins by role, those by token among them.", metrics.joins);
	out.tally("joins_refused_total", "code", "Refused join and look messages by code.", metrics.joinsRefused);
	out.single("wrong_codes_total", "counter", "Wrong join codes and keys.", metrics.wrongCodes);

	out.tally("messages_total", "type", "Messages from clients by type.", metrics.messages);
	out.family("responses_total", "counter", "Responses by what became of them.");
	out.sample({{"outcome", "counted"}}, backend.counted);
	out.sample({{"outcome", "duplicate"}}, metrics.duplicates);
	for (const auto &[code, number] : metrics.refused) {
		out.sample({{"outcome", code}}, number);
	}
	out.single("rate_limited_total", "counter", "Times a connection came over its rate.", metrics.slowed);
	out.single("slow_reader_skips_total", "counter", "Times a slow reader was skipped forward.", metrics.skips);

	out.single("queue_entries", "gauge", "Entries that wait for the disk.", backend.queued);
	out.single("queue_bytes", "gauge", "Memory that they take.", backend.queuedBytes);
	out.times("commit_seconds", "How long a group took to be written and synced.", backend.commits);
	out.single("commit_failures_total", "counter", "Groups that could not be written; each is tried again.",
		   backend.commitFailures);
	out.times("ack_seconds", "From a response's arrival until its acknowledgement.", metrics.acks);

	out.family("upstream_state", "gauge", "Upstreams and the state each is in now.");
	for (const BackendMetrics::Upstream &upstream : backend.upstreams) {
		out.sample({{"upstream", upstream.name}, {"state", upstream.state}}, 1);
	}
	return text;
}

} // namespace pulseline::ingest
