// Translated names and numbers through QLocale.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_texts.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <algorithm>
#include <cmath>

namespace molt::ui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("RunTexts", text); }

}  // namespace

QString stateText(const QString& state) {
    static constexpr std::pair<const char*, const char*> names[] = {
        {"draft", QT_TRANSLATE_NOOP("RunTexts", "Draft")},
        {"queued", QT_TRANSLATE_NOOP("RunTexts", "Queued")},
        {"starting", QT_TRANSLATE_NOOP("RunTexts", "Starting")},
        {"running", QT_TRANSLATE_NOOP("RunTexts", "Running")},
        {"held", QT_TRANSLATE_NOOP("RunTexts", "Held")},
        {"stopping", QT_TRANSLATE_NOOP("RunTexts", "Stopping")},
        {"released", QT_TRANSLATE_NOOP("RunTexts", "Released")},
        {"stopped", QT_TRANSLATE_NOOP("RunTexts", "Stopped")},
        {"interrupted", QT_TRANSLATE_NOOP("RunTexts", "Interrupted")},
        {"failed", QT_TRANSLATE_NOOP("RunTexts", "Failed")},
        {"completed", QT_TRANSLATE_NOOP("RunTexts", "Completed")},
    };
    for (const auto& [key, name] : names)
        if (state == QLatin1String(key)) return tr(name);
    return state;
}

QString stageText(const QString& kind) {
    static constexpr std::pair<const char*, const char*> names[] = {
        {"pretrain", QT_TRANSLATE_NOOP("RunTexts", "Pretrain")},
        {"distill", QT_TRANSLATE_NOOP("RunTexts", "Distill")},
    };
    for (const auto& [key, name] : names)
        if (kind == QLatin1String(key)) return tr(name);
    return kind;
}

QString durationText(double seconds) {
    if (!(seconds >= 0)) return {};
    const auto whole = static_cast<qint64>(seconds + 0.5);
    if (whole < 60) return QCoreApplication::translate("RunTexts", "%1 s").arg(whole);
    if (whole < 3600) {
        return QCoreApplication::translate("RunTexts", "%1 min %2 s")
            .arg(whole / 60)
            .arg(whole % 60, 2, 10, QLatin1Char('0'));
    }
    return QCoreApplication::translate("RunTexts", "%1 h %2 min")
        .arg(whole / 3600)
        .arg(whole % 3600 / 60, 2, 10, QLatin1Char('0'));
}

QString numberText(double value) {
    if (!std::isfinite(value)) return QStringLiteral("\u2013");
    return QLocale().toString(value, 'g', 4);
}

double secondsOfWork(const RunRow& row) {
    if (row.started <= 0) return -1;
    return std::max(0.0, (row.finished > 0 ? row.finished : row.heartbeat) - row.started);
}

QString dateText(double secondsSinceEpoch) {
    if (secondsSinceEpoch <= 0) return {};
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(secondsSinceEpoch * 1000)),
                              QLocale::ShortFormat);
}

}  // namespace molt::ui
