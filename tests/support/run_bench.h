// A folder with a tiny teacher, recipes for it, and databases of runs: what black-box tests of runs share. Tests only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/molt_process.h"
#include "tests/support/tiny_llama2c.h"

#include <signal.h>

#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QtTest>

namespace molt {

class RunBench {
public:
    QString in(const QString& name) const { return folder_.filePath(name); }
    const TinyLlama2c& tiny() const { return tiny_; }

    /// Writes NAME.json: distillation of the tiny teacher, with changes to its text (what, into what).
    QString recipe(const QString& name, int steps,
                   const std::initializer_list<std::pair<QString, QString>>& changes = {}) const {
        QString document = QStringLiteral(R"({
            // a comment is allowed
            "name": "%1", "teacher": "%2", "seed": 5, "threads": 1,
            "student": {"mixer": "mamba2", "attention": 0.5},
            "stages": [{"kind": "distill", "data": "%3", "steps": %4, "batch_size": 2, "sequence_length": 24,
                        "evaluate_every": 0, "evaluate_tokens": 64, "learning_rate": 0.001}]})")
                               .arg(name, text(tiny_.model), text(tiny_.text))
                               .arg(steps);
        for (const auto& [from, to] : changes) document.replace(from, to);
        const QString path = in(name + ".json");
        QFile file(path);
        if (file.open(QIODevice::WriteOnly)) file.write(document.toUtf8());
        return path;
    }
    /// Each database in a folder of its own, for its runs lie beside it.
    QStringList db(const QString& name) const {
        QDir().mkpath(in(name));
        return {"--db", in(name + "/molt.db")};
    }
    ProcessResult molt(const QStringList& arguments, const QString& database) const {
        return run_molt(arguments + db(database));
    }
    ProcessResult train(const QString& recipe_file, const QString& database, const QStringList& more = {}) const {
        return molt(QStringList{"train", recipe_file} + more, database);
    }
    QJsonObject show(const QString& database, int id = 1) const {
        return molt({"runs", "show", QString::number(id), "--json"}, database).json();
    }
    QString state(const QString& database, int id = 1) const { return show(database, id)["state"].toString(); }
    QJsonArray loss(const QString& database, int id = 1) const {
        return molt({"runs", "series", QString::number(id), "loss", "--json"}, database).json()["points"].toArray();
    }
    bool reaches(const QString& database, const QStringList& states, int id = 1) const {
        return QTest::qWaitFor([&] { return states.contains(state(database, id)); }, 120'000);
    }
    bool reaches_step(const QString& database, int step, int id = 1) const {
        return QTest::qWaitFor([&] { return show(database, id)["step"].toInt() >= step; }, 120'000);
    }
    /// Steps of the checkpoints that `runs show` lists, and of the folders that are there.
    QList<int> listed_checkpoints(const QString& database, int id = 1) const {
        QList<int> steps;
        for (const QJsonValue point : show(database, id)["checkpoints"].toArray())
            steps += point.toObject()["step"].toInt();
        return steps;
    }
    QList<int> stored_checkpoints(const QString& database, int id = 1) const {
        QList<int> steps;
        const QDir folder(in(database + "/runs/" + QString::number(id) + "/checkpoints"));
        for (const QString& name : folder.entryList({"step-*"}, QDir::Dirs, QDir::Name)) steps += name.mid(5).toInt();
        return steps;
    }

private:
    QTemporaryDir folder_;
    TinyLlama2c tiny_{folder_.path().toStdString()};
};

/// A started `molt`; killed by the destructor.
class LiveMolt {
public:
    explicit LiveMolt(const QStringList& arguments) {
        process_.start(molt_program(), arguments);
        process_.waitForStarted();
    }
    ~LiveMolt() {
        process_.kill();
        process_.waitForFinished();
    }
    LiveMolt(const LiveMolt&) = delete;
    LiveMolt& operator=(const LiveMolt&) = delete;
    void signal(int number) const { ::kill(static_cast<pid_t>(process_.processId()), number); }
    /// Exit status as a shell sees it: 128 + signal for a process that died of one; -1 if it does not end.
    int wait() {
        if (!process_.waitForFinished(120'000)) return -1;
        return process_.exitStatus() == QProcess::NormalExit ? process_.exitCode() : 128 + process_.exitCode();
    }
    QByteArray err() { return process_.readAllStandardError(); }

private:
    QProcess process_;
};

/// Fails the test unless the process ended with this status and one error line with its hint.
inline void expect_failure(const ProcessResult& result, int status) {
    QVERIFY2(result.status == status, (QByteArray::number(result.status) + ": " + result.err).constData());
    QVERIFY2(result.has_error_lines(), result.err.constData());
}

}  // namespace molt
