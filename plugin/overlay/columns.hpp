// What of a picture must be painted anew when another one takes its place: patches of the fixed layer, columns of the
// moving one. A tick that closes touches a few of them, whatever the length of the speech. Pure: any thread.
#pragma once

#include "overlay/patches.hpp"

#include <limits>
#include <span>

namespace pulseline::overlay {

// All that lies between two x.
struct Columns {
	float from = std::numeric_limits<float>::infinity();
	float to = -std::numeric_limits<float>::infinity();

	static constexpr Columns whole()
	{
		return {-std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()};
	}
	bool meet(const Columns &other) const { return from < other.to && other.from < to; }
	bool operator==(const Columns &) const = default;
};

// A few stretches of columns, from left to right; what lies close together is one.
class Stretches {
public:
	static Stretches whole() { return Stretches({Columns::whole()}); }
	Stretches() = default;

	bool empty() const { return all_.empty(); }
	bool isWhole() const { return *this == whole(); }
	std::span<const Columns> all() const { return all_; }
	void add(Columns columns);
	void add(const Stretches &other);
	bool meet(const Columns &columns) const;
	bool operator==(const Stretches &) const = default;

private:
	explicit Stretches(std::vector<Columns> all)
		: all_(std::move(all))
	{
	}

	std::vector<Columns> all_;
};

struct Damage {
	Patches fixed;    // in pixels of the source
	Stretches moving; // in those of the moving layer

	static Damage whole() { return {Patches::whole(), Stretches::whole()}; }
	bool empty() const { return fixed.empty() && moving.empty(); }
	bool isWhole() const { return fixed.isWhole() && moving.isWhole(); }
	void add(const Damage &other);
	bool operator==(const Damage &) const = default;
};

// Where the textures of the two differ, or more.
Damage differenceOf(const Scene &before, const Scene &after, const TextMetrics &metrics);

// Widens patches until each text of the fixed layer lies within one of them or beside all.
void holdTexts(Patches &patches, const Scene &scene, const TextMetrics &metrics);

// What there is to paint of a scene there, with enough beside the columns that they come out as if it were whole.
// Nothing else of it is kept.
Scene cutTo(const Scene &scene, const Damage &damage, const TextMetrics &metrics);

} // namespace pulseline::overlay
