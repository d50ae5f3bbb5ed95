// Run plan: what `--dry-run` prints and the workbench's review card shows, before anything is trained.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/spec/run_config.h"

namespace molt {

struct StagePlan {
    std::string kind;
    std::int64_t steps = 0, tokens = 0, train_tokens = 0, held_out_tokens = 0;
    std::int64_t trained_parameters = 0, frozen_parameters = 0;
    std::int64_t memory_bytes = 0;  ///< rough estimate of the peak: the sum of the classes
    std::vector<std::pair<std::string, std::int64_t>>
        memory;  ///< weights, gradients, optimiser, activations, logits, teacher cache
    std::vector<std::string> trained_examples;
    std::optional<double> seconds;  ///< training without evaluations, from a short trial; absent for large models
};

struct RunPlan {
    std::vector<StagePlan> stages;
    std::int64_t teacher_parameters = 0, student_parameters = 0, disk_bytes = 0, free_disk_bytes = 0;
    std::vector<std::string> layers;  ///< mixer of each student layer
    std::vector<std::string> warnings;
};

/// Checks everything as a start would and throws the same errors. Writes nothing.
RunPlan plan_run(const RunConfig& config, const std::filesystem::path& run_folder);

/// The final model's folder: `out` of the recipe, or final/ in the run's folder.
std::filesystem::path output_folder(const RunConfig& config, const std::filesystem::path& run_folder);

}  // namespace molt
