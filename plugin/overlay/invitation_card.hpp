// How people join, in the picture's place until the speech begins. Used by the scene's builder only.
#pragma once

#include "overlay/areas.hpp"

namespace pulseline::overlay {

// Whether it is to be shown: the session is open to newcomers and nothing has been played yet.
bool invites(const Snapshot &snapshot, const View &view);

// The QR code, the address and the code, on the card that is in the scene already.
void addInvitation(Scene &scene, const Areas &areas, const Theme &theme, const Snapshot &snapshot,
		   const TextMetrics &metrics);

} // namespace pulseline::overlay
