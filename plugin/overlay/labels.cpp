#include "overlay/labels.hpp"

#include "core/utf8.hpp"

#include <QFont>
#include <QFontMetricsF>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace pulseline::overlay {
namespace {

constexpr std::uint32_t kAtlasWidth = 1024; // at least; as wide as the widest text
constexpr std::size_t kMaxWidths = 4096;
constexpr std::size_t kLongest = 4096; // bytes; no picture is so wide
constexpr std::uint64_t kKept = 100;   // atlases; most hold but a few of the texts

QFont fontOf(Face face, float size)
{
	QFont font;
	// Inter is made for screens; the others are what systems have in its place.
	font.setFamilies({"Inter", "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans"});
	font.setStyleHint(QFont::SansSerif);
	font.setStyleStrategy(QFont::PreferAntialias);
	font.setHintingPreference(QFont::PreferVerticalHinting);
	font.setWeight(face == Face::bold ? QFont::DemiBold : QFont::Medium);
	font.setPixelSize(std::max(1, static_cast<int>(std::lround(size))));
#if QT_VERSION >= QT_VERSION_CHECK(6, 7, 0)
	if (face == Face::regular) {
		font.setFeature("tnum", 1); // digits of one width, so that numbers do not tremble
	}
#endif
	return font;
}

// One line, whatever people have called things.
QString shown(const std::string &text)
{
	return QString::fromStdString(printable(text));
}

bool canDraw()
{
	return qobject_cast<QGuiApplication *>(QCoreApplication::instance()) != nullptr;
}

// What has no ink costs as much to draw as the rest. One pixel at least.
QRect inkOf(const QImage &image)
{
	QRect ink;
	for (int y = 0; y < image.height(); ++y) {
		const auto *line = reinterpret_cast<const QRgb *>(image.constScanLine(y));
		const auto inked = [](QRgb pixel) { return qAlpha(pixel) > 0; };
		const auto *first = std::find_if(line, line + image.width(), inked);
		if (first != line + image.width()) {
			const auto *last = std::find_if(std::reverse_iterator(line + image.width()),
							std::reverse_iterator(first), inked)
						   .base();
			ink |= QRect(static_cast<int>(first - line), y, static_cast<int>(last - first), 1);
		}
	}
	return ink.isEmpty() ? QRect(0, 0, 1, 1) : ink;
}

} // namespace

struct Labels::Drawn {
	std::uint32_t width = 0;
	std::uint32_t height = 0;
	std::vector<std::uint8_t> coverage;
	Point offset;
	float advance = 0;
	std::uint64_t used = 0; // in which generation
};

Labels::Labels() = default;
Labels::~Labels() = default;

Labels::Key Labels::keyOf(const std::string &text, Face face, float size)
{
	return {text, face, static_cast<int>(std::lround(size * 4))};
}

float Labels::width(const std::string &text, Face face, float size) const
{
	if (!canDraw()) {
		return 0;
	}
	if (text.size() > kLongest) {
		return width(text.substr(0, kLongest), face, size);
	}
	const Key key = keyOf(text, face, size);
	if (const auto found = widths_.find(key); found != widths_.end()) {
		return found->second;
	}
	if (widths_.size() > kMaxWidths) {
		widths_.clear();
	}
	const QFontMetricsF metrics(fontOf(face, size));
	const auto advance = static_cast<float>(metrics.horizontalAdvance(shown(text)));
	return widths_[key] = advance;
}

Rect Labels::extent(const std::string &text, Face face, float size) const
{
	if (!canDraw()) {
		return {};
	}
	const Drawn &one = drawn(keyOf(text, face, size));
	return {one.offset.x, one.offset.y, static_cast<float>(one.width), static_cast<float>(one.height)};
}

const Labels::Drawn &Labels::drawn(const Key &key) const
{
	std::unique_ptr<Drawn> &known = known_[key];
	if (known) {
		known->used = generation_;
		return *known;
	}
	known = std::make_unique<Drawn>();
	known->used = generation_;
	const auto &[text, face, quarters] = key;
	const float size = static_cast<float>(quarters) / 4;
	const QFont font = fontOf(face, size);
	const QFontMetricsF metrics(font);
	known->advance = width(text, face, size);
	// Room on all sides for what stands out of the letters' boxes.
	const int room = 2 + static_cast<int>(size / 8);
	const int ascent = static_cast<int>(std::ceil(metrics.ascent())) + room;
	const int descent = static_cast<int>(std::ceil(metrics.descent())) + room;
	QImage image(static_cast<int>(std::ceil(known->advance)) + 2 * room, ascent + descent,
		     QImage::Format_ARGB32_Premultiplied);
	image.fill(Qt::transparent);
	QPainter painter(&image);
	painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
	painter.setFont(font);
	painter.setPen(Qt::white);
	painter.drawText(QPointF(room, ascent), shown(text));
	painter.end();

	const QRect ink = inkOf(image);
	known->width = static_cast<std::uint32_t>(ink.width());
	known->height = static_cast<std::uint32_t>(ink.height());
	known->offset = {static_cast<float>(ink.x() - room), static_cast<float>(std::round(metrics.capHeight() / 2)) -
								     static_cast<float>(ascent - ink.y())};
	known->coverage.reserve(std::size_t{known->width} * known->height);
	for (int y = ink.top(); y <= ink.bottom(); ++y) {
		const auto *line = reinterpret_cast<const QRgb *>(image.constScanLine(y));
		for (int x = ink.left(); x <= ink.right(); ++x) {
			known->coverage.push_back(static_cast<std::uint8_t>(qAlpha(line[x])));
		}
	}
	return *known;
}

void Labels::pack(std::span<const Drawn *const> all, Atlas &atlas, std::span<TextPlace> places)
{
	std::uint32_t x = 0;
	std::uint32_t y = 0;
	std::uint32_t shelf = 0;
	for (std::size_t i = 0; i < all.size(); ++i) {
		const Drawn &one = *all[i];
		if (x + one.width > atlas.width) {
			x = 0;
			y += shelf;
			shelf = 0;
		}
		shelf = std::max(shelf, one.height);
		atlas.height = std::max(atlas.height, y + shelf);
		atlas.coverage.resize(std::size_t{atlas.width} * atlas.height);
		for (std::size_t row = 0; row < one.height; ++row) {
			const auto from = one.coverage.begin() + static_cast<std::ptrdiff_t>(row * one.width);
			const auto to =
				atlas.coverage.begin() + static_cast<std::ptrdiff_t>((y + row) * atlas.width + x);
			std::copy_n(from, one.width, to);
		}
		const Rect rect{static_cast<float>(x), static_cast<float>(y), static_cast<float>(one.width),
				static_cast<float>(one.height)};
		places[i] = {rect, one.offset, one.advance};
		x += one.width;
	}
}

std::vector<TextPlace> Labels::place(std::span<const Text> texts, Atlas &atlas)
{
	atlas = {};
	std::vector<TextPlace> places(texts.size());
	if (!canDraw()) {
		return places;
	}
	++generation_;
	atlas.width = kAtlasWidth;
	std::vector<const Drawn *> all;
	for (const Text &text : texts) {
		all.push_back(&drawn(keyOf(text.text, text.face, text.size)));
		// OpenGL takes rows that begin at whole words.
		atlas.width = std::max(atlas.width, (all.back()->width + 3) / 4 * 4);
	}
	pack(all, atlas, places);
	std::erase_if(known_, [&](const auto &entry) { return entry.second->used + kKept < generation_; });
	return places;
}

} // namespace pulseline::overlay
