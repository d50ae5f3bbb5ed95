// RunListModel: the table of runs on the History page; a copy of what the feed sends, updated row by row.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include "ui/services/run_feed.h"

namespace molt::ui {

class RunListModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, State, Model, Curve, BestKl, BestPerplexity, Duration, Started, ColumnCount };
    static constexpr int kRunIdRole = Qt::UserRole;
    static constexpr int kCurveRole = Qt::UserRole + 2;  ///< QVector<double>: held-out KL as it went
    static constexpr int kSortRole = Qt::UserRole + 1;   ///< numbers and dates as numbers

    using QAbstractTableModel::QAbstractTableModel;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    void setRuns(const QVector<RunSummary>& runs);
    const RunSummary& run(int row) const { return runs_[row]; }
    /// Texts in a new language.
    void retranslate();

private:
    QVariant sortKey(const RunSummary& run, int column) const;
    static QString toolTip(const RunSummary& run, int column);
    QString text(const RunSummary& run, int column) const;
    QVector<RunSummary> runs_;
};

}  // namespace molt::ui
