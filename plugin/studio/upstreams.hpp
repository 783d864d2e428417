// The upstreams of a running session: what they bring is taken as what feeds bring, written, and acknowledged once it
// is on disk; where each was left is kept in the file.
#pragma once

#include "ingest/upstream.hpp"
#include "session/store.hpp"
#include "studio/studio.hpp"

#include <deque>
#include <mutex>

namespace pulseline::studio {

// What the upstreams need of the session. Network thread.
class UpstreamSession {
public:
	virtual ~UpstreamSession() = default;
	// Why nothing can be taken now.
	virtual ingest::Answer<void> writable() const = 0;
	virtual std::uint32_t openScope(std::string_view name, bool simulated) = 0;
	virtual void bring(std::uint32_t scope, const ingest::People &people) = 0;
	virtual ingest::Answer<ingest::BatchTaken> respondMany(std::uint32_t scope, const ingest::Batch &batch,
							       SteadyTime received) = 0;
	virtual ingest::Ticket note(const std::string &key, const std::string &value) = 0;
	virtual std::uint32_t stratumFor(const std::map<std::string, std::string> &answers) = 0;
	virtual void replaceCell(const session::StoredCell &cell, const Cell &before) = 0;
	virtual void markSimulated() = 0;
};

class Upstreams {
public:
	using Post = std::function<void(std::function<void()>)>; // to the network thread
	using Report = std::function<void(const std::string &line)>;

	// Why these cannot be used, or nothing.
	static std::optional<Error> check(const std::vector<ingest::UpstreamOptions> &options);
	// Reads what the file has of them, which have been checked. Fails where one cannot be used with it.
	static Result<std::unique_ptr<Upstreams>> load(const std::vector<ingest::UpstreamOptions> &options,
						       const session::File &file, Report report);
	~Upstreams();

	void start(UpstreamSession &session, Post post);
	// What the network thread still has of them may run after this; the object must be there until it has ended.
	void stop();
	// Any thread: everything up to this ticket is on disk.
	void durable(ingest::Ticket ticket);
	// Any thread.
	std::vector<UpstreamStatus> status() const;

private:
	struct Line;
	struct Waiting {
		ingest::Ticket ticket = 0;
		Line *line = nullptr;
		std::string id; // of the stream
		std::uint64_t batch = 0;
		std::vector<ingest::RowRefusal> refused;
	};

	Upstreams(Report report, Settings settings);
	void take(Line &line, const ingest::UpstreamMessage &message);
	void takeBatch(Line &line, const ingest::RespondMany &batch);
	void acknowledgeWhenDurable(Waiting waiting);
	void release();

	const Report report_;
	const Settings settings_;
	UpstreamSession *session_ = nullptr; // from start() on
	Post post_;
	std::vector<std::unique_ptr<Line>> lines_;
	std::mutex mutex_; // of the next two
	std::deque<Waiting> waiting_;
	ingest::Ticket durable_ = 0;
};

} // namespace pulseline::studio
