#include "session/entries.hpp"

namespace pulseline::session {
namespace {

std::size_t heapOf(const std::string &text)
{
	static const std::size_t kInside = std::string().capacity();
	return text.capacity() > kInside ? text.capacity() + 1 : 0;
}

struct HeapOf {
	std::size_t operator()(const Responses &responses) const { return responses.size() * sizeof(StoredResponse); }
	std::size_t operator()(const Stratum &stratum) const
	{
		std::size_t bytes = stratum.capacity() * sizeof(std::string);
		for (const std::string &value : stratum) {
			bytes += heapOf(value);
		}
		return bytes;
	}
	std::size_t operator()(const Participant &person) const { return heapOf(person.id) + heapOf(person.tokenHash); }
	std::size_t operator()(const PlaybackChange &) const { return 0; }
	std::size_t operator()(const StoredCell &cell) const { return heapOf(cell.upstream); }
	std::size_t operator()(const CellsOf &cells) const { return heapOf(cells.upstream); }
	std::size_t operator()(const Note &note) const { return heapOf(note.key) + heapOf(note.value); }
	std::size_t operator()(const Marker &marker) const { return heapOf(marker.text); }
	std::size_t operator()(const Ticket &ticket) const { return heapOf(ticket.hash) + heapOf(ticket.participant); }
	std::size_t operator()(const Out &out) const { return heapOf(out.participant); }
	std::size_t operator()(const std::vector<Statement> &statements) const
	{
		std::size_t bytes = statements.capacity() * sizeof(Statement);
		for (const Statement &statement : statements) {
			bytes += heapOf(statement.text);
		}
		return bytes;
	}
};

struct AddTo {
	File &file;

	static Result<void> plain(const Result<std::uint32_t> &result)
	{
		return result ? Result<void>() : std::unexpected(result.error());
	}
	Result<void> operator()(const Responses &responses) const { return file.addResponses(responses); }
	Result<void> operator()(const Stratum &stratum) const { return plain(file.addStratum(stratum)); }
	Result<void> operator()(const Participant &person) const { return plain(file.addParticipant(person)); }
	Result<void> operator()(const PlaybackChange &change) const { return file.addPlayback(change); }
	Result<void> operator()(const StoredCell &cell) const { return file.addCell(cell); }
	Result<void> operator()(const CellsOf &cells) const { return file.clearCells(cells.upstream); }
	Result<void> operator()(const Note &note) const { return file.setNote(note.key, note.value); }
	Result<void> operator()(const Marker &marker) const { return file.addMarker(marker); }
	Result<void> operator()(const Ticket &ticket) const { return file.addTicket(ticket); }
	Result<void> operator()(const Out &out) const { return file.setOut(out.participant, out.out); }
	Result<void> operator()(const std::vector<Statement> &all) const { return file.setStatements(all); }
};

} // namespace

std::size_t ticketsOf(const Entry &entry)
{
	const auto *const responses = std::get_if<Responses>(&entry);
	return responses ? responses->size() : 1;
}

std::size_t bytesOf(const Entry &entry)
{
	return sizeof(Entry) + std::visit(HeapOf{}, entry);
}

Result<void> addTo(File &file, const Entry &entry)
{
	return std::visit(AddTo{file}, entry);
}

} // namespace pulseline::session
