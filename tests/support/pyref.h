// Test support: runs the Python programs under tests/support that give expected values, where PyPI packages allow it.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/json.h"

#include <QProcess>
#include <QStringList>

namespace molt::testing {

/// The Python that can import these packages ("tokenizers, sentencepiece"): $MOLT_PYREF, else build/pyref; empty if
/// none.
inline std::string python_with(const std::string& packages) {
    const char* set = std::getenv("MOLT_PYREF");
    const std::string program = set != nullptr ? set : MOLT_SOURCE_DIR "/build/pyref/bin/python";
    QProcess process;
    process.start(QString::fromStdString(program), {"-c", QString::fromStdString("import " + packages)});
    return process.waitForFinished() && process.exitCode() == 0 ? program : std::string();
}

/// What tests/support/`script` answers to `input`, both JSON.
inline json ask_python(const std::string& program, const std::string& script, const QStringList& arguments,
                       const json& input) {
    QProcess process;
    process.start(QString::fromStdString(program),
                  QStringList{QString::fromStdString(MOLT_SOURCE_DIR "/tests/support/" + script)} + arguments);
    process.write(QByteArray::fromStdString(input.dump()));
    process.closeWriteChannel();
    process.waitForFinished(300'000);
    if (process.exitCode() != 0) qWarning("%s", process.readAllStandardError().constData());
    return json::parse(process.readAllStandardOutput().toStdString());
}

}  // namespace molt::testing
