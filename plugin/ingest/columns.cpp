#include "ingest/columns.hpp"

#include "ingest/codec.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::ingest {
namespace {

constexpr std::array<std::string_view, Columns::count> kNames{"participant", "seq",    "position_ms",
							      "value",       "target", "pass"};
constexpr std::array kRequired{Columns::participant, Columns::seq, Columns::position_ms, Columns::value};
constexpr double kMost = static_cast<double>(kMaxInteger);

std::optional<std::int64_t> whole(std::optional<double> number)
{
	if (!number || !std::isfinite(*number) || std::trunc(*number) != *number) {
		return std::nullopt;
	}
	return static_cast<std::int64_t>(std::clamp(*number, -kMost - 1, kMost + 1));
}

} // namespace

void Columns::Texts::add(std::optional<std::string_view> text)
{
	items.push_back({bytes.size(), text ? std::optional(text->size()) : std::nullopt});
	if (text) {
		bytes.insert(bytes.end(), text->begin(), text->end());
	}
}

void Columns::Texts::finish()
{
	bytes.push_back('\0'); // so that an empty text has an address, too
	views.clear();
	views.reserve(items.size());
	for (const Text &item : items) {
		views.push_back(item.length ? std::string_view(bytes.data() + item.from, *item.length)
					    : std::string_view());
	}
}

void Columns::begin(Name name)
{
	drop(name);
	given_[name] = true;
}

void Columns::drop(Name name)
{
	given_[name] = false;
	switch (name) {
	case participant:
		participants_ = {};
		break;
	case seq:
		seqs_.clear();
		break;
	case position_ms:
		positions_.clear();
		break;
	case value:
		values_.clear();
		break;
	case target:
		targets_ = {};
		break;
	case pass:
		passes_.clear();
		badPasses_.clear();
		break;
	case count:
		break;
	}
}

void Columns::add(Name name, const Element &element)
{
	const std::optional<std::int64_t> number = whole(element.number);
	switch (name) {
	case participant:
		participants_.add(element.text && isId(*element.text) ? *element.text : "");
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
		targets_.add(element.null ? std::nullopt : std::optional(element.text.value_or("")));
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

std::size_t Columns::size(Name name) const
{
	const std::array<std::size_t, count> sizes{participants_.items.size(), seqs_.size(),
						   positions_.size(),          values_.size(),
						   targets_.items.size(),      passes_.size()};
	return sizes[name];
}

std::string Columns::finish()
{
	for (const Name name : kRequired) {
		if (!given_[name]) {
			return std::string(kNames[name]) + " must be there, an array";
		}
	}
	for (std::size_t name = 0; name < count; ++name) {
		if (given_[name] && size(static_cast<Name>(name)) != size(participant)) {
			return std::string(kNames[name]) + " must be as long as participant";
		}
	}
	for (const std::size_t row : badPasses_) {
		seqs_[row] = 0;
	}
	participants_.finish();
	targets_.finish();
	return {};
}

Batch Columns::view(std::uint64_t number) const
{
	return {number, participants_.views, seqs_, positions_, values_, targets_.views, passes_};
}

} // namespace pulseline::ingest
