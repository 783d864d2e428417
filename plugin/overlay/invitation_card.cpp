#include "overlay/invitation_card.hpp"

#include "overlay/legend.hpp"

#include <algorithm>
#include <cmath>

namespace pulseline::overlay {
namespace {

constexpr Color kDark{0, 0, 0, 255};
constexpr Color kLight{255, 255, 255, 255};

// Without what nobody types.
std::string shortAddress(std::string url)
{
	constexpr std::string_view kScheme = "http://";
	if (url.starts_with(kScheme)) {
		url.erase(0, kScheme.size());
	}
	if (url.ends_with('/')) {
		url.pop_back();
	}
	return url;
}

// On whole pixels, so that every module is as wide as every other; as large as fits. Returns where it begins.
float addQr(Scene &scene, const Qr &qr, const Rect &where)
{
	const int modules = qr.size + 2 * Qr::kQuiet;
	const float module = std::floor(where.height / static_cast<float>(modules));
	if (qr.size == 0 || module < 1) {
		return where.right();
	}
	const float side = module * static_cast<float>(modules);
	const float beside = (where.height - side) / 2; // as much as above and below
	const Rect plate{std::round(where.right() - beside - side), std::round(where.y + beside), side, side};
	scene.boxes.push_back({plate, 0, kLight});
	for (int y = 0; y < qr.size; ++y) {
		for (int x = 0; x < qr.size; ++x) {
			int wide = 0;
			while (qr.at(x + wide, y)) {
				++wide;
			}
			if (wide > 0) {
				const auto from = static_cast<float>(x + Qr::kQuiet);
				const auto row = static_cast<float>(y + Qr::kQuiet);
				scene.boxes.push_back({{plate.x + from * module, plate.y + row * module,
							static_cast<float>(wide) * module, module},
						       0,
						       kDark});
			}
			x += wide;
		}
	}
	return plate.x;
}

} // namespace

bool invites(const Snapshot &snapshot, const View &view)
{
	return view.show_invitation && snapshot.running && snapshot.invitation &&
	       snapshot.playback.state == PlaybackState::stopped && snapshot.furthest_ms == 0;
}

void addInvitation(Scene &scene, const Areas &areas, const Theme &theme, const Snapshot &snapshot,
		   const TextMetrics &metrics)
{
	const Invitation &invitation = *snapshot.invitation;
	const float pad = areas.pad;
	const Rect inside{areas.card.x + pad, areas.card.y + pad, areas.card.width - 2 * pad,
			  areas.card.height - 2 * pad};
	const float room = addQr(scene, invitation.qr, inside) - pad - inside.x;
	struct Line {
		std::string text;
		Face face;
		float size; // relative to the others
	};
	const Line lines[] = {{snapshot.settings->title, Face::bold, 1},
			      {shortAddress(invitation.url), Face::regular, 1},
			      {invitation.code, Face::bold, 2}};
	// As large as there is room for, in the middle of it. A long title does not make the others small.
	constexpr float kProbe = 100;
	constexpr float kLeading = 1.35F;
	float whole = 0;
	float wide = 0; // per unit
	for (const Line &line : lines) {
		whole += line.text.empty() ? 0 : line.size * kLeading;
		if (&line != lines) {
			wide = std::max(wide, metrics.width(line.text, line.face, line.size * kProbe) / kProbe);
		}
	}
	const float unit = std::min(0.8F * inside.height / whole, 0.9F * room / wide);
	const float middle = std::round(inside.x + room / 2);
	float y = inside.y + (inside.height - whole * unit) / 2;
	for (const Line &line : lines) {
		if (line.text.empty()) {
			continue;
		}
		const float size = std::floor(line.size * unit);
		const float high = line.size * unit * kLeading;
		const std::string text = elided(line.text, line.face, size, room, metrics);
		scene.texts.push_back(
			{text, line.face, size, middle, std::round(y + high / 2), Align::center, theme.ink});
		y += high;
	}
}

} // namespace pulseline::overlay
