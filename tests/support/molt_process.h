// Runs the built `molt` as a user would: arguments in, exit status and both streams out. For tests only.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStringList>
#include <filesystem>

namespace molt {

struct ProcessResult {
    int status = -1;
    QByteArray out, err;

    /// The one JSON document of stdout; an empty object if there is not exactly one.
    QJsonObject json() const {
        QJsonParseError error;
        const QJsonDocument document = QJsonDocument::fromJson(out, &error);
        return error.error == QJsonParseError::NoError ? document.object() : QJsonObject();
    }
    QString error_code() const { return json().value("error").toObject().value("code").toString(); }
    bool has_error_lines() const { return err.contains("error: ") && err.contains("\nhint: "); }
};

/// $MOLT_BIN, else bin/molt of this build.
inline QString molt_program() {
    const QString given = qEnvironmentVariable("MOLT_BIN");
    return given.isEmpty() ? QStringLiteral(MOLT_BINARY_DIR "/bin/molt") : given;
}

inline ProcessResult run_program(const QString& program, const QStringList& arguments, const QByteArray& input = {}) {
    QProcess process;
    process.start(program, arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(240'000)) process.kill();
    const bool normal = process.exitStatus() == QProcess::NormalExit;
    return {normal ? process.exitCode() : -1, process.readAllStandardOutput(), process.readAllStandardError()};
}

inline ProcessResult run_molt(const QStringList& arguments, const QByteArray& input = {}) {
    return run_program(molt_program(), arguments, input);
}

/// Through sh, for limits and redirections; $MOLT is the program.
inline ProcessResult run_shell(const QString& script) {
    return run_program("/bin/sh", {"-c", "MOLT='" + molt_program() + "'; " + script});
}

inline QString text(const std::filesystem::path& path) { return QString::fromStdString(path.string()); }

}  // namespace molt
