// Texts about runs that several pages show: state names, durations, numbers, in the current language.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/store/experiment_store.h"

namespace molt::ui {

/// "running" -> "Running" in the current language; an unknown state as it is.
QString stateText(const QString& state);
/// Whether a run in this (shown) state is at work or waits for its turn.
bool isUnderWay(const QString& state);
/// "tag" of a stage kind: "distill" -> "Distill".
QString stageText(const QString& kind);
/// "loading", "converting", "training", "evaluating", "saving".
QString phaseText(const QString& phase);
/// How a choice of a setting is called ("mamba2": "Mamba-2"); choices without a name of their own stay as they are.
QString choiceText(const QString& choice);
/// "mamba2 0.5" -> "Mamba-2, 50 % attention"; layers by number stay numbers.
QString studentText(const QString& student);
/// "1 h 02 min", "3 min 20 s", "12 s"; empty for negative values.
QString durationText(double seconds);
/// Four significant digits in the language's own notation; a dash for NaN and values that are not there.
QString numberText(double value);
/// Seconds since a run was first claimed, up to its end or its last sign of life; -1 if it was never claimed.
double secondsOfWork(const RunRow& row);
QString dateText(double secondsSinceEpoch);

}  // namespace molt::ui
