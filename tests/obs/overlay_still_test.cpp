// Pictures of the overlay at positions, without a source or a scene.
#include "obs/golden.hpp"
#include "obs/host.hpp"
#include "overlay/still.hpp"
#include "overlay_sample.hpp"

#include <obs.h>

#include <gtest/gtest.h>

#include <cmath>

using namespace pulseline;
using namespace pulseline::overlay;

namespace {

const QColor kVideo(70, 96, 110);

View smallView()
{
	View view;
	view.width = 640;
	view.height = 200;
	return view;
}

QImage asQImage(const Image &image)
{
	return QImage(image.rgba.data(), static_cast<int>(image.width), static_cast<int>(image.height),
		      QImage::Format_RGBA8888)
		.copy();
}

// As OBS lays it over a video: in linear light.
QImage over(const QImage &image, QColor below)
{
	const auto linear = [](double byte) { return std::pow(byte / 255, 2.2); };
	QImage result(image.size(), QImage::Format_ARGB32);
	for (int y = 0; y < image.height(); ++y) {
		for (int x = 0; x < image.width(); ++x) {
			const QColor top = image.pixelColor(x, y);
			const auto mixed = [&](int one, int other) {
				const double light =
					linear(one) * top.alphaF() + linear(other) * (1 - double{top.alphaF()});
				return static_cast<int>(std::lround(255 * std::pow(light, 1 / 2.2)));
			};
			result.setPixelColor(x, y,
					     QColor(mixed(top.red(), below.red()), mixed(top.green(), below.green()),
						    mixed(top.blue(), below.blue())));
		}
	}
	return result;
}

class OverlayStill : public testing::Test {
protected:
	void SetUp() override
	{
		ASSERT_TRUE(host_.ready());
		auto created = Stills::create(EFFECT);
		ASSERT_TRUE(created) << created.error().message;
		stills_ = std::move(*created);
		snapshot_ = test::sampleSession({{"All", "Women", "Men", "Undecided"}}, 8);
		snapshot_->simulated = true;
	}

	QImage image(double position_ms, const View &view = smallView())
	{
		const Result<Image> image = stills_->image(snapshot_, view, position_ms);
		EXPECT_TRUE(image) << image.error().message;
		return image ? asQImage(*image) : QImage();
	}

	test::ObsHost host_{640, 200};
	std::unique_ptr<Stills> stills_;
	std::shared_ptr<Snapshot> snapshot_;
};

TEST_F(OverlayStill, HasTheSourcesPixels)
{
	const QImage still = image(38'000);
	EXPECT_TRUE(test::difference(over(still, kVideo), test::golden("lines")).same());
	EXPECT_EQ(qAlpha(still.pixel(0, 0)), 0) << "nothing is there beside the card";
}

TEST_F(OverlayStill, IsOfItsPositionAlone)
{
	const QImage there = image(20'000);
	const QImage later = image(38'000);
	EXPECT_FALSE(test::difference(there, later).same());
	// Whatever was asked for before.
	EXPECT_EQ(image(20'000), there);
	View wide = smallView();
	wide.width = 800;
	wide.layout = "heat";
	EXPECT_EQ(image(20'000, wide).size(), QSize(800, 200));
	EXPECT_EQ(image(38'000), later);
}

TEST_F(OverlayStill, IsATextureToDrawWith)
{
	const auto texture = stills_->texture(snapshot_, smallView(), 38'000);
	ASSERT_TRUE(texture);
	obs_enter_graphics();
	EXPECT_EQ(gs_texture_get_width(*texture), 640U);
	EXPECT_EQ(gs_texture_get_height(*texture), 200U);
	obs_leave_graphics();
}

TEST_F(OverlayStill, SaysWhyThereIsNone)
{
	test::ObsHost::expectWarning("no.effect");
	EXPECT_FALSE(Stills::create("no.effect"));
	snapshot_ = nullptr;
	const QImage message = image(0);
	EXPECT_GT(qAlpha(message.pixel(320, 100)), 128) << "a card that says that there is no session";
}

} // namespace
