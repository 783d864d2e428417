#include "studio/running.hpp"

#include "session/numbers.hpp"
#include "session/recount.hpp"

#include <algorithm>
#include <filesystem>

namespace pulseline::studio {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::system_clock;

// Where the duration is unknown, a client's own position may be this far ahead of what was shown.
constexpr std::int64_t kAhead_ms = 2'000;
// Where everyone plays the speech and nobody said how long it is: no speech is longer, and a stray position must not
// ask for a series of any length.
constexpr std::int64_t kLongest_ms = 12LL * 3600 * 1000;

std::string upper(std::string text)
{
	std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
	return text;
}

std::unexpected<ingest::Refusal> refuse(std::string code, std::string message)
{
	return std::unexpected(ingest::Refusal{std::move(code), std::move(message)});
}

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

Result<std::shared_ptr<Running>> Running::prepare(const StartOptions &options, Publish publish)
{
	const bool fresh = !std::filesystem::exists(options.path);
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
	if (const Result<void> loaded = running->load(*file); !loaded) {
		return std::unexpected(loaded.error());
	}
	if (const Result<void> made = running->makeSecrets(*file); !made) {
		return std::unexpected(made.error());
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
		registry_.add(participant.id, participant.stratum, participant.tokenHash);
		simulated_ = simulated_ || participant.simulated;
	}
	participants_ = registry_.size();
	const Result<session::Totals> totals =
		session::recount(file, counter_, [this](const session::StoredResponse &stored_response) {
			registry_[stored_response.response.participant].taken.insert(stored_response.response.seq);
			return true;
		});
	if (!totals) {
		return std::unexpected(totals.error());
	}
	publisher_.update(counter_.cells(), counter_.takeChanged(), registry_.strata());
	counted_ = totals->responses;
	stored_ = totals->responses;
	const std::int64_t steady_ms = Studio::steady_ms();
	std::int64_t now_ms = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
	if (!changes->empty()) {
		now_ms = std::max(now_ms, changes->back().at_ms + 1);
	}
	unixOffset_ms_ = now_ms - steady_ms;
	const std::string created = file.note("created_ms");
	start_ms_ = session::parseWhole(created).value_or(now_ms);
	history_ = playback::History(start_ms_);
	history_.setDuration(duration_ms_);
	for (const PlaybackChange &change : *changes) {
		history_.add(change);
	}
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
	if (begun && (fresh || options_.newKeys)) {
		begun = makeKeys(file);
	} else {
		keyHashes_["observer"] = file.note("key_observer");
	}
	return begun ? file.commit() : begun;
}

Result<void> Running::makeKeys(session::File &file)
{
	const std::string key = session::randomToken();
	keys_["observer"] = key;
	keyHashes_["observer"] = session::sha256(key);
	return file.setNote("key_observer", keyHashes_["observer"]);
}

void Running::startWriter(session::File file)
{
	const auto durable = [this](std::uint64_t ticket) {
		if (ingest::Server *server = wakes_.load()) {
			server->durable(ticket);
		}
	};
	const auto failed = [this](std::string reason) {
		const std::lock_guard lock(problemMutex_);
		problem_ = std::move(reason);
	};
	writer_ = std::make_unique<session::Writer>(std::move(file), durable, failed);
}

Result<void> Running::open(const StartOptions &options)
{
	beginPlayback();
	publishNow();
	ingest::ServerOptions server;
	server.bind = options.bind;
	server.port = options.port;
	server.publicUrl = options.publicUrl;
	server.pages = options.pages;
	Result<std::unique_ptr<ingest::Server>> started = ingest::Server::start(std::move(server), *this);
	if (!started) {
		return std::unexpected(started.error());
	}
	server_ = std::move(*started);
	wakes_ = server_.get();
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
	PlaybackChange last = history_.at(now_ms());
	if (last.state == PlaybackState::playing || last.state == PlaybackState::paused) {
		last.state = PlaybackState::stopped;
		writer_->add(last);
	}
	const Result<void> written = writer_->close();
	writer_.reset();
	wakes_ = nullptr;
	server_.reset();
	return written;
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
	return problem_;
}

void Running::fill(Status &status) const
{
	status.state = Status::State::running;
	status.path = options_.path;
	status.code = code_;
	status.url = server_->url();
	status.connections = server_->connections();
	status.participants = participants_;
	status.counted = counted_;
	status.stored = stored_;
	status.refused = refused_;
	status.problem = notReady();
}

// ---- who comes in -------------------------------------------------------------------------------------------------

ingest::Answer<void> Running::admit(const std::string &code) const
{
	if (closing_) {
		return refuse("session_closed", "the session is over");
	}
	if (upper(code) != code_) {
		return refuse("unknown_session", "no session has this code; look at the code on the screen again");
	}
	return {};
}

ingest::Answer<void> Running::look(const std::string &code)
{
	return admit(code);
}

ingest::Answer<ingest::Joined> Running::join(const ingest::Join &join)
{
	if (const ingest::Answer<void> admitted = admit(join.session); !admitted) {
		return std::unexpected(admitted.error());
	}
	if (join.role == ingest::Role::observer) {
		if (session::sha256(join.key) != keyHashes_["observer"]) {
			return refuse("forbidden", "an observer needs the observer key");
		}
		return ingest::Joined{};
	}
	const std::optional<std::uint32_t> known =
		join.token.empty() ? std::nullopt : registry_.findToken(session::sha256(join.token));
	if (!known) {
		return joinNew(join);
	}
	const Registry::Person &person = registry_[*known];
	return ingest::Joined{*known, person.id, join.token, durableSeq(person)};
}

ingest::Joined Running::joinNew(const ingest::Join &join)
{
	const Stratum stratum = registry_.stratumOf(join.attributes);
	const auto [place, fresh] = registry_.placeOf(stratum);
	if (fresh) {
		writer_->add(registry_.strata()[place]);
	}
	const std::string token = session::randomToken();
	const session::Participant participant{session::randomId(), place, join.simulated, session::sha256(token)};
	writer_->add(participant);
	const std::uint32_t index = registry_.add(participant.id, place, participant.tokenHash);
	counter_.addParticipant(place);
	participants_ = registry_.size();
	simulated_ = simulated_ || join.simulated;
	changed_ = true;
	return {index, participant.id, token, 0};
}

// What was handed to the writer since its last commit does not count yet.
std::uint64_t Running::durableSeq(const Registry::Person &person) const
{
	return person.lastTicket <= writer_->written() ? person.taken.highest() : person.durableSeq;
}

// ---- what they say ------------------------------------------------------------------------------------------------

ingest::Answer<ingest::Ticket> Running::respond(const ingest::Respond &respond, SteadyTime received)
{
	if (closing_) {
		return refuse("session_closed", "the session is over");
	}
	Registry::Person &person = registry_[respond.participant];
	if (person.taken.contains(respond.seq)) {
		return person.lastTicket;
	}
	std::uint32_t target = 0;
	if (respond.target) {
		const auto found = std::ranges::find(settings_->targets, *respond.target);
		if (found == settings_->targets.end()) {
			++refused_;
			return refuse("bad_field", "the session has no target of this name");
		}
		target = static_cast<std::uint32_t>(found - settings_->targets.begin());
	}
	const ingest::Answer<Stamped> stamped = stamp(respond, received);
	if (!stamped) {
		++refused_;
		return std::unexpected(stamped.error());
	}
	const Response response{respond.participant,  target,        respond.seq,
				stamped->position_ms, stamped->pass, respond.value};
	if (person.lastTicket <= writer_->written()) {
		person.durableSeq = person.taken.highest();
	}
	person.taken.insert(respond.seq);
	counter_.count(response);
	person.lastTicket = writer_->add({response, toUnix_ms(received), stamped->stamp});
	unwritten_.push_back(person.lastTicket);
	++counted_;
	lastResponse_ = received;
	return person.lastTicket;
}

ingest::Answer<Running::Stamped> Running::stamp(const ingest::Respond &respond, SteadyTime received) const
{
	if (respond.position_ms) {
		return stampOwn(respond);
	}
	if (settings_->ownTime) {
		return refuse("bad_position", "in this session everyone plays the speech; send position_ms");
	}
	Stamp stamp = Stamp::server;
	std::int64_t at_ms = toUnix_ms(received) - respond.age_ms;
	if (at_ms < start_ms_) {
		at_ms = toUnix_ms(received);
		stamp = Stamp::corrected;
	}
	const PlaybackChange then = history_.at(at_ms - settings_->audience_delay_ms);
	if (then.state == PlaybackState::stopped || then.state == PlaybackState::ended) {
		return refuse("bad_position", "the speech was not playing at that time");
	}
	return Stamped{then.position_ms, then.pass, stamp};
}

ingest::Answer<Running::Stamped> Running::stampOwn(const ingest::Respond &respond) const
{
	const std::int64_t shown = settings_->ownTime ? kLongest_ms : history_.furthest_ms(now_ms()) + kAhead_ms;
	const std::int64_t most = duration_ms_.value_or(shown);
	if (*respond.position_ms < 0 || *respond.position_ms > most) {
		return refuse("bad_position", "position_ms must be 0 to " + std::to_string(most));
	}
	return Stamped{*respond.position_ms, respond.pass, Stamp::client};
}

} // namespace pulseline::studio
