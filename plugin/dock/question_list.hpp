// The questions that the audience answers on joining: a name and its answers, one row each.
#pragma once

#include "dock/words.hpp"

#include <QWidget>

#include <memory>
#include <vector>

class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace pulseline::dock {

class QuestionList final : public QWidget {
	Q_OBJECT

public:
	QuestionList(const Words &words, QWidget *parent);

	// Answers are split at commas; none means that any answer is kept. Rows without a name are left out.
	std::vector<Attribute> attributes() const;
	// Whether a row has answers but no name, so that attributes() would drop what was typed.
	bool lacksName() const;

private:
	struct Row {
		QWidget *box;
		QLineEdit *name;
		QLineEdit *answers;
	};

	void add();
	void remove(QWidget *box);

	Words words_;
	QVBoxLayout *column_;
	QPushButton *add_;
	std::vector<Row> rows_;
};

} // namespace pulseline::dock
