#include "ingest/batch_reader.hpp"

#include <simdjson.h>

namespace pulseline::ingest {
namespace {

namespace dom = simdjson::dom;

// Which column a field is; `count`: none.
Columns::Name columnOf(std::string_view field)
{
	constexpr std::pair<std::string_view, Columns::Name> kColumns[] = {
		{"participant", Columns::participant}, {"seq", Columns::seq},
		{"position_ms", Columns::position_ms}, {"value", Columns::value},
		{"target", Columns::target},           {"pass", Columns::pass}};
	for (const auto &[name, column] : kColumns) {
		if (name == field) {
			return column;
		}
	}
	return Columns::count;
}

Columns::Element elementOf(dom::element value)
{
	Columns::Element element;
	switch (value.type()) {
	case dom::element_type::STRING:
		element.text = value.get_string().value_unsafe();
		break;
	case dom::element_type::INT64:
		element.number = static_cast<double>(value.get_int64().value_unsafe());
		break;
	case dom::element_type::UINT64:
		element.number = static_cast<double>(value.get_uint64().value_unsafe());
		break;
	case dom::element_type::DOUBLE:
		element.number = value.get_double().value_unsafe();
		break;
	case dom::element_type::NULL_VALUE:
		element.null = true;
		break;
	default:
		break;
	}
	return element;
}

class Batches {
public:
	// False: the parser must see it.
	bool take(std::string_view field, dom::element value)
	{
		if (field == "type") {
			std::string_view type;
			return first(Columns::count) && value.get(type) == simdjson::SUCCESS && type == "respond_many";
		}
		if (field == "batch") {
			std::int64_t number = -1;
			const bool whole =
				value.get(number) == simdjson::SUCCESS && number >= 0 && number <= kMaxInteger;
			batch.batch = static_cast<std::uint64_t>(number);
			return first(Columns::count + 1) && whole;
		}
		const Columns::Name column = columnOf(field);
		if (column == Columns::count) {
			return true;
		}
		dom::array elements;
		if (!first(column) || value.get(elements) != simdjson::SUCCESS) {
			return false;
		}
		batch.columns.begin(column);
		for (const dom::element element : elements) {
			batch.columns.add(column, elementOf(element));
		}
		return true;
	}
	bool whole() { return has(Columns::count) && has(Columns::count + 1) && batch.columns.finish().empty(); }

	RespondMany batch;

private:
	bool has(std::size_t field) const { return (seen_ >> field & 1) != 0; }
	bool first(std::size_t field)
	{
		const bool is = !has(field);
		seen_ |= 1U << field;
		return is;
	}
	unsigned seen_ = 0;
};

} // namespace

std::optional<RespondMany> readBatch(std::string_view text)
{
	if (!text.contains("\"respond_many\"")) {
		return std::nullopt;
	}
	thread_local dom::parser parser; // keeps its memory, as much as the largest message needed
	dom::object message;
	if (parser.parse(text.data(), text.size()).get(message) != simdjson::SUCCESS) {
		return std::nullopt;
	}
	Batches batches;
	for (const dom::key_value_pair field : message) {
		if (!batches.take(field.key, field.value)) {
			return std::nullopt;
		}
	}
	return batches.whole() ? std::optional(std::move(batches.batch)) : std::nullopt;
}

} // namespace pulseline::ingest
