// Detached workers: started with startDetached, so that closing or killing the window does not end a run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/run_launcher.h"

#include <signal.h>

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QSettings>
#include <QStandardPaths>
#include <QTimer>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/spec/recipe.h"
#include "core/store/experiment_store.h"

namespace molt::ui {

namespace {

constexpr int kClaimChecks = 6;
constexpr int kClaimCheckMs = 500;
constexpr int kLogLines = 30;

/// stdout and stderr of the run's current attempt, as `molt` names it too.
QString logFile(const ExperimentStore& store, qint64 run) {
    const auto row = store.run(run);
    const std::string name = join("worker.", row ? row->attempt : 1, ".log");
    return QString::fromStdString((store.run_folder(run) / name).string());
}

QString lastLines(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    QStringList lines = QString::fromUtf8(file.readAll().right(64 * 1024)).split(QLatin1Char('\n'));
    if (lines.size() > kLogLines) lines = lines.mid(lines.size() - kLogLines);
    return lines.join(QLatin1Char('\n')).trimmed();
}

}  // namespace

RunLauncher::RunLauncher(std::filesystem::path database, QString moltProgram, QObject* parent)
    : QObject(parent), database_(std::move(database)), molt_(std::move(moltProgram)) {}

QString RunLauncher::findMolt() {
    const QString beside = QCoreApplication::applicationDirPath() + QStringLiteral("/molt");
    if (QFileInfo(beside).isExecutable()) return beside;
    const QString onPath = QStandardPaths::findExecutable(QStringLiteral("molt"));
    if (!onPath.isEmpty()) return onPath;
    for (const QString& candidate :
         {qEnvironmentVariable("MOLT_BIN"), QSettings().value(QStringLiteral("molt")).toString()})
        if (QFileInfo(candidate).isExecutable()) return candidate;
    return {};
}

qint64 RunLauncher::start(const RunConfig& config) {
    RunConfig absolute = config;
    resolve_paths(absolute, std::filesystem::current_path());
    absolute.validate();
    ExperimentStore store(database_);
    const qint64 run = store.create_run(absolute.name, recipe_to_json(absolute).dump());
    startWorker(run);
    return run;
}

void RunLauncher::resume(qint64 run) {
    ExperimentStore store(database_);
    if (!store.requeue(run))
        fail(ErrorCode::Busy, tr("This run is still going on.").toStdString(),
             tr("Stop it first, then resume it.").toStdString());
    startWorker(run);
}

void RunLauncher::request(qint64 run, const QString& wanted) {
    ExperimentStore(database_).request(run, wanted.toStdString());
}

void RunLauncher::kill(qint64 run) {
    const auto row = ExperimentStore(database_).run(run);
    if (!row || !is_alive(*row))
        fail(ErrorCode::NotFound, tr("The process of this run is gone.").toStdString(), tr("Resume it.").toStdString());
    ::kill(static_cast<pid_t>(row->pid), SIGKILL);
}

std::filesystem::path RunLauncher::runFolder(qint64 run) const {
    return database_.parent_path() / "runs" / std::to_string(run);
}

void RunLauncher::remove(qint64 run, bool withFiles) {
    ExperimentStore store(database_);
    store.delete_run(run);
    if (withFiles) std::filesystem::remove_all(store.run_folder(run));
}

void RunLauncher::startWorker(qint64 run) {
    if (molt_.isEmpty()) {
        fail(ErrorCode::NotFound, tr("The program molt was not found.").toStdString(),
             tr("Put molt beside molt-workbench or on PATH, or set MOLT_BIN.").toStdString());
    }
    const ExperimentStore store(database_);
    const std::filesystem::path folder = store.run_folder(run);
    std::filesystem::create_directories(folder);
    QProcess worker;
    worker.setProgram(molt_);
    worker.setArguments({QStringLiteral("run"), QStringLiteral("--db"), QString::fromStdString(database_.string()),
                         QStringLiteral("--id"), QString::number(run)});
    // Never a pipe of ours: an unread pipe would stop the worker (workbench.md section 0, point 3).
    const QString log = logFile(store, run);
    worker.setStandardOutputFile(log, QIODevice::Append);
    worker.setStandardErrorFile(log, QIODevice::Append);
    worker.setStandardInputFile(QProcess::nullDevice());
    if (!worker.startDetached()) {
        fail(ErrorCode::NotFound, tr("The worker could not be started: %1").arg(molt_).toStdString(),
             tr("Check that the file is executable.").toStdString());
    }
    watchClaim(run, 0);
}

void RunLauncher::watchClaim(qint64 run, int attempt) {
    QTimer::singleShot(kClaimCheckMs, this, [this, run, attempt] {
        try {
            const ExperimentStore store(database_);
            const auto row = store.run(run);
            if (!row || row->state != "queued" || is_waiting(*row)) return;
            if (attempt + 1 < kClaimChecks) return watchClaim(run, attempt + 1);
            Q_EMIT workerFailed(run, lastLines(logFile(store, run)));
        } catch (const Error& error) {
            Q_EMIT workerFailed(run, QString::fromUtf8(error.what()));
        }
    });
}

}  // namespace molt::ui
