// The dock's buttons: found by name, with a tooltip, and never pressed by Return in another field.
#pragma once

#include "dock/words.hpp"

#include <QPushButton>

namespace pulseline::dock {

inline QPushButton *button(QWidget *parent, const char *name, const QString &text, const QString &hint)
{
	auto *made = make<QPushButton>(parent, text);
	made->setObjectName(name);
	made->setToolTip(hint);
	made->setAutoDefault(false);
	return made;
}

} // namespace pulseline::dock
