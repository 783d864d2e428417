// Who may come in, by the doors and by tickets, and who of them counts.
#include "studio/doors.hpp"

#include "studio/invitation.hpp"
#include "studio/on_network.hpp"
#include "studio/running.hpp"
#include "studio/tickets.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace pulseline::studio {
namespace {

constexpr std::int64_t kWritten_ms = 2'000; // after so long without it, it is said that it is not on disk
constexpr std::array<std::string_view, 3> kNames{"open", "tickets", "closed"};

std::unexpected<ingest::Refusal> keptOut(std::string reason, std::string message)
{
	return std::unexpected(ingest::Refusal{"forbidden", std::move(message), std::move(reason)});
}

} // namespace

std::string_view toText(Doors doors)
{
	return kNames[static_cast<std::size_t>(doors)];
}

std::optional<Doors> doorsFromText(std::string_view text)
{
	const auto found = std::ranges::find(kNames, text);
	return found == kNames.end() ? std::nullopt : std::optional(static_cast<Doors>(found - kNames.begin()));
}

std::string upper(std::string text)
{
	std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
	return text;
}

std::string ticketHash(const std::string &code)
{
	std::string plain = upper(code);
	std::erase_if(plain, [](char c) { return c == '-' || c == ' '; });
	return plain.empty() ? "" : session::sha256(plain);
}

// ---- running ------------------------------------------------------------------------------------------------------

Result<void> Running::loadDoors(session::File &file)
{
	const Result<std::vector<session::Ticket>> tickets = file.tickets();
	if (!tickets) {
		return std::unexpected(tickets.error());
	}
	for (const session::Ticket &ticket : *tickets) {
		tickets_[ticket.hash] = !ticket.participant.empty();
		ticketsUsed_ += ticket.participant.empty() ? 0 : 1;
	}
	ticketsMade_ = tickets_.size();
	doors_ = doorsFromText(file.note("doors")).value_or(Doors::open);
	if (!options_.doors || *options_.doors == doors_) {
		return {};
	}
	doors_ = *options_.doors;
	Result<void> set = file.begin();
	set = set ? file.setNote("doors", std::string(toText(doors_))) : set;
	return set ? file.commit() : set;
}

ingest::Answer<void> Running::mayComeIn(const ingest::Join &join) const
{
	const Doors doors = doors_;
	if (doors == Doors::open) {
		return {};
	}
	if (doors == Doors::closed) {
		return keptOut("doors_closed", "the doors are closed: nobody new can join");
	}
	if (join.ticket.empty()) {
		return keptOut("ticket_needed", "this session needs a ticket; scan the code on yours");
	}
	const auto ticket = tickets_.find(ticketHash(join.ticket));
	if (ticket == tickets_.end()) {
		return keptOut("ticket_unknown", "this ticket is not one of this session's");
	}
	if (ticket->second) {
		return keptOut("ticket_used", "this ticket has been used on another device");
	}
	return {};
}

void Running::invite()
{
	const std::vector<std::string> urls = server_->joinUrls();
	if (urls.empty()) {
		return;
	}
	Result<Qr> qr = makeQr(joinLink(urls.front(), code_));
	auto invitation = std::make_shared<const Invitation>(urls.front(), code_, qr ? std::move(*qr) : Qr());
	server_->post([this, invitation] {
		invitation_ = invitation;
		changed_ = true;
	});
}

void Running::showPeople()
{
	out_ = registry_.outside();
	participants_ = registry_.size() - registry_.outside();
}

// Who is told that a door is closed relies on it, also after a crash.
Result<void> Running::onDisk(const Result<ingest::Ticket> &ticket) const
{
	if (!ticket) {
		return std::unexpected(ticket.error());
	}
	const Result<void> written = writer_->wait(*ticket, kWritten_ms);
	return written ? written
		       : fail("done, but a crash would undo it, for it is not on disk yet: " + written.error().message);
}

Result<void> Running::setDoors(Doors doors)
{
	return onDisk(onNetwork<ingest::Ticket>(*server_, [this, doors] {
		doors_ = doors;
		changed_ = true;
		return writer_->note("doors", std::string(toText(doors)));
	}));
}

Result<void> Running::addTickets(const std::vector<std::string> &tickets)
{
	std::vector<std::string> hashes; // thousands: not on the network thread
	std::ranges::transform(tickets, std::back_inserter(hashes), ticketHash);
	return onDisk(onNetwork<ingest::Ticket>(*server_, [this, &hashes] {
		ingest::Ticket last = 0;
		for (const std::string &hash : hashes) {
			tickets_[hash] = false;
			last = writer_->add(session::Ticket{hash, ""});
		}
		ticketsMade_ = tickets_.size();
		if (doors_ == Doors::open) {
			doors_ = Doors::tickets;
			changed_ = true;
			last = writer_->note("doors", std::string(toText(Doors::tickets)));
		}
		return last;
	}));
}

Result<void> Running::setCounts(const std::string &participant, bool counts)
{
	return onDisk(onNetwork<ingest::Ticket>(*server_, [this, &participant, counts]() -> Result<ingest::Ticket> {
		const std::optional<std::uint32_t> index = registry_.find(participant);
		if (!index) {
			return fail("no participant of the session has the id '" + participant + "'");
		}
		ingest::Ticket ticket = 0;
		if (registry_.setOut(*index, !counts)) {
			counter_.setOut(*index, !counts);
			ticket = writer_->setOut(participant, !counts);
			showPeople();
			changed_ = true;
		}
		return ticket;
	}));
}

// ---- either -------------------------------------------------------------------------------------------------------

Result<void> Studio::setDoors(Doors doors)
{
	const std::lock_guard control(control_);
	const std::shared_ptr<Running> running = this->running();
	return running ? running->setDoors(doors) : fail("no session is running");
}

// The sheet comes first: a ticket that nobody has on paper keeps everybody out.
Result<void> Studio::printTickets(std::size_t count, const std::string &path)
{
	const std::lock_guard control(control_);
	const std::shared_ptr<Running> running = this->running();
	if (!running) {
		return fail("no session is running");
	}
	Status status;
	running->fill(status);
	const std::string &url = status.joinUrls.empty() ? status.url : status.joinUrls.front();
	const Result<std::vector<std::string>> tickets = makeTickets(count);
	if (!tickets) {
		return std::unexpected(tickets.error());
	}
	const Result<void> written = writeTicketSheet(path, {running->settings().title, url, status.code}, *tickets);
	return written ? running->addTickets(*tickets) : written;
}

} // namespace pulseline::studio
