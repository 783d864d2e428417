#include "dock/copy_button.hpp"

#include <QClipboard>
#include <QGuiApplication>
#include <QTimer>

namespace pulseline::dock {

using namespace std::chrono_literals;

CopyButton::CopyButton(const Words &words, const QString &what, QWidget *parent)
	: QPushButton(words("Dock.Copy"), parent)
	, words_(words)
{
	setToolTip(what);
	setAccessibleName(what);
	setAutoDefault(false);
	connect(this, &QPushButton::clicked, this, &CopyButton::copy);
}

void CopyButton::copy()
{
	QGuiApplication::clipboard()->setText(payload_);
	setText(words_("Dock.Copied"));
	QTimer::singleShot(1500ms, this, [this] { setText(words_("Dock.Copy")); });
}

} // namespace pulseline::dock
