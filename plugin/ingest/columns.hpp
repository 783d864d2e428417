// The columns of a `respond_many` while they come in, element by element, and then as a Batch. How they are read (JSON,
// CBOR, by whichever parser) is none of its business.
#pragma once

#include "ingest/backend.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <memory_resource>

namespace pulseline::ingest {

// The largest whole number that every JSON reader keeps exactly: 2^53 - 1.
inline constexpr std::int64_t kMaxInteger = 9'007'199'254'740'991;

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
	static constexpr double kMost = static_cast<double>(kMaxInteger);
	static std::optional<std::int64_t> whole(std::optional<double> number);
	std::string_view keep(std::string_view text);
	std::size_t size(Name name) const;

	std::array<bool, count> given_{};
	std::unique_ptr<std::pmr::monotonic_buffer_resource> memory_; // the texts'
	std::vector<std::string_view> participants_, targets_;        // without an address: null
	std::vector<std::uint64_t> seqs_;
	std::vector<std::int64_t> positions_;
	std::vector<double> values_;
	std::vector<std::uint32_t> passes_;
	std::vector<std::size_t> badPasses_; // rows
};

// Once for each value of each row: in line with whoever reads them.

inline std::optional<std::int64_t> Columns::whole(std::optional<double> number)
{
	if (!number || !std::isfinite(*number) || std::trunc(*number) != *number) {
		return std::nullopt;
	}
	return static_cast<std::int64_t>(std::clamp(*number, -kMost - 1, kMost + 1));
}

inline std::string_view Columns::keep(std::string_view text)
{
	if (!memory_) {
		memory_ = std::make_unique<std::pmr::monotonic_buffer_resource>(16 * 1024);
	}
	if (text.empty()) {
		return ""; // has an address, too
	}
	auto *const copy = static_cast<char *>(memory_->allocate(text.size(), 1));
	std::ranges::copy(text, copy);
	return {copy, text.size()};
}

inline void Columns::add(Name name, const Element &element)
{
	const std::optional<std::int64_t> number = whole(element.number);
	switch (name) {
	case participant:
		participants_.push_back(keep(element.text && isId(*element.text) ? *element.text : ""));
		break;
	case seq:
		seqs_.push_back(number && *number >= 1 && *number <= kMaxInteger ? static_cast<std::uint64_t>(*number)
										 : 0);
		break;
	case position_ms:
		positions_.push_back(number.value_or(Batch::kNoWhole));
		break;
	case value:
		values_.push_back(element.null ? std::numeric_limits<double>::quiet_NaN()
				  : element.number && std::isfinite(*element.number) ? *element.number
										     : Batch::kNoValue);
		break;
	case target:
		targets_.push_back(element.null ? std::string_view() : keep(element.text.value_or("")));
		break;
	case pass:
		if (const bool good = element.null || (number && *number >= 0 && *number <= UINT32_MAX); !good) {
			badPasses_.push_back(passes_.size());
		}
		passes_.push_back(static_cast<std::uint32_t>(number.value_or(0)));
		break;
	case count:
		break;
	}
}

} // namespace pulseline::ingest
