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

bool isUnderWay(const QString& state) {
    static const QStringList states = {"queued", "starting", "running", "held", "stopping"};
    return states.contains(state);
}

QString stageText(const QString& kind) { return choiceText(kind); }

QString phaseText(const QString& phase) {
    static constexpr std::pair<const char*, const char*> names[] = {
        {"loading", QT_TRANSLATE_NOOP("RunTexts", "loading")},
        {"converting", QT_TRANSLATE_NOOP("RunTexts", "converting")},
        {"training", QT_TRANSLATE_NOOP("RunTexts", "training")},
        {"evaluating", QT_TRANSLATE_NOOP("RunTexts", "evaluating")},
        {"saving", QT_TRANSLATE_NOOP("RunTexts", "saving")},
    };
    for (const auto& [key, name] : names)
        if (phase == QLatin1String(key)) return tr(name);
    return phase;
}

QString choiceText(const QString& choice) {
    static constexpr std::pair<const char*, const char*> names[] = {
        {"distill", QT_TRANSLATE_NOOP("RunTexts", "Distill")},
        {"pretrain", QT_TRANSLATE_NOOP("RunTexts", "Pretrain")},
        {"mamba1", QT_TRANSLATE_NOOP("RunTexts", "Mamba-1")},
        {"mamba2", QT_TRANSLATE_NOOP("RunTexts", "Mamba-2")},
        {"attention", QT_TRANSLATE_NOOP("RunTexts", "attention")},
        {"uniform", QT_TRANSLATE_NOOP("RunTexts", "Evenly spread")},
        {"first", QT_TRANSLATE_NOOP("RunTexts", "First layers")},
        {"last", QT_TRANSLATE_NOOP("RunTexts", "Last layers")},
        {"middle", QT_TRANSLATE_NOOP("RunTexts", "Middle layers")},
        {"copy", QT_TRANSLATE_NOOP("RunTexts", "Copied")},
        {"calibrated", QT_TRANSLATE_NOOP("RunTexts", "Calibrated")},
        {"random", QT_TRANSLATE_NOOP("RunTexts", "Random")},
        {"auto", QT_TRANSLATE_NOOP("RunTexts", "Automatic")},
        {"all", QT_TRANSLATE_NOOP("RunTexts", "All tokens")},
        {"replies", QT_TRANSLATE_NOOP("RunTexts", "Replies only")},
        {"cosine", QT_TRANSLATE_NOOP("RunTexts", "Cosine")},
        {"linear", QT_TRANSLATE_NOOP("RunTexts", "Linear")},
        {"constant", QT_TRANSLATE_NOOP("RunTexts", "Constant")},
        {"forward", QT_TRANSLATE_NOOP("RunTexts", "Forward KL")},
        {"reverse", QT_TRANSLATE_NOOP("RunTexts", "Reverse KL")},
    };
    for (const auto& [key, name] : names)
        if (choice == QLatin1String(key)) return tr(name);
    return choice;
}

QString studentText(const QString& student) {
    const QString mixer = choiceText(student.section(QLatin1Char(' '), 0, 0)),
                  kept = student.section(QLatin1Char(' '), 1);
    bool share = false;
    const double value = kept.toDouble(&share);
    if (share && value <= 1)
        return QCoreApplication::translate("RunTexts", "%1, %2 % attention")
            .arg(mixer, QLocale().toString(100 * value));
    return QCoreApplication::translate("RunTexts", "%1, attention in layers %2").arg(mixer, kept);
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
    const double size = std::abs(value);
    if (size >= 1000 && size < 1e9) return QLocale().toString(value, 'f', 0);
    // The C locale writes 0.0002009 as it is and only what is smaller with an exponent.
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
