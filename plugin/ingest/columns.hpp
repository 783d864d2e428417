// The columns of a `respond_many` while they come in, element by element, and then as a Batch. How they are read (JSON,
// CBOR, by whichever parser) is none of its business.
#pragma once

#include "ingest/backend.hpp"

#include <array>

namespace pulseline::ingest {

class Columns {
public:
	enum Name : std::size_t { participant, seq, position_ms, value, target, pass, count };

	// One element: a text, a number, null, or something else that no column has.
	struct Element {
		std::optional<std::string_view> text;
		std::optional<double> number;
		bool null = false;
	};

	// The column begins; again where a message has it twice, and then the last counts.
	void begin(Name name);
	void drop(Name name);
	void add(Name name, const Element &element);

	// Once all are there. Empty: good; else what is missing, or not as long as the others.
	std::string finish();
	// Good as long as the columns are. `finish()` found nothing.
	Batch view(std::uint64_t number) const;

private:
	struct Text {
		std::size_t from = 0;
		std::optional<std::size_t> length; // none: null
	};
	struct Texts {
		std::vector<char> bytes;
		std::vector<Text> items;
		std::vector<std::string_view> views;

		void add(std::optional<std::string_view> text);
		void finish();
	};
	std::size_t size(Name name) const;

	std::array<bool, count> given_{};
	Texts participants_, targets_;
	std::vector<std::uint64_t> seqs_;
	std::vector<std::int64_t> positions_;
	std::vector<double> values_;
	std::vector<std::uint32_t> passes_;
	std::vector<std::size_t> badPasses_; // rows
};

} // namespace pulseline::ingest
