// Moving averages behind ETA and tokens per second.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/progress_meter.h"

#include <algorithm>

namespace molt {

namespace {

constexpr double kSmoothing = 0.05;
constexpr std::int64_t kStepsBeforeEta = 30;
constexpr double kSecondsBeforeEta = 60.0;

}  // namespace

void ProgressMeter::add_step(double seconds, std::int64_t tokens) {
    ++num_steps_;
    measured_seconds_ += seconds;
    // A plain mean at first: the first steps must not weigh more than the later ones.
    const double weight = std::max(kSmoothing, 1.0 / static_cast<double>(num_steps_));
    step_seconds_ += weight * (seconds - step_seconds_);
    step_tokens_ += weight * (static_cast<double>(tokens) - step_tokens_);
}

double ProgressMeter::tokens_per_second() const { return step_seconds_ > 0.0 ? step_tokens_ / step_seconds_ : 0.0; }

double ProgressMeter::eta_seconds(const RemainingWork& work) const {
    if (num_steps_ < kStepsBeforeEta && measured_seconds_ < kSecondsBeforeEta) return -1.0;
    return static_cast<double>(work.steps) * step_seconds_ +
           static_cast<double>(work.evaluations) * evaluation_.value() +
           static_cast<double>(work.saves) * save_.value();
}

}  // namespace molt
