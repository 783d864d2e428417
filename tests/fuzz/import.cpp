// Whole imports, into a new session and then into the one that is there. The input is that of csv.cpp.
#include "session/import.hpp"
#include "fuzz/fuzz.hpp"

using namespace pulseline;

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	static const fuzz::Scratch scratch;
	if (size == 0) {
		return 0;
	}
	const std::string_view text = fuzz::textOf(data + 1, size - 1);
	const std::size_t at = text.find("\n--\n");
	session::ImportOptions options;
	options.layout = (data[0] & 1) != 0 ? session::Layout::wide : session::Layout::tall;
	options.tick_ms = kMaxTick_ms;
	const std::string rows = scratch.write("rows.csv", text.substr(0, at));
	if (at != std::string_view::npos) {
		options.participants = scratch.write("people.csv", text.substr(at + 4));
	}
	const std::string path = scratch / "a.pulse";
	std::filesystem::remove(path);
	const Result<session::Imported> first = session::importCsv(rows, path, options);
	if (!first) {
		fuzz::require(!std::filesystem::exists(path), "an import that failed leaves no file");
		fuzz::require(!first.error().message.contains('\n'), "an error is one line");
		return 0;
	}
	const std::uintmax_t bytes = std::filesystem::file_size(path);
	const Result<session::Imported> second = session::importCsv(rows, path, options);
	fuzz::require(second || std::filesystem::file_size(path) == bytes, "an import that failed changes nothing");
	const Result<session::File> file = session::File::open(path, session::Access::read);
	fuzz::require(file.has_value(), "what was imported can be opened");
	fuzz::require(file->participants().size() == first->participants, "each participant is there once");
	const Result<session::Totals> totals = file->totals();
	fuzz::require(totals && totals->responses == first->responses + (second ? second->responses : 0),
		      "every row is there");
	return 0;
}
