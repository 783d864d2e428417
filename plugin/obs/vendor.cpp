#include "obs/vendor.hpp"

#include "obs/vendor_events.hpp"

#include <obs-module.h>
#include <obs-websocket-api.h>
#include <obs.hpp>

#include <array>

namespace pulseline::obs {
namespace {

Answer stopSession(App &app, const nlohmann::json &)
{
	const Result<void> stopped = app.stop();
	return stopped ? Answer(nlohmann::json::object()) : std::unexpected(stopped.error());
}

Answer closeSession(App &app, const nlohmann::json &)
{
	const Result<void> closed = app.close();
	return closed ? Answer(nlohmann::json::object()) : std::unexpected(closed.error());
}

struct Request {
	const char *name;
	Answer (*answer)(App &, const nlohmann::json &);
};

constexpr std::array kRequests{
	Request{"StartSession", startSession}, Request{"StopSession", stopSession}, Request{"OpenSession", openSession},
	Request{"CloseSession", closeSession}, Request{"GetStatus", getStatus},     Request{"GetSeries", getSeries},
	Request{"GetLayout", getLayout},
};

struct Vendor {
	std::shared_ptr<App> app;
	obs_websocket_vendor handle = nullptr;
	std::unique_ptr<VendorEvents> events;
};

// obs-websocket has no way to hand over ownership, so what its callbacks need lives here, beside the module's app.
Vendor &vendor()
{
	static Vendor one;
	return one;
}

Answer answerTo(const Request &request, const nlohmann::json &fields)
{
	return request.answer(*vendor().app, fields);
}

Answer answerTo(const studio::Request &request, const nlohmann::json &fields)
{
	return request.answer(vendor().app->studio(), fields);
}

template <typename Asked>
void respond(obs_data_t *request_data, obs_data_t *response_data, void *data) noexcept
{
	const auto &request = *static_cast<const Asked *>(data);
	nlohmann::json answer;
	try {
		const char *text = request_data ? obs_data_get_json(request_data) : nullptr;
		const Answer given = answerTo(request, nlohmann::json::parse(text ? text : "{}"));
		answer = given ? *given : nlohmann::json{{"error", given.error().message}};
	} catch (const std::exception &problem) {
		blog(LOG_WARNING, "[pulseline] %s: %s", request.name, problem.what());
		answer = {{"error", "this request could not be answered; see OBS's log"}};
	}
	const OBSDataAutoRelease parsed = obs_data_create_from_json(answer.dump().c_str());
	obs_data_apply(response_data, parsed);
}

template <typename Asked>
void add(std::span<const Asked> requests)
{
	for (const Asked &request : requests) {
		obs_websocket_vendor_register_request(vendor().handle, request.name, respond<Asked>,
						      const_cast<Asked *>(&request));
	}
}

} // namespace

void registerVendor(std::shared_ptr<App> app)
{
	vendor().app = std::move(app);
	vendor().handle = obs_websocket_register_vendor("pulseline");
	if (!vendor().handle) {
		blog(LOG_WARNING, "[pulseline] obs-websocket is not there: no vendor requests");
		return;
	}
	add(std::span<const Request>(kRequests));
	add(studio::requests());
	App &told = *vendor().app;
	vendor().events = std::make_unique<VendorEvents>(told.studio(), told.errands(), vendor().handle);
}

void unregisterVendor()
{
	vendor().events.reset();
	if (vendor().handle && obs_get_module("obs-websocket")) {
		for (const Request &request : kRequests) {
			obs_websocket_vendor_unregister_request(vendor().handle, request.name);
		}
		for (const studio::Request &request : studio::requests()) {
			obs_websocket_vendor_unregister_request(vendor().handle, request.name);
		}
	}
	vendor().handle = nullptr;
	// A request that is being answered still uses the app; it is let go with the module.
}

} // namespace pulseline::obs
