// What was recorded from OBS 30.2.3: in each composed frame the time, the stamp of the frame that came on screen, what
// the media told, and the number that was then read from the picture; in some also the pieces of sound that the media
// handed to OBS.
#pragma once

#include "playback/estimator.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <sstream>

namespace pulseline::playback {

struct Moment {
	Sight sight;
	std::vector<SoundMark> sounds;
	std::optional<int> number;
};

// As `stamp:length:media_ms`, or with `:came` from VLC, and a blank between two.
inline std::vector<SoundMark> soundsFrom(const std::string &text)
{
	std::vector<SoundMark> result;
	std::istringstream pieces(text);
	for (std::string piece; pieces >> piece;) {
		std::istringstream fields(piece);
		SoundMark mark;
		char colon = 0;
		fields >> mark.stamp_ns >> colon >> mark.length_ns >> colon >> mark.media_ms;
		EXPECT_TRUE(fields) << piece;
		fields >> colon >> mark.came_ns;
		result.push_back(mark);
	}
	return result;
}

inline MediaState stateFrom(const std::string &text)
{
	return text == "playing"  ? MediaState::playing
	       : text == "paused" ? MediaState::paused
	       : text == "ended"  ? MediaState::ended
				  : MediaState::stopped;
}

struct Recording {
	const char *name;
	double fps = 30;
	double speed = 1;
	bool preloads = true;
	std::uint32_t passes = 0;
	std::int64_t duration_ms = 24'000;
	SourceKind kind = SourceKind::media;

	double frame_ms() const { return 1000 / fps; }
	std::vector<Moment> moments() const
	{
		std::ifstream file(std::string(RECORDINGS "/") + name + ".csv");
		EXPECT_TRUE(file) << name;
		std::vector<Moment> result;
		std::string line;
		std::getline(file, line);
		while (std::getline(file, line)) {
			std::istringstream fields(line);
			std::array<std::string, 7> field;
			for (std::string &one : field) {
				std::getline(fields, one, ',');
			}
			Moment moment;
			moment.sight.now_ns = std::stoll(field[0]);
			if (!field[1].empty()) {
				moment.sight.frame_ns = std::stoll(field[1]);
			}
			moment.sight.seesFrames = true;
			moment.sight.media_ms = std::stoll(field[2]);
			moment.sight.state = stateFrom(field[3]);
			moment.sight.restarted = !field[4].empty();
			moment.sight.preloads = preloads;
			moment.sight.duration_ms = duration_ms;
			moment.sight.frame_ms = kind == SourceKind::media ? frame_ms() : 0; // VLC claims none
			moment.sight.speed = speed;
			moment.sounds = soundsFrom(field[6]);
			if (!field[5].empty()) {
				moment.number = std::stoi(field[5]);
			}
			result.push_back(moment);
		}
		return result;
	}
};

inline void PrintTo(const Recording &recording, std::ostream *out)
{
	*out << recording.name;
}

struct Score {
	int good = 0;
	int all = 0;
	std::uint32_t passes = 0;

	double share() const { return static_cast<double>(good) / all; }
};

inline Score play(const Recording &recording, std::span<const Moment> moments, int skipAtFirst = 0)
{
	Estimator estimator;
	estimator.changeSource(recording.kind);
	Score score;
	int compared = 0;
	for (const Moment &moment : moments) {
		Sight sight = moment.sight;
		sight.sounds = moment.sounds;
		const Shown shown = estimator.look(sight);
		score.passes = shown.pass;
		if (moment.number && ++compared > skipAtFirst) {
			const double off =
				static_cast<double>(shown.position_ms) / recording.frame_ms() - *moment.number;
			score.good += std::abs(off) < 1.05 ? 1 : 0;
			++score.all;
		}
	}
	return score;
}

} // namespace pulseline::playback
