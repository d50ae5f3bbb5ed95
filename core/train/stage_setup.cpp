// Loaders, held-out batches and threads of a stage.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/stage_setup.h"

#include <ATen/Parallel.h>

#include <utility>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/packing.h"
#include "core/train/distill_stage.h"
#include "core/train/pretrain_stage.h"

namespace molt {

namespace {

bool keeps_teacher(const RunSetup& setup, const StageConfig& stage, const Corpus& train) {
    return setup.teacher && teacher_cache_bytes(stage, setup.teacher->config(), train.num_tokens()) > 0;
}

StageData stage_data(const RunConfig& config, const RunSetup& setup, std::size_t index,
                     std::shared_ptr<Workers> workers) {
    const StageConfig& stage = config.stages[index];
    const auto& data = setup.data[index];
    const auto batch_size = stage.batch_size, length = stage.sequence_length;
    auto held_out = evaluation_batches(data->held_out, batch_size, length, stage.evaluate_tokens);
    // Every stage draws its own orders, also from the same data.
    const std::uint64_t seed = static_cast<std::uint64_t>(config.seed) + 0x9E3779B97F4A7C15ULL * index;
    Loader loader(std::shared_ptr<const Corpus>(data, &data->train),
                  {.batch_size = batch_size,
                   .sequence_length = length,
                   .seed = seed,
                   .shuffle = true,
                   .move_cuts = !keeps_teacher(setup, stage, data->train)});
    return {std::move(loader), std::move(held_out), std::move(workers)};
}

}  // namespace

std::unique_ptr<Stage> make_stage(const RunConfig& config, const RunSetup& setup, std::size_t index,
                                  std::shared_ptr<Workers> workers) {
    const StageConfig& stage = config.stages[index];
    StageData data = stage_data(config, setup, index, std::move(workers));
    if (stage.kind == "pretrain") return std::make_unique<PretrainStage>(*setup.student, std::move(data));
    if (stage.kind == "distill") {
        return std::make_unique<DistillStage>(*setup.student, *setup.teacher, std::move(data), stage.distill,
                                              keeps_teacher(setup, stage, setup.data[index]->train));
    }
    fail(ErrorCode::BadConfig, join("Unknown kind of stage \"", stage.kind, "\"."));
}

// Threads take rows where there are enough of them: LibTorch's own threads meet after every operation, which costs
// more than small operations do, and far more on a machine with other work.
std::shared_ptr<Workers> stage_workers(const StageConfig& stage, std::int64_t threads) {
    const bool split_rows = stage.batch_size >= threads;
    at::set_num_threads(split_rows ? 1 : static_cast<int>(threads));
    return std::make_shared<Workers>(split_rows ? threads : 1);
}

}  // namespace molt
