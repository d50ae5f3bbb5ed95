// RunLauncher: creates runs, starts their detached workers, and writes wishes (stop, hold, ...) into the database.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <filesystem>

#include "core/spec/run_config.h"

namespace molt::ui {

class RunLauncher : public QObject {
    Q_OBJECT
public:
    RunLauncher(std::filesystem::path database, QString moltProgram, QObject* parent = nullptr);

    /// Stores the recipe as a queued run and starts its worker. Throws Error.
    qint64 start(const RunConfig& config);
    /// Puts a stopped, failed or interrupted run back into the queue and starts a worker. Throws Error(Busy) if it is
    /// alive.
    void resume(qint64 run);
    /// Starts a worker for a run that is still queued. Throws Error.
    void startAgain(qint64 run) { startWorker(run); }
    /// wanted: stop_save, stop_discard, hold, release, run, save_now, eval_now. Throws Error.
    void request(qint64 run, const QString& wanted);
    /// Ends the worker's process at once, for one that does not stop; the run is then interrupted. Throws Error.
    void kill(qint64 run);
    /// runs/ID beside the database.
    std::filesystem::path runFolder(qint64 run) const;
    /// Throws Error(Busy) if the run is alive; its folder is removed too if `withFiles`.
    void remove(qint64 run, bool withFiles);

    /// `molt` beside this program, else on PATH, else $MOLT_BIN, else as chosen before; empty if there is none.
    static QString findMolt();

Q_SIGNALS:
    /// A worker did not claim its run in time; `details` are the last lines of its log.
    void workerFailed(qint64 run, const QString& details);

private:
    void startWorker(qint64 run);
    void watchClaim(qint64 run, int attempt);
    std::filesystem::path database_;
    QString molt_;
};

}  // namespace molt::ui
