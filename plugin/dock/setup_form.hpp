// The form that a producer fills in before a session starts.
#pragma once

#include "dock/words.hpp"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace pulseline::dock {

class QuestionList;

struct StartRequest {
	studio::StartOptions options;
	std::string follow; // UUID of a media source, "" for the live clock
};

class SetupForm final : public QWidget {
	Q_OBJECT

public:
	SetupForm(std::shared_ptr<const Host> host, QWidget *parent);

	// What the form says, or what is missing in it. The path is absolute, or empty: the host chooses one.
	Result<StartRequest> request() const;
	std::string path() const;

	// The settings of the session that the file holds already: they replace what the form asks. Empty: a new file.
	void showExisting(const std::optional<Settings> &settings);
	// A session ended: the next one gets a file of its own.
	void forgetFile();

signals:
	void startAsked();
	void openAsked(const QString &path);
	void fileNamed(); // another path than before

protected:
	void showEvent(QShowEvent *event) override;

private:
	void makeRows(QFormLayout *form);
	void makeJoinRows(QFormLayout *form);
	QWidget *makeFileRow();
	void makeButtons(QWidget *parent);
	void refreshClock();
	void nameFile();
	void browse();
	void browseForReview();
	QString folder() const { return QString::fromStdString(host_->sessionFolder()); }

	std::shared_ptr<const Host> host_;
	Words words_;
	std::string named_; // the path that fileNamed() told of

	QWidget *body_;
	QFormLayout *form_;
	QLineEdit *title_;
	QLineEdit *file_;
	QLabel *existing_;
	QCheckBox *newKeys_;
	QComboBox *answers_;
	QDoubleSpinBox *tick_;
	QuestionList *questions_;
	QComboBox *clock_;
	QComboBox *access_;
	QSpinBox *port_;
	QPushButton *start_;
};

} // namespace pulseline::dock
