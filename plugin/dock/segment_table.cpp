#include "dock/segment_table.hpp"

#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace pulseline::dock {
namespace {

enum Column { kName, kPeople, kN, kMean, kColumns };

} // namespace

SegmentTable::SegmentTable(const Words &words, QWidget *parent)
	: QWidget(parent)
	, words_(words)
	, target_(make<QComboBox>(this))
	, tick_(make<QLabel>(this))
	, table_(make<QTableWidget>(this, 0, kColumns))
{
	auto *column = make<QVBoxLayout>(this);
	column->setContentsMargins(0, 0, 0, 0);
	column->addWidget(target_);
	column->addWidget(tick_);
	column->addWidget(table_);

	target_->setObjectName("target");
	target_->setAccessibleName(words("Dock.Target"));
	target_->setToolTip(words("Dock.Target"));
	target_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
	target_->setMinimumContentsLength(8);
	target_->hide();
	tick_->setObjectName("tick");
	tick_->setWordWrap(true);

	table_->setObjectName("segments");
	table_->setAccessibleName(words("Dock.Segments"));
	const std::array<const char *, kColumns> heads{"Dock.Segment", "Dock.People", "Dock.N", "Dock.Mean"};
	for (int i = 0; i < kColumns; ++i) {
		auto head = std::make_unique<QTableWidgetItem>(words(heads[static_cast<std::size_t>(i)]));
		const std::string hint = std::string(heads[static_cast<std::size_t>(i)]) + ".Hint";
		head->setToolTip(words(hint.c_str()));
		head->setTextAlignment(Qt::AlignVCenter | (i == kName ? Qt::AlignLeft : Qt::AlignRight));
		table_->setHorizontalHeaderItem(i, head.release()); // the table's from here on
	}
	QHeaderView *header = table_->horizontalHeader();
	header->setMinimumSectionSize(fontMetrics().horizontalAdvance(QStringLiteral("00,000")) + 8);
	header->setSectionResizeMode(QHeaderView::ResizeToContents);
	header->setSectionResizeMode(kName, QHeaderView::Stretch);
	header->setHighlightSections(false);
	header->setSectionsClickable(false);
	table_->verticalHeader()->hide();
	table_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
	table_->setShowGrid(false);
	table_->setAlternatingRowColors(true);
	table_->setWordWrap(false);
	table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
	table_->setSelectionMode(QAbstractItemView::NoSelection);
	table_->setTabKeyNavigation(false); // Tab leaves the table
	table_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
	table_->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // the view around it scrolls
	fit();
}

void SegmentTable::show(const Snapshot &snapshot)
{
	showTargets(snapshot.settings->targets);
	const std::int64_t last = snapshot.closedTicks - 1;
	const std::int64_t start_ms = last * snapshot.settings->tick_ms + snapshot.settings->lag_ms;
	tick_->setText(last < 0 ? words_("Dock.Tick.None")
				: words_("Dock.Tick.Last")
					  .arg(timeText(start_ms), timeText(start_ms + snapshot.settings->tick_ms)));
	table_->setRowCount(static_cast<int>(snapshot.segments.size()));
	for (int row = 0; row < table_->rowCount(); ++row) {
		showRow(row, snapshot);
	}
	fit();
}

void SegmentTable::showTargets(const std::vector<std::string> &targets)
{
	const auto same = [this](const std::vector<std::string> &names) {
		return target_->count() == static_cast<int>(names.size()) &&
		       std::ranges::all_of(names, [this, i = 0](const std::string &name) mutable {
			       return target_->itemText(i++).toStdString() == name;
		       });
	};
	if (same(targets)) {
		return;
	}
	target_->clear();
	for (const std::string &name : targets) {
		target_->addItem(QString::fromStdString(name));
	}
	target_->setVisible(targets.size() > 1);
}

void SegmentTable::showRow(int row, const Snapshot &snapshot)
{
	const auto segment = static_cast<std::size_t>(row);
	set(row, kName, QString::fromStdString(snapshot.segments[segment].name));
	const bool counted = segment < snapshot.segmentParticipants.size();
	set(row, kPeople, countText(counted ? snapshot.segmentParticipants[segment] : 0));
	if (snapshot.closedTicks < 1) {
		set(row, kN, QString(QChar(0x2013)));
		set(row, kMean, QString(QChar(0x2013)));
		return;
	}
	const auto target = static_cast<std::uint32_t>(std::max(0, target_->currentIndex()));
	const Figures figures =
		snapshot.figuresAt(segment, target, snapshot.closedTicks - 1, Base::active, kDefaultMinN);
	set(row, kN, countText(figures.n));
	set(row, kMean, figures.mean ? figureText(*figures.mean) : words_("Dock.TooFew"));
}

void SegmentTable::set(int row, int column, const QString &text)
{
	QTableWidgetItem *item = table_->item(row, column);
	if (!item) {
		auto fresh = std::make_unique<QTableWidgetItem>();
		item = fresh.get();
		item->setTextAlignment(Qt::AlignVCenter | (column == kName ? Qt::AlignLeft : Qt::AlignRight));
		table_->setItem(row, column, fresh.release());
	}
	if (item->text() != text) {
		item->setText(text);
		item->setToolTip(column == kName ? text : QString());
	}
}

// As high as its rows, whatever the theme's fonts are.
void SegmentTable::fit()
{
	table_->verticalHeader()->setDefaultSectionSize(table_->fontMetrics().height() + 8);
	const int height = table_->horizontalHeader()->sizeHint().height() + table_->verticalHeader()->length() +
			   2 * table_->frameWidth();
	if (table_->height() != height || table_->minimumHeight() != height) {
		table_->setFixedHeight(height);
	}
}

} // namespace pulseline::dock
