// Who takes part: participants, their strata and tokens, and which of their `seq` are taken. Network thread.
#pragma once

#include "core/seq_set.hpp"
#include "core/types.hpp"

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <set>
#include <span>

namespace pulseline::studio {

class Registry {
public:
	// Taken, and not handed to the writer yet.
	static constexpr std::uint64_t kNoTicketYet = UINT64_MAX;
	struct Person {
		std::string id;
		std::uint32_t stratum = 0;
		SeqSet taken;
		std::uint64_t lastTicket = 0; // of the newest response, or kNoTicketYet
		std::uint64_t durableSeq = 0; // the highest known to be on disk when that was handed over
	};

	explicit Registry(std::vector<Attribute> attributes)
		: attributes_(std::move(attributes))
	{
	}

	// The stratum of what somebody answered: "" for no answer, "other" for a value that is not listed. Attributes
	// the session does not ask for are left out.
	Stratum stratumOf(const std::map<std::string, std::string> &answers) const;
	// Its index, and whether it is new. Beyond the most strata a session may have, the one where
	// every answer is "other".
	std::pair<std::uint32_t, bool> placeOf(const Stratum &stratum);

	// Somebody whose id is `name/id` is known by `id` in the scope of that name, however they came here.
	std::uint32_t add(std::string id, std::uint32_t stratum, const std::string &tokenHash);
	// The number of the scope of this name.
	std::uint32_t openScope(std::string_view name);
	const std::string &scopeName(std::uint32_t scope) const { return scopes_[scope].name; }
	std::optional<std::uint32_t> findIn(std::uint32_t scope, std::string_view id) const;
	std::optional<std::uint32_t> findToken(const std::string &tokenHash) const;
	std::optional<std::uint32_t> find(std::string_view id) const; // looks at everybody
	// Who is out of the count is not among the people of a stratum. False: it was so already.
	bool setOut(std::uint32_t index, bool out);
	std::size_t outside() const { return out_.size(); }
	Person &operator[](std::uint32_t index) { return people_[index]; }
	std::size_t size() const { return people_.size(); }
	std::span<const Stratum> strata() const { return strata_; }
	// How many people each stratum has.
	std::span<const std::uint32_t> peopleOf() const { return peopleOf_; }

private:
	using TokenKey = std::array<std::uint64_t, 2>;
	struct TokenKeyHash {
		using is_avalanching = void; // it is one already
		std::size_t operator()(const TokenKey &key) const noexcept { return static_cast<std::size_t>(key[0]); }
	};
	static TokenKey keyOf(std::string_view tokenHash);
	struct TextHash {
		using is_transparent = void;
		using is_avalanching = void; // for Boost: every bit of the hash is as good as another
		std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
	};
	struct Scope {
		std::string name;
		boost::unordered_flat_map<std::string, std::uint32_t, TextHash, std::equal_to<>> people;
	};

	std::vector<Attribute> attributes_;
	std::vector<Person> people_;
	// By the first 128 bits of the hash, as many as a token has: 50,000 people's hashes in hex are 10 MB.
	boost::unordered_flat_map<TokenKey, std::uint32_t, TokenKeyHash> byToken_;
	std::vector<Scope> scopes_; // a handful
	std::vector<Stratum> strata_;
	std::map<Stratum, std::uint32_t> byStratum_;
	std::vector<std::uint32_t> peopleOf_;
	std::set<std::uint32_t> out_;
};

} // namespace pulseline::studio
