// One distillation step (8 rows of 256 tokens) of a Mamba hybrid from stories260K: time of its parts, tokens per
// second. Usage: bench_train_step TEACHER [mamba1|mamba2] [steps] [threads] SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/platform.h"
#include "core/model/checkpoint.h"
#include "core/model/convert.h"
#include "core/model/hybrid_model.h"
#include "core/ops/losses.h"

namespace {

using namespace molt;

constexpr std::int64_t kRows = 8, kTokens = 256;

/// Milliseconds since the last call.
double lap() {
    static double last = steady_clock();
    const double now = steady_clock(), passed = now - last;
    last = now;
    return 1000.0 * passed;
}

void print(const char* what, std::vector<double> values) {
    std::sort(values.begin(), values.end());
    std::printf("%-18s %8.2f ms  (%.2f .. %.2f)\n", what, values[values.size() / 2], values.front(), values.back());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return std::fprintf(stderr, "usage: bench_train_step TEACHER [mamba1|mamba2] [steps] [threads]\n"), 2;
    if (argc > 4) at::set_num_threads(std::max(1, std::atoi(argv[4])));
    const int steps = argc > 3 ? std::max(1, std::atoi(argv[3])) : 20;
    at::manual_seed(1);
    Checkpoint loaded = Checkpoint::load(argv[1]);
    ConvertOptions options;
    const MixerKind kind = parse_mixer(argc > 2 ? argv[2] : "mamba2");
    options.mixers = place_layers(loaded.config.num_layers(), AttentionChoice::parse("0.4"), "uniform", kind);
    Converted converted = convert(loaded.config, loaded.params, options);
    const HybridModel teacher(loaded.config, loaded.params);
    HybridModel student(converted.config, converted.params);
    student.params().set_trainable(std::vector<std::string>{"*"}, {});
    const at::Tensor ids = at::randint(0, loaded.config.vocab_size, {kRows, kTokens}, at::kLong);
    std::vector<double> teacher_ms, forward_ms, loss_ms, backward_ms, step_ms;
    for (int step = 0; step < steps + 2; ++step) {
        lap();
        at::Tensor teacher_hidden;
        {
            const at::NoGradGuard no_grad;
            teacher_hidden = teacher.hidden(ids, {}, nullptr);
        }
        const double t = lap();
        const at::Tensor hidden = student.hidden(ids, {}, nullptr);
        const double f = lap();
        const auto loss =
            ops::distill_loss(hidden, student.head(), teacher_hidden, teacher.head(), ids, 1.0, 0.1, 1.0, false);
        const double l = lap();
        loss.total.backward();
        const double b = lap();
        for (const auto& [name, tensor] : student.params().trainable()) tensor.mutable_grad() = at::Tensor();
        if (step < 2) continue;
        teacher_ms.push_back(t), forward_ms.push_back(f), loss_ms.push_back(l), backward_ms.push_back(b);
        step_ms.push_back(t + f + l + b);
    }
    print("teacher forward", teacher_ms);
    print("student forward", forward_ms);
    print("loss", loss_ms);
    print("backward", backward_ms);
    print("step", step_ms);
    std::sort(step_ms.begin(), step_ms.end());
    const double median = step_ms[step_ms.size() / 2];
    std::printf("%d threads: %.0f tokens/s without the optimiser\n", at::get_num_threads(),
                1000.0 * static_cast<double>(kRows * kTokens) / median);
    return 0;
}
