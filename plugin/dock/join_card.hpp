// How the audience comes in: the code and the address, big; and the keys, shown once.
#pragma once

#include "dock/words.hpp"

#include <QFrame>

class QLabel;
class QLineEdit;

namespace pulseline::dock {

class CopyButton;
class QrView;

class JoinCard final : public QFrame {
public:
	JoinCard(const Words &words, QWidget *parent);

	// `urls`: the likeliest first; none: nobody can reach it.
	void show(const QStringList &urls, const QString &code);

private:
	Words words_;
	QLabel *code_;
	QrView *qr_;
	QLineEdit *address_;
	CopyButton *copy_;
	QLabel *others_;
};

// The observer key, until the person puts it away: only its hash is kept.
class KeyCard final : public QFrame {
public:
	KeyCard(const Words &words, QWidget *parent);

	void show(const std::string &key);
	void forget();

private:
	QLineEdit *key_;
	CopyButton *copy_;
};

} // namespace pulseline::dock
