#include "ingest/admission.hpp"

#include <algorithm>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#endif

namespace pulseline::ingest {
namespace {

constexpr IpAddress kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool isMapped(const IpAddress &address)
{
	return std::equal(kMapped.begin(), kMapped.begin() + 12, address.begin());
}

// What limits count as one: an IPv4 address, or the network that one IPv6 subscriber has.
IpAddress networkOf(IpAddress address)
{
	if (!isMapped(address)) {
		std::fill(address.begin() + 8, address.end(), std::uint8_t{0});
	}
	return address;
}

using Nanoseconds = std::chrono::nanoseconds;

Nanoseconds perMessage(const RateLimit &limit)
{
	return Nanoseconds(1'000'000'000 / limit.rate);
}

// How far ahead of now the bucket's being full again may be.
Nanoseconds depth(const RateLimit &limit)
{
	return perMessage(limit) * std::max(limit.burst, 1U);
}

double seconds(Clock::duration duration)
{
	return std::chrono::duration<double>(duration).count();
}

constexpr double kTenfold = 10;
constexpr std::chrono::seconds kTooLong{60};
constexpr std::chrono::seconds kEstimateEvery{1};
constexpr std::chrono::minutes kNoticeEvery{1};
// In which a request has come and been read, also from a phone that had to send it twice.
constexpr std::chrono::seconds kAMoment{3};
// A frame's head and mask, beside the message.
constexpr std::size_t kFraming = 6;
// A receive queue that holds so much may be full, and what is offered beyond is not seen. (Linux starts with room for
// about twice as much.)
constexpr std::size_t kQueueMayBeFull = 48 * 1024;

} // namespace

std::optional<IpAddress> addressFrom(std::string_view text)
{
	if (text.starts_with('[')) {
		text = text.substr(1, text.find(']') - 1);
	} else if (std::ranges::count(text, ':') == 1) {
		text = text.substr(0, text.find(':'));
	}
	const std::string plain(text);
	IpAddress address = kMapped;
	if (inet_pton(AF_INET, plain.c_str(), address.data() + 12) == 1 ||
	    inet_pton(AF_INET6, plain.c_str(), address.data()) == 1) {
		return address;
	}
	return std::nullopt;
}

bool isLoopback(const IpAddress &address)
{
	constexpr IpAddress kSix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	return address == kSix || (isMapped(address) && address[12] == 127);
}

// ---- wrong codes --------------------------------------------------------------------------------------------------

std::size_t WrongCodes::Hash::operator()(const IpAddress &network) const
{
	return std::hash<std::string_view>()({reinterpret_cast<const char *>(network.data()), network.size()});
}

bool WrongCodes::spent(const IpAddress &address, Clock::time_point now) const
{
	const auto found = byNetwork_.find(networkOf(address));
	if (found == byNetwork_.end() || found->second->count < kAllowed) {
		return false;
	}
	const Tries &tries = *found->second;
	return now - tries.times[tries.count % kAllowed] < kWindow;
}

void WrongCodes::count(const IpAddress &address, Clock::time_point now)
{
	const IpAddress network = networkOf(address);
	const auto [found, fresh] = byNetwork_.try_emplace(network);
	if (fresh) {
		found->second = byAge_.insert(byAge_.end(), Tries{network, {}, 0});
	} else {
		byAge_.splice(byAge_.end(), byAge_, found->second);
	}
	Tries &tries = byAge_.back();
	tries.times[tries.count++ % kAllowed] = now;
	while (byAge_.size() > kMaxAddresses || now - byAge_.front().last() >= kWindow) {
		byNetwork_.erase(byAge_.front().network);
		byAge_.pop_front();
	}
}

// ---- pace ---------------------------------------------------------------------------------------------------------

bool Pace::take(const RateLimit &limit, std::size_t bytes, Clock::time_point now)
{
	if (limit.rate == 0) {
		return false;
	}
	if (full_ <= now) {
		full_ = now;
		since_ = now;
	}
	full_ += perMessage(limit);
	if (slowed()) {
		++slowed_->messages;
		slowed_->bytes += bytes + kFraming;
	}
	if (full_ - now <= depth(limit)) {
		return held();
	}
	if (!slowed()) {
		const std::optional<Clock::time_point> noticed = slowed_ ? slowed_->noticed : std::nullopt;
		slowed_ = std::make_unique<Slowed>();
		slowed_->on = true;
		slowed_->noticed = noticed;
		slowed_->looked = now;
		slowed_->messages = 1;
		slowed_->bytes = bytes + kFraming;
		slowed_->bytesBefore = slowed_->bytes;
		// Until now nothing held it back: so fast it speaks by itself.
		const double taken = seconds(full_ - since_) / seconds(perMessage(limit));
		slowed_->offered = taken / std::max(seconds(now - since_), 0.1);
		if (slowed_->offered >= kTenfold * limit.rate) {
			slowed_->tenfoldSince = since_;
			slowed_->tenfoldFrom = 1 - taken;
		}
	}
	slowed_->held = !slowed_->proving || since() >= slowed_->enough;
	return held();
}

void Pace::estimate(std::size_t queued, Clock::time_point now)
{
	Slowed &slow = *slowed_;
	slow.queueFull = slow.queueFull || queued >= kQueueMayBeFull;
	if (!slow.queueFull) {
		const double each = static_cast<double>(slow.bytes) / static_cast<double>(slow.messages);
		const double came = static_cast<double>(slow.bytes - slow.bytesBefore) + static_cast<double>(queued) -
				    static_cast<double>(slow.queuedBefore);
		slow.offered = std::max(came, 0.0) / each / seconds(now - slow.looked);
	}
	slow.bytesBefore = slow.bytes;
	slow.queuedBefore = queued;
	slow.looked = now;
}

// It seems to have been ten times the rate for a minute. False: it is not, or not known yet.
bool Pace::tenfoldForTooLong(const RateLimit &limit, std::size_t queued, Clock::time_point now)
{
	Slowed &slow = *slowed_;
	if (!slow.proving) {
		slow.proving = true;
		slow.enough = kTenfold * limit.rate * seconds(now - *slow.tenfoldSince);
		slow.held = since() >= slow.enough;
	} else if (since() < slow.enough && queued < kQueueMayBeFull) {
		slow.proving = slow.queueFull = false;
		slow.offered = 0;
		slow.tenfoldSince.reset();
		full_ = std::min(full_, now + std::chrono::duration_cast<Clock::duration>(depth(limit)));
	}
	return slow.proving && since() >= slow.enough;
}

Pace::Next Pace::look(const RateLimit &limit, std::size_t queued, Clock::time_point now)
{
	Slowed &slow = *slowed_;
	const Nanoseconds room = depth(limit) - std::chrono::duration_cast<Nanoseconds>(full_ - now);
	if (now - slow.looked >= kEstimateEvery) {
		estimate(queued, now);
		if (slow.offered < kTenfold * limit.rate && !slow.proving) {
			slow.tenfoldSince.reset();
		} else if (!slow.tenfoldSince) {
			slow.tenfoldSince = now;
			slow.tenfoldFrom = static_cast<double>(slow.messages);
		}
		// It has said nothing for a second though it was listened to.
		slow.on = slow.held || queued > 0 || room < std::min(depth(limit), Nanoseconds(kEstimateEvery));
	}
	if (slow.tenfoldSince && now - *slow.tenfoldSince >= kTooLong && tenfoldForTooLong(limit, queued, now)) {
		return Next::close;
	}
	if (slow.held && room >= std::min(depth(limit), Nanoseconds(std::chrono::milliseconds(100)))) {
		slow.held = false;
		return Next::release;
	}
	return Next::stay;
}

bool Pace::noticeDue(Clock::time_point now)
{
	if (slowed_->noticed && now - *slowed_->noticed < kNoticeEvery) {
		return false;
	}
	slowed_->noticed = now;
	return true;
}

// ---- the lobby ----------------------------------------------------------------------------------------------------

Lobby::Lobby(std::size_t maxConnections)
	: maxConnections_(maxConnections)
{
}

std::chrono::seconds Lobby::patience(Stage stage)
{
	switch (stage) {
	case Stage::request:
		return std::chrono::seconds(10);
	case Stage::page:
	case Stage::silent:
		return std::chrono::seconds(20);
	case Stage::looked:
		break;
	}
	return std::chrono::minutes(10);
}

std::size_t Lobby::most(Stage stage) const
{
	// A whole room may come back, or be answering the questions, at the same time.
	const std::size_t part = stage == Stage::request ? 4 : stage == Stage::page ? 8 : 2;
	return std::max<std::size_t>(maxConnections_ / part, 16);
}

bool Lobby::crammed(Clock::time_point now) const
{
	const std::list<Guest::Entry> &waiting = guests(Stage::request);
	return waiting.size() >= most(Stage::request) && now - waiting.front().since < kAMoment;
}

void Lobby::enter(Guest &guest, Stage stage, Clock::time_point now)
{
	std::list<Guest::Entry> &list = guests(stage);
	if (guest.stage_) {
		list.splice(list.end(), guests(*guest.stage_), guest.place_);
		guest.place_->since = now;
	} else {
		guest.place_ = list.insert(list.end(), {&guest, now});
	}
	guest.stage_ = stage;
	if (list.size() > most(stage)) {
		++crowded_;
		cutOldest(stage);
	}
}

void Lobby::leave(Guest &guest)
{
	if (guest.stage_) {
		guests(*guest.stage_).erase(guest.place_);
		guest.stage_.reset();
	}
}

void Lobby::cutOldest(Stage stage)
{
	Guest &guest = *guests(stage).front().guest;
	leave(guest);
	guest.cut();
}

void Lobby::expire(Clock::time_point now)
{
	for (const Stage stage : {Stage::request, Stage::page, Stage::silent, Stage::looked}) {
		while (!guests(stage).empty() && now - guests(stage).front().since >= patience(stage)) {
			++late_;
			cutOldest(stage);
		}
	}
}

bool Lobby::makeRoom()
{
	for (const Stage stage : {Stage::request, Stage::page, Stage::silent, Stage::looked}) {
		if (!guests(stage).empty()) {
			++crowded_;
			cutOldest(stage);
			return true;
		}
	}
	return false;
}

} // namespace pulseline::ingest
