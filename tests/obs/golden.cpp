#include "obs/golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace pulseline::test {
namespace {

constexpr int kVisible = 13;

QString pathOf(const std::string &name)
{
	return QString::fromStdString(std::string(GOLDEN) + "/" + name + ".png");
}

} // namespace

Difference difference(const QImage &one, const QImage &other)
{
	Difference found;
	found.same_size = one.size() == other.size() && !one.isNull();
	if (!found.same_size) {
		return found;
	}
	int differing = 0;
	for (int y = 0; y < one.height(); ++y) {
		for (int x = 0; x < one.width(); ++x) {
			const QRgb a = one.pixel(x, y);
			const QRgb b = other.pixel(x, y);
			const int off = std::max({std::abs(qRed(a) - qRed(b)), std::abs(qGreen(a) - qGreen(b)),
						  std::abs(qBlue(a) - qBlue(b))});
			found.worst = std::max(found.worst, off);
			differing += off >= kVisible;
		}
	}
	found.share = static_cast<double>(differing) / (one.width() * one.height());
	return found;
}

QImage golden(const std::string &name)
{
	return QImage(pathOf(name)).convertToFormat(QImage::Format_RGB32);
}

void expectGolden(const QImage &picture, const std::string &name)
{
	const QImage plain = picture.convertToFormat(QImage::Format_RGB32);
	if (std::getenv("PULSELINE_UPDATE_GOLDEN")) {
		ASSERT_TRUE(plain.save(pathOf(name))) << pathOf(name).toStdString();
		return;
	}
	const Difference found = difference(plain, golden(name));
	if (found.same()) {
		return;
	}
	const std::filesystem::path folder = LEFT_BEHIND;
	std::filesystem::create_directories(folder);
	plain.save(QString::fromStdString((folder / (name + ".png")).string()));
	golden(name).save(QString::fromStdString((folder / (name + ".golden.png")).string()));
	ADD_FAILURE() << name << ": " << found.share * 100 << "% of the pixels differ, the worst by " << found.worst
		      << "; see " << folder.string();
}

} // namespace pulseline::test
