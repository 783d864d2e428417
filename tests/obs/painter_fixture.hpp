// A painter in a libobs of its own, and what it draws.
#pragma once

#include "obs/host.hpp"
#include "overlay/painter.hpp"
#include "overlay_sample.hpp"

#include <obs.h>

#include <gtest/gtest.h>

namespace pulseline::test {

inline constexpr std::uint32_t kWidth = 640;
inline constexpr std::uint32_t kHeight = 200;
inline const QColor kVideo(70, 96, 110);
inline const SampleOptions kFour{{"All", "Women", "Men", "Undecided"}};

inline overlay::View smallView()
{
	overlay::View view;
	view.width = kWidth;
	view.height = kHeight;
	return view;
}

inline overlay::Clock playingAt(double position_ms)
{
	return {PlaybackState::playing, position_ms, true, false};
}

class PainterTest : public testing::Test {
protected:
	void SetUp() override
	{
		ASSERT_TRUE(host_.ready());
		obs_enter_graphics();
		auto created = overlay::Painter::create(EFFECT);
		obs_leave_graphics();
		ASSERT_TRUE(created) << created.error().message;
		painter_ = std::move(*created);
	}
	void TearDown() override
	{
		obs_enter_graphics();
		painter_.reset();
		obs_leave_graphics();
	}

	void take(const Snapshot *snapshot, const overlay::View &view, const overlay::Clock &clock,
		  std::chrono::milliseconds later = {})
	{
		const SteadyTime now = (snapshot ? snapshot->playbackAt : SteadyTime{}) + later;
		auto picture = overlay::makePicture(snapshot, view, overlay::instantOf(snapshot, view, clock, now),
						    overlay::Words{}, labels_);
		obs_enter_graphics();
		painter_->take(std::move(picture));
		obs_leave_graphics();
	}
	QImage draw(double position_ms, float dx = 0, float dy = 0, QColor background = kVideo)
	{
		return drawn(kWidth, kHeight, background, [&] {
			gs_matrix_push();
			gs_matrix_translate3f(dx, dy, 0);
			painter_->draw(position_ms);
			gs_matrix_pop();
		});
	}

	ObsHost host_{kWidth, kHeight};
	overlay::Labels labels_;
	std::unique_ptr<overlay::Painter> painter_;
};

} // namespace pulseline::test
