// A line that warns, in a colour that is read on any theme; with a button that puts it away, or one that stays as long
// as what it says is so.
#pragma once

#include "dock/words.hpp"

#include <QFrame>

class QLabel;

namespace pulseline::dock {

class MessageBar final : public QFrame {
public:
	enum class Kind { dismissable, standing };
	MessageBar(const Words &words, Kind kind, QWidget *parent);

	// Shows the text and tells assistive technology; nothing happens where it is shown already. "" hides.
	void say(const QString &text);
	QString text() const;

private:
	QLabel *text_;
};

} // namespace pulseline::dock
