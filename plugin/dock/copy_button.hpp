// Copies a text to the clipboard and says for a moment that it did.
#pragma once

#include "dock/words.hpp"

#include <QPushButton>

namespace pulseline::dock {

class CopyButton final : public QPushButton {
public:
	// `what` is for the tool tip and assistive technology: what is copied.
	CopyButton(const Words &words, const QString &what, QWidget *parent);

	void setPayload(const QString &text) { payload_ = text; }

private:
	void copy();

	Words words_;
	QString payload_;
};

} // namespace pulseline::dock
