#include "ingest/columns.hpp"

#include "ingest/codec.hpp"

namespace pulseline::ingest {
namespace {

constexpr std::array<std::string_view, Columns::count> kNames{"participant", "seq",    "position_ms",
							      "value",       "target", "pass"};
constexpr std::array kRequired{Columns::participant, Columns::seq, Columns::position_ms, Columns::value};

} // namespace

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
		participants_.clear();
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
		targets_.clear();
		break;
	case pass:
		passes_.clear();
		badPasses_.clear();
		break;
	case count:
		break;
	}
}

std::size_t Columns::size(Name name) const
{
	const std::array<std::size_t, count> sizes{participants_.size(), seqs_.size(),    positions_.size(),
						   values_.size(),       targets_.size(), passes_.size()};
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
	return {};
}

Batch Columns::view(std::uint64_t number) const
{
	return {number, participants_, seqs_, positions_, values_, targets_, passes_};
}

} // namespace pulseline::ingest
