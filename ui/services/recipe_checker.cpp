// The recipe goes to the checker through its standard input's place, a temporary file; stale checks are killed.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/recipe_checker.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryFile>

#include "core/base/error.h"
#include "core/spec/recipe.h"

namespace molt::ui {

namespace {

constexpr int kDelayMs = 400;

}  // namespace

RecipeChecker::RecipeChecker(QString moltProgram, std::filesystem::path database, QObject* parent)
    : QObject(parent), molt_(std::move(moltProgram)), database_(std::move(database)) {
    delay_.setSingleShot(true);
    delay_.setInterval(kDelayMs);
    connect(&delay_, &QTimer::timeout, this, &RecipeChecker::start);
}

RecipeChecker::~RecipeChecker() {
    if (process_ == nullptr) return;
    process_->disconnect(this);
    process_->kill();
    process_->waitForFinished(1000);
}

void RecipeChecker::check(const RunConfig& config) {
    config_ = config;
    Q_EMIT checking();
    delay_.start();
}

void RecipeChecker::start() {
    if (process_ != nullptr) {
        process_->disconnect(this);
        process_->kill();
        process_->deleteLater();
        process_ = nullptr;
    }
    if (molt_.isEmpty()) {
        Q_EMIT blocked(tr("The program molt was not found."),
                       tr("Put molt beside molt-workbench or on PATH, or set MOLT_BIN."));
        return;
    }
    process_ = new QProcess(this);
    auto* recipe = new QTemporaryFile(QDir::tempPath() + QStringLiteral("/molt-XXXXXX.json"), process_);
    if (!recipe->open()) return;
    recipe->write(QByteArray::fromStdString(recipe_to_json(config_).dump(2)));
    recipe->flush();
    connect(process_, &QProcess::finished, this, &RecipeChecker::finished);
    connect(process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) Q_EMIT blocked(tr("molt could not be started: %1").arg(molt_), {});
    });
    process_->start(molt_,
                    {QStringLiteral("train"), recipe->fileName(), QStringLiteral("--dry-run"), QStringLiteral("--json"),
                     QStringLiteral("--db"), QString::fromStdString(database_.string())});
}

void RecipeChecker::finished() {
    const QByteArray output = process_->readAllStandardOutput();
    const QByteArray errors = process_->readAllStandardError();
    process_->deleteLater();
    process_ = nullptr;
    try {
        const json answer = parse_json(output.toStdString(), "molt train --dry-run");
        if (answer.contains("error")) {
            const json& error = answer.at("error");
            Q_EMIT blocked(QString::fromStdString(error.value("message", "")),
                           QString::fromStdString(error.value("hint", "")));
        } else {
            Q_EMIT planned(answer);
        }
    } catch (const std::exception&) {
        Q_EMIT blocked(QString::fromUtf8(errors.isEmpty() ? output : errors).trimmed(), {});
    }
}

}  // namespace molt::ui
