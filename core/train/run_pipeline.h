// A whole run: recipe -> teacher, student, stages, trainer, final model. Used attached (`molt train`) and by the
// worker. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "core/spec/run_config.h"
#include "core/spec/run_event.h"
#include "core/train/run_plan.h"
#include "core/train/trainer.h"

namespace molt {

struct PipelineResult {
    StageEnd end = StageEnd::Completed;
    std::filesystem::path model;  ///< final model, if completed
    std::int64_t step = 0;        ///< steps of the run that are done
};

/// Works through the stages. `resume_from`: a checkpoint folder of this run (see newest_checkpoint). Relative paths of
/// the recipe are taken from the current folder (the creator makes them absolute before they are stored). Emits
/// Progress, StepMetrics, CheckpointSaved, and LogLine for every log line while it works (it takes the log's observer
/// for that time); not StateChanged, RunFinished, RunFailed, which are the host's. Sets LibTorch's threads and
/// determinism. Throws what set_up_run and Trainer::run throw; Error(Usage) if the output folder exists;
/// Error(WriteFailed).
PipelineResult run_pipeline(const RunConfig& config, const std::filesystem::path& run_folder, RunEventSink& sink,
                            const std::function<Wish()>& poll, const std::optional<std::filesystem::path>& resume_from);

}  // namespace molt
