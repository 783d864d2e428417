#include "dock/message_bar.hpp"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace pulseline::dock {

MessageBar::MessageBar(const Words &words, Kind kind, QWidget *parent)
	: QFrame(parent)
	, text_(make<QLabel>(this))
{
	setObjectName("messageBar");
	// Black on orange (Okabe-Ito): contrast 9:1, whatever the theme around it.
	setStyleSheet("QFrame#messageBar { background: #e69f00; border: none; border-radius: 4px; }"
		      "QFrame#messageBar QLabel { color: #141414; background: transparent; }"
		      "QFrame#messageBar QToolButton { color: #141414; background: transparent; border: 1px solid"
		      " transparent; border-radius: 3px; padding: 0 4px; font-weight: bold; }"
		      "QFrame#messageBar QToolButton:hover, QFrame#messageBar QToolButton:focus"
		      " { border-color: #141414; }");
	text_->setObjectName("message");
	text_->setWordWrap(true);
	text_->setTextFormat(Qt::PlainText);
	text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
	text_->setMinimumWidth(1);

	auto *row = make<QHBoxLayout>(this);
	row->setContentsMargins(8, 6, 6, 6);
	row->addWidget(text_, 1);
	if (kind == Kind::dismissable) {
		auto *dismiss = make<QToolButton>(this);
		dismiss->setObjectName("dismiss");
		dismiss->setText(QChar(0x00d7));
		dismiss->setAccessibleName(words("Dock.Dismiss"));
		dismiss->setToolTip(words("Dock.Dismiss"));
		connect(dismiss, &QToolButton::clicked, this, [this] { say({}); });
		row->addWidget(dismiss, 0, Qt::AlignTop);
	}
	hide();
}

void MessageBar::say(const QString &text)
{
	if (text == text_->text()) {
		return;
	}
	text_->setText(text);
	setVisible(!text.isEmpty());
	if (!text.isEmpty()) {
		setAccessibleName(text);
		QAccessibleEvent event(this, QAccessible::Alert);
		QAccessible::updateAccessibility(&event);
	}
}

QString MessageBar::text() const
{
	return text_->text();
}

} // namespace pulseline::dock
