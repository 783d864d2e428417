// A row for each segment: how many people, and the figures of the last tick that is over.
#pragma once

#include "dock/words.hpp"

#include <QWidget>

class QComboBox;
class QLabel;
class QTableWidget;

namespace pulseline::dock {

class SegmentTable final : public QWidget {
	Q_OBJECT

public:
	SegmentTable(const Words &words, QWidget *parent);

	void show(const Snapshot &snapshot);

private:
	void showTargets(const std::vector<std::string> &targets);
	void showRow(int row, const Snapshot &snapshot);
	void set(int row, int column, const QString &text);
	void fit();

	Words words_;
	QComboBox *target_; // hidden where there is one
	QLabel *tick_;
	QTableWidget *table_;
};

} // namespace pulseline::dock
