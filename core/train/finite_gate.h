// Finite gate: counts steps whose loss or gradient is not finite, and ends the run when there are too many.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/data/batch.h"
#include "core/train/stage.h"

namespace molt {

class FiniteGate {
public:
    static constexpr std::int64_t kInARow = 3, kInAll = 10;

    /// True: the step may be taken. False: skip it; it was logged with the token ids that it was computed from.
    /// Throws Error(NonFinite) naming the step when the limit is reached.
    bool admit(double loss, double gradient_norm, std::int64_t step, std::span<const Batch> batches);
    std::int64_t skipped() const { return in_all_; }

    void save(StateArchive& archive) const;
    void load(const StateArchive& archive);

private:
    std::int64_t in_a_row_ = 0, in_all_ = 0;
};

}  // namespace molt
