// Forecast: how long a step will take on this machine, from a short trial.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/spec/run_config.h"
#include "core/train/run_setup.h"

namespace molt {

/// Seconds of one optimiser step of stage `index`: gradients of one batch are computed twice and the second time
/// counts. A batch of more than `operations` floating-point operations is tried with fewer and shorter rows, and the
/// time scaled by tokens; nothing if even 64 tokens are too much. Weights do not change. The default takes seconds.
/// Needs set_trained() before. Throws what the stage throws.
std::optional<double> seconds_per_step(const RunConfig& config, const RunSetup& setup, std::size_t index,
                                       std::int64_t threads, double operations = 2e11);

}  // namespace molt
