// The cells of one upstream: puts its sets together, maps its strata onto the session's, and tells what changed. Pure.
// Network thread.
#pragma once

#include "core/cells.hpp"
#include "ingest/upstream_codec.hpp"

#include <unordered_map>

namespace pulseline::studio {

class ForeignCells {
public:
	using Answers = std::map<std::string, std::string>;

	class Session {
	public:
		virtual ~Session() = default;
		// The session's stratum of somebody who answered this.
		virtual std::uint32_t stratumFor(const Answers &answers) = 0;
		// What the upstream counted here has changed.
		virtual void replace(std::uint32_t stratum, std::uint32_t target, std::int64_t tick, const Cell &before,
				     const Cell &after) = 0;
	};
	struct Refused {
		std::uint64_t rows = 0;
		std::string why;
	};

	// What it had counted when it was last heard, by the session's strata; before all else.
	void know(std::uint32_t stratum, std::uint32_t target, std::int64_t tick, const Cell &cell)
	{
		sums_[{stratum, target, tick}] = cell;
	}
	// A connection begins: it sends a set before all else. What is known stands until that is whole.
	void begin();
	Refused take(const ingest::CellsMessage &message, Session &session);

private:
	struct Key {
		std::uint32_t stratum, target;
		std::int64_t tick;
		bool operator==(const Key &) const = default;
	};
	struct KeyHash {
		std::size_t operator()(const Key &key) const;
	};
	using Rows = std::unordered_map<Key, Cell, KeyHash>;
	// As the upstream sends them: its strata in order of sending, and its rows.
	struct Set {
		std::vector<Answers> sent;
		std::vector<std::uint32_t> strata; // the session's, of each
		Rows rows;
	};

	Refused addTo(Set &set, const ingest::CellsMessage &message, Session &session, bool live);
	void change(const Key &place, const Cell &before, const Cell &after, Session &session);
	void adopt(Session &session);

	Rows sums_; // by the session's strata: what the session has been told
	Set set_;   // whole, and kept up to date
	Set next_;  // being put together
	bool gathering_ = true;
};

} // namespace pulseline::studio
