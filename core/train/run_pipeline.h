// A whole run: recipe -> teacher, student, stages, trainer, final model. Used attached (`molt train`) and by the
// worker. SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/spec/run_config.h"
#include "core/spec/run_event.h"
#include "core/train/trainer.h"

namespace molt {

struct PipelineResult {
    StageEnd end = StageEnd::Completed;
    std::filesystem::path model;  ///< final model, if completed
};

/// Works through the stages. `resume_from`: a checkpoint folder of this run. Relative paths of the recipe are taken
/// from the current folder (the creator makes them absolute before they are stored). Emits Progress, StepMetrics,
/// CheckpointSaved, LogLine; not RunFinished / RunFailed, which are the host's.
PipelineResult run_pipeline(const RunConfig& config, const std::filesystem::path& run_folder, RunEventSink& sink,
                            const std::function<Wish()>& poll, const std::optional<std::filesystem::path>& resume_from);

/// What `--dry-run` prints and the workbench's review card shows. Throws the same errors as a start would.
struct StagePlan {
    std::string kind;
    std::int64_t steps = 0, tokens = 0, train_tokens = 0, held_out_tokens = 0;
    std::int64_t trained_parameters = 0, frozen_parameters = 0;
    std::int64_t memory_bytes = 0;  ///< rough estimate of the peak
    std::vector<std::string> trained_examples;
};
struct RunPlan {
    std::vector<StagePlan> stages;
    std::int64_t teacher_parameters = 0, student_parameters = 0, disk_bytes = 0, free_disk_bytes = 0;
    std::vector<std::string> layers;  ///< mixer of each student layer
    std::vector<std::string> warnings;
};
RunPlan plan_run(const RunConfig& config, const std::filesystem::path& run_folder);

}  // namespace molt
