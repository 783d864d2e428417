// What a producer sees of a running or reviewed session: state, join card, who is there, and the segments.
#pragma once

#include "dock/words.hpp"

#include <QStringList>
#include <QWidget>

class QFormLayout;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace pulseline::dock {

class JoinCard;
class KeyCard;
class MessageBar;
class PeopleCard;
class SegmentTable;

class SessionView final : public QWidget {
	Q_OBJECT

public:
	SessionView(const Words &words, QWidget *parent);

	// `clock`: Host::clockInWords().
	void show(const studio::Status &status, const std::string &clock, SteadyTime now);
	void showKeys(const std::map<std::string, std::string> &keys);
	// Nothing of the session stays behind: keys, questions asked.
	void leave();

signals:
	void playbackAsked(pulseline::PlaybackState state);
	void stopAsked(); // confirmed where people are connected
	void closeAsked();
	void doorsAsked(pulseline::studio::Doors doors);
	void ticketsAsked(int count, const QString &path);
	void countsAsked(const QString &participant, bool counts);

private:
	void makeHead(QVBoxLayout *column);
	void makeCounts(QVBoxLayout *column);
	void makeConfirmation(QVBoxLayout *column);
	void makeActions(QVBoxLayout *column);
	void showState(const studio::Status &status, const std::string &clock, SteadyTime now);
	void showPlay(const studio::Status &status, bool live);
	void showCounts(const studio::Status &status);
	void askToStop();
	void confirm(bool asking);

	Words words_;
	std::uint32_t connections_ = 0;
	PlaybackState next_ = PlaybackState::playing; // what the play button asks for

	QWidget *body_; // scrolls; the buttons below it do not
	QLabel *title_;
	QLabel *state_;
	QLabel *clock_;
	MessageBar *problem_;
	QLabel *upstreams_;
	QLabel *simulated_;
	QLabel *blind_;
	JoinCard *join_;
	KeyCard *key_;
	QFormLayout *counts_;
	QLabel *participants_;
	QLabel *connected_;
	QLabel *counted_;
	QLabel *stored_;
	QLabel *refused_;
	SegmentTable *segments_;
	PeopleCard *people_;

	QWidget *confirmation_;
	QLabel *question_;
	QPushButton *keep_;
	QWidget *actions_;
	QPushButton *play_;
	QPushButton *stop_;
	QPushButton *close_;
};

} // namespace pulseline::dock
