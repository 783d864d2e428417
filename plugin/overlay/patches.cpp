#include "overlay/patches.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

bool meet(const Rect &one, const Rect &other)
{
	return one.x < other.right() && other.x < one.right() && one.y < other.bottom() && other.y < one.bottom();
}

Rect around(const Rect &one, const Rect &other)
{
	const float left = std::min(one.x, other.x);
	const float top = std::min(one.y, other.y);
	return {left, top, std::max(one.right(), other.right()) - left, std::max(one.bottom(), other.bottom()) - top};
}

} // namespace

Patches Patches::whole()
{
	constexpr float kFar = 1 << 20;
	Patches patches;
	patches.all_.push_back({-kFar, -kFar, 2 * kFar, 2 * kFar});
	return patches;
}

void Patches::add(const Rect &rect)
{
	const float left = std::floor(rect.x);
	const float top = std::floor(rect.y);
	Rect one{left, top, std::ceil(rect.right()) - left, std::ceil(rect.bottom()) - top};
	for (auto found = all_.begin(); found != all_.end();) {
		if (overlay::meet(*found, one)) {
			one = around(*found, one);
			all_.erase(found);
			found = all_.begin(); // it is larger now
		} else {
			++found;
		}
	}
	all_.push_back(one);
}

void Patches::add(const Patches &other)
{
	for (const Rect &rect : other.all_) {
		add(rect);
	}
}

bool Patches::meet(const Rect &rect) const
{
	return std::ranges::any_of(all_, [&](const Rect &one) { return overlay::meet(one, rect); });
}

Rect common(const Rect &one, const Rect &other)
{
	const float left = std::max(one.x, other.x);
	const float top = std::max(one.y, other.y);
	return {left, top, std::max(0.0F, std::min(one.right(), other.right()) - left),
		std::max(0.0F, std::min(one.bottom(), other.bottom()) - top)};
}

Rect rectOf(const Box &box)
{
	return {box.rect.x - 1, box.rect.y - 1, box.rect.width + 2, box.rect.height + 2}; // with its soft edge
}

Rect rectOf(const Text &text, const TextMetrics &metrics)
{
	const float share = text.align == Align::left ? 0 : text.align == Align::center ? 0.5F : 1;
	const float width = share > 0 ? metrics.width(text.text, text.face, text.size) : 0;
	const Rect extent = metrics.extent(text.text, text.face, text.size);
	// As it is drawn: on whole pixels.
	return {std::round(text.x - width * share) + extent.x, std::round(text.y) + extent.y, extent.width,
		extent.height};
}

} // namespace pulseline::overlay
