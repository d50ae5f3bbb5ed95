// Progress meter: speed and remaining time of a run, from this attempt's own measurements (workbench.md 5.4).
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace molt {

/// What is still to be done.
struct RemainingWork {
    std::int64_t steps = 0, evaluations = 0, saves = 0;
};

/// Times come from the caller, so that tests need no clock.
class ProgressMeter {
public:
    void add_step(double seconds, std::int64_t tokens);
    void add_evaluation(double seconds) { evaluation_.add(seconds); }
    void add_save(double seconds) { save_.add(seconds); }

    double tokens_per_second() const;  ///< of the recent steps; 0 before the first
    /// steps x recent step time + evaluations x mean time + saves x mean time; -1 until 30 steps or 60 s have passed.
    double eta_seconds(const RemainingWork& work) const;

private:
    struct Mean {
        double total = 0.0;
        std::int64_t count = 0;
        void add(double seconds) {
            total += seconds;
            ++count;
        }
        double value() const { return count == 0 ? 0.0 : total / static_cast<double>(count); }
    };
    double step_seconds_ = 0.0, step_tokens_ = 0.0, measured_seconds_ = 0.0;  // the first two: moving averages
    std::int64_t num_steps_ = 0;
    Mean evaluation_, save_;
};

}  // namespace molt
