#include "dock/words.hpp"

#include <QLocale>

#include <algorithm>

namespace pulseline::dock {

QString timeText(std::int64_t ms)
{
	const std::int64_t seconds = std::max<std::int64_t>(0, ms) / 1000;
	const auto two = [](std::int64_t number) { return QStringLiteral("%1").arg(number, 2, 10, QLatin1Char('0')); };
	const QString tail = two(seconds / 60 % 60) + QLatin1Char(':') + two(seconds % 60);
	return seconds < 3600 ? tail : QString::number(seconds / 3600) + QLatin1Char(':') + tail;
}

QString countText(std::uint64_t count)
{
	return QLocale().toString(static_cast<qulonglong>(count));
}

QString figureText(double value)
{
	QString text = QLocale().toString(value, 'f', 2);
	return text.replace(QLatin1Char('-'), QChar(0x2212));
}

QString secondsText(std::int64_t ms)
{
	return QLocale().toString(static_cast<double>(ms) / 1000, 'g', QLocale::FloatingPointShortest);
}

QString scaleText(const Words &words, const Settings &settings)
{
	const auto number = [](double value) {
		QString text = QLocale().toString(value, 'g', QLocale::FloatingPointShortest);
		return text.replace(QLatin1Char('-'), QChar(0x2212));
	};
	const char *key = settings.mode == Mode::reset ? "Dock.Scale.Buttons" : "Dock.Scale.Dial";
	return words(key).arg(number(settings.scale.min), number(settings.scale.max), number(settings.scale.neutral));
}

QString stateText(const Words &words, const studio::Status &status, SteadyTime now)
{
	if (status.state == studio::Status::State::review) {
		return words("Dock.State.Review");
	}
	const Snapshot *snapshot = status.snapshot.get();
	if (snapshot && snapshot->settings->ownTime) {
		return words("Dock.State.OwnTime");
	}
	if (!snapshot || snapshot->playback.state == PlaybackState::stopped) {
		return words("Dock.State.Waiting");
	}
	const QString time = timeText(snapshot->position_ms(now));
	switch (snapshot->playback.state) {
	case PlaybackState::playing:
		return words("Dock.State.Playing").arg(time);
	case PlaybackState::paused:
		return words("Dock.State.Paused").arg(time);
	default:
		return words("Dock.State.Ended").arg(time);
	}
}

QString upstreamsText(const Words &words, const studio::Status &status)
{
	constexpr const char *kStates[] = {"Dock.Upstream.Connecting", "Dock.Upstream.Live", "Dock.Upstream.Waiting",
					   "Dock.Upstream.Disagrees"}; // in the order of Phase
	QStringList lines;
	for (const studio::UpstreamStatus &upstream : status.upstreams) {
		const ingest::UpstreamState &state = upstream.state;
		QString line = words(kStates[static_cast<std::size_t>(state.phase)])
				       .arg(QString::fromStdString(upstream.name));
		if (const std::string &why = state.why.empty() ? state.trouble : state.why; !why.empty()) {
			line += QStringLiteral(": ") + QString::fromStdString(why);
		}
		lines.push_back(line);
	}
	return lines.join(QLatin1Char('\n'));
}

bool isStale(const Snapshot &snapshot, SteadyTime now)
{
	if (snapshot.playback.state != PlaybackState::playing) {
		return false;
	}
	const std::chrono::milliseconds limit{std::max<std::int64_t>(10'000, 2 * snapshot.settings->tick_ms)};
	const SteadyTime since = std::max(snapshot.lastResponse.value_or(snapshot.playbackAt), snapshot.playbackAt);
	return now - since > limit;
}

} // namespace pulseline::dock
