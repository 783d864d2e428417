#include "ingest/crowd.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pulseline::ingest {
namespace {

using std::chrono::duration_cast;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kIdle{50};
constexpr std::chrono::milliseconds kLookEvery{100}; // for the end
constexpr std::uint32_t kMaxFailures = 12;
// Near the end nobody presses: what arrives after the end of the playback is refused.
constexpr double kBeforeEnd_ms = 400;

steady_clock::duration milliseconds(double ms)
{
	return duration_cast<steady_clock::duration>(std::chrono::duration<double, std::milli>(ms));
}

} // namespace

Crowd::Crowd(Options options, Wires &wires)
	: options_(std::move(options))
	, wires_(wires)
	, opinions_(options_.seed, options_.attributes)
{
	people_.reserve(options_.participants);
	for (std::uint32_t i = 0; i < options_.participants; ++i) {
		Join join;
		join.session = options_.code;
		join.attributes = opinions_.attributesOf(i);
		join.simulated = true;
		people_.emplace_back(Voter(std::move(join), totals_));
	}
	// Exactly the share, spread over the people by the seed.
	const auto droppers = static_cast<std::uint32_t>(std::lround(kDroppers * options_.participants));
	std::vector<std::uint32_t> order(options_.participants);
	for (std::uint32_t i = 0; i < options_.participants; ++i) {
		order[i] = i;
	}
	std::ranges::sort(order, {}, [this](std::uint32_t i) { return opinions_.chance(i, 0, "drops"); });
	for (std::uint32_t i = 0; i < droppers; ++i) {
		people_[order[i]].dropper = true;
	}
}

void Crowd::start(Time)
{
	for (std::uint32_t i = 0; i < people_.size(); ++i) {
		people_[i].open = true;
		wires_.connect(i);
	}
}

void Crowd::connected(std::uint32_t person, Time now)
{
	people_[person].voter.connected(now);
	wires_.wantWrite(person);
}

std::string Crowd::next(std::uint32_t person, Time now)
{
	Person &p = people_[person];
	if (p.deaf) {
		while (!p.voter.next(now).empty()) {
		}
	}
	return p.voter.next(now);
}

void Crowd::hear(std::uint32_t person, std::string_view text, Time now)
{
	Person &p = people_[person];
	if (p.deaf) {
		return;
	}
	const bool wasIn = p.voter.wasIn();
	p.voter.hear(text, now);
	if (!p.voter.hopeless().empty()) {
		hopeless_ = p.voter.hopeless();
		return;
	}
	if (p.voter.isIn()) {
		p.failures = 0;
	}
	if (!wasIn && p.voter.wasIn()) {
		if (p.voter.settings().ownTime && !p.voter.duration_ms() && !options_.duration_s) {
			hopeless_ = "everyone plays this speech at their own time and its length is not known; give "
				    "--duration-s";
		}
		if (p.dropper) {
			planCut(person, now);
		}
	}
	if (!allIn_ && everybodyIn()) {
		allIn_ = now;
	}
	if (p.knownPlayback != p.voter.playbackChanges()) {
		p.knownPlayback = p.voter.playbackChanges();
		plan(person, now);
	}
	wires_.wantWrite(person);
}

void Crowd::lost(std::uint32_t person, bool forGood, Time now)
{
	Person &p = people_[person];
	p.voter.disconnected();
	p.open = false;
	p.deaf = false;
	++p.failures;
	if (p.voter.sessionOver() || (finishing_ && p.voter.settled())) {
		return;
	}
	if (forGood || p.failures > kMaxFailures) {
		p.done = true;
		return;
	}
	// Twice as long with each failure in a row, and never all at once.
	const double wait_ms = std::min(8000.0, 250.0 * std::exp2(p.failures)) *
			       (0.5 + opinions_.chance(person, p.failures + 100 * p.cuts, "wait"));
	later(now + milliseconds(finishing_ ? wait_ms / 4 : wait_ms), person, Kind::connect);
}

bool Crowd::settled() const
{
	return std::ranges::all_of(people_, [](const Person &person) {
		return person.voter.settled() || person.voter.sessionOver() ||
		       (!person.open && person.failures > kMaxFailures);
	});
}

std::uint64_t Crowd::unacknowledged() const
{
	std::uint64_t sum = 0;
	for (const Person &person : people_) {
		sum += person.voter.unacknowledged();
	}
	return sum;
}

bool Crowd::sessionOver() const
{
	return std::ranges::any_of(people_, [](const Person &person) { return person.voter.sessionOver(); });
}

void Crowd::finish(Time now)
{
	if (std::exchange(finishing_, true)) {
		return;
	}
	events_ = {};
	for (std::uint32_t i = 0; i < people_.size(); ++i) {
		Person &p = people_[i];
		p.done = true;
		p.voter.holdUntil(now);
		if (p.deaf) {
			wires_.cut(i);
		} else if (p.open) {
			wires_.wantWrite(i);
		} else if (!p.voter.settled() && !p.voter.sessionOver()) {
			p.failures = 0;
			later(now, i, Kind::connect);
		}
	}
}

// ---- who does what when -------------------------------------------------------------------------------------------

double Crowd::slot_ms(const Settings &settings) const
{
	if (options_.rate_hz) {
		return 1000 / *options_.rate_hz;
	}
	return static_cast<double>(settings.tick_ms) / (settings.mode == Mode::latched ? 2 : 1);
}

std::optional<double> Crowd::end_ms(const Person &person) const
{
	const std::optional<std::int64_t> duration = person.voter.duration_ms();
	return duration ? std::optional(static_cast<double>(*duration) - kBeforeEnd_ms) : std::nullopt;
}

bool Crowd::over(const Person &person, Time now) const
{
	const Voter &voter = person.voter;
	if (person.done || voter.sessionOver()) {
		return true;
	}
	if (!voter.wasIn()) {
		return false;
	}
	if (voter.settings().ownTime) {
		return end_ms(person) && voter.position_ms(now) >= *end_ms(person);
	}
	return voter.state() == PlaybackState::ended || (voter.state() == PlaybackState::stopped && person.played);
}

void Crowd::later(Time at, std::uint32_t person, Kind kind)
{
	Event event;
	event.at = at;
	event.person = person;
	event.kind = kind;
	events_.push(event);
}

void Crowd::plan(std::uint32_t person, Time now)
{
	Person &p = people_[person];
	++p.plan;
	const Voter &voter = p.voter;
	p.played = p.played || voter.state() == PlaybackState::playing;
	const bool runs = voter.settings().ownTime || voter.state() == PlaybackState::playing;
	if (!runs || p.done) {
		return;
	}
	const double position = voter.position_ms(now);
	std::int64_t slot = static_cast<std::int64_t>(position / slot_ms(voter.settings()));
	const double offset = opinions_.act(person, slot, slot_ms(voter.settings()) / 1000, voter.settings()).offset;
	const bool past = (static_cast<double>(slot) + offset) * slot_ms(voter.settings()) < position;
	if (past || p.acted == std::pair(voter.pass(), slot)) {
		++slot;
	}
	planSlot(person, slot, position, now);
}

void Crowd::planSlot(std::uint32_t person, std::int64_t slot, double position_ms, Time now)
{
	const Person &p = people_[person];
	const Settings &settings = p.voter.settings();
	const double offset = opinions_.act(person, slot, slot_ms(settings) / 1000, settings).offset;
	const double wanted_ms = (static_cast<double>(slot) + offset) * slot_ms(settings);
	if (end_ms(p) && wanted_ms >= *end_ms(p)) {
		return;
	}
	const double rate = settings.ownTime || p.voter.rate() <= 0 ? 1 : p.voter.rate();
	Event event;
	event.at = now + milliseconds((wanted_ms - position_ms) / rate);
	event.person = person;
	event.plan = p.plan;
	event.slot = slot;
	events_.push(event);
}

void Crowd::act(std::uint32_t person, std::int64_t slot, Time now)
{
	Person &p = people_[person];
	const Settings &settings = p.voter.settings();
	const double slotNow_ms = slot_ms(settings);
	const Act act = opinions_.act(person, slot, slotNow_ms / 1000, settings);
	p.acted = std::pair(p.voter.pass(), slot);
	planSlot(person, slot + 1, p.voter.position_ms(now), now);
	if (act.silent) {
		return;
	}
	if (act.late && now >= p.voter.heldUntil()) {
		const Time until = now + milliseconds(1000 + act.lateness * 2 * static_cast<double>(settings.tick_ms));
		p.voter.holdUntil(until);
		later(until, person, Kind::send);
	}
	press(person, act.value, act.target, now);
	if (act.duplicated) {
		p.voter.sendLastTwice();
	}
	const double changeAt_ms = (static_cast<double>(slot) + act.changedOffset) * slotNow_ms;
	if (act.changedTo && (!end_ms(p) || changeAt_ms < *end_ms(p))) {
		Event event;
		event.at = now + milliseconds((act.changedOffset - act.offset) * slotNow_ms);
		event.person = person;
		event.kind = Kind::change;
		event.plan = p.plan;
		event.value = act.changedTo;
		event.target = act.target;
		events_.push(event);
	}
}

void Crowd::press(std::uint32_t person, std::optional<double> value, std::uint32_t target, Time now)
{
	Voter &voter = people_[person].voter;
	std::optional<std::int64_t> position;
	if (voter.settings().ownTime) {
		position = static_cast<std::int64_t>(voter.position_ms(now));
	}
	voter.press(value, target, now, position);
	wires_.wantWrite(person);
}

void Crowd::planCut(std::uint32_t person, Time now)
{
	Person &p = people_[person];
	const double first_ms = options_.duration_s ? std::min(20'000.0, *options_.duration_s * 700) : 20'000;
	const double range_ms = p.cuts == 0 ? first_ms : 60'000;
	const double wait_ms = range_ms * (0.2 + 0.8 * opinions_.chance(person, p.cuts, "cut"));
	later(now + milliseconds(wait_ms), person, Kind::deafen);
}

void Crowd::handle(const Event &event, Time now)
{
	Person &p = people_[event.person];
	switch (event.kind) {
	case Kind::connect:
		if (!p.open) {
			p.open = true;
			wires_.connect(event.person);
		}
		return;
	case Kind::send:
		wires_.wantWrite(event.person);
		return;
	case Kind::deafen:
		if (p.voter.isIn() && !over(p, now)) {
			p.deaf = true;
			++p.cuts;
			const double outage_ms = 500 + 5000 * opinions_.chance(event.person, p.cuts, "outage");
			later(now + milliseconds(outage_ms), event.person, Kind::cut);
		}
		return;
	case Kind::cut:
		wires_.cut(event.person);
		planCut(event.person, now);
		return;
	case Kind::act:
	case Kind::change:
		if (event.plan != p.plan || over(p, now)) {
			return;
		}
		if (event.kind == Kind::act) {
			act(event.person, event.slot, now);
		} else {
			press(event.person, event.value, event.target, now);
		}
	}
}

Crowd::Time Crowd::run(Time now)
{
	while (!events_.empty() && events_.top().at <= now) {
		const Event event = events_.top();
		events_.pop();
		handle(event, now);
	}
	if (now >= nextLook_) {
		nextLook_ = now + kLookEvery;
		const bool timeUp =
			options_.duration_s && allIn_ && now - *allIn_ >= milliseconds(*options_.duration_s * 1000);
		if (timeUp || std::ranges::all_of(people_, [&](const Person &person) { return over(person, now); })) {
			finish(now);
		}
	}
	return events_.empty() ? now + kIdle : std::min(events_.top().at, now + kIdle);
}

} // namespace pulseline::ingest
