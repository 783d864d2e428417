#include "obs/vendor_events.hpp"

#include "studio/events.hpp"

#include <obs.hpp>

#include <nlohmann/json.hpp>

namespace pulseline::obs {
namespace {

using nlohmann::json;

std::pair<const char *, json> named(const studio::SessionStarted &event)
{
	return {"SessionStarted", {{"path", event.path}, {"title", event.title}}};
}

std::pair<const char *, json> named(const studio::SessionStopped &event)
{
	return {"SessionStopped", {{"path", event.path}}};
}

std::pair<const char *, json> named(const studio::TickClosed &event)
{
	return {"TickClosed", {{"tick", event.tick}, {"start_ms", event.start_ms}, {"end_ms", event.end_ms}}};
}

std::pair<const char *, json> named(const studio::MarkerAdded &event)
{
	return {"MarkerAdded", {{"text", event.marker.text}, {"position_ms", event.marker.position_ms}}};
}

} // namespace

struct VendorEvents::State {
	obs_websocket_vendor vendor = nullptr;
	std::shared_ptr<studio::Reader> reader;
	std::shared_ptr<const Snapshot> last;

	void tell()
	{
		const auto newest = reader->box.take();
		if (!newest) {
			return; // an errand before this one took it
		}
		for (const studio::SessionEvent &event : studio::eventsBetween(last.get(), newest->get())) {
			const auto [name, fields] = std::visit([](const auto &one) { return named(one); }, event);
			const OBSDataAutoRelease data = obs_data_create_from_json(fields.dump().c_str());
			obs_websocket_vendor_emit_event(vendor, name, data);
		}
		last = *newest;
	}
};

VendorEvents::VendorEvents(studio::Studio &studio, Errands &errands, obs_websocket_vendor vendor)
	: state_(std::make_shared<State>())
{
	state_->vendor = vendor;
	state_->reader = studio.reader([&errands, waits = std::weak_ptr(state_)] {
		errands.post([waits] {
			if (const std::shared_ptr<State> state = waits.lock()) {
				state->tell();
			}
		});
	});
}

VendorEvents::~VendorEvents() = default;

} // namespace pulseline::obs
