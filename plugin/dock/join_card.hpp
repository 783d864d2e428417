// How the audience comes in: the code and the address, big; and the keys, shown once.
#pragma once

#include "dock/words.hpp"

#include <QFrame>

class QLabel;
class QLineEdit;

namespace pulseline::dock {

class CopyButton;

class JoinCard final : public QFrame {
public:
	JoinCard(const Words &words, QWidget *parent);

	void show(const std::string &url, const std::string &code);

private:
	QLabel *code_;
	QLineEdit *address_;
	CopyButton *copy_;
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
