// A session whose doors are open: what the wire asks for, the live count, the playback's history and the file.
//
// Built on the thread that starts it; from open() on, everything marked (network) happens on the server's thread.
#pragma once

#include "core/counter.hpp"
#include "ingest/server.hpp"
#include "playback/history.hpp"
#include "session/store.hpp"
#include "studio/publisher.hpp"
#include "studio/registry.hpp"
#include "studio/studio.hpp"
#include "studio/upstreams.hpp"

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <deque>
#include <future>

namespace pulseline::studio {

class Running final : public ingest::Backend, private UpstreamSession {
public:
	using Publish = std::function<void(std::shared_ptr<const Snapshot>)>;

	// Opens or creates the file and reads what it has.
	static Result<std::shared_ptr<Running>> prepare(const StartOptions &options, Publish publish);
	// Starts the server.
	Result<void> open(const StartOptions &options);
	// Ends the session: closes every connection, writes what is queued, closes the file. An error if something
	// could not be written; it is closed all the same.
	Result<void> close();
	~Running() override;

	// Any thread.
	Result<void> setPlayback(PlaybackState state, std::optional<std::int64_t> position_ms);
	Result<void> reloadTls() { return server_->reloadTls(); }
	void wantSegment(Segment segment);
	Result<Marker> addMarker(std::string text, std::optional<std::int64_t> position_ms);
	Result<void> setStatements(std::vector<Statement> statements);
	// Shows the result to participants, and to everyone in a blind session; or hides it again.
	void reveal(bool revealed);
	Result<void> setDoors(Doors doors);
	Result<void> addTickets(const std::vector<std::string> &tickets);
	Result<void> setCounts(const std::string &participant, bool counts);
	void fill(Status &status) const;
	const std::string &code() const { return code_; }
	const std::map<std::string, std::string> &keys() const { return keys_; }
	const Settings &settings() const override { return *settings_; }
	// Graphics thread, wait-free.
	void playbackChanged(const PlaybackChange &change, std::int64_t duration_ms);

	// ingest::Backend (network)
	bool revealed() const override { return revealed_; }
	bool simulated() const override { return simulated_; }
	std::string_view doors() const override { return toText(doors_); }
	ingest::Answer<ingest::Joined> join(const ingest::Join &join) override;
	ingest::Answer<void> look(const std::string &code) override;
	bool knows(std::string_view token) const override;
	bool mayObserve(std::string_view key) const override;
	ingest::Answer<ingest::Ticket> respond(const ingest::Respond &respond, SteadyTime received) override;
	void leave(std::uint32_t) override {}
	std::optional<std::int64_t> duration_ms() const override { return duration_ms_; }
	PlaybackChange playback() const override;
	PlaybackChange playbackNow() const override;
	std::int64_t now_ms() const override;
	std::vector<ingest::Series> series() const override;
	ingest::Series seriesOf(std::uint32_t target, std::int64_t from, std::int64_t end) const;
	std::shared_ptr<const Annotations> annotations() const override { return annotations_; }
	ingest::Updates drain() override;
	std::string notReady() const override;
	ingest::BackendMetrics metrics() const override;
	void bring(std::uint32_t feed, const ingest::People &people) override;
	ingest::Answer<ingest::BatchTaken> respondMany(std::uint32_t feed, const ingest::Batch &batch,
						       SteadyTime received) override;
	ingest::CellsNow cells() const override;
	// Somebody brings people under a name of their own: a feed, or an upstream. Returns its number; the same one
	// for the same name, also after a restart the same people.
	std::uint32_t openScope(std::string_view name, bool simulated) override;

private:
	// UpstreamSession (network)
	ingest::Answer<void> writable() const override;
	ingest::Ticket note(const std::string &key, const std::string &value) override;
	std::uint32_t stratumFor(const std::map<std::string, std::string> &answers) override;
	void replaceCell(const session::StoredCell &cell, const Cell &before) override;
	void markSimulated() override;

	struct Stamped {
		std::int64_t position_ms = 0;
		std::uint32_t pass = 0;
		Stamp stamp = Stamp::server;
	};
	struct Feed {
		std::uint32_t scope = 0; // in the registry
		bool simulated = false;
	};
	struct FollowedChange {
		PlaybackChange change; // at_ms as of Studio::steady_ms()
		std::int64_t duration_ms = 0;
	};

	Running(StartOptions options, std::shared_ptr<const Settings> settings, Publish publish);
	Result<void> load(session::File &file);
	Result<void> makeSecrets(session::File &file);
	Result<void> loadAnnotations(session::File &file, const std::optional<std::vector<Statement>> &statements);
	Result<void> loadDoors(session::File &file);
	void showPeople();
	Result<void> onDisk(const Result<ingest::Ticket> &ticket) const;
	void invite();
	Result<void> makeKey(session::File &file, const std::string &role);
	void startWriter(session::File file);
	void takeProblem(const std::string &reason);

	std::int64_t toUnix_ms(SteadyTime time) const;
	ingest::Answer<Stamped> stamp(const ingest::Respond &respond, SteadyTime received) const;
	ingest::Answer<Stamped> stampOwn(const ingest::Respond &respond, SteadyTime received) const;
	std::int64_t furthestAllowed_ms(SteadyTime received) const;
	ingest::Answer<void> admit(const std::string &code) const;
	ingest::Answer<void> mayComeIn(const ingest::Join &join) const;
	ingest::Answer<ingest::Joined> joinByKey(const ingest::Join &join);
	ingest::Joined joinNew(const ingest::Join &join);
	std::uint32_t addPerson(std::string id, const std::map<std::string, std::string> &answers, bool simulated,
				std::string tokenHash);
	std::optional<std::uint32_t> targetOf(std::string_view name) const;
	void take(const Response &response, Stamp stamp, SteadyTime received);
	ingest::Ticket handOver(SteadyTime received);
	std::expected<ingest::Ticket, std::string_view> takeRow(const Feed &feed, const ingest::Batch &batch,
								std::size_t row, std::int64_t furthest_ms,
								SteadyTime received);
	std::uint64_t durableSeq(const Registry::Person &person) const;
	std::int64_t nextChange_ms() const;
	void addChange(PlaybackChange change);
	void beginPlayback();
	void applyFollowed();
	void endAtDuration();
	void closeTicks(std::vector<std::int64_t> &ticks);
	ingest::TickFigures figuresOf(std::uint32_t target, std::int64_t tick) const;
	void publishNow();

	const StartOptions options_;
	const std::shared_ptr<const Settings> settings_;
	Publish publish_;
	std::string code_;
	std::map<std::string, std::string> keys_; // as shown, once
	std::map<std::string, std::string> keyHashes_;

	// Unix time = steady time + offset, fixed for the session, so that it never jumps.
	std::int64_t unixOffset_ms_ = 0;
	std::int64_t start_ms_ = 0;     // of the session, also over restarts
	std::int64_t stampedAt_ms_ = 0; // when the last response came that was stamped

	Registry registry_;
	std::vector<Feed> feeds_;
	Counter counter_;
	Publisher publisher_;
	std::shared_ptr<const Annotations> annotations_ = std::make_shared<const Annotations>();
	std::shared_ptr<const Invitation> invitation_; // null: no phone can reach the session
	playback::History history_;
	std::optional<std::int64_t> duration_ms_;
	std::optional<PlaybackChange> playbackNews_;
	std::uint32_t followedPass_ = 0; // the media source's pass when the session began
	std::uint32_t passBase_ = 0;     // the session's pass then
	bool followedSeen_ = false;
	std::int64_t closedTicks_ = 0;
	std::optional<SteadyTime> lastResponse_;
	bool changed_ = true; // something a snapshot shows
	SteadyTime published_;
	bool simulated_ = false;
	std::atomic<bool> revealed_{false};
	std::atomic<Doors> doors_{Doors::open};
	std::unordered_map<std::string, bool> tickets_; // by hash: whether somebody has come in with it
	std::atomic<std::uint64_t> ticketsMade_{0}, ticketsUsed_{0};

	boost::lockfree::spsc_queue<FollowedChange, boost::lockfree::capacity<256>> followed_;
	std::uint64_t found_ = 0; // responses that the file had
	std::atomic<std::uint64_t> counted_{0}, refused_{0}, participants_{0}, out_{0}, stored_{0};
	struct Unwritten {
		std::uint64_t ticket = 0, responses = 0;
	};
	std::deque<Unwritten> unwritten_;            // not on disk yet
	std::uint64_t waiting_ = 0;                  // responses in it
	std::vector<session::StoredResponse> taken_; // not handed to the writer yet
	mutable std::mutex problemMutex_;
	std::string problem_;        // with paths
	std::string problemOutside_; // without
	std::string problemTold_;    // to the wire
	std::unique_ptr<Upstreams> upstreams_;
	std::unique_ptr<session::Writer> writer_;
	std::unique_ptr<ingest::Server> server_;
	std::atomic<ingest::Server *> wakes_{nullptr}; // server_, for the writer and graphics threads
	bool closing_ = false;
};

} // namespace pulseline::studio
