// Log lines keep the language of the worker; everything else is translated.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/event_text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include "ui/models/run_texts.h"

namespace molt::ui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("EventText", text); }

QString body(const RunEvent& event) {
    if (const auto* log = std::get_if<LogLine>(&event.body))
        return QStringLiteral("%1: %2").arg(QString::fromStdString(log->topic), QString::fromStdString(log->text));
    if (const auto* saved = std::get_if<CheckpointSaved>(&event.body))
        return tr("Checkpoint at step %1").arg(saved->step);
    if (const auto* state = std::get_if<StateChanged>(&event.body)) {
        const QString name = stateText(QString::fromStdString(state->state));
        return state->attempt > 1 ? tr("%1 (attempt %2)").arg(name).arg(state->attempt) : name;
    }
    if (const auto* sample = std::get_if<SampleText>(&event.body)) {
        return tr("Sample at step %1: %2")
            .arg(sample->step)
            .arg(QString::fromStdString(sample->prompt + " \xe2\x86\x92 " + sample->text).simplified());
    }
    if (const auto* finished = std::get_if<RunFinished>(&event.body))
        return tr("Completed; the model is in %1").arg(QString::fromStdString(finished->model_path));
    if (const auto* failed = std::get_if<RunFailed>(&event.body))
        return tr("Failed: %1").arg(QString::fromStdString(failed->message));
    return {};
}

}  // namespace

QString eventText(const RunEvent& event) {
    const QString text = body(event);
    if (text.isEmpty()) return {};
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(event.time * 1000));
    return QLocale().toString(time.time(), QStringLiteral("HH:mm:ss")) + QStringLiteral("   ") + text;
}

QString eventColor(const RunEvent& event) {
    if (std::holds_alternative<RunFailed>(event.body)) return QStringLiteral("failed");
    if (std::holds_alternative<RunFinished>(event.body)) return QStringLiteral("completed");
    const auto* log = std::get_if<LogLine>(&event.body);
    return log != nullptr && log->level == "warning" ? QStringLiteral("queued") : QString();
}

}  // namespace molt::ui
