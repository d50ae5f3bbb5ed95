// Shapes of the learning rate.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/error.h"

namespace molt {

namespace {

double share(std::int64_t part, std::int64_t whole) {
    return whole <= 0 ? 1.0 : std::clamp(static_cast<double>(part) / static_cast<double>(whole), 0.0, 1.0);
}

double half_cosine(double x) { return 0.5 * (1.0 + std::cos(std::numbers::pi * x)); }

/// 1 right after warm-up, 0 at the end.
double shape(const Schedule& schedule, std::int64_t step) {
    const double x = share(step - schedule.warmup, schedule.total - schedule.warmup);
    if (schedule.kind == "constant") return 1.0;
    if (schedule.kind == "cosine") return half_cosine(x);
    if (schedule.kind == "linear") return 1.0 - x;
    const std::int64_t start = schedule.total - schedule.decay;
    const double fall = step < start ? 0.0 : share(step - start, schedule.decay);
    if (schedule.kind == "wsd") return 1.0 - fall;
    if (schedule.kind == "wsd_cosine") return half_cosine(fall);
    if (schedule.kind == "wsd_sqrt") return 1.0 - std::sqrt(fall);
    fail(ErrorCode::BadConfig, "Unknown schedule \"" + schedule.kind + "\".");
}

}  // namespace

Schedule Schedule::of(const StageConfig& config, std::int64_t steps) {
    return {.kind = config.schedule,
            .peak = config.learning_rate,
            .floor = config.min_learning_rate,
            .warmup = config.warmup_steps,
            .total = steps,
            .decay = std::max<std::int64_t>(1, steps / 5)};
}

double learning_rate(const Schedule& schedule, std::int64_t step) {
    if (step < schedule.warmup) return schedule.peak * share(step, schedule.warmup);
    return schedule.floor + (schedule.peak - schedule.floor) * shape(schedule, step);
}

}  // namespace molt
