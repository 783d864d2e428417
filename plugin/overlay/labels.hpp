// Text as coverage: QPainter draws each text once, white on nothing; kept until it is not used any more. The colour is
// given by whoever draws it, so that soft edges blend without fringes.
//
// One thread at a time. Without a QGuiApplication (a test or a tool may forget it) texts have no width and no picture.
#pragma once

#include "overlay/mesh.hpp"

#include <map>
#include <memory>
#include <tuple>

namespace pulseline::overlay {

// One byte of coverage a pixel, rows from top to bottom.
struct Atlas {
	std::uint32_t width = 0;
	std::uint32_t height = 0;
	std::vector<std::uint8_t> coverage;
};

class Labels final : public TextMetrics {
public:
	Labels();
	Labels(const Labels &) = delete;
	Labels &operator=(const Labels &) = delete;
	~Labels() override;

	float width(const std::string &text, Face face, float size) const override;
	Rect extent(const std::string &text, Face face, float size) const override;

	// Where each text lies in `atlas`, which is made anew. Forgets what the last hundred atlases did not hold.
	std::vector<TextPlace> place(std::span<const Text> texts, Atlas &atlas);

private:
	struct Drawn;
	using Key = std::tuple<std::string, Face, int>; // size in quarters of a pixel

	static Key keyOf(const std::string &text, Face face, float size);
	const Drawn &drawn(const Key &key) const;
	// Side by side on shelves.
	static void pack(std::span<const Drawn *const> all, Atlas &atlas, std::span<TextPlace> places);

	mutable std::map<Key, std::unique_ptr<Drawn>> known_;
	mutable std::map<Key, float> widths_;
	std::uint64_t generation_ = 0;
};

} // namespace pulseline::overlay
