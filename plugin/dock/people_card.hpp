// Who may come in, and who counts: the doors, tickets, and taking somebody out of the count.
#pragma once

#include "dock/words.hpp"

#include <QFrame>

class QComboBox;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace pulseline::dock {

class PeopleCard final : public QFrame {
	Q_OBJECT

public:
	PeopleCard(const Words &words, QWidget *parent);

	void show(const studio::Status &status);

signals:
	void doorsAsked(pulseline::studio::Doors doors);
	void ticketsAsked(int count, const QString &path);
	void countsAsked(const QString &participant, bool counts);

private:
	QWidget *makeDoors();
	QWidget *makeTickets();
	QWidget *makeParticipant();

	Words words_;
	QComboBox *doors_;
	QSpinBox *count_;
	QLineEdit *participant_;
	QWidget *entrance_; // of a running session
	QLabel *sum_;
};

} // namespace pulseline::dock
