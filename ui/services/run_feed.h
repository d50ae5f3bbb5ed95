// RunFeed: the one reader of the experiment database; lives on its own thread and sends values to the pages.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QThread>
#include <QVector>
#include <filesystem>
#include <memory>

#include "core/spec/run_event.h"
#include "core/store/experiment_store.h"

namespace molt::ui {

/// A run as people see it: the row, its state derived from liveness, and its newest progress.
struct RunSummary {
    RunRow row;
    QString state;                            ///< shown_state()
    QString modelPath;                        ///< of a completed run
    QString teacher, student;                 ///< path of the teacher; what is made of it ("mamba2 0.5")
    Progress progress;                        ///< newest one of a run that is alive
    double bestKl = -1, bestPerplexity = -1;  ///< smallest of eval/kl and eval/perplexity; -1: none
    QVector<double> kl;                       ///< eval/kl as it went
};

class RunFeed : public QObject {
    Q_OBJECT
public:
    explicit RunFeed(std::filesystem::path database, QObject* parent = nullptr);
    ~RunFeed() override;

    /// Sends all events of this run from the first on, then new ones as they appear; 0 follows none.
    void follow(qint64 run);
    /// Looks now instead of at the next tick (after the program itself has changed something).
    void refresh();
    const QVector<RunSummary>& runs() const { return runs_; }

Q_SIGNALS:
    void runsChanged();
    /// Events in order; `first` is true for the first batch after follow().
    void eventsArrived(qint64 run, const QVector<molt::RunEvent>& events, bool first);
    /// The database cannot be read; said once. recovered() follows when it can be again.
    void failed(const QString& message, const QString& hint);
    void recovered();
    /// Free bytes where the database is, every few seconds.
    void diskRead(qint64 freeBytes);

private:
    class Reader;
    QThread thread_;
    Reader* reader_;
    QVector<RunSummary> runs_;
};

}  // namespace molt::ui
