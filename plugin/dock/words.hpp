// What the dock says, and how its widgets come to be: texts of the locale, times, figures and the state in words.
// UI thread.
#pragma once

#include "dock/dock.hpp"

#include <QString>

#include <memory>
#include <utility>

namespace pulseline::dock {

// Made as a child of `parent`, which deletes it.
template <typename T, typename Parent, typename... Args>
T *make(Parent *parent, Args &&...args)
{
	return std::make_unique<T>(std::forward<Args>(args)..., parent).release();
}

// The locale's strings.
class Words {
public:
	explicit Words(std::shared_ptr<const Host> host)
		: host_(std::move(host))
	{
	}

	QString operator()(const char *key) const { return QString::fromStdString(host_->text(key)); }

private:
	std::shared_ptr<const Host> host_;
};

QString timeText(std::int64_t ms);      // 01:23, 1:02:03
QString countText(std::uint64_t count); // with the locale's separators
QString figureText(double value);       // two decimals, a real minus sign
QString secondsText(std::int64_t ms);   // 5, 0.25
QString scaleText(const Words &words, const Settings &settings);

// "Playing 01:23", "Waiting for the speech", "Review" …
QString stateText(const Words &words, const studio::Status &status, SteadyTime now);

// Whether the speech plays and nobody has responded for two ticks or ten seconds, whichever is longer.
// How each upstream is doing, and why where it is not well; "" without any.
QString upstreamsText(const Words &words, const studio::Status &status);
bool isStale(const Snapshot &snapshot, SteadyTime now);

} // namespace pulseline::dock
