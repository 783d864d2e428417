#include "studio/registry.hpp"

#include "ingest/codec.hpp"

#include <algorithm>
#include <charconv>

namespace pulseline::studio {
namespace {

// A free-text attribute must not make a stratum of every person.
constexpr std::size_t kMaxStrata = 10'000;
constexpr const char *kOther = "other";

} // namespace

Stratum Registry::stratumOf(const std::map<std::string, std::string> &answers) const
{
	Stratum stratum;
	for (const Attribute &attribute : attributes_) {
		const auto answer = answers.find(attribute.name);
		if (answer == answers.end() || answer->second.empty()) {
			stratum.emplace_back();
			continue;
		}
		const bool listed = attribute.values.empty() ? answer->second.size() <= ingest::kMaxValue
							     : std::ranges::contains(attribute.values, answer->second);
		stratum.push_back(listed ? answer->second : kOther);
	}
	return stratum;
}

std::pair<std::uint32_t, bool> Registry::placeOf(const Stratum &stratum)
{
	auto known = byStratum_.find(stratum);
	const bool full = known == byStratum_.end() && strata_.size() >= kMaxStrata;
	const Stratum kept = full ? Stratum(attributes_.size(), kOther) : stratum;
	if (full) {
		known = byStratum_.find(kept);
	}
	if (known != byStratum_.end()) {
		return {known->second, false};
	}
	const auto index = static_cast<std::uint32_t>(strata_.size());
	strata_.push_back(kept);
	peopleOf_.push_back(0);
	byStratum_.emplace(kept, index);
	return {index, true};
}

std::uint32_t Registry::add(std::string id, std::uint32_t stratum, const std::string &tokenHash)
{
	const auto index = static_cast<std::uint32_t>(people_.size());
	if (const std::size_t slash = id.find('/'); slash != std::string::npos) {
		const std::uint32_t scope = openScope(std::string_view(id).substr(0, slash));
		scopes_[scope].people.emplace(id.substr(slash + 1), index);
	}
	people_.push_back({std::move(id), stratum, {}, 0, 0});
	++peopleOf_[stratum];
	if (!tokenHash.empty()) {
		byToken_.emplace(keyOf(tokenHash), index);
	}
	return index;
}

std::optional<std::uint32_t> Registry::find(std::string_view id) const
{
	const auto found = std::ranges::find(people_, id, &Person::id);
	return found == people_.end() ? std::nullopt
				      : std::optional(static_cast<std::uint32_t>(found - people_.begin()));
}

bool Registry::setOut(std::uint32_t index, bool out)
{
	const bool changes = out ? out_.insert(index).second : out_.erase(index) > 0;
	if (changes) {
		peopleOf_[people_[index].stratum] += out ? ~0U : 1U; // ~0 takes one away
	}
	return changes;
}

std::uint32_t Registry::openScope(std::string_view name)
{
	const auto known = std::ranges::find(scopes_, name, &Scope::name);
	const auto number = static_cast<std::uint32_t>(known - scopes_.begin());
	if (known == scopes_.end()) {
		scopes_.push_back({std::string(name), {}});
	}
	return number;
}

std::optional<std::uint32_t> Registry::findIn(std::uint32_t scope, std::string_view id) const
{
	const auto &people = scopes_[scope].people;
	const auto found = people.find(id);
	return found == people.end() ? std::nullopt : std::optional(found->second);
}

Registry::TokenKey Registry::keyOf(std::string_view tokenHash)
{
	constexpr std::size_t kDigits = 16; // of a number in hex
	TokenKey key{};
	for (std::size_t i = 0; i < key.size() && tokenHash.size() >= (i + 1) * kDigits; ++i) {
		const char *const from = tokenHash.data() + i * kDigits;
		std::from_chars(from, from + kDigits, key[i], 16);
	}
	return key;
}

std::optional<std::uint32_t> Registry::findToken(const std::string &tokenHash) const
{
	const auto found = byToken_.find(keyOf(tokenHash));
	if (found == byToken_.end()) {
		return std::nullopt;
	}
	return found->second;
}

} // namespace pulseline::studio
