#include "dock/qr_view.hpp"

#include <QPainter>

namespace pulseline::dock {
namespace {

constexpr int kPixels = 4; // of a module: a phone reads it from an arm's length

} // namespace

QrView::QrView(QWidget *parent)
	: QWidget(parent)
{
	setObjectName("qr");
	hide();
}

void QrView::show(const Qr &qr)
{
	qr_ = qr;
	setFixedSize(sizeHint());
	setVisible(qr_.size > 0);
	update();
}

QSize QrView::sizeHint() const
{
	return {modules() * kPixels, modules() * kPixels};
}

// Black on white whatever the theme: readers expect it.
void QrView::paintEvent(QPaintEvent *)
{
	QPainter painter(this);
	painter.fillRect(rect(), Qt::white);
	for (int y = 0; y < qr_.size; ++y) {
		for (int x = 0; x < qr_.size; ++x) {
			if (qr_.at(x, y)) {
				painter.fillRect((x + Qr::kQuiet) * kPixels, (y + Qr::kQuiet) * kPixels, kPixels,
						 kPixels, Qt::black);
			}
		}
	}
}

} // namespace pulseline::dock
