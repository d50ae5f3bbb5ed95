// Learning-rate schedules as pure functions of the step.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "core/spec/stage_config.h"

namespace molt {

struct Schedule {
    std::string kind = "cosine";  ///< cosine | linear | constant | wsd | wsd_cosine | wsd_sqrt
    double peak = 0.0, floor = 0.0;
    std::int64_t warmup = 0, total = 0;
    std::int64_t decay = 0;  ///< wsd: length of the fall at the end

    /// Of a stage: wsd falls over the last fifth of its steps.
    static Schedule of(const StageConfig& config, std::int64_t steps);
};

/// Learning rate of optimiser step `step` (from 0): step / warmup of the peak during warm-up, then the peak times the
/// schedule's shape, lifted so that it ends at the floor. Beyond the end: the floor (constant: the peak).
/// Source: the schedules of transformers (get_*_schedule_with_warmup); wsd_sqrt falls as 1 - sqrt(x).
double learning_rate(const Schedule& schedule, std::int64_t step);

}  // namespace molt
