// RunHeader: the strip above the curves: which run, its state, progress and forecast, and the buttons that fit the
// state. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "core/spec/run_event.h"
#include "ui/services/run_feed.h"

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace molt::ui {

struct StatTile;
class StatTiles;

/// What the strip says about the chosen run.
struct RunFacts {
    QString state, wanted;        ///< as shown; as asked for
    Progress progress;            ///< newest one
    double elapsed = -1;          ///< seconds of work; -1: not started
    double speed = 0;             ///< tokens/s now, of an ended run the last one
    double kl = -1, bestKl = -1;  ///< held-out, now and smallest; -1: none
    double silence = 0;           ///< seconds since the worker's last sign
};

class RunHeader : public QWidget {
    Q_OBJECT
public:
    explicit RunHeader(QWidget* parent = nullptr);
    void retranslate();
    /// All runs, newest first; keeps the chosen one.
    void setRuns(const QVector<RunSummary>& runs);
    void choose(qint64 run);
    qint64 run() const;
    void setFacts(const RunFacts& facts);
    const QString& state() const { return facts_.state; }

Q_SIGNALS:
    void runChosen(qint64 run);
    /// "stop_save", "stop_discard", "hold", "run", "save_now", "eval_now".
    void requested(const QString& wanted);
    void resumeRequested();
    void forceRequested();
    void chatRequested();

private:
    void refresh();
    void updateButtons();
    QString chipText() const;
    QVector<StatTile> tiles() const;
    QVector<RunSummary> runs_;
    RunFacts facts_;
    double stoppingSince_ = 0;
    QComboBox* chooser_;
    QLabel* chip_;
    QProgressBar* bar_;
    StatTiles* tiles_;
    QToolButton* stop_;
    QAction *stopSave_, *stopDiscard_;
    QPushButton *hold_, *saveNow_, *evalNow_, *resume_, *force_, *chat_;
};

}  // namespace molt::ui
