#include "dock/setup_form.hpp"

#include "dock/question_list.hpp"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include <array>
#include <cmath>
#include <functional>

namespace pulseline::dock {
namespace {

// People type it into their phones: better the same every time than any free one.
constexpr int kPort = 7337;

struct Answers {
	const char *key;
	Mode mode;
	Scale scale;
};
constexpr std::array<Answers, 3> kAnswers{{
	{"Dock.Answers.Buttons", Mode::reset, {-1, 1, 0}},
	{"Dock.Answers.Dial100", Mode::latched, {0, 100, 50}},
	{"Dock.Answers.Dial7", Mode::latched, {1, 7, 4}},
}};

// Long names of media sources must not widen the dock.
void keepNarrow(QComboBox *box)
{
	box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
	box->setMinimumContentsLength(6);
}

// Looks for media sources when somebody is about to choose one.
class ClockBox final : public QComboBox {
public:
	ClockBox(std::function<void()> refresh, QWidget *parent)
		: QComboBox(parent)
		, refresh_(std::move(refresh))
	{
	}

	void showPopup() override
	{
		refresh_();
		QComboBox::showPopup();
	}

private:
	std::function<void()> refresh_;
};

// "5 s" rather than "5.00 s".
class SecondsBox final : public QDoubleSpinBox {
public:
	using QDoubleSpinBox::QDoubleSpinBox;

	QString textFromValue(double value) const override { return secondsText(std::llround(value * 1000)); }
};

} // namespace

SetupForm::SetupForm(std::shared_ptr<const Host> host, QWidget *parent)
	: QWidget(parent)
	, host_(std::move(host))
	, words_(host_)
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
	form_ = make<QFormLayout>(body_);
	form_->setContentsMargins(8, 2, 8, 8);
	form_->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
	form_->setRowWrapPolicy(QFormLayout::DontWrapRows);
	makeRows(form_);
	makeJoinRows(form_);

	auto *buttons = make<QWidget>(this);
	makeButtons(buttons);
	outer->addWidget(buttons);
	showExisting(std::nullopt);
}

void SetupForm::makeRows(QFormLayout *form)
{
	const auto add = [&](const char *key, const char *name, QWidget *field) {
		const QString hint = words_((std::string(key) + ".Hint").c_str());
		field->setObjectName(name);
		field->setToolTip(hint);
		form->addRow(words_(key), field);
		form->labelForField(field)->setToolTip(hint);
	};
	title_ = make<QLineEdit>(body_);
	add("Dock.SessionTitle", "title", title_);
	title_->setPlaceholderText(words_("Dock.SessionTitle.Placeholder"));
	add("Dock.File", "fileRow", makeFileRow());

	existing_ = make<QLabel>(body_);
	existing_->setObjectName("existing");
	existing_->setWordWrap(true);
	existing_->setTextFormat(Qt::PlainText);
	form->addRow(existing_);
	newKeys_ = make<QCheckBox>(body_, words_("Dock.NewKeys"));
	newKeys_->setObjectName("newKeys");
	newKeys_->setToolTip(words_("Dock.NewKeys.Hint"));
	form->addRow(newKeys_);

	answers_ = make<QComboBox>(body_);
	for (const Answers &answers : kAnswers) {
		answers_->addItem(words_(answers.key));
	}
	keepNarrow(answers_);
	add("Dock.Answers", "answers", answers_);

	tick_ = make<SecondsBox>(body_);
	tick_->setRange(static_cast<double>(kMinTick_ms) / 1000, static_cast<double>(kMaxTick_ms) / 1000);
	tick_->setValue(static_cast<double>(kDefaultTick_ms) / 1000);
	tick_->setSuffix(words_("Dock.Seconds"));
	add("Dock.Tick", "tick", tick_);

	questions_ = make<QuestionList>(body_, words_);
	add("Dock.Questions", "questions", questions_);
}

void SetupForm::makeJoinRows(QFormLayout *form)
{
	const auto add = [&](const char *key, const char *name, QWidget *field) {
		const QString hint = words_((std::string(key) + ".Hint").c_str());
		field->setObjectName(name);
		field->setToolTip(hint);
		form->addRow(words_(key), field);
		form->labelForField(field)->setToolTip(hint);
	};
	clock_ = make<ClockBox>(body_, [this] { refreshClock(); });
	keepNarrow(clock_);
	refreshClock();
	add("Dock.Clock", "clock", clock_);

	access_ = make<QComboBox>(body_);
	access_->addItem(words_("Dock.Access.Machine"), QStringLiteral("127.0.0.1"));
	access_->addItem(words_("Dock.Access.Network"), QStringLiteral("0.0.0.0"));
	keepNarrow(access_);
	add("Dock.Access", "access", access_);

	port_ = make<QSpinBox>(body_);
	port_->setRange(0, 65'535);
	port_->setSpecialValueText(words_("Dock.Port.Any"));
	port_->setValue(kPort);
	add("Dock.Port", "port", port_);
}

QWidget *SetupForm::makeFileRow()
{
	auto *row = make<QWidget>(body_);
	auto *line = make<QHBoxLayout>(row);
	line->setContentsMargins(0, 0, 0, 0);
	line->setSpacing(4);
	file_ = make<QLineEdit>(row);
	file_->setObjectName("file");
	file_->setAccessibleName(words_("Dock.File"));
	file_->setPlaceholderText(words_("Dock.File.Placeholder"));
	file_->setMinimumWidth(60);
	auto *browse = make<QToolButton>(row);
	browse->setObjectName("browse");
	browse->setText(QStringLiteral("\u2026"));
	browse->setToolTip(words_("Dock.File.Browse"));
	browse->setAccessibleName(words_("Dock.File.Browse"));
	line->addWidget(file_, 1);
	line->addWidget(browse);
	row->setFocusProxy(file_);
	connect(file_, &QLineEdit::editingFinished, this, &SetupForm::nameFile);
	connect(browse, &QToolButton::clicked, this, &SetupForm::browse);
	return row;
}

void SetupForm::makeButtons(QWidget *parent)
{
	auto *row = make<QHBoxLayout>(parent);
	row->setContentsMargins(8, 4, 8, 8);
	start_ = make<QPushButton>(parent, words_("Dock.Start"));
	start_->setObjectName("start");
	start_->setToolTip(words_("Dock.Start.Hint"));
	auto *open = make<QPushButton>(parent, words_("Dock.Open"));
	open->setObjectName("open");
	open->setToolTip(words_("Dock.Open.Hint"));
	for (QPushButton *button : {start_, open}) {
		button->setAutoDefault(false);
	}
	row->addWidget(start_, 2);
	row->addWidget(open, 1);
	connect(start_, &QPushButton::clicked, this, &SetupForm::startAsked);
	connect(open, &QPushButton::clicked, this, &SetupForm::browseForReview);
}

void SetupForm::showEvent(QShowEvent *event)
{
	refreshClock();
	QWidget::showEvent(event);
}

// Keeps what is chosen even when its source is not there just now: the clock must not change by itself.
void SetupForm::refreshClock()
{
	const QString chosen = clock_->currentData().toString();
	const QString name = clock_->currentText();
	clock_->clear();
	clock_->addItem(words_("Dock.Clock.Live"), QString());
	for (const MediaSource &source : host_->mediaSources()) {
		clock_->addItem(QString::fromStdString(source.name), QString::fromStdString(source.uuid));
	}
	if (clock_->findData(chosen) < 0) {
		clock_->addItem(name, chosen);
	}
	clock_->setCurrentIndex(clock_->findData(chosen));
}

std::string SetupForm::path() const
{
	QString text = file_->text().trimmed();
	if (text.isEmpty()) {
		return {};
	}
	if (QFileInfo(text).suffix().isEmpty()) {
		text += QStringLiteral(".pulse");
	}
	return QDir(folder()).absoluteFilePath(text).toStdString();
}

Result<StartRequest> SetupForm::request() const
{
	if (questions_->lacksName()) {
		return fail(words_("Dock.Questions.LacksName").toStdString());
	}
	const Answers &answers = kAnswers.at(static_cast<std::size_t>(answers_->currentIndex()));
	StartRequest request;
	request.follow = clock_->currentData().toString().toStdString();
	studio::StartOptions &options = request.options;
	options.path = path();
	options.bind = access_->currentData().toString().toStdString();
	options.port = static_cast<std::uint16_t>(port_->value());
	options.follow = request.follow;
	options.newKeys = newKeys_->isVisibleTo(this) && newKeys_->isChecked();
	options.settings.title = title_->text().trimmed().toStdString();
	options.settings.mode = answers.mode;
	options.settings.scale = answers.scale;
	options.settings.tick_ms = std::llround(tick_->value() * 1000);
	options.settings.attributes = questions_->attributes();
	return request;
}

void SetupForm::showExisting(const std::optional<Settings> &settings)
{
	for (QWidget *field : std::initializer_list<QWidget *>{title_, answers_, tick_, questions_}) {
		form_->setRowVisible(field, !settings);
	}
	form_->setRowVisible(existing_, settings.has_value());
	form_->setRowVisible(newKeys_, settings.has_value());
	newKeys_->setChecked(false);
	if (settings) {
		existing_->setText(words_("Dock.Existing")
					   .arg(QString::fromStdString(settings->title), scaleText(words_, *settings),
						secondsText(settings->tick_ms),
						countText(settings->attributes.size())));
	}
}

void SetupForm::forgetFile()
{
	file_->clear();
	nameFile();
}

void SetupForm::nameFile()
{
	if (std::string now = path(); now != named_) {
		named_ = std::move(now);
		emit fileNamed();
	}
}

void SetupForm::browse()
{
	auto *dialog = make<QFileDialog>(static_cast<QWidget *>(this));
	dialog->setAttribute(Qt::WA_DeleteOnClose);
	dialog->setWindowTitle(words_("Dock.File.Browse"));
	dialog->setAcceptMode(QFileDialog::AcceptSave);
	dialog->setOption(QFileDialog::DontConfirmOverwrite); // a session goes on, nothing is overwritten
	dialog->setNameFilter(words_("Dock.File.Filter"));
	dialog->setDefaultSuffix("pulse");
	dialog->setDirectory(folder());
	connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
		file_->setText(QDir::toNativeSeparators(path));
		nameFile();
	});
	dialog->open();
}

void SetupForm::browseForReview()
{
	auto *dialog = make<QFileDialog>(static_cast<QWidget *>(this));
	dialog->setAttribute(Qt::WA_DeleteOnClose);
	dialog->setWindowTitle(words_("Dock.Open.Title"));
	dialog->setFileMode(QFileDialog::ExistingFile);
	dialog->setNameFilter(words_("Dock.File.Filter"));
	dialog->setDirectory(folder());
	connect(dialog, &QFileDialog::fileSelected, this, &SetupForm::openAsked);
	dialog->open();
}

} // namespace pulseline::dock
