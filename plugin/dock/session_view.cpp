#include "dock/session_view.hpp"

#include "dock/button.hpp"
#include "dock/join_card.hpp"
#include "dock/message_bar.hpp"
#include "dock/people_card.hpp"
#include "dock/segment_table.hpp"

#include <QFileInfo>
#include <QFontInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace pulseline::dock {
namespace {

using studio::Status;

QLabel *wrapping(QWidget *parent, const char *name)
{
	auto *label = make<QLabel>(parent);
	label->setObjectName(name);
	label->setTextFormat(Qt::PlainText);
	label->setWordWrap(true);
	label->setMinimumWidth(1);
	return label;
}

void setIfOther(QLabel *label, const QString &text)
{
	if (label->text() != text) {
		label->setText(text);
	}
}

} // namespace

SessionView::SessionView(const Words &words, QWidget *parent)
	: QWidget(parent)
	, words_(words)
{
	auto *outer = make<QVBoxLayout>(this);
	outer->setContentsMargins(0, 0, 0, 0);
	auto *scroll = make<QScrollArea>(this);
	scroll->setWidgetResizable(true);
	scroll->setFrameShape(QFrame::NoFrame);
	scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
	outer->addWidget(scroll, 1);

	body_ = make<QWidget>(scroll);
	scroll->setWidget(body_);
	auto *column = make<QVBoxLayout>(body_);
	column->setContentsMargins(8, 2, 8, 8);
	makeHead(column);
	makeCounts(column);
	segments_ = make<SegmentTable>(body_, words_);
	column->addWidget(segments_);
	people_ = make<PeopleCard>(body_, words_);
	column->addWidget(people_);
	connect(people_, &PeopleCard::doorsAsked, this, &SessionView::doorsAsked);
	connect(people_, &PeopleCard::ticketsAsked, this, &SessionView::ticketsAsked);
	connect(people_, &PeopleCard::countsAsked, this, &SessionView::countsAsked);
	column->addStretch(1);

	makeConfirmation(outer);
	makeActions(outer);
}

void SessionView::makeHead(QVBoxLayout *column)
{
	title_ = wrapping(body_, "title");
	state_ = wrapping(body_, "state");
	state_->setAccessibleName(words_("Dock.State"));
	// By style sheet: a theme's own font size would override a font.
	state_->setStyleSheet(QStringLiteral("QLabel { font-size: %1pt; font-weight: bold; }")
				      .arg(QFontInfo(font()).pointSizeF() * 1.4));
	clock_ = wrapping(body_, "clock");
	problem_ = make<MessageBar>(body_, words_, MessageBar::Kind::standing);
	upstreams_ = wrapping(body_, "upstreams");
	simulated_ = wrapping(body_, "simulated");
	simulated_->setText(words_("Dock.Simulated"));
	simulated_->setToolTip(words_("Dock.Simulated.Hint"));
	simulated_->setAlignment(Qt::AlignCenter);
	simulated_->setStyleSheet("QLabel { border: 1px dashed palette(text); border-radius: 3px; padding: 2px 6px; }");
	blind_ = wrapping(body_, "blind");
	blind_->setText(words_("Dock.Blind"));
	blind_->setToolTip(words_("Dock.Blind.Hint"));
	join_ = make<JoinCard>(body_, words_);
	key_ = make<KeyCard>(body_, words_);
	for (QWidget *each : std::initializer_list<QWidget *>{title_, state_, clock_, problem_, upstreams_, simulated_,
							      blind_, join_, key_}) {
		column->addWidget(each);
	}
}

void SessionView::makeCounts(QVBoxLayout *column)
{
	counts_ = make<QFormLayout>(static_cast<QWidget *>(nullptr));
	column->addLayout(counts_);
	counts_->setContentsMargins(0, 4, 0, 4);
	counts_->setVerticalSpacing(2);
	const auto row = [this](const char *name, const char *key) {
		auto *value = make<QLabel>(body_);
		value->setObjectName(name);
		value->setAccessibleName(words_(key));
		value->setAlignment(Qt::AlignRight);
		counts_->addRow(words_(key), value);
		return value;
	};
	participants_ = row("participants", "Dock.Participants");
	connected_ = row("connections", "Dock.Connections");
	counted_ = row("counted", "Dock.Counted");
	stored_ = row("stored", "Dock.Stored");
	refused_ = row("refused", "Dock.Refused");
	refused_->setToolTip(words_("Dock.Refused.Hint"));
	counts_->labelForField(refused_)->setToolTip(words_("Dock.Refused.Hint"));
}

void SessionView::makeConfirmation(QVBoxLayout *column)
{
	confirmation_ = make<QWidget>(this);
	confirmation_->setObjectName("confirmation");
	auto *grid = make<QGridLayout>(confirmation_);
	grid->setContentsMargins(8, 4, 8, 4);
	question_ = wrapping(confirmation_, "question");
	auto *really = button(confirmation_, "reallyStop", words_("Dock.Stop.Really"), words_("Dock.Stop.Hint"));
	keep_ = button(confirmation_, "keepRunning", words_("Dock.Stop.Keep"), {});
	grid->addWidget(question_, 0, 0, 1, 2);
	grid->addWidget(really, 1, 0);
	grid->addWidget(keep_, 1, 1);
	connect(really, &QPushButton::clicked, this, [this] {
		confirm(false);
		emit stopAsked();
	});
	connect(keep_, &QPushButton::clicked, this, [this] { confirm(false); });
	confirmation_->hide();
	column->addWidget(confirmation_);
}

void SessionView::makeActions(QVBoxLayout *column)
{
	actions_ = make<QWidget>(this);
	auto *row = make<QHBoxLayout>(actions_);
	row->setContentsMargins(8, 4, 8, 8);
	play_ = button(actions_, "play", words_("Dock.Play"), words_("Dock.Play.Hint"));
	stop_ = button(actions_, "stop", words_("Dock.Stop"), words_("Dock.Stop.Hint"));
	close_ = button(actions_, "close", words_("Dock.Close"), words_("Dock.Close.Hint"));
	for (QPushButton *each : {play_, stop_, close_}) {
		row->addWidget(each);
	}
	connect(play_, &QPushButton::clicked, this, [this] { emit playbackAsked(next_); });
	connect(stop_, &QPushButton::clicked, this, &SessionView::askToStop);
	connect(close_, &QPushButton::clicked, this, &SessionView::closeAsked);
	column->addWidget(actions_);
}

void SessionView::show(const Status &status, const std::string &clock, SteadyTime now)
{
	const bool running = status.state == Status::State::running;
	connections_ = status.connections;
	showState(status, clock, now);
	const bool follows = !clock.empty() || (status.snapshot && !status.snapshot->follow.empty());
	showPlay(status, running && !follows);
	stop_->setVisible(running);
	close_->setVisible(!running);
	if (!running) {
		leave();
	}
	join_->setVisible(running);
	QStringList urls;
	for (const std::string &url : status.joinUrls) {
		urls << QString::fromStdString(url);
	}
	join_->show(urls, QString::fromStdString(status.code));
	showCounts(status);
	people_->show(status);
	segments_->setVisible(status.snapshot != nullptr);
	if (status.snapshot) {
		segments_->show(*status.snapshot);
	}
}

void SessionView::showState(const Status &status, const std::string &clock, SteadyTime now)
{
	const QFileInfo file(QString::fromStdString(status.path));
	const QString title = status.snapshot ? QString::fromStdString(status.snapshot->settings->title) : QString();
	setIfOther(title_, title.isEmpty() ? file.fileName() : title);
	title_->setToolTip(file.filePath());
	QString state = stateText(words_, status, now);
	const bool running = status.state == Status::State::running;
	if (running && status.snapshot && isStale(*status.snapshot, now)) {
		state += QStringLiteral(" \u00b7 ") + words_("Dock.State.Stale");
	}
	setIfOther(state_, state);
	setIfOther(clock_, !running        ? file.fileName()
			   : clock.empty() ? words_("Dock.Clock.Live")
					   : words_("Dock.Clock.Follows").arg(QString::fromStdString(clock)));
	problem_->say(status.problem.empty() ? QString()
					     : words_("Dock.NotWriting").arg(QString::fromStdString(status.problem)));
	setIfOther(upstreams_, upstreamsText(words_, status));
	upstreams_->setVisible(!status.upstreams.empty());
	simulated_->setVisible(status.snapshot && status.snapshot->simulated);
	blind_->setVisible(status.snapshot && status.snapshot->blind);
}

void SessionView::showPlay(const Status &status, bool live)
{
	const bool own = status.snapshot && status.snapshot->settings->ownTime;
	const PlaybackState state = status.snapshot ? status.snapshot->playback.state : PlaybackState::stopped;
	const bool playing = state == PlaybackState::playing;
	next_ = playing ? PlaybackState::paused : PlaybackState::playing;
	play_->setVisible(live && !own);
	play_->setText(words_(playing ? "Dock.Pause" : state == PlaybackState::ended ? "Dock.PlayAgain" : "Dock.Play"));
}

void SessionView::showCounts(const Status &status)
{
	setIfOther(participants_, countText(status.participants));
	setIfOther(connected_, countText(status.connections));
	setIfOther(counted_, countText(status.counted));
	setIfOther(stored_, countText(status.stored));
	setIfOther(refused_, countText(status.refused));
	counts_->setRowVisible(connected_, status.state == Status::State::running);
	counts_->setRowVisible(refused_, status.refused > 0);
}

void SessionView::showKeys(const std::map<std::string, std::string> &keys)
{
	const auto observer = keys.find("observer");
	key_->show(observer == keys.end() ? std::string() : observer->second);
}

void SessionView::leave()
{
	key_->forget();
	confirm(false);
}

void SessionView::askToStop()
{
	if (connections_ == 0) {
		emit stopAsked();
		return;
	}
	confirm(true);
}

void SessionView::confirm(bool asking)
{
	if (asking) {
		question_->setText(words_("Dock.Stop.Question").arg(countText(connections_)));
	}
	const bool had = confirmation_->isAncestorOf(focusWidget());
	confirmation_->setVisible(asking);
	actions_->setVisible(!asking);
	if (asking) {
		keep_->setFocus(); // the harmless answer
	} else if (had) {
		stop_->setFocus();
	}
}

} // namespace pulseline::dock
