#include "ingest/upstream_talk.hpp"

#include "ingest/codec.hpp"

#include <algorithm>

namespace pulseline::ingest {
namespace {

// No speech is longer where nobody said how long it is: a stray tick must not ask for a series of any length.
constexpr std::int64_t kLongest_ms = 12LL * 3600 * 1000;
constexpr std::uint32_t kMostGarbage = 10; // messages of a connection that were refused whole
constexpr std::size_t kMostUnsent = 10'000;
constexpr std::uint16_t kNormal = 1000;
constexpr std::uint16_t kPolicy = 1008;
constexpr std::uint16_t kTooLarge = 1009;

UpstreamBounds boundsOf(const Settings &settings)
{
	const std::int64_t length_ms = settings.duration_ms.value_or(kLongest_ms);
	return {settings.scale, settings.targets, length_ms / settings.tick_ms + 1};
}

} // namespace

UpstreamTalk::UpstreamTalk(const UpstreamOptions &options, const Settings &settings, StreamPlace place,
			   Listener &listener, UpstreamPace pace, std::uint64_t seed)
	: options_(options)
	, settings_(settings)
	, bounds_(boundsOf(settings))
	, pace_(pace)
	, listener_(listener)
	, random_(seed)
	, place_(std::move(place))
{
}

// ---- the connection -----------------------------------------------------------------------------------------------

void UpstreamTalk::connecting()
{
	if (state_.phase == UpstreamState::Phase::live) {
		state_.phase = UpstreamState::Phase::connecting;
	}
}

void UpstreamTalk::connected(Time now)
{
	open_ = true;
	agreed_ = false;
	garbage_ = 0;
	again_ = Again::soon;
	close_.reset();
	since_ = lastHeard_ = lastPing_ = now;
	++state_.connected;
	resuming_ = options_.stream == Stream::responses && place_.after.has_value();
	outbox_ = {subscribeText(
		{options_.stream, options_.code, options_.key, place_.id, resuming_ ? place_.after : std::nullopt})};
}

// Full jitter: anywhere between nothing and a span that doubles from try to try.
void UpstreamTalk::lost(std::string_view why, Time now)
{
	using std::chrono::milliseconds;
	const std::string reason = close_ ? close_->why : std::string(why);
	const auto between = [this](milliseconds from, milliseconds to) {
		return milliseconds(std::uniform_int_distribution<std::int64_t>(from.count(), to.count())(random_));
	};
	milliseconds pause{0};
	switch (again_) {
	case Again::atOnce:
		break;
	case Again::slowly:
		pause = between(pace_.last / 2, pace_.last);
		break;
	case Again::soon:
		pause = std::max(
			pace_.least,
			between(milliseconds(0),
				std::min<milliseconds>(pace_.last, pace_.first * (1LL << std::min(failures_, 20U)))));
		++failures_;
		break;
	}
	retryAt_ = now + pause;
	state_.phase = close_ ? close_->then : UpstreamState::Phase::waiting;
	state_.why = state_.phase == UpstreamState::Phase::connecting ? "" : reason;
	open_ = agreed_ = false;
	again_ = Again::soon;
	close_.reset();
	outbox_.clear();
}

void UpstreamTalk::end(std::uint16_t code, std::string why, Again again, UpstreamState::Phase then)
{
	if (open_ && !close_) {
		close_ = Close{code, std::move(why), then};
		again_ = again;
	}
}

void UpstreamTalk::drop(std::string why)
{
	end(kNormal, std::move(why), Again::slowly);
}

void UpstreamTalk::say(std::string text)
{
	if (agreed_ && !close_) {
		outbox_.push_back(std::move(text));
	}
	if (outbox_.size() > kMostUnsent) {
		end(kPolicy, "it does not read what it is told", Again::slowly);
	}
}

void UpstreamTalk::tooLarge()
{
	++state_.bad;
	state_.trouble = "a message above " + std::to_string(kMaxUpstreamMessage >> 20) + " MiB";
	end(kTooLarge, "it sent " + state_.trouble);
}

void UpstreamTalk::beat(Time now, bool held)
{
	if (held) {
		lastHeard_ = now;
	} else if (open_ && now - lastHeard_ >= pace_.silence) {
		end(0, "it was silent for " +
			       std::to_string(std::chrono::duration_cast<std::chrono::seconds>(pace_.silence).count()) +
			       " s");
	} else if (open_ && !agreed_ && now - since_ >= pace_.answer) {
		end(kPolicy, "it did not answer subscribe");
	}
}

std::string UpstreamTalk::next()
{
	if (outbox_.empty()) {
		return {};
	}
	std::string text = std::move(outbox_.front());
	outbox_.pop_front();
	return text;
}

// ---- what it says -------------------------------------------------------------------------------------------------

void UpstreamTalk::hear(std::string_view text, Time now)
{
	heard(now);
	if (close_) {
		return;
	}
	std::expected<UpstreamMessage, BadMessage> message = readUpstream(text, bounds_);
	if (!message) {
		refuse(message.error().refusal, message.error().batch);
		return;
	}
	if (auto *answer = std::get_if<StreamAnswer>(&*message)) {
		take(std::move(*answer));
	} else if (const auto *error = std::get_if<UpstreamError>(&*message)) {
		take(*error);
	} else if (std::holds_alternative<Unheeded>(*message)) {
		return;
	} else if (!agreed_) {
		refuse({"not_joined", "the answer to subscribe must come first"});
	} else if (std::holds_alternative<CellsMessage>(*message) != (options_.stream == Stream::cells)) {
		refuse({"unknown_type", "this is not of the stream that was subscribed to"});
	} else if (auto *cells = std::get_if<CellsMessage>(&*message)) {
		take(std::move(*cells));
	} else {
		handOver(std::move(*message));
	}
}

void UpstreamTalk::refuse(const Refusal &refusal, std::optional<std::uint64_t> batch)
{
	++state_.bad;
	state_.trouble = refusal.message;
	outbox_.push_back(errorText(refusal.code, refusal.message, {}, batch));
	if (++garbage_ >= kMostGarbage) {
		end(kPolicy, "what it sends cannot be read: " + refusal.message, Again::slowly);
	}
}

void UpstreamTalk::take(StreamAnswer answer)
{
	if (std::string why = disagreement(answer, options_.stream, settings_); !why.empty()) {
		end(kPolicy, std::move(why), Again::slowly, UpstreamState::Phase::disagrees);
		return;
	}
	if (answer.id != place_.id) {
		place_ = {answer.id, std::nullopt};
		listener_.began(answer);
		if (resuming_) {
			// What it holds back as known here was of another stream.
			end(kNormal, "it began anew", Again::atOnce, UpstreamState::Phase::connecting);
			return;
		}
	} else if (!agreed_) {
		listener_.began(answer);
	}
	agreed_ = true;
	state_.phase = UpstreamState::Phase::live;
	state_.why.clear();
}

void UpstreamTalk::take(CellsMessage cells)
{
	if (cells.tick_ms.value_or(settings_.tick_ms) != settings_.tick_ms ||
	    cells.lag_ms.value_or(settings_.lag_ms) != settings_.lag_ms) {
		end(kPolicy, "its cells are of another tick or lag than this session's", Again::slowly,
		    UpstreamState::Phase::disagrees);
		return;
	}
	if (cells.refused > 0) {
		trouble(cells.refused, cells.trouble);
	}
	handOver(std::move(cells));
}

void UpstreamTalk::take(const UpstreamError &error)
{
	const std::string said = "it says " + error.code + (error.message.empty() ? "" : ": " + error.message);
	if (agreed_) {
		state_.trouble = said;
	} else {
		end(kNormal, said, Again::slowly); // a wrong code or key does not become right by asking again
	}
}

void UpstreamTalk::handOver(UpstreamMessage message)
{
	failures_ = 0;
	++state_.messages;
	listener_.took(std::move(message));
}

// ---- what the session says ----------------------------------------------------------------------------------------

void UpstreamTalk::acknowledge(const std::string &id, std::uint64_t batch, const std::vector<RowRefusal> &refused)
{
	if (id != place_.id) {
		return; // of a stream that is over
	}
	place_.after = std::max(place_.after.value_or(batch), batch);
	say(batchAckText(batch, refused));
}

void UpstreamTalk::trouble(std::uint64_t rows, std::string what)
{
	state_.refused += rows;
	state_.trouble = std::move(what);
	if (options_.stream == Stream::cells) { // with responses the acknowledgement tells
		say(errorText("bad_field", state_.trouble));
	}
}

} // namespace pulseline::ingest
