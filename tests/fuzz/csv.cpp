// Tables to import, up to where they would be written. The first byte says how they are read (bit 0: wide, bit 1:
// hold); after a line `--` comes the table of participants.
#include "session/csv.hpp"
#include "fuzz/fuzz.hpp"
#include "session/import_rows.hpp"

#include <algorithm>
#include <sstream>

using namespace pulseline;

namespace {

constexpr std::int64_t kHour_ms = 3600 * 1000;

struct Parts {
	std::string_view rows, people;
};

Parts split(std::string_view text)
{
	const std::size_t at = text.find("\n--\n");
	return at == std::string_view::npos ? Parts{text, {}} : Parts{text.substr(0, at + 1), text.substr(at + 4)};
}

// What is written as CSV reads back as it was.
void roundTrip(std::string_view text)
{
	session::CsvReader reader(text);
	std::vector<std::string_view> fields;
	std::ostringstream out;
	std::vector<std::string> first;
	{
		session::CsvWriter writer(out);
		writer.add("header").endRow(); // so that nobody's byte order mark comes first
		while (true) {
			const Result<bool> more = reader.next(fields);
			if (!more || !*more) {
				break;
			}
			for (const std::string_view field : fields) {
				writer.add(field);
				first.emplace_back(field);
			}
			writer.endRow();
		}
	}
	const std::string written = out.str();
	session::CsvReader again(written);
	std::ignore = again.next(fields);
	std::vector<std::string> second;
	while (again.next(fields).value_or(false)) {
		second.insert(second.end(), fields.begin(), fields.end());
	}
	// An empty line is no record, so a record of one empty field is not read again.
	std::erase(first, "");
	std::erase(second, "");
	fuzz::require(first == second, "CSV reads back as it was written");
}

void oneLine(const std::string &message)
{
	fuzz::require(!message.empty() && !message.contains('\n'), "an error is one line");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	static const fuzz::Scratch scratch;
	if (size == 0) {
		return 0;
	}
	const bool wide = (data[0] & 1) != 0, holds = (data[0] & 2) != 0;
	const Parts parts = split(fuzz::textOf(data + 1, size - 1));
	roundTrip(parts.rows);
	if (!parts.people.empty()) {
		const auto people = session::readAttributes(scratch.write("people.csv", parts.people));
		if (!people) {
			oneLine(people.error().message);
		}
	}
	const Scale scale = wide ? Scale{0, 100, 50} : Scale{};
	Result<session::ImportTable> table = session::readRows(
		scratch.write("rows.csv", parts.rows), wide ? session::Layout::wide : session::Layout::tall, scale);
	if (!table) {
		oneLine(table.error().message);
		return 0;
	}
	for (const session::ImportRow &row : table->rows) {
		fuzz::require(row.participant < table->participants.all().size(), "a row is somebody's");
		fuzz::require(row.target < std::max<std::size_t>(table->targets.all().size(), 1), "a row has a target");
		fuzz::require(row.position_ms >= 0 && row.position_ms <= kMaxPosition_ms, "a row has a position");
		fuzz::require(!row.value || scale.contains(*row.value), "a row's value is in the scale");
	}
	session::Known known;
	known.highest.assign(table->participants.all().size(), 0);
	if (!session::dropRepeated(*table, known)) {
		return 0;
	}
	session::number(*table, known);
	// Of what is held over days there may be millions of rows, which takes a while.
	if (holds && std::ranges::all_of(table->rows, [](const auto &row) { return row.position_ms <= kHour_ms; })) {
		fuzz::require(session::hold(*table, known, kMinTick_ms).has_value(), "an hour can be held");
	}
	return 0;
}
