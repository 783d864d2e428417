#include "dock/join_card.hpp"

#include "dock/copy_button.hpp"
#include "dock/qr_view.hpp"
#include "studio/invitation.hpp"

#include <QFontInfo>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

namespace pulseline::dock {
namespace {

// Text to select and copy, which scrolls where it is longer than the dock is wide.
QLineEdit *readOnly(QWidget *parent, const QString &name)
{
	auto *edit = make<QLineEdit>(parent);
	edit->setReadOnly(true);
	edit->setAccessibleName(name);
	edit->setToolTip(name);
	edit->setMinimumWidth(60);
	return edit;
}

} // namespace

JoinCard::JoinCard(const Words &words, QWidget *parent)
	: QFrame(parent)
	, words_(words)
	, code_(make<QLabel>(this))
	, qr_(make<QrView>(this))
	, address_(readOnly(this, words("Dock.Join.Address")))
	, copy_(make<CopyButton>(this, words, words("Dock.Join.Copy")))
	, others_(make<QLabel>(this))
{
	setObjectName("joinCard");
	setFrameShape(QFrame::StyledPanel);
	code_->setObjectName("code");
	code_->setAccessibleName(words("Dock.Join.Code"));
	code_->setToolTip(words("Dock.Join.Code.Hint"));
	code_->setAlignment(Qt::AlignCenter);
	code_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
	// By style sheet: a theme's own font size would override a font.
	code_->setStyleSheet(QStringLiteral("QLabel { font-size: %1pt; font-weight: bold; letter-spacing: 3px; }")
				     .arg(QFontInfo(font()).pointSizeF() * 2.6));
	qr_->setAccessibleName(words("Dock.Join.Qr"));
	qr_->setToolTip(words("Dock.Join.Qr"));
	address_->setObjectName("address");
	copy_->setObjectName("copyAddress");
	others_->setObjectName("otherAddresses");
	others_->setWordWrap(true);
	others_->setMinimumWidth(1);
	others_->setTextFormat(Qt::PlainText);
	others_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);

	auto *grid = make<QGridLayout>(this);
	grid->setContentsMargins(8, 8, 8, 8);
	grid->addWidget(make<QLabel>(this, words("Dock.Join.Code")), 0, 0, 1, 2, Qt::AlignHCenter);
	grid->addWidget(code_, 1, 0, 1, 2);
	grid->addWidget(qr_, 2, 0, 1, 2, Qt::AlignHCenter);
	grid->addWidget(address_, 3, 0);
	grid->addWidget(copy_, 3, 1);
	grid->addWidget(others_, 4, 0, 1, 2);
	grid->setColumnStretch(0, 1);
}

void JoinCard::show(const QStringList &urls, const QString &code)
{
	const QString address = urls.value(0);
	const QString others = urls.isEmpty() ? words_("Dock.Join.NoNetwork")
			       : urls.size() > 1
				       ? words_("Dock.Join.Others").arg(urls.mid(1).join(QStringLiteral(", ")))
				       : QString();
	if (code_->text() == code && address_->text() == address && others_->text() == others) {
		return; // so that what is selected stays so
	}
	code_->setText(code);
	address_->setText(address);
	address_->setCursorPosition(0);
	const std::string link = studio::joinLink(address.toStdString(), code.toStdString());
	copy_->setPayload(QString::fromStdString(link));
	copy_->setEnabled(!address.isEmpty());
	qr_->show(address.isEmpty() ? Qr() : studio::makeQr(link).value_or(Qr()));
	others_->setText(others);
	others_->setVisible(!others.isEmpty());
}

KeyCard::KeyCard(const Words &words, QWidget *parent)
	: QFrame(parent)
	, key_(readOnly(this, words("Dock.Key")))
	, copy_(make<CopyButton>(this, words, words("Dock.Key.Copy")))
{
	setObjectName("keyCard");
	setFrameShape(QFrame::StyledPanel);
	key_->setObjectName("key");
	copy_->setObjectName("copyKey");
	auto *hint = make<QLabel>(this, words("Dock.Key.Hint"));
	hint->setWordWrap(true);
	auto *done = make<QPushButton>(this, words("Dock.Key.Done"));
	done->setObjectName("keyDone");
	done->setToolTip(words("Dock.Key.Done.Hint"));
	done->setAutoDefault(false);
	connect(done, &QPushButton::clicked, this, &KeyCard::forget);

	auto *grid = make<QGridLayout>(this);
	grid->setContentsMargins(8, 8, 8, 8);
	grid->addWidget(hint, 0, 0, 1, 2);
	grid->addWidget(key_, 1, 0, 1, 2);
	grid->addWidget(copy_, 2, 0);
	grid->addWidget(done, 2, 1);
	hide();
}

void KeyCard::show(const std::string &key)
{
	key_->setText(QString::fromStdString(key));
	key_->setCursorPosition(0);
	copy_->setPayload(key_->text());
	setVisible(!key.empty());
}

void KeyCard::forget()
{
	show({});
}

} // namespace pulseline::dock
