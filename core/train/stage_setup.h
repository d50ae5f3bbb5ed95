// Stage setup: a recipe's stage with its data and threads, ready for a trainer or for a forecast.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/base/workers.h"
#include "core/spec/run_config.h"
#include "core/train/run_setup.h"
#include "core/train/stage.h"

namespace molt {

/// Threads that share the stage's rows. Sets LibTorch's own number of threads so that together they are `threads`.
std::shared_ptr<Workers> stage_workers(const StageConfig& stage, std::int64_t threads);

/// Stage `index` of the recipe, with training data, held-out batches and, where it fits, remembered teacher states.
/// Borrows the models of `setup`. Throws Error(BadConfig) for an unknown kind.
std::unique_ptr<Stage> make_stage(const RunConfig& config, const RunSetup& setup, std::size_t index,
                                  std::shared_ptr<Workers> workers);

}  // namespace molt
