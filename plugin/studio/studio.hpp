// The running session: the one object that OBS, the dock and the command line talk to.
//
// It holds at most one session, either running (doors open: server, file being written) or in review (a closed file).
// Every call may come from any thread but the graphics thread, unless it says otherwise; calls that start, stop or open
// do I/O and take a moment.
#pragma once

#include "core/mailbox.hpp"
#include "core/snapshot.hpp"
#include "ingest/upstream_options.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace pulseline::studio {

// Gets every new snapshot; `box` is for one reading thread, which never waits.
struct Reader {
	Mailbox<std::shared_ptr<const Snapshot>> box;
	std::function<void()> onNew; // told when one came, on any thread; it must neither block nor call the studio
};

// Who may come in as a new participant. Who has joined stays, and comes back by token, whatever it says.
enum class Doors { open, tickets, closed };
std::string_view toText(Doors doors);
std::optional<Doors> doorsFromText(std::string_view text);

struct StartOptions {
	std::string path;
	Settings settings;     // of a new session; an existing one keeps its own
	bool mustAgree = true; // with an existing session: mode, scale, tick and targets differ -> error
	std::string bind = "127.0.0.1";
	std::uint16_t port = 0;
	std::string publicUrl;
	std::uint32_t rate = 200;            // messages a second from one connection; 0: any
	std::size_t maxConnections = 20'000; // at the same time
	std::string tlsCert, tlsKey;         // PEM files, for https; both or neither
	std::string pages;                   // folder of the pages (data)
	bool live = false;                   // the live clock plays at once
	std::string follow;         // the media source that is the clock, by name or UUID; then SetPlayback is refused
	bool newKeys = false;       // existing session: replace the keys
	std::optional<Doors> doors; // absent: as the session had them, at first open
	bool reveal = false;        // participants are shown the result at once
	std::size_t mostQueued_bytes = 256 << 20; // may wait in memory while the file cannot be written
	// Told on a thread of the session's, at once, why it is not being written, and "" when it is again. It must
	// neither block nor call the studio.
	std::function<void(const std::string &reason)> onProblem;
	std::vector<ingest::UpstreamOptions> upstreams;
	// Told, on any thread, a line for a log whenever something happens to an upstream or in passing.
	std::function<void(const std::string &line)> report;
	std::string transcript; // a file; its statements take the place of the session's
};

struct Started {
	std::string url;
	std::vector<std::string> joinUrls; // where participants reach it, the likeliest first
	std::string code;
	std::map<std::string, std::string> keys; // role -> key; shown once, only hashes are kept
};

struct OpenedTranscript {
	std::size_t statements = 0; // that took the place of the session's
	std::size_t left_out = 0;
	std::string remark; // one line on those; "": none
};

struct UpstreamStatus {
	std::string name, url; // without query and fragment
	ingest::Stream stream = ingest::Stream::responses;
	ingest::UpstreamState state;
};

struct Status {
	enum class State { idle, running, review } state = State::idle;
	std::string path, url, code;
	std::vector<std::string> joinUrls; // where participants reach it, the likeliest first
	std::uint32_t connections = 0;
	Doors doors = Doors::open;
	std::uint64_t tickets = 0, ticketsUsed = 0;
	std::uint64_t participants = 0; // who count
	std::uint64_t out = 0;          // participants who are out of the count
	std::uint64_t counted = 0;      // responses the live counter took
	std::uint64_t stored = 0;       // of these, on disk
	std::uint64_t refused = 0;
	std::string problem; // why it is not writing or not ready, "" if all is well
	std::vector<UpstreamStatus> upstreams;
	std::shared_ptr<const Snapshot> snapshot; // empty when idle
};

// What is malformed in where and how the session is to listen, and what it is to fetch from others, whatever this
// machine can do.
std::optional<Error> checkDoors(const StartOptions &options);

// The settings of the session in this file, or the defaults if there is no file.
Result<Settings> settingsOf(const std::string &path);

class Review;
class Running;

class Studio {
public:
	Studio();
	~Studio(); // stops

	// Creates the file, or goes on with the one that is there, and opens the doors.
	Result<Started> start(const StartOptions &options);
	Result<void> stop();                        // error when nothing runs
	Result<void> open(const std::string &path); // review, no server
	Result<void> close();                       // ends a review
	void shutdown();                            // stop or close, whatever there is

	// The live clock. Without a position: where it is now. Refused while a media source is followed.
	Result<void> setPlayback(PlaybackState state, std::optional<std::int64_t> position_ms);
	// Reads the TLS certificate and key anew, for connections from now on.
	Result<void> reloadTls();
	// Graphics thread, wait-free: what the followed media source does; `at_ms` as of steady_ms().
	void playbackChanged(const PlaybackChange &change, std::int64_t duration_ms);
	// Any thread, lock-free: milliseconds of the steady clock.
	static std::int64_t steady_ms();

	// On the time axis. Without a position: where the playback is now, if it is common to all; without a text it is
	// numbered. Returns what was added.
	Result<Marker> addMarker(std::string text, std::optional<std::int64_t> position_ms);
	// Its statements take the place of the session's.
	Result<OpenedTranscript> openTranscript(const std::string &path);

	// Of the running session.
	Result<void> setDoors(Doors doors);
	// Makes single-use tickets for the running session, on a sheet to print (`path` must not be there yet), and
	// lets in newcomers with a ticket only, from now on.
	Result<void> printTickets(std::size_t count, const std::string &path);

	// Leaves out of the count what a participant said, or counts it again; also in a review. The file keeps it all.
	Result<void> setCounts(const std::string &participant, bool counts);

	// Shows the result of the running session to participants, and to everyone if it is blind; or hides it again.
	Result<void> reveal(bool revealed);

	Status status() const;
	std::shared_ptr<const Snapshot> snapshot() const; // empty when idle
	std::shared_ptr<Reader> reader(std::function<void()> onNew = {});
	// Sums this segment in later snapshots, under its name. The session's own segments are always there.
	Result<void> wantSegment(const std::string &name, const std::string &expression);

private:
	std::shared_ptr<Running> running() const; // null: none is
	bool isRunning() const { return running() != nullptr; }
	Result<std::string> reviewed() const;
	template <typename Change>
	Result<void> changeReviewed(const std::string &path, Change change);
	Result<void> review(const std::string &path);
	void forget();
	void publish(std::shared_ptr<const Snapshot> snapshot);

	std::mutex control_;       // one start, stop, open or close at a time; taken before mutex_
	mutable std::mutex mutex_; // of what follows; held for moments
	std::shared_ptr<Running> running_;
	std::unique_ptr<Review> review_;
	std::shared_ptr<const Snapshot> snapshot_;
	std::vector<std::weak_ptr<Reader>> readers_;
	std::map<std::string, std::string> wanted_; // segment name -> expression

	std::atomic<Running *> follower_{nullptr}; // running_, for the graphics thread
	std::atomic<int> inPlaybackChanged_{0};
};

} // namespace pulseline::studio
