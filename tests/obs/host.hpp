// libobs without a frontend, and pictures read back from it.
#pragma once

#include <QColor>
#include <QImage>

#include <graphics/graphics.h>

#include <functional>
#include <memory>
#include <vector>

namespace pulseline::test {

// Runs this program again, on a display of its own (`headless`), unless it is there already.
void goHeadless(int argc, char **argv);

// Starts libobs with a canvas of this size. On destruction it is shut down; it must not have leaked anything, and not
// have warned of anything that the test did not expect.
class ObsHost {
public:
	ObsHost(std::uint32_t width, std::uint32_t height);
	ObsHost(const ObsHost &) = delete;
	ObsHost &operator=(const ObsHost &) = delete;
	~ObsHost();

	bool ready() const { return ready_; }
	// Returns after the graphics thread has begun `count` more frames.
	static void waitFrames(int count);
	// A warning or error that contains this is no failure.
	static void expectWarning(const std::string &part);

private:
	bool ready_ = false;
};

// What `draw` draws over a plain background, in a target of any colour space, as light: red, green and blue of each
// pixel, linear, 1 for SDR's white.
std::vector<float> lightOf(std::uint32_t width, std::uint32_t height, gs_color_space space, QColor background,
			   const std::function<void()> &draw);

// What `draw` draws over a plain background. `draw` runs inside the graphics context.
QImage drawn(std::uint32_t width, std::uint32_t height, QColor background, const std::function<void()> &draw);

} // namespace pulseline::test
