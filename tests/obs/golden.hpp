// Pictures that were looked at once, and must come out the same ever after.
//
// They are kept in tests/obs/golden. With PULSELINE_UPDATE_GOLDEN=1 in the environment a test writes its picture there
// instead of comparing: look at every one before you commit it.
#pragma once

#include <QImage>

#include <string>

namespace pulseline::test {

struct Difference {
	bool same_size = false;
	int worst = 0;    // the greatest difference of a channel
	double share = 1; // of pixels that differ visibly in some channel
	bool same() const { return same_size && share <= 0.0005; }
};

// Fonts and renderers differ in the last bits from one version to the next; a pixel differs from 13 of 255 on.
Difference difference(const QImage &one, const QImage &other);

QImage golden(const std::string &name);
// Fails the test, and leaves the picture and the golden one beside each other in the build folder, if they differ.
void expectGolden(const QImage &picture, const std::string &name);

} // namespace pulseline::test
