// RunCurves: the series of one run as its events tell them; a resumed attempt replaces the tail that it repeats.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QString>
#include <vector>

#include "core/spec/run_event.h"

namespace molt::ui {

class RunCurves {
public:
    struct Series {
        std::vector<double> step, value;
    };
    void clear();
    /// Takes metrics, progress and attempts; other events are ignored.
    void apply(const RunEvent& event);

    const QMap<QString, Series>& all() const { return series_; }
    /// Last value of a key; NaN if there is none.
    double last(const QString& key) const;
    double smallest(const QString& key) const;
    const Progress& progress() const { return progress_; }
    /// Steps at which an attempt after the first began.
    const std::vector<double>& resumedAt() const { return resumedAt_; }
    /// Steps at which a stage after the first began, with its kind.
    const std::vector<std::pair<double, std::string>>& stagesAt() const { return stagesAt_; }
    /// When the worker last said something about a step, in seconds since the epoch; 0: never.
    double lastSign() const { return lastSign_; }

private:
    QMap<QString, Series> series_;
    Progress progress_;
    std::vector<double> resumedAt_;
    std::vector<std::pair<double, std::string>> stagesAt_;
    double lastSign_ = 0;
    bool newAttempt_ = false;
};

}  // namespace molt::ui
