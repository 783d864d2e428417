#include "studio/running.hpp"

#include "session/numbers.hpp"
#include "session/paths.hpp"
#include "session/recount.hpp"
#include "session/transcript.hpp"

#include <algorithm>
#include <filesystem>

namespace pulseline::studio {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::system_clock;

std::optional<Error> disagreement(const std::string &path, const Settings &asked, const Settings &kept)
{
	if (asked == kept) {
		return std::nullopt;
	}
	const char *what = asked.mode != kept.mode               ? "mode"
			   : !(asked.scale == kept.scale)        ? "scale"
			   : asked.tick_ms != kept.tick_ms       ? "tick"
			   : asked.lag_ms != kept.lag_ms         ? "lag"
			   : asked.targets != kept.targets       ? "targets"
			   : asked.ownTime != kept.ownTime       ? "kind of clock (live, or each at own time)"
			   : asked.attributes != kept.attributes ? "attributes"
			   : asked.title != kept.title           ? "title"
								 : "settings";
	return Error{path + " is there already, with another " + what +
		     "; choose another file, or leave that out to go on"};
}

// What strangers may hear: no folder of this machine.
std::string withoutFolder(std::string reason, const std::string &path)
{
	std::error_code ignored;
	for (const std::filesystem::path &file :
	     {std::filesystem::path(path), std::filesystem::weakly_canonical(path, ignored)}) {
		const std::string folder = file.parent_path().string() + "/";
		for (std::size_t at = reason.find(folder); at != std::string::npos && folder.size() > 1;
		     at = reason.find(folder)) {
			reason.erase(at, folder.size());
		}
	}
	return reason;
}

ingest::ServerOptions doorsOf(const StartOptions &options)
{
	ingest::ServerOptions server;
	server.bind = options.bind;
	server.port = options.port;
	server.publicUrl = options.publicUrl;
	server.pages = options.pages;
	server.rate = options.rate;
	server.maxConnections = options.maxConnections;
	server.tlsCert = options.tlsCert;
	server.tlsKey = options.tlsKey;
	return server;
}

} // namespace

Running::Running(StartOptions options, std::shared_ptr<const Settings> settings, Publish publish)
	: options_(std::move(options))
	, settings_(settings)
	, publish_(std::move(publish))
	, registry_(settings->attributes)
	, counter_(session::counterFor(*settings))
	, publisher_(settings, {})
	, history_(0)
	, duration_ms_(settings->duration_ms)
{
}

Running::~Running()
{
	std::ignore = close();
}

// What can be checked is checked before a file is made.
Result<std::shared_ptr<Running>> Running::prepare(const StartOptions &options, Publish publish)
{
	if (const std::optional<Error> malformed = checkDoors(options)) {
		return std::unexpected(*malformed);
	}
	std::optional<std::vector<Statement>> statements;
	if (!options.transcript.empty()) {
		Result<session::Transcript> read = session::readTranscript(options.transcript);
		if (!read) {
			return std::unexpected(read.error());
		}
		if (read->left_out > 0 && options.report) {
			options.report(read->remark(options.transcript));
		}
		statements = std::move(read->statements);
	}
	const bool fresh = !session::exists(options.path);
	Result<session::File> file = fresh ? session::File::create(options.path, options.settings)
					   : session::File::open(options.path, session::Access::write);
	if (!file) {
		return std::unexpected(file.error());
	}
	if (const std::optional<Error> error = disagreement(options.path, options.settings, file->settings());
	    !fresh && error) {
		return std::unexpected(*error);
	}
	std::shared_ptr<Running> running(
		new Running(options, std::make_shared<const Settings>(file->settings()), std::move(publish)));
	Result<void> begun = running->load(*file);
	begun = begun ? running->loadAnnotations(*file, statements) : begun;
	begun = begun ? running->loadDoors(*file) : begun;
	begun = begun ? running->makeSecrets(*file) : begun;
	if (!begun) {
		file = std::unexpected(begun.error()); // closed
		if (fresh) {
			session::removeFile(options.path);
		}
		return std::unexpected(begun.error());
	}
	running->startWriter(std::move(*file));
	return running;
}

Result<void> Running::load(session::File &file)
{
	const Result<std::vector<Segment>> stored = file.segments();
	const Result<std::vector<PlaybackChange>> changes = file.playback();
	if (!stored || !changes) {
		return std::unexpected(stored ? changes.error() : stored.error());
	}
	publisher_ = Publisher(settings_, *stored);
	for (const Stratum &stratum : file.strata()) {
		registry_.placeOf(stratum);
	}
	for (const session::Participant &participant : file.participants()) {
		const std::uint32_t index = registry_.add(participant.id, participant.stratum, participant.tokenHash);
		if (participant.out) {
			registry_.setOut(index, true);
		}
	}
	showPeople();
	simulated_ = file.simulated();
	Result<std::unique_ptr<Upstreams>> upstreams = Upstreams::load(options_.upstreams, file, options_.report);
	if (!upstreams) {
		return std::unexpected(upstreams.error());
	}
	upstreams_ = std::move(*upstreams);
	const Result<session::Totals> totals =
		session::recount(file, counter_, [this](const session::StoredResponse &stored_response) {
			registry_[stored_response.response.participant].taken.insert(stored_response.response.seq);
			return true;
		});
	if (!totals) {
		return std::unexpected(totals.error());
	}
	publisher_.update(counter_.cells(), counter_.takeChanged(), registry_.strata());
	counted_ = found_ = totals->responses;
	stored_ = totals->responses;
	const std::int64_t steady_ms = Studio::steady_ms();
	std::int64_t now_ms = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
	if (!changes->empty()) {
		now_ms = std::max(now_ms, changes->back().at_ms + 1);
	}
	revealed_ = file.note("revealed") == "1";
	const std::string created = file.note("created_ms");
	start_ms_ = session::parseWhole(created).value_or(now_ms);
	now_ms = std::max(now_ms, start_ms_); // whatever has become of the machine's clock since
	unixOffset_ms_ = now_ms - steady_ms;
	history_ = playback::History(start_ms_);
	history_.setDuration(duration_ms_);
	for (const PlaybackChange &change : *changes) {
		history_.add(change);
	}
	closedTicks_ = tickOf(history_.furthest_ms(now_ms), settings_->lag_ms, settings_->tick_ms);
	return {};
}

Result<void> Running::makeSecrets(session::File &file)
{
	Result<void> begun = file.begin();
	if (!begun) {
		return begun;
	}
	code_ = file.note("code");
	const bool fresh = code_.empty();
	if (fresh) {
		code_ = session::randomCode();
		begun = file.setNote("code", code_);
		if (begun && file.note("created_ms").empty()) {
			begun = file.setNote("created_ms", std::to_string(start_ms_));
		}
	}
	if (begun && options_.reveal && !revealed_) {
		revealed_ = true;
		begun = file.setNote("revealed", "1");
	}
	if (begun && settings_->blind) {
		begun = file.setNote("hidden", "1"); // until it ends, whoever looks at the file
	}
	for (const char *role : {"observer", "feed", "mirror"}) {
		if (begun && (fresh || options_.newKeys)) {
			begun = makeKey(file, role);
		} else {
			keyHashes_[role] = file.note(std::string("key_") + role);
		}
	}
	return begun ? file.commit() : begun;
}

Result<void> Running::makeKey(session::File &file, const std::string &role)
{
	keys_[role] = session::randomToken();
	keyHashes_[role] = session::sha256(keys_[role]);
	return file.setNote("key_" + role, keyHashes_[role]);
}

void Running::startWriter(session::File file)
{
	const auto durable = [this](std::uint64_t ticket) {
		upstreams_->durable(ticket);
		if (ingest::Server *server = wakes_.load()) {
			server->durable(ticket);
		}
	};
	const auto failed = [this](const std::string &reason) { takeProblem(reason); };
	writer_ = std::make_unique<session::Writer>(std::move(file), durable, failed,
						    session::WriterOptions{options_.mostQueued_bytes});
}

void Running::takeProblem(const std::string &reason)
{
	// Looks at the disk, which is in trouble: not while the network thread may wait for the lock.
	std::string outside = withoutFolder(reason, options_.path);
	{
		const std::lock_guard lock(problemMutex_);
		problem_ = reason;
		problemOutside_ = std::move(outside);
	}
	if (ingest::Server *server = wakes_.load()) {
		server->wake();
	}
	if (options_.onProblem) {
		options_.onProblem(reason);
	}
}

std::optional<Error> checkDoors(const StartOptions &options)
{
	const std::optional<Error> malformed = ingest::check(doorsOf(options));
	return malformed ? malformed : Upstreams::check(options.upstreams);
}

Result<void> Running::open(const StartOptions &options)
{
	beginPlayback();
	publishNow();
	Result<std::unique_ptr<ingest::Server>> started = ingest::Server::start(doorsOf(options), *this);
	if (!started) {
		return std::unexpected(started.error());
	}
	server_ = std::move(*started);
	wakes_ = server_.get();
	invite();
	upstreams_->start(*this, [this](std::function<void()> task) { server_->post(std::move(task)); });
	return {};
}

void Running::beginPlayback()
{
	const std::int64_t now = now_ms();
	PlaybackChange current = history_.at(now);
	if (settings_->ownTime) {
		return;
	}
	if (options_.live && current.state != PlaybackState::playing) {
		current.state = PlaybackState::playing;
		current.rate = 1;
		addChange(current);
	} else if (!options_.live && current.state != PlaybackState::stopped) {
		// The program ended without a word while this was on; where the picture went since then nobody knows.
		current.state = PlaybackState::stopped;
		addChange(current);
	}
}

Result<void> Running::close()
{
	if (!writer_) {
		return {};
	}
	if (server_) {
		// After this the network thread neither writes nor counts.
		std::promise<void> done;
		server_->post([&] {
			closing_ = true;
			done.set_value();
		});
		done.get_future().wait();
	}
	PlaybackChange last = history_.at(nextChange_ms());
	if (last.state == PlaybackState::playing || last.state == PlaybackState::paused) {
		last.state = PlaybackState::stopped;
		writer_->add(last);
	}
	if (settings_->blind) {
		writer_->note("hidden", "0");
	}
	const Result<bool> written = writer_->close();
	upstreams_->stop(); // after its last acknowledgements, and before what it hands over to
	writer_.reset();
	wakes_ = nullptr;
	server_.reset();
	if (written && !*written && options_.report) {
		options_.report(options_.path +
				" is complete, but open elsewhere too: it may stay in WAL mode until it is "
				"opened here again");
	}
	return written ? Result<void>() : std::unexpected(written.error());
}

std::int64_t Running::now_ms() const
{
	return Studio::steady_ms() + unixOffset_ms_;
}

std::int64_t Running::toUnix_ms(SteadyTime time) const
{
	return duration_cast<milliseconds>(time.time_since_epoch()).count() + unixOffset_ms_;
}

std::string Running::notReady() const
{
	const std::lock_guard lock(problemMutex_);
	return problemOutside_;
}

ingest::BackendMetrics Running::metrics() const
{
	static_assert(session::WriterStats{}.latency.size() == ingest::Times{}.counts.size());
	const session::WriterStats stats = writer_->stats();
	ingest::BackendMetrics metrics;
	metrics.counted = counted_ - found_;
	metrics.queued = stats.queued;
	metrics.queuedBytes = stats.queuedBytes;
	metrics.commits.counts = stats.latency;
	metrics.commits.sum_s = static_cast<double>(stats.latencySum_us) / 1e6;
	metrics.commitFailures = stats.failures;
	metrics.participants = participants_;
	for (const UpstreamStatus &upstream : upstreams_->status()) {
		metrics.upstreams.push_back({upstream.name, std::string(toText(upstream.state.phase))});
	}
	return metrics;
}

void Running::fill(Status &status) const
{
	status.state = Status::State::running;
	status.path = options_.path;
	status.code = code_;
	status.url = server_->url();
	status.joinUrls = server_->joinUrls();
	status.connections = server_->connections();
	status.doors = doors_;
	status.tickets = ticketsMade_;
	status.ticketsUsed = ticketsUsed_;
	status.participants = participants_;
	status.out = out_;
	status.counted = counted_;
	status.stored = stored_;
	status.refused = refused_;
	status.upstreams = upstreams_->status();
	const std::lock_guard lock(problemMutex_);
	status.problem = problem_;
}

} // namespace pulseline::studio
