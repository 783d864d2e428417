#include "studio/upstreams.hpp"

#include "core/utf8.hpp"
#include "studio/foreign_cells.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace pulseline::studio {
namespace {

using Json = nlohmann::json;
using Phase = ingest::UpstreamState::Phase;

constexpr std::size_t kMostUpstreams = 16;
constexpr std::size_t kMostStreams = 1'000; // that one upstream has been, one after the other
constexpr std::chrono::seconds kTroubleEvery{10};
constexpr std::size_t kMostWords = 500; // bytes of what one says that are shown

std::string noteKey(const std::string &name, const char *what)
{
	return "upstream/" + name + "/" + what;
}

std::string withoutSecrets(const std::string &url)
{
	return url.substr(0, url.find_first_of("?#"));
}

} // namespace

// One upstream: what it says arrives on its own thread, and is taken on the network thread.
struct Upstreams::Line final : ingest::Upstream::Listener, ForeignCells::Session {
	Line(Upstreams &u, ingest::UpstreamOptions o)
		: all(u)
		, options(std::move(o))
	{
	}

	Result<void> load(const session::File &file);
	void begin(const ingest::StreamAnswer &answer);
	ingest::Ticket noteAt(std::optional<std::uint64_t> batch);

	// The upstream's thread.
	void began(const ingest::StreamAnswer &answer) override
	{
		all.post_([this, answer] { begin(answer); });
	}
	void took(ingest::UpstreamMessage message) override
	{
		const auto kept = std::make_shared<const ingest::UpstreamMessage>(std::move(message));
		all.post_([this, kept] {
			all.take(*this, *kept);
			upstream->taken();
		});
	}
	void changed(const ingest::UpstreamState &told) override;

	// ForeignCells::Session
	std::uint32_t stratumFor(const ForeignCells::Answers &answers) override
	{
		return all.session_->stratumFor(answers);
	}
	void replace(std::uint32_t stratum, std::uint32_t target, std::int64_t tick, const Cell &before,
		     const Cell &after) override
	{
		all.session_->replaceCell({options.name, stratum, target, tick, after}, before);
	}

	Upstreams &all;
	const ingest::UpstreamOptions options;
	std::unique_ptr<ingest::Upstream> upstream;

	// Network thread.
	std::vector<std::string> streams;   // ids that it has had, in order
	std::size_t stream = 0;             // the present one among them
	std::optional<std::uint64_t> noted; // its last batch that was handed to the writer
	ingest::Ticket notedWith = 0;
	std::uint32_t scope = 0;
	bool deaf = false; // something could not be taken, so that nothing behind it may be, until it comes again
	ForeignCells cells;

	std::mutex mutex; // of the next one
	ingest::UpstreamState state;
	ingest::UpstreamState reported; // its thread's
	SteadyTime troubleReported{};
};

Result<void> Upstreams::Line::load(const session::File &file)
{
	const std::string kind = file.note(noteKey(options.name, "stream"));
	if (!kind.empty() && kind != toText(options.stream)) {
		return fail("the upstream " + options.name + " has brought " + kind +
			    " into this session; with both, people would count twice");
	}
	const Json known = Json::parse(file.note(noteKey(options.name, "ids")), nullptr, false);
	if (known.is_array() && std::ranges::all_of(known, [](const Json &id) { return id.is_string(); })) {
		streams = known.get<std::vector<std::string>>();
	}
	const Json at = Json::parse(file.note(noteKey(options.name, "at")), nullptr, false);
	if (at.is_object() && at.value("stream", Json()).is_number_unsigned()) {
		stream = std::min(at["stream"].get<std::size_t>(), streams.size());
		if (at.value("batch", Json()).is_number_unsigned()) {
			noted = at["batch"].get<std::uint64_t>();
		}
	}
	return file.cells([this](const session::StoredCell &stored) {
		if (stored.upstream == options.name) {
			cells.know(stored.stratum, stored.target, stored.tick, stored.cell);
		}
		return true;
	});
}

// A connection to a stream begins, maybe to another one than before.
void Upstreams::Line::begin(const ingest::StreamAnswer &answer)
{
	if (!all.session_->writable()) {
		deaf = true;
		upstream->drop("the session's file cannot be written");
		return;
	}
	auto known = std::ranges::find(streams, answer.id);
	if (known == streams.end() && streams.size() >= kMostStreams) {
		deaf = true;
		upstream->drop("it has begun anew " + std::to_string(kMostStreams) + " times");
		return;
	}
	deaf = false;
	const bool first = streams.empty();
	const auto number = static_cast<std::size_t>(known - streams.begin());
	if (first) {
		all.session_->note(noteKey(options.name, "stream"), std::string(toText(options.stream)));
	}
	if (known == streams.end()) {
		streams.push_back(answer.id);
		all.session_->note(noteKey(options.name, "ids"), Json(streams).dump());
	}
	if (first || number != stream) {
		stream = number;
		noteAt(std::nullopt);
	}
	if (answer.simulated) {
		all.session_->markSimulated();
	}
	// Under another id people count their responses from 1 again: they are others.
	scope = all.session_->openScope(stream == 0 ? options.name : options.name + "." + std::to_string(stream + 1),
					answer.simulated);
	cells.begin();
}

// Behind the batch's rows in the writer's queue, so that it is never on disk without them.
ingest::Ticket Upstreams::Line::noteAt(std::optional<std::uint64_t> batch)
{
	Json at{{"stream", stream}};
	if (batch) {
		at["batch"] = *batch;
	}
	noted = batch;
	notedWith = all.session_->note(noteKey(options.name, "at"), at.dump());
	return notedWith;
}

// Some of what it tells are the upstream's own words.
void Upstreams::Line::changed(const ingest::UpstreamState &told)
{
	ingest::UpstreamState now = told;
	now.why = printable(told.why, kMostWords);
	now.trouble = printable(told.trouble, kMostWords);
	{
		const std::lock_guard lock(mutex);
		state = now;
	}
	const std::string line = "upstream " + options.name + ": " + std::string(toText(now.phase)) +
				 (now.why.empty() ? "" : ": " + now.why);
	if (now.phase != Phase::connecting && (now.phase != reported.phase || now.why != reported.why)) {
		reported.phase = now.phase;
		reported.why = now.why;
		all.report_(line);
	}
	const SteadyTime time = std::chrono::steady_clock::now();
	if (now.trouble != reported.trouble && time - troubleReported >= kTroubleEvery) {
		reported.trouble = now.trouble;
		troubleReported = time;
		all.report_("upstream " + options.name + ": refused: " + now.trouble);
	}
}

// ---- all of them --------------------------------------------------------------------------------------------------

Upstreams::Upstreams(Report report, Settings settings)
	: report_(std::move(report))
	, settings_(std::move(settings))
{
}

Upstreams::~Upstreams()
{
	stop();
}

std::optional<Error> Upstreams::check(const std::vector<ingest::UpstreamOptions> &options)
{
	if (options.size() > kMostUpstreams) {
		return Error{"a session has at most " + std::to_string(kMostUpstreams) + " upstreams"};
	}
	std::set<std::string_view> names;
	for (const ingest::UpstreamOptions &one : options) {
		if (std::optional<Error> error = ingest::check(one)) {
			return error;
		}
		if (!names.insert(one.name).second) {
			return Error{"two upstreams are named " + one.name + "; give each a name of its own"};
		}
	}
	return std::nullopt;
}

Result<std::unique_ptr<Upstreams>> Upstreams::load(const std::vector<ingest::UpstreamOptions> &options,
						   const session::File &file, Report report)
{
	std::unique_ptr<Upstreams> all(
		new Upstreams(report ? std::move(report) : [](const std::string &) {}, file.settings()));
	for (const ingest::UpstreamOptions &one : options) {
		const auto &line = all->lines_.emplace_back(std::make_unique<Line>(*all, one));
		if (const Result<void> loaded = line->load(file); !loaded) {
			return std::unexpected(loaded.error());
		}
	}
	return all;
}

void Upstreams::start(UpstreamSession &session, Post post)
{
	session_ = &session;
	post_ = std::move(post);
	for (const std::unique_ptr<Line> &line : lines_) {
		const bool known = line->stream < line->streams.size();
		ingest::StreamPlace place{known ? line->streams[line->stream] : "", line->noted};
		line->upstream = std::make_unique<ingest::Upstream>(line->options, settings_, std::move(place), *line);
	}
	for (const std::unique_ptr<Line> &line : lines_) {
		line->upstream->start();
	}
}

void Upstreams::stop()
{
	for (const std::unique_ptr<Line> &line : lines_) {
		if (line->upstream) {
			line->upstream->askToStop();
		}
	}
	for (const std::unique_ptr<Line> &line : lines_) {
		if (line->upstream) {
			line->upstream->stop();
		}
	}
}

std::vector<UpstreamStatus> Upstreams::status() const
{
	std::vector<UpstreamStatus> all;
	for (const std::unique_ptr<Line> &line : lines_) {
		const std::lock_guard lock(line->mutex);
		all.push_back(
			{line->options.name, withoutSecrets(line->options.url), line->options.stream, line->state});
	}
	return all;
}

void Upstreams::take(Line &line, const ingest::UpstreamMessage &message)
{
	if (line.deaf) {
		return;
	}
	if (const ingest::Answer<void> can = session_->writable(); !can) {
		line.deaf = true;
		line.upstream->drop(can.error().message);
		return;
	}
	if (const auto *people = std::get_if<ingest::Participants>(&message)) {
		session_->bring(line.scope, people->people);
	} else if (const auto *batch = std::get_if<ingest::RespondMany>(&message)) {
		takeBatch(line, *batch);
	} else if (const auto *cells = std::get_if<ingest::CellsMessage>(&message)) {
		const ForeignCells::Refused refused = line.cells.take(*cells, line);
		if (refused.rows > 0) {
			line.upstream->trouble(refused.rows, refused.why);
		}
	}
}

void Upstreams::takeBatch(Line &line, const ingest::RespondMany &batch)
{
	ingest::Answer<ingest::BatchTaken> taken =
		session_->respondMany(line.scope, batch.columns.view(batch.batch), std::chrono::steady_clock::now());
	if (!taken) {
		line.deaf = true;
		line.upstream->drop(taken.error().message);
		return;
	}
	if (!taken->refused.empty()) {
		const ingest::RowRefusal &first = taken->refused.front();
		line.upstream->trouble(taken->refused.size(), "row " + std::to_string(first.row) + " of batch " +
								      std::to_string(batch.batch) + ": " +
								      std::string(first.code));
	}
	const bool further = !line.noted || batch.batch > *line.noted;
	const ingest::Ticket ticket = further ? line.noteAt(batch.batch) : std::max(taken->ticket, line.notedWith);
	acknowledgeWhenDurable({ticket, &line, line.streams[line.stream], batch.batch, std::move(taken->refused)});
}

void Upstreams::acknowledgeWhenDurable(Waiting waiting)
{
	const std::lock_guard lock(mutex_);
	waiting_.push_back(std::move(waiting));
	release();
}

void Upstreams::durable(ingest::Ticket ticket)
{
	const std::lock_guard lock(mutex_);
	durable_ = std::max(durable_, ticket);
	release();
}

void Upstreams::release()
{
	while (!waiting_.empty() && waiting_.front().ticket <= durable_) {
		Waiting &first = waiting_.front();
		first.line->upstream->acknowledge(std::move(first.id), first.batch, std::move(first.refused));
		waiting_.pop_front();
	}
}

} // namespace pulseline::studio
