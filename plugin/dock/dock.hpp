// The control room: a small Qt 6 dock to start and stop a session, read the join address, and see who is there.
// UI thread only. It knows no libobs: what it needs of OBS comes through `Host`.
#pragma once

#include "studio/studio.hpp"

#include <QWidget>

namespace pulseline::dock {

struct MediaSource {
	std::string uuid, name;
};

// UI thread. Calls that start, stop or open do I/O: the dock makes them from a worker and shows that it waits.
class Host {
public:
	virtual ~Host() = default;

	// Any thread. `follow`: UUID of a media source, "" for the live clock. An empty path is chosen by the host.
	virtual Result<studio::Started> start(const studio::StartOptions &options, const std::string &follow) = 0;
	virtual Result<void> stop() = 0;
	virtual Result<void> open(const std::string &path) = 0;
	virtual Result<void> close() = 0;
	virtual Result<void> setPlayback(PlaybackState state, std::optional<std::int64_t> position_ms) = 0;
	virtual Result<void> setDoors(studio::Doors doors) = 0;
	virtual Result<void> printTickets(std::size_t count, const std::string &path) = 0;
	virtual Result<void> setCounts(const std::string &participant, bool counts) = 0;
	virtual studio::Status status() const = 0;
	// "" if the session has a live clock; else how its media source is followed, in words ("Speech.mp4", "no
	// media").
	virtual std::string clockInWords() const = 0;

	virtual std::vector<MediaSource> mediaSources() const = 0; // those there are now
	virtual std::string text(const char *key) const = 0;       // locale string
	virtual std::string sessionFolder() const = 0;             // where new files go
};

// The dock, for whoever does what its buttons do. What fails is said in it.
class Control : public QWidget {
public:
	virtual void start() = 0; // as the form says
	virtual void stop() = 0;  // without asking back
};

// Made once; OBS owns it from then on.
Control *createDock(std::shared_ptr<Host> host);

} // namespace pulseline::dock
