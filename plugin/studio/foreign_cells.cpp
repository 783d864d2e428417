#include "studio/foreign_cells.hpp"

#include <algorithm>
#include <utility>

namespace pulseline::studio {
namespace {

// What an upstream may fill our memory with.
constexpr std::size_t kMostStrata = 100'000;
constexpr std::size_t kMostRows = 2'000'000;

const Cell kEmpty;

Cell negative(Cell cell)
{
	for (std::uint32_t *count : {&cell.present, &cell.n, &cell.likes, &cell.dislikes}) {
		*count = 0U - *count; // modulo 2^32, so that adding takes back
	}
	for (Sum *sum : {&cell.sum, &cell.sum_sq}) {
		*sum = {-sum->high, -sum->low};
	}
	return cell;
}

} // namespace

std::size_t ForeignCells::KeyHash::operator()(const Key &key) const
{
	std::uint64_t hash = (std::uint64_t{key.stratum} << 32) ^ key.target;
	hash = (hash ^ (hash >> 31)) * 0x9E3779B97F4A7C15ULL;
	hash ^= static_cast<std::uint64_t>(key.tick) + (hash >> 29);
	return static_cast<std::size_t>(hash * 0xBF58476D1CE4E5B9ULL);
}

void ForeignCells::begin()
{
	next_ = {};
	gathering_ = true;
}

ForeignCells::Refused ForeignCells::take(const ingest::CellsMessage &message, Session &session)
{
	using Part = ingest::CellsMessage::Part;
	if (message.part == Part::first) {
		begin();
	}
	if (!gathering_) {
		return addTo(set_, message, session, true);
	}
	Refused refused = addTo(next_, message, session, false);
	// A set in one message may come without saying so.
	if (message.part != Part::first && message.part != Part::more) {
		adopt(session);
	}
	return refused;
}

// `live`: what changes is told at once.
ForeignCells::Refused ForeignCells::addTo(Set &set, const ingest::CellsMessage &message, Session &session, bool live)
{
	Refused refused;
	// Who sends all strata each time does not mean them twice.
	const bool again = !set.sent.empty() && message.strata.size() >= set.sent.size() &&
			   std::equal(set.sent.begin(), set.sent.end(), message.strata.begin());
	for (std::size_t i = again ? set.sent.size() : 0; i < message.strata.size(); ++i) {
		if (set.sent.size() < kMostStrata) {
			set.strata.push_back(session.stratumFor(message.strata[i]));
			set.sent.push_back(message.strata[i]);
		}
	}
	for (const ingest::CellRow &row : message.rows) {
		const Key key{row.stratum, row.target, row.tick};
		const auto known = set.rows.find(key);
		if (row.stratum >= set.sent.size()) {
			refused = {refused.rows + 1, "a row's stratum was never sent"};
		} else if (known == set.rows.end() && set.rows.size() >= kMostRows) {
			refused = {refused.rows + 1, "there are too many cells"};
		} else {
			Cell &kept = known == set.rows.end() ? set.rows[key] : known->second;
			if (live) {
				change({set.strata[row.stratum], row.target, row.tick}, kept, row.cell, session);
			}
			kept = row.cell;
		}
	}
	return refused;
}

void ForeignCells::change(const Key &place, const Cell &before, const Cell &after, Session &session)
{
	if (before == after) {
		return;
	}
	Cell &sum = sums_[place];
	const Cell whole = sum;
	sum.add(after);
	sum.add(negative(before));
	if (sum.n == 0) {
		sum.sum = sum.sum_sq = {};
	}
	session.replace(place.stratum, place.target, place.tick, whole, sum);
}

// The set is whole: it takes the place of what was known before.
void ForeignCells::adopt(Session &session)
{
	set_ = std::exchange(next_, {});
	gathering_ = false;
	const Rows before = std::exchange(sums_, {});
	for (const auto &[key, cell] : set_.rows) {
		if (!cell.empty()) {
			sums_[{set_.strata[key.stratum], key.target, key.tick}].add(cell);
		}
	}
	for (const auto &[place, cell] : before) {
		if (!sums_.contains(place)) {
			session.replace(place.stratum, place.target, place.tick, cell, {});
		}
	}
	for (const auto &[place, cell] : sums_) {
		const auto known = before.find(place);
		const Cell &was = known == before.end() ? kEmpty : known->second;
		if (was != cell) {
			session.replace(place.stratum, place.target, place.tick, was, cell);
		}
	}
}

} // namespace pulseline::studio
