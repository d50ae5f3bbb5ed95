// Run setup: everything that a run needs before its first step, loaded and checked; used by runs and by --dry-run.
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/corpus.h"
#include "core/model/hybrid_model.h"
#include "core/spec/run_config.h"

namespace molt {

/// Told what is being done ("loading", "converting") and how much of it, 0 to 1; what it throws ends the preparation.
using SetupProgress = std::function<void(std::string_view phase, double share)>;

struct RunSetup {
    std::shared_ptr<const Tokenizer> tokenizer;
    ChatTemplate chat_template;
    std::unique_ptr<HybridModel> teacher;                      ///< null where no stage and no conversion needs one
    std::unique_ptr<HybridModel> student;                      ///< tensors that never learn are shared with the teacher
    std::vector<std::shared_ptr<const TrainAndHeldOut>> data;  ///< one a stage; equal sources are read once
    std::filesystem::path parent;  ///< model that the student came from; empty for a new one
};

/// Loads teacher, tokenizer and data, makes the student (convert, load, new, or from `checkpoint`), and checks that all
/// fit together.
/// Throws Error(BadConfig): recipe, unknown glob, nothing learns; Error(Mismatch): vocabulary, context length, data too
/// short; Error(Device): no such device; Error(NotFound), Error(BadFile).
RunSetup set_up_run(const RunConfig& config, const std::optional<std::filesystem::path>& checkpoint,
                    const SetupProgress& progress);

/// Marks what learns in a stage. Throws Error(BadConfig) for a glob that matches nothing and if nothing is left.
void set_trained(ParamSet& params, const StageConfig& stage);

}  // namespace molt
