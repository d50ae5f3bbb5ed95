// Trainer: the one loop. next -> loss -> backward (x accumulation) -> clip -> finite gate -> step -> report -> evaluate
// -> checkpoint. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/base/workers.h"
#include "core/spec/run_event.h"
#include "core/spec/stage_config.h"
#include "core/train/stage.h"

namespace molt {

/// What the outside wants; polled between steps. SaveNow and EvalNow are one-shots: the poll function forgets them when
/// it hands them over.
enum class Wish { Run, Hold, Release, StopSave, StopDiscard, SaveNow, EvalNow };

struct TrainerContext {
    std::int64_t first_step = 0;   ///< steps of the run before this stage
    std::int64_t total_steps = 0;  ///< of the whole run
    std::int64_t stage_index = 0, num_stages = 1;
    std::int64_t tokens_before = 0;  ///< trained in earlier stages
    Workers* workers = nullptr;      ///< threads that share a batch's rows; null: the caller alone
};

enum class StageEnd { Completed, Stopped, Released };

/// Optimiser steps of a stage: `steps`, or `tokens` divided by the tokens of a step, rounded up.
std::int64_t stage_steps(const StageConfig& config);

class Trainer {
public:
    /// `save_model(folder)` writes the model's own files into a (partial) checkpoint folder. `run_folder` holds
    /// checkpoints/.
    Trainer(Stage& stage, const StageConfig& config, const TrainerContext& context, std::filesystem::path run_folder,
            RunEventSink& sink, std::function<void(const std::filesystem::path&)> save_model);
    ~Trainer();

    /// Continues exactly: weights are the caller's (loaded from the checkpoint's model files bit for bit), optimiser,
    /// schedule, cursor and random generators come from trainer.safetensors / trainer.json in the checkpoint folder.
    void resume(const std::filesystem::path& checkpoint);
    /// Runs to the end of the stage or until `poll` wishes otherwise. Evaluates before the first step of a run, at the
    /// set intervals and at the end of the stage. A step whose loss or gradient is not finite is skipped and counted.
    /// Throws Error(NonFinite) after 3 skipped steps in a row or 10 in all, and if the stage ends with weights that are
    /// not finite (of which no checkpoint is written either); everything else passes through.
    StageEnd run(const std::function<Wish()>& poll);
    /// A checkpoint of this moment: checkpoints/step-NNNNNNNN, whole or not at all. Returns its path.
    std::filesystem::path save_checkpoint();
    std::int64_t step() const;    ///< of the whole run
    std::int64_t tokens() const;  ///< trained in the whole run so far

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace molt
