// Which position was on screen when: the list of playback changes of a session, and the questions asked of it.
// Owned by one thread (the studio's network thread). Times are milliseconds of one clock that never jumps back.
#pragma once

#include "core/types.hpp"

#include <span>

namespace pulseline::playback {

class History {
public:
	explicit History(std::int64_t start_ms)
		: start_ms_(start_ms)
	{
	}

	// Changes come in rising `at_ms`; an equal one replaces nothing, the later stands from then on.
	void add(const PlaybackChange &change);
	std::span<const PlaybackChange> changes() const { return changes_; }
	std::int64_t start_ms() const { return start_ms_; }

	// What was on screen at `at_ms`: the state, the position then, the pass; `at_ms` of the result is `at_ms`.
	// Before the first change: stopped at 0.
	PlaybackChange at(std::int64_t at_ms) const;
	// The furthest position shown up to `at_ms`: while playing, paused or ended; a position at which the playback
	// is only stopped was not shown.
	std::int64_t furthest_ms(std::int64_t at_ms) const;
	// The furthest position that the speech has come to by `at_ms`, not before the last change: what was shown, but
	// nothing of what lies behind a jump ahead that was taken back since, by a jump to before where it led.
	std::int64_t played_ms(std::int64_t at_ms) const;
	void setDuration(std::optional<std::int64_t> duration_ms) { duration_ms_ = duration_ms; }

private:
	// How many changes had come by then.
	std::size_t count(std::int64_t at_ms) const;
	std::int64_t capped(std::int64_t position_ms) const;

	std::int64_t start_ms_;
	std::optional<std::int64_t> duration_ms_; // positions stop there, or where a file's must
	std::vector<PlaybackChange> changes_;
	std::vector<std::int64_t> furthest_ms_; // [i]: shown before change i came, not capped

	// A jump ahead that was not taken back, and what was played before it.
	struct Jump {
		std::int64_t from_ms = 0;
		std::int64_t to_ms = 0;
		std::int64_t played_ms = 0;
	};
	void jump(std::int64_t from_ms, std::int64_t to_ms);

	std::vector<Jump> jumps_;
	std::int64_t played_ms_ = 0; // before the last change came, not capped
};

} // namespace pulseline::playback
