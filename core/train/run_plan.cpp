// Counting, and a rough forecast of memory and disk.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/run_plan.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <thread>

#include "core/base/files.h"
#include "core/base/platform.h"
#include "core/base/text.h"
#include "core/train/forecast.h"
#include "core/train/run_setup.h"
#include "core/train/teacher_cache.h"
#include "core/train/trainer.h"

namespace molt {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kExamples = 3;

std::int64_t element_bytes(const RunConfig& config) { return config.dtype == "float64" ? 8 : 4; }

/// Teacher and student together; shared tensors count once.
std::int64_t weight_bytes(const RunSetup& setup) {
    std::set<const void*> seen;
    std::int64_t bytes = 0;
    const auto add = [&](const ParamSet& params) {
        for (const auto& [name, tensor] : params.all()) {
            if (seen.insert(tensor.const_data_ptr()).second) bytes += static_cast<std::int64_t>(tensor.nbytes());
        }
    };
    add(setup.student->params());
    if (setup.teacher) add(setup.teacher->params());
    return bytes;
}

/// Values that the backward pass needs of one token in all layers: inputs of norms and projections, mixer insides, MLP.
std::int64_t activation_elements_per_token(const ModelConfig& config) {
    std::int64_t elements = 0;
    for (const MixerKind kind : config.mixers) {
        elements += 6 * config.hidden_size + 4 * config.intermediate_size;
        if (kind == MixerKind::Attention) {
            elements +=
                config.attention.head_dim * (4 * config.attention.num_heads + 4 * config.attention.num_kv_heads);
        } else if (kind == MixerKind::Mamba1) {
            elements += 10 * config.mamba1.d_inner + 3 * config.mamba1.d_xb;
        } else {
            elements += 9 * config.mamba2.d_inner + 6 * config.mamba2.d_xb + 4 * config.mamba2.num_heads;
        }
    }
    return elements;
}

StagePlan plan_stage(const RunConfig& config, const StageConfig& stage, const RunSetup& setup,
                     const TrainAndHeldOut& data) {
    ParamSet& params = setup.student->params();
    set_trained(params, stage);
    StagePlan plan;
    plan.kind = stage.kind;
    plan.steps = stage_steps(stage);
    plan.tokens = plan.steps * stage.batch_size * stage.sequence_length * stage.accumulation;
    plan.train_tokens = data.train.num_tokens();
    plan.held_out_tokens = data.held_out.num_tokens();
    for (const auto& [name, tensor] : params.trainable()) {
        plan.trained_parameters += tensor.numel();
        if (plan.trained_examples.size() < kExamples) plan.trained_examples.push_back(name);
    }
    plan.frozen_parameters = params.num_elements() - plan.trained_parameters;
    const std::int64_t element = element_bytes(config), rows = stage.batch_size * stage.sequence_length;
    const std::int64_t chunk = std::min<std::int64_t>(rows, 1024);
    plan.memory = {{"weights", weight_bytes(setup)},
                   {"gradients", plan.trained_parameters * element},
                   {"optimiser", 2 * plan.trained_parameters * element},
                   {"activations", rows * activation_elements_per_token(setup.student->config()) * element},
                   {"logits", 4 * chunk * setup.student->config().vocab_size * element}};
    if (setup.teacher) {
        const ModelConfig& teacher = setup.teacher->config();
        plan.memory.emplace_back("teacher cache", teacher_cache_bytes(stage, teacher, plan.train_tokens));
    }
    for (const auto& [name, bytes] : plan.memory) plan.memory_bytes += bytes;
    return plan;
}

/// Final model, and the checkpoints that are kept at a time (one more while it is written).
std::int64_t disk_bytes(const RunConfig& config, const RunSetup& setup, const RunPlan& plan) {
    const std::int64_t model = setup.student->params().num_bytes();
    std::int64_t most = 0;
    for (std::size_t i = 0; i < config.stages.size(); ++i) {
        const StageConfig& stage = config.stages[i];
        const std::int64_t written = stage.checkpoint_every > 0 ? plan.stages[i].steps / stage.checkpoint_every : 1;
        const std::int64_t kept = stage.keep_checkpoints > 0 ? std::min(written, stage.keep_checkpoints + 1) : written;
        most = std::max(most, kept * (model + 2 * plan.stages[i].trained_parameters * element_bytes(config)));
    }
    return model + most;
}

void add_warnings(const RunConfig& config, RunPlan& plan) {
    if (!config.student.attention.layers.empty() && config.student.placement != "uniform") {
        plan.warnings.push_back("placement is ignored: the attention layers are given by number.");
    }
    for (std::size_t i = 0; i < config.stages.size(); ++i) {
        const StageConfig& stage = config.stages[i];
        const std::string name = join("Stage ", i + 1, " (", stage.kind, "): ");
        if (plan.stages[i].held_out_tokens == 0)
            plan.warnings.push_back(name + "no held-out data, so it is not evaluated.");
        if (stage.warmup_steps >= plan.stages[i].steps)
            plan.warnings.push_back(name + "warm-up is as long as the stage.");
        if (stage.steps > 0 && stage.tokens > 0) plan.warnings.push_back(name + "tokens is ignored: steps is given.");
        if (stage.checkpoint_every == 0) {
            plan.warnings.push_back(name + "no checkpoints: a run that is killed starts again from the beginning.");
        }
    }
    if (plan.disk_bytes > plan.free_disk_bytes) {
        plan.warnings.push_back(join("The run needs about ", format_bytes(plan.disk_bytes), " of disk, ",
                                     format_bytes(plan.free_disk_bytes), " are free."));
    }
}

}  // namespace

fs::path output_folder(const RunConfig& config, const fs::path& run_folder) {
    return config.out.empty() ? run_folder / "final" : fs::path(config.out);
}

RunPlan plan_run(const RunConfig& config, const fs::path& run_folder) {
    // The run's own folder appears with the run; a folder that the recipe names must be writable now.
    if (!config.out.empty()) check_output_path(config.out, false);
    RunConfig planned = config;
    // The values of the weights do not matter here, and calibrating takes time.
    if (planned.student.init == "calibrated") planned.student.init = "copy";
    const RunSetup setup = set_up_run(planned, std::nullopt, [](std::string_view, double) {});
    const std::int64_t threads =
        config.threads > 0 ? config.threads : std::max(1U, std::thread::hardware_concurrency());
    RunPlan plan;
    plan.student_parameters = setup.student->params().num_elements();
    if (setup.teacher) plan.teacher_parameters = setup.teacher->params().num_elements();
    for (const MixerKind kind : setup.student->config().mixers) plan.layers.emplace_back(mixer_name(kind));
    for (std::size_t i = 0; i < config.stages.size(); ++i) {
        plan.stages.push_back(plan_stage(config, config.stages[i], setup, *setup.data[i]));
        StagePlan& stage = plan.stages.back();
        if (const auto step = seconds_per_step(planned, setup, i, threads))
            stage.seconds = *step * static_cast<double>(stage.steps);
    }
    plan.disk_bytes = disk_bytes(config, setup, plan);
    plan.free_disk_bytes = free_disk_bytes(run_folder);
    add_warnings(config, plan);
    return plan;
}

}  // namespace molt
