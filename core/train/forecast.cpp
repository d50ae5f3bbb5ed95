// A trial of one batch, scaled to the recipe's own size.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/forecast.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "core/base/platform.h"
#include "core/train/gradients.h"
#include "core/train/stage_setup.h"

namespace molt {

namespace {

constexpr std::int64_t kShortestTrial = 64;  // tokens of a row

/// Multiplications and additions for one token: forward and backward of the student, forward of the teacher.
double operations_per_token(const RunSetup& setup) {
    const double student = static_cast<double>(setup.student->params().num_elements());
    const double teacher = setup.teacher ? static_cast<double>(setup.teacher->params().num_elements()) : 0.0;
    return 6 * student + 2 * teacher;
}

}  // namespace

std::optional<double> seconds_per_step(const RunConfig& config, const RunSetup& setup, std::size_t index,
                                       std::int64_t threads, double operations) {
    RunConfig trial = config;
    StageConfig& stage = trial.stages[index];
    const std::int64_t wanted = stage.batch_size * stage.sequence_length * stage.accumulation;
    const auto affordable = static_cast<std::int64_t>(operations / operations_per_token(setup));
    if (affordable < std::min(kShortestTrial, stage.sequence_length)) return std::nullopt;
    stage.sequence_length = std::min(stage.sequence_length, affordable);
    stage.batch_size = std::clamp<std::int64_t>(affordable / stage.sequence_length, 1, stage.batch_size);
    stage.evaluate_tokens = 0;  // no held-out batches
    const int threads_before = at::get_num_threads();
    const auto workers = stage_workers(stage, threads);
    const auto made = make_stage(trial, setup, index, workers);
    const NamedTensors learning = made->params().trainable();
    double seconds = 0.0;
    for (int round = 0; round < 2; ++round) {
        const double begin = steady_clock();
        const std::vector<Batch> batches{made->next()};
        add_gradients(*made, batches, learning, *workers);
        seconds = steady_clock() - begin;
    }
    for (const auto& [name, tensor] : learning) tensor.mutable_grad() = at::Tensor();
    at::set_num_threads(threads_before);
    return seconds * static_cast<double>(wanted) / static_cast<double>(stage.batch_size * stage.sequence_length);
}

}  // namespace molt
