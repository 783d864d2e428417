// A QR code, drawn sharp at whatever size it gets. UI thread.
#pragma once

#include "core/qr.hpp"

#include <QWidget>

namespace pulseline::dock {

class QrView final : public QWidget {
public:
	explicit QrView(QWidget *parent);

	// An empty one hides it.
	void show(const Qr &qr);
	QSize sizeHint() const override;

protected:
	void paintEvent(QPaintEvent *event) override;

private:
	int modules() const { return qr_.size + 2 * Qr::kQuiet; }

	Qr qr_;
};

} // namespace pulseline::dock
