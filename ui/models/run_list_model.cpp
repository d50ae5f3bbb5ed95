// Rows in the feed's order (newest first); a list of the same runs changes in place, so that the selection stays.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_list_model.h"

#include <algorithm>
#include <limits>

#include "core/base/platform.h"
#include "ui/models/run_texts.h"

namespace molt::ui {

namespace {

int alignment(int column) {
    const bool number = column >= RunListModel::BestKl && column <= RunListModel::Started;
    return int(number ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
}

double orMissing(double value) { return value < 0 ? std::numeric_limits<double>::quiet_NaN() : value; }

}  // namespace

int RunListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(runs_.size());
}
int RunListModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QString RunListModel::text(const RunSummary& run, int column) const {
    switch (column) {
        case Name:
            return QStringLiteral("%1  #%2").arg(QString::fromStdString(run.row.name)).arg(run.row.id);
        case State:
            return stateText(run.state);
        case Model:
            return run.student.isEmpty() ? stageText(QString::fromStdString(run.row.stage)) : studentText(run.student);
        case BestKl:
            return numberText(orMissing(run.bestKl));
        case BestPerplexity:
            return numberText(orMissing(run.bestPerplexity));
        case Duration:
            return durationText(secondsOfWork(run.row));
        case Started:
            return dateText(run.row.started > 0 ? run.row.started : run.row.created);
        default:
            return {};
    }
}

QVariant RunListModel::sortKey(const RunSummary& run, int column) const {
    switch (column) {
        case BestKl:
            return run.bestKl < 0 ? 1e300 : run.bestKl;
        case BestPerplexity:
            return run.bestPerplexity < 0 ? 1e300 : run.bestPerplexity;
        case Duration:
            return secondsOfWork(run.row);
        case Started:
            return run.row.started > 0 ? run.row.started : run.row.created;
        default:
            return text(run, column);
    }
}

QString RunListModel::toolTip(const RunSummary& run, int column) {
    if (column == Model && !run.teacher.isEmpty()) return tr("Made from %1").arg(run.teacher);
    if (column == Curve || column == BestKl)
        return tr("Held-out KL to the teacher, nats per token: smaller is closer to the teacher");
    if (column == BestPerplexity) return tr("Perplexity on held-out text: smaller is better");
    return {};
}

QVariant RunListModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= runs_.size()) return {};
    const RunSummary& run = runs_[index.row()];
    switch (role) {
        case Qt::DisplayRole:
            return text(run, index.column());
        case kRunIdRole:
            return QVariant::fromValue<qint64>(run.row.id);
        case kCurveRole:
            return QVariant::fromValue(run.kl);
        case Qt::ToolTipRole:
            return toolTip(run, index.column());
        case kSortRole:
            return sortKey(run, index.column());
        case Qt::TextAlignmentRole:
            return alignment(index.column());
        default:
            return {};
    }
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation == Qt::Horizontal && role == Qt::TextAlignmentRole) return alignment(section);
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return QAbstractTableModel::headerData(section, orientation, role);
    switch (section) {
        case Name:
            return tr("Run");
        case State:
            return tr("State");
        case Model:
            return tr("Hybrid");
        case Curve:
            return tr("KL curve");
        case BestKl:
            return tr("Best KL");
        case BestPerplexity:
            return tr("Best perplexity");
        case Duration:
            return tr("Duration");
        case Started:
            return tr("Started");
        default:
            return {};
    }
}

void RunListModel::setRuns(const QVector<RunSummary>& runs) {
    const bool same = std::equal(runs.begin(), runs.end(), runs_.begin(), runs_.end(),
                                 [](const RunSummary& a, const RunSummary& b) { return a.row.id == b.row.id; });
    if (same) {
        runs_ = runs;
        if (!runs_.isEmpty())
            Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(runs_.size()) - 1, ColumnCount - 1));
        return;
    }
    beginResetModel();
    runs_ = runs;
    endResetModel();
}

void RunListModel::retranslate() {
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    if (!runs_.isEmpty()) Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(runs_.size()) - 1, ColumnCount - 1));
}

}  // namespace molt::ui
