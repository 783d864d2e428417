#include "dock/people_card.hpp"

#include "dock/button.hpp"

#include <QAbstractItemView>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

namespace pulseline::dock {
namespace {

constexpr int kMostTickets = 10'000;
constexpr int kSomeTickets = 30;

QHBoxLayout *rowIn(QWidget *parent)
{
	auto *row = make<QHBoxLayout>(parent);
	row->setContentsMargins(0, 0, 0, 0);
	return row;
}

} // namespace

PeopleCard::PeopleCard(const Words &words, QWidget *parent)
	: QFrame(parent)
	, words_(words)
	, doors_(make<QComboBox>(this))
	, count_(make<QSpinBox>(this))
	, participant_(make<QLineEdit>(this))
	, entrance_(make<QWidget>(this))
	, sum_(make<QLabel>(this))
{
	setObjectName("peopleCard");
	setFrameShape(QFrame::StyledPanel);
	sum_->setObjectName("peopleSum");
	sum_->setWordWrap(true);
	sum_->setMinimumWidth(1);
	auto *column = make<QVBoxLayout>(this);
	column->setContentsMargins(8, 8, 8, 8);
	column->addWidget(entrance_);
	auto *inner = make<QVBoxLayout>(entrance_);
	inner->setContentsMargins(0, 0, 0, 0);
	inner->addWidget(makeDoors());
	inner->addWidget(makeTickets());
	column->addWidget(makeParticipant());
	column->addWidget(sum_);
}

QWidget *PeopleCard::makeDoors()
{
	auto *place = make<QWidget>(this);
	auto *row = rowIn(place);
	doors_->setObjectName("doors");
	doors_->setAccessibleName(words_("Dock.Doors"));
	doors_->setToolTip(words_("Dock.Doors.Hint"));
	for (const char *key : {"Dock.Doors.Open", "Dock.Doors.Tickets", "Dock.Doors.Closed"}) {
		doors_->addItem(words_(key));
	}
	row->addWidget(make<QLabel>(place, words_("Dock.Doors")));
	row->addWidget(doors_, 1);
	connect(doors_, &QComboBox::activated, this,
		[this](int index) { emit doorsAsked(static_cast<studio::Doors>(index)); });
	return place;
}

QWidget *PeopleCard::makeTickets()
{
	auto *place = make<QWidget>(this);
	auto *row = rowIn(place);
	count_->setObjectName("ticketCount");
	count_->setAccessibleName(words_("Dock.Tickets.Count"));
	count_->setRange(1, kMostTickets);
	count_->setValue(kSomeTickets);
	auto *print = button(place, "tickets", words_("Dock.Tickets"), words_("Dock.Tickets.Hint"));
	row->addWidget(count_);
	row->addWidget(print, 1);
	connect(print, &QPushButton::clicked, this, [this] {
		const QString path =
			QFileDialog::getSaveFileName(this, words_("Dock.Tickets"), {}, words_("Dock.Tickets.Filter"));
		if (!path.isEmpty()) {
			emit ticketsAsked(count_->value(), path);
		}
	});
	return place;
}

QWidget *PeopleCard::makeParticipant()
{
	auto *place = make<QWidget>(this);
	auto *row = rowIn(place);
	participant_->setObjectName("participant");
	participant_->setAccessibleName(words_("Dock.Participant"));
	participant_->setPlaceholderText(words_("Dock.Participant"));
	participant_->setToolTip(words_("Dock.Participant.Hint"));
	participant_->setMinimumWidth(60);
	row->addWidget(participant_, 1);
	for (const auto &[name, key, counts] :
	     {std::tuple{"takeOut", "Dock.TakeOut", false}, std::tuple{"putBack", "Dock.PutBack", true}}) {
		auto *each = button(place, name, words_(key), words_("Dock.TakeOut.Hint"));
		each->setEnabled(false);
		row->addWidget(each);
		connect(participant_, &QLineEdit::textChanged, each,
			[each](const QString &text) { each->setEnabled(!text.trimmed().isEmpty()); });
		connect(each, &QPushButton::clicked, this,
			[this, counts] { emit countsAsked(participant_->text().trimmed(), counts); });
	}
	return place;
}

void PeopleCard::show(const studio::Status &status)
{
	entrance_->setVisible(status.state == studio::Status::State::running);
	if (!doors_->view()->isVisible()) { // nobody is choosing
		doors_->setCurrentIndex(static_cast<int>(status.doors));
	}
	QStringList sums;
	if (status.tickets > 0) {
		sums << words_("Dock.Tickets.Used").arg(countText(status.ticketsUsed), countText(status.tickets));
	}
	if (status.out > 0) {
		sums << words_("Dock.TakenOut").arg(countText(status.out));
	}
	const QString text = sums.join(QStringLiteral(" \u00b7 "));
	if (sum_->text() != text) {
		sum_->setText(text);
	}
	sum_->setVisible(!sums.isEmpty());
}

} // namespace pulseline::dock
