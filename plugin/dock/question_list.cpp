#include "dock/question_list.hpp"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace pulseline::dock {
namespace {

std::string trimmed(const QString &text)
{
	return text.trimmed().toStdString();
}

} // namespace

QuestionList::QuestionList(const Words &words, QWidget *parent)
	: QWidget(parent)
	, words_(words)
	, column_(make<QVBoxLayout>(this))
	, add_(make<QPushButton>(this, words("Dock.Questions.Add")))
{
	column_->setContentsMargins(0, 0, 0, 0);
	column_->addWidget(add_);
	add_->setObjectName("addQuestion");
	add_->setToolTip(words("Dock.Questions.Hint"));
	add_->setAutoDefault(false);
	connect(add_, &QPushButton::clicked, this, &QuestionList::add);
}

void QuestionList::add()
{
	auto *box = make<QWidget>(this);
	auto *line = make<QHBoxLayout>(box);
	const Row row{box, make<QLineEdit>(box), make<QLineEdit>(box)};
	line->setContentsMargins(0, 0, 0, 0);
	line->setSpacing(4);

	row.name->setObjectName("questionName");
	row.name->setPlaceholderText(words_("Dock.Questions.Name"));
	row.name->setAccessibleName(words_("Dock.Questions.Name"));
	row.name->setToolTip(words_("Dock.Questions.Name.Hint"));
	row.name->setMinimumWidth(40);
	row.answers->setObjectName("questionAnswers");
	row.answers->setPlaceholderText(words_("Dock.Questions.Answers.Example"));
	row.answers->setAccessibleName(words_("Dock.Questions.Answers"));
	row.answers->setToolTip(words_("Dock.Questions.Answers.Hint"));
	row.answers->setMinimumWidth(60);

	auto *gone = make<QToolButton>(box);
	gone->setObjectName("removeQuestion");
	gone->setText(QChar(0x00d7));
	gone->setToolTip(words_("Dock.Questions.Remove"));
	gone->setAccessibleName(words_("Dock.Questions.Remove"));
	connect(gone, &QToolButton::clicked, this, [this, box] { remove(box); });

	line->addWidget(row.name, 2);
	line->addWidget(row.answers, 3);
	line->addWidget(gone);

	column_->insertWidget(static_cast<int>(rows_.size()), box);
	QWidget *before = rows_.empty() ? nullptr : rows_.back().box->findChild<QToolButton *>();
	rows_.push_back(row);
	if (before) {
		setTabOrder(before, row.name);
	}
	setTabOrder(row.name, row.answers);
	setTabOrder(row.answers, gone);
	setTabOrder(gone, add_);
	row.name->setFocus();
}

void QuestionList::remove(QWidget *box)
{
	std::erase_if(rows_, [box](const Row &row) { return row.box == box; });
	add_->setFocus();
	box->hide();
	box->deleteLater(); // its own button asked for it
}

std::vector<Attribute> QuestionList::attributes() const
{
	std::vector<Attribute> attributes;
	for (const Row &row : rows_) {
		Attribute attribute{trimmed(row.name->text()), trimmed(row.name->text()), {}};
		if (attribute.name.empty()) {
			continue;
		}
		for (const QString &answer : row.answers->text().split(QLatin1Char(','), Qt::SkipEmptyParts)) {
			if (std::string value = trimmed(answer); !value.empty()) {
				attribute.values.push_back(std::move(value));
			}
		}
		attributes.push_back(std::move(attribute));
	}
	return attributes;
}

bool QuestionList::lacksName() const
{
	return std::ranges::any_of(rows_, [](const Row &row) {
		return row.name->text().trimmed().isEmpty() && !row.answers->text().trimmed().isEmpty();
	});
}

} // namespace pulseline::dock
