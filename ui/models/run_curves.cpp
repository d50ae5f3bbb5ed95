// Appends points; on the first metrics of a later attempt, everything from that step on is superseded.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_curves.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace molt::ui {

namespace {

void cutFrom(RunCurves::Series& series, double step) {
    const auto at = std::lower_bound(series.step.begin(), series.step.end(), step);
    const auto keep = static_cast<std::size_t>(at - series.step.begin());
    series.step.resize(keep);
    series.value.resize(keep);
}

}  // namespace

void RunCurves::clear() { *this = RunCurves(); }

void RunCurves::apply(const RunEvent& event) {
    if (const auto* state = std::get_if<StateChanged>(&event.body)) {
        newAttempt_ = newAttempt_ || (state->attempt > 1 && state->state == "starting");
    } else if (const auto* progress = std::get_if<Progress>(&event.body)) {
        if (progress->stage_index > progress_.stage_index)
            stagesAt_.emplace_back(static_cast<double>(progress->step), progress->stage);
        progress_ = *progress;
        lastSign_ = event.time;
    } else if (const auto* metrics = std::get_if<StepMetrics>(&event.body)) {
        const auto step = static_cast<double>(metrics->step);
        lastSign_ = event.time;
        if (newAttempt_) {
            for (Series& series : series_) cutFrom(series, step);
            resumedAt_.push_back(step);
            newAttempt_ = false;
        }
        for (const auto& [key, value] : metrics->values) {
            Series& series = series_[QString::fromStdString(key)];
            if (!series.step.empty() && series.step.back() >= step) cutFrom(series, step);
            series.step.push_back(step);
            series.value.push_back(value);
        }
    }
}

double RunCurves::last(const QString& key) const {
    const auto found = series_.constFind(key);
    return found == series_.constEnd() || found->value.empty() ? std::numeric_limits<double>::quiet_NaN()
                                                               : found->value.back();
}

double RunCurves::smallest(const QString& key) const {
    double best = std::numeric_limits<double>::quiet_NaN();
    const auto found = series_.constFind(key);
    if (found == series_.constEnd()) return best;
    for (const double value : found->value)
        if (!(value >= best)) best = value;
    return best;
}

}  // namespace molt::ui
