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

class RunHeader : public QWidget {
    Q_OBJECT
public:
    explicit RunHeader(QWidget* parent = nullptr);
    void retranslate();
    /// All runs, newest first; keeps the chosen one.
    void setRuns(const QVector<RunSummary>& runs);
    void choose(qint64 run);
    qint64 run() const;
    /// Where the chosen run stands; state as shown; seconds it has taken so far, -1 if not started.
    void setProgress(const Progress& progress, const QString& state, double elapsed);

Q_SIGNALS:
    void runChosen(qint64 run);
    /// "stop_save", "stop_discard", "hold", "run", "save_now", "eval_now".
    void requested(const QString& wanted);
    void resumeRequested();
    void chatRequested();

private:
    void updateButtons();
    QVector<RunSummary> runs_;
    Progress progress_;
    QString state_;
    double elapsed_ = -1;
    QComboBox* chooser_;
    QLabel *chip_, *facts_;
    QProgressBar* bar_;
    QToolButton* stop_;
    QAction *stopSave_, *stopDiscard_, *saveNow_;
    QPushButton *hold_, *resume_, *chat_;
};

}  // namespace molt::ui
