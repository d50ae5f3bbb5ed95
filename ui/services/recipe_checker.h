// RecipeChecker: runs `molt train RECIPE --dry-run --json` in the background and reports plan or blocker.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>
#include <memory>

#include "core/base/json.h"
#include "core/spec/run_config.h"

class QProcess;

namespace molt::ui {

class RecipeChecker : public QObject {
    Q_OBJECT
public:
    RecipeChecker(QString moltProgram, std::filesystem::path database, QObject* parent = nullptr);
    ~RecipeChecker() override;
    /// Checks this recipe 400 ms after the last call; an older check is dropped.
    void check(const RunConfig& config);

Q_SIGNALS:
    void checking();
    void planned(const molt::json& plan);
    void blocked(const QString& message, const QString& hint);

private:
    void start();
    void finished();
    QString molt_;
    std::filesystem::path database_;
    RunConfig config_;
    QTimer delay_;
    QProcess* process_ = nullptr;
};

}  // namespace molt::ui
